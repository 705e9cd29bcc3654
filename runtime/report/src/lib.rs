//! What people and programs read of requests and their replies.
//!
//! Replies to a request are [`text`], a [`table`], or [`json`], whole or line by line; pings are in [`ping`], the values of a
//! fact in [`facts`], one node in [`inventory`]. All shapes are those that people and scripts know from Choria, but for what
//! is wrong there: boxes close around values of several lines, outputs with a default show it, and what nodes say cannot
//! steer a terminal.
//!
//! Everything here is pure: replies go in, text comes out. Start reading at [`text::Text`].

mod columns;
pub mod facts;
pub mod inventory;
pub mod json;
pub mod ping;
mod plain;
pub mod table;
#[cfg(test)]
mod tests;
pub mod text;

use chorister_ir::ddl::Display;

/// Which replies are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that say that it worked.
    Ok,
    /// Those that say that it did not.
    Failed,
    /// All.
    All,
    /// None.
    None,
}

// === impl Which ===

impl Which {
    /// Whether a reply is shown that says whether it worked.
    #[must_use]
    pub const fn shows(self, is_ok: bool) -> bool {
        match self {
            Self::Ok => is_ok,
            Self::Failed => !is_ok,
            Self::All => true,
            Self::None => false,
        }
    }
}

impl From<Display> for Which {
    fn from(display: Display) -> Self {
        match display {
            Display::Ok => Self::Ok,
            Display::Failed => Self::Failed,
            Display::Always => Self::All,
        }
    }
}
