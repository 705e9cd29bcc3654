//! What a check can come to.

use core::fmt;
use core::str::FromStr;

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;

/// What a check came to. The order is that of the exit codes, not of severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Status {
    /// Everything is as it should be.
    Ok,
    /// Something wants attention.
    Warning,
    /// Something is broken.
    Critical,
    /// The check could not find out.
    #[default]
    Unknown,
}

impl Status {
    /// Every status, in the order of the exit codes.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Warning, Self::Critical, Self::Unknown];

    /// The exit code of a plugin that came to this, 0 to 3.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What this exit code of a plugin means; `None` for the codes that mean nothing.
    #[must_use]
    pub const fn of_code(code: i32) -> Option<Self> {
        match code {
            0 => Some(Self::Ok),
            1 => Some(Self::Warning),
            2 => Some(Self::Critical),
            3 => Some(Self::Unknown),
            _ => None,
        }
    }

    /// The name on the wire: `OK`, `WARNING`, `CRITICAL` or `UNKNOWN`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// How bad it is, for finding the worst of several: OK, UNKNOWN, WARNING, CRITICAL.
    #[must_use]
    pub const fn severity(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Unknown => 1,
            Self::Warning => 2,
            Self::Critical => 3,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is none of the four names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a status is OK, WARNING, CRITICAL or UNKNOWN")]
pub struct NotAStatus;

impl FromStr for Status {
    type Err = NotAStatus;

    fn from_str(text: &str) -> Result<Self, NotAStatus> {
        let found = Self::ALL.into_iter().find(|it| it.as_str() == text);
        found.ok_or(NotAStatus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_lead_back() {
        for status in Status::ALL {
            assert_eq!(Status::of_code(status.code().into()), Some(status));
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        assert_eq!(Status::of_code(4), None);
        assert_eq!("ok".parse::<Status>(), Err(NotAStatus));
    }
}
