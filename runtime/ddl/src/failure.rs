//! Why an action was not done.

use core::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::Data;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum StatusCode {
    /// It was done.
    Ok = 0,
    /// It was refused, or began and could not be done.
    Aborted = 1,
    /// There is no such action.
    UnknownAction = 2,
    /// Something is missing in the request.
    MissingData = 3,
    /// Something in the request is wrong.
    InvalidData = 4,
    /// Anything else.
    UnknownError = 5,
}

/// Why an action was not done, and what is answered all the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// How the request ended; never [`StatusCode::Ok`] where this crate makes it.
    pub code: StatusCode,
    /// What went wrong, for people.
    pub message: String,
    /// What is answered all the same.
    pub data: Data,
}

// === impl StatusCode ===

impl StatusCode {
    /// The status of this number; others are unknown errors.
    #[must_use]
    pub const fn of(number: u64) -> Self {
        match number {
            0 => Self::Ok,
            1 => Self::Aborted,
            2 => Self::UnknownAction,
            3 => Self::MissingData,
            4 => Self::InvalidData,
            _ => Self::UnknownError,
        }
    }

    /// What command lines print for it; empty where all is well.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ok => "",
            Self::Aborted => "Request Aborted",
            Self::UnknownAction => "Unknown Action",
            Self::MissingData => "Missing Request Data",
            Self::InvalidData => "Invalid Request Data",
            Self::UnknownError => "Unknown Request Status",
        }
    }
}

// === impl Failure ===

impl Failure {
    /// The action was refused, or began and could not be done.
    pub fn aborted(message: impl Into<String>) -> Self {
        Self::of(StatusCode::Aborted, message)
    }

    /// The agent has no such action.
    #[must_use]
    pub fn unknown_action(agent: &str, action: &str) -> Self {
        let message = format!("Unknown action {action} for agent {agent}");
        Self::of(StatusCode::UnknownAction, message)
    }

    /// Something is missing in the request.
    pub fn missing(message: impl Into<String>) -> Self {
        Self::of(StatusCode::MissingData, message)
    }

    /// Something in the request is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::of(StatusCode::InvalidData, message)
    }

    /// Anything else went wrong.
    pub fn unknown(message: impl Into<String>) -> Self {
        Self::of(StatusCode::UnknownError, message)
    }

    /// The same, with this answer: an output of the action.
    #[must_use]
    pub fn with(mut self, output: &impl Serialize) -> Self {
        if let Ok(Value::Object(data)) = serde_json::to_value(output) {
            self.data = data;
        }
        self
    }

    fn of(code: StatusCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: Data::new(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for Failure {}
