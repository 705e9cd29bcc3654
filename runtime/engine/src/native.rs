//! Checks that are part of the program. A distribution names those that it has; nothing else is linked.

use core::time::Duration;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use chorister_lang::nagios::Status;
use serde_json::{Map, Value};

pub use chorister_fsm::GossFile;

/// A check that is part of the program.
#[derive(Clone, Copy, Debug)]
pub struct NativeCheck {
    /// The name that classes of checks know it by.
    pub name: &'static str,
    /// Runs it.
    pub run: fn(NativeRequest) -> FindingFuture,
}

/// What a native check is asked.
#[derive(Clone, Debug)]
pub struct NativeRequest {
    /// What it is asked, as its class declares it.
    pub parameters: Arc<Map<String, Value>>,
    /// How long it may take; it is dropped then.
    pub timeout: Duration,
    /// The check's own directory, for what it has to remember; it may not exist yet.
    pub directory: PathBuf,
}

/// Where the status file of a Choria server is, and how often it is written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusFile {
    /// The file.
    pub path: PathBuf,
    /// How often.
    pub every: Duration,
}

/// What evaluates goss files.
#[derive(Clone, Copy, Debug)]
pub struct Goss {
    /// Runs it.
    pub run: fn(GossRequest) -> FindingFuture,
}

/// What is asked of a goss file.
#[derive(Clone, Debug)]
pub struct GossRequest {
    /// Where its text is.
    pub file: GossFile,
    /// What templates in it see as `.Vars`.
    pub vars: Arc<Value>,
    /// How long it may take; it is dropped then.
    pub timeout: Duration,
}

/// What a check came to, as a plugin would have said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The status.
    pub status: Status,
    /// The text, with performance data after a `|`.
    pub text: String,
}

/// A check that is being run.
pub type FindingFuture = Pin<Box<dyn Future<Output = Finding> + Send>>;

// === impl Finding ===

impl Finding {
    pub(crate) const fn new(status: Status, text: String) -> Self {
        Self { status, text }
    }

    /// That it could not be found out, and why.
    #[must_use]
    pub fn unknown(reason: impl AsRef<str>) -> Self {
        Self {
            status: Status::Unknown,
            text: format!("UNKNOWN: {}", reason.as_ref()),
        }
    }
}
