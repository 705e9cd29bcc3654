//! `NAME status --status-file`: what a node has written of itself.

use std::fs;
use std::io;
use std::path::Path;

use chorister_node::status::{Expected, NodeStatus};
use jiff::Timestamp;
use serde_json::json;

use super::ask::json as print_json;
use super::{Failure, print};
use crate::args::Health;

/// The largest status file, in bytes.
const LARGEST: u64 = 64 << 10;

/// Judges a file; prints `FILE OK`, or what is wrong and that it is.
pub(super) fn run(health: &Health, as_json: bool) -> Result<(), Failure> {
    let Some(file) = health.status_file.as_deref() else {
        return Ok(());
    };
    let now = Timestamp::now();
    let expected = Expected {
        age: health.max_age,
        certificate: health.certificate_age,
        token: health.token_age,
        connected: !health.no_disconnected,
        message: health.message_since,
        provisioning: match (health.provisioned, health.unprovisioned) {
            (true, _) => Some(false),
            (false, true) => Some(true),
            (false, false) => None,
        },
    };
    let shown = file.display();
    let (status, reason) = match read(file) {
        Ok((status, written)) => {
            // A file from the future is as new as can be.
            let age = now.duration_since(written).try_into().unwrap_or_default();
            let reason = status.objection(age, &expected, now);
            (Some(status), reason)
        }
        Err(error) => (None, Some(format!("{shown} could not be read: {error}"))),
    };
    match &reason {
        _ if as_json => print_json(&json!({
            "file": file,
            "ok": reason.is_none(),
            "reason": reason,
            "status": status,
        }))?,
        None => print(format_args!("{shown} OK\n"))?,
        Some(reason) => print(format_args!("{shown} {reason}\n"))?,
    }
    match reason {
        None => Ok(()),
        Some(_) => Err(Failure::Silent),
    }
}

fn read(file: &Path) -> io::Result<(NodeStatus, Timestamp)> {
    let about = fs::metadata(file)?;
    if !about.is_file() || about.len() > LARGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a status file",
        ));
    }
    let written = Timestamp::try_from(about.modified()?).map_err(io::Error::other)?;
    let status = serde_json::from_slice(&fs::read(file)?)?;
    Ok((status, written))
}
