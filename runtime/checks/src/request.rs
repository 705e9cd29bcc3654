//! What a check is asked, and how it answers.

use core::fmt::Display;
use core::future::Future;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use chorister_engine::native::{Finding, NativeRequest};
use chorister_lang::nagios::Status;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::report::{Report, Title};

/// What a check is asked, and when.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) parameters: Arc<Map<String, Value>>,
    /// How long it may take.
    pub(crate) timeout: Duration,
    /// The time.
    pub(crate) now: SystemTime,
    /// A folder for what it has to know the next time. It need not be there.
    pub(crate) folder: PathBuf,
}

// === impl Request ===

impl Request {
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
}

impl From<NativeRequest> for Request {
    fn from(request: NativeRequest) -> Self {
        Self {
            parameters: request.parameters,
            timeout: request.timeout,
            now: clock(),
            folder: request.directory,
        }
    }
}

/// The computer's clock: checks are about the world outside, whatever time the engine lives in.
#[expect(
    clippy::disallowed_methods,
    reason = "ages of files and offsets of clocks are of this clock"
)]
pub(crate) fn clock() -> SystemTime {
    SystemTime::now()
}

/// UNKNOWN, and why.
pub(crate) fn unknown(why: impl Display) -> Report {
    Report::new(Status::Unknown, why.to_string())
}

/// CRITICAL, and why.
pub(crate) fn critical(why: impl Display) -> Report {
    Report::new(Status::Critical, why.to_string())
}
