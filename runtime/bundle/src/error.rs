//! Why a bundle is not obeyed.

use core::fmt;

/// Why a bundle is not obeyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of reason it is.
    pub kind: Kind,
    /// The reason, in a sentence without a full stop.
    pub message: String,
}

/// A kind of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It cannot be read.
    Form,
    /// It is not signed by a key that counts, or was changed.
    Signature,
    /// It is older than another one, or another one altogether.
    Version,
    /// It is past its time.
    Expired,
}

// === impl Error ===

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(crate) fn form(message: impl Into<String>) -> Self {
        Self::new(Kind::Form, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message, self.kind.code())
    }
}

impl std::error::Error for Error {}

// === impl Kind ===

impl Kind {
    /// The stable code, which `choristerc explain` knows.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form => "CH1111",
            Self::Signature => "CH1112",
            Self::Version => "CH1113",
            Self::Expired => "CH1114",
        }
    }
}
