//! `NAME record`: what happened to a machine, as a test that does it again.

use std::io::Write as _;

use jiff::Timestamp;

use super::ask::{connect, json};
use super::{Failure, print};
use crate::Distribution;
use crate::args;

pub(super) fn run(distribution: &Distribution, arguments: &args::Record) -> Result<(), Failure> {
    let mut client = connect(distribution, &arguments.asking.state)?;
    let now = Timestamp::now();
    let since = now.saturating_sub(arguments.since).unwrap_or(now);
    let recording = client.record(&arguments.machine, since)?;
    if arguments.asking.json {
        return json(&recording);
    }
    let Some(file) = &arguments.out else {
        return print(&recording.test);
    };
    std::fs::write(file, &recording.test).map_err(|error| {
        Failure::Impossible(format!("cannot write {}: {error}", file.display()))
    })?;
    // What is said about the file does not belong into what may be piped.
    let mut told = std::io::stderr().lock();
    let _ = writeln!(
        told,
        "{}: what happened to {} since {:.0}",
        file.display(),
        recording.machine,
        recording.from
    );
    for doubt in &recording.doubts {
        let _ = writeln!(told, "  it may fail although nothing is wrong: {doubt}");
    }
    Ok(())
}
