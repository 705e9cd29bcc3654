//! `NAME submit`: leaves a message for a node to publish.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use chorister_outbox::submission::{Folder, LARGEST, PutError, Submission, unique_id};
use jiff::Timestamp;
use serde_json::json;

use super::ask::json as print_json;
use super::{Failure, print};
use crate::Distribution;
use crate::args::Submit;
use crate::config::{self, Sources};

pub(super) fn run(distribution: &Distribution, arguments: Submit) -> Result<(), Failure> {
    let sources = Sources {
        file: arguments.file.config,
        ..Sources::default()
    };
    let settings = config::read(distribution, sources)
        .map_err(Failure::Impossible)?
        .settings;
    let Some(spool) = arguments.spool.or(settings.submission.spool) else {
        return Err(Failure::Impossible(
            "no folder of messages is known: give --spool, or set `plugin.choria.submission.spool` for the node".to_owned(),
        ));
    };
    let payload = read(&arguments.payload).map_err(|error| {
        Failure::Impossible(format!(
            "cannot read {}: {error}",
            arguments.payload.display()
        ))
    })?;
    let mut message = Submission::new(unique_id(), arguments.subject, payload, Timestamp::now());
    message.reliable = arguments.reliable;
    message.priority = arguments.priority;
    message.ttl = arguments.ttl.as_secs_f64();
    message.max_tries = arguments.tries;
    message.sign = arguments.sign;
    message.identity = settings.identity.unwrap_or_default();
    // Compat: go-choria `cmd/tool_submit.go`: who leaves it where nobody says.
    let user = || format!("user {}", rustix::process::getuid().as_raw());
    message.sender = arguments.sender.unwrap_or_else(user);
    if !arguments.headers.is_empty() {
        message.headers = Some(arguments.headers.into_iter().collect());
    }
    let most = usize::try_from(settings.submission.max_spool_size).unwrap_or(usize::MAX);
    let left = Folder::new(spool.clone(), most).put(&message);
    let path = left.map_err(|error| match error {
        PutError::Io(error) => {
            Failure::Impossible(format!("cannot write to {}: {error}", spool.display()))
        }
        refused => Failure::Refused(refused.to_string()),
    })?;
    match arguments.json {
        true => print_json(&json!({"id": message.id, "file": path})),
        false => print(format_args!("{}\n", message.id)),
    }
}

/// A file, or standard input for `-`; a byte more than may be published, which is told of then.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let limit = LARGEST as u64 + 1;
    match file.to_str() {
        Some("-") => io::stdin().lock().take(limit).read_to_end(&mut content)?,
        _ => File::open(file)?.take(limit).read_to_end(&mut content)?,
    };
    Ok(content)
}
