//! What the engine and a check say to each other.

use core::fmt::Display;
use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use chorister_lang::nagios::Status;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::report::{Report, Title};

/// A check that is part of the program.
#[derive(Clone, Copy, Debug)]
pub struct NativeCheck {
    /// What a class calls it.
    pub name: &'static str,
    /// Does it.
    pub run: fn(NativeRequest) -> Pin<Box<dyn Future<Output = Finding> + Send>>,
}

/// What a check is asked.
#[derive(Clone, Debug)]
pub struct NativeRequest {
    /// The name of the check; unique on a node.
    pub check: Arc<str>,
    /// Its parameters, by name.
    pub parameters: Arc<Map<String, Value>>,
    /// How long it may take.
    pub timeout: Duration,
    /// The time.
    pub now: SystemTime,
    /// A folder in which it may keep what it has to know the next time. It need not be there.
    pub folder: PathBuf,
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How the thing in question is.
    pub status: Status,
    /// What a plugin would print: a line of text with performance data.
    pub text: String,
}

// === impl NativeRequest ===

impl NativeRequest {
    /// The parameters of a check, typed.
    ///
    /// # Errors
    ///
    /// UNKNOWN, and which of them is wrong.
    pub(crate) fn parameters<'de, P: Deserialize<'de>>(&'de self) -> Result<P, Report> {
        P::deserialize(&*self.parameters)
            .map_err(|error| unknown(format!("wrong parameters: {error}")))
    }

    /// The finding of a look that ends at the deadline: UNKNOWN then.
    pub(crate) async fn answer(
        &self,
        title: Title,
        look: impl Future<Output = Result<Report, Report>>,
    ) -> Finding {
        let report = match tokio::time::timeout(self.timeout, look).await {
            Ok(Ok(report) | Err(report)) => report,
            Err(_) => unknown(format!("no answer within {:?}", self.timeout)),
        };
        report.finding(title)
    }

    /// The name of the file in which a check keeps what it has to know the next time.
    pub(crate) fn file(&self, kind: &str) -> PathBuf {
        let mut name = String::new();
        for byte in self.check.bytes() {
            if byte.is_ascii_alphanumeric() || b"_-".contains(&byte) {
                name.push(byte.into());
            } else {
                name.push_str(&format!("%{byte:02x}"));
            }
        }
        self.folder.join(format!("{kind}-{name}.json"))
    }
}

/// UNKNOWN, and why.
pub(crate) fn unknown(why: impl Display) -> Report {
    Report::new(Status::Unknown, why.to_string())
}

/// CRITICAL, and why.
pub(crate) fn critical(why: impl Display) -> Report {
    Report::new(Status::Critical, why.to_string())
}
