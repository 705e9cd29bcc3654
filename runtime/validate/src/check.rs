//! A goss file as the check of a monitoring system.

use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use chorister_goss::{Report, Suite, Value, Vars};
use chorister_lang::Text;
use chorister_lang::nagios::Status;

use crate::disk::{Disk, Embedded, environment};
use crate::{Options, validate};

/// Where the text of a goss file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In the program: paths and texts of the file, which is the first, and of those that it includes. Only what they
    /// name from `/` on is sought elsewhere.
    Embedded(Vec<(Text, Text)>),
    /// In a file.
    Path(PathBuf),
}

/// Evaluates a goss file with these variables, a mapping, and tells what came of it in one line with performance
/// data.
///
/// It is OK if nothing failed, CRITICAL if something did, and UNKNOWN if the file cannot be read or the evaluation
/// takes longer than `timeout`.
pub async fn check(
    source: Source,
    vars: Arc<serde_json::Value>,
    timeout: Duration,
) -> (Status, String) {
    let began = Instant::now();
    let evaluated = async {
        let loaded = tokio::task::spawn_blocking(move || {
            let mut given = Vars::new(environment());
            for (name, value) in vars.as_object().into_iter().flatten() {
                given.set(name, Value::from(value));
            }
            load(&source, &given)
        });
        let loaded = loaded.await;
        let suite = loaded.map_err(|error| error.to_string())??;
        Ok::<_, String>(validate(Arc::new(suite), Options::default()).await)
    };
    match tokio::time::timeout(timeout, evaluated).await {
        Ok(Ok(report)) => told(&report, began.elapsed()),
        Ok(Err(error)) => unknown(&error),
        Err(_) => unknown(&format!("it took longer than {timeout:?}")),
    }
}

/// Reads a goss file and those that it includes.
///
/// # Errors
/// Why it cannot be used, in goss's words.
pub fn load(source: &Source, vars: &Vars) -> Result<Suite, String> {
    let loaded = match source {
        Source::Path(path) => chorister_goss::load(&path.to_string_lossy(), vars, &Disk),
        Source::Embedded(files) => {
            let path = files.first().map_or("", |it| &it.0);
            chorister_goss::load(path, vars, &Embedded { files })
        }
    };
    Ok(loaded.map_err(|error| error.message)?.suite)
}

/// Compat: go-choria aagent/watchers/nagioswatcher: the words, and the names of the performance data.
fn told(report: &Report, runtime: Duration) -> (Status, String) {
    let summary = report.summary();
    let status = if summary.failed == 0 {
        Status::Ok
    } else {
        Status::Critical
    };
    let text = format!(
        "{}: {summary}|checks={};; failed={};; runtime={:.6}s",
        status.as_str(),
        summary.count,
        summary.failed,
        runtime.as_secs_f64()
    );
    (status, text)
}

fn unknown(reason: &str) -> (Status, String) {
    let text = format!("UNKNOWN: goss validate failed: {reason}");
    (Status::Unknown, text)
}
