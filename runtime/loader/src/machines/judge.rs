//! Whether a specification is good for this node.

use std::collections::BTreeMap;
use std::path::Path;

use chorister_engine::{Driver, DriverKind};
use chorister_ir::Machine;
use chorister_spec::machine::{self, Options};
use chorister_spec::render::{self, Color};
use chorister_spec::{Severity, Source};

use super::content::Spec;

/// What the front end says of a specification.
pub(crate) struct Verdict {
    /// The machine, or why there is none.
    pub(crate) machine: Result<Machine, String>,
    /// What it says besides.
    pub(crate) warnings: Option<String>,
}

/// Checks a specification as a node does: what it cannot run is an error, what it does not know a warning.
pub(crate) fn judge(shown: &Path, spec: &Spec, drivers: &[Driver]) -> Verdict {
    let options = Options {
        lenient: true,
        build: true,
    };
    let source = match Source::from_bytes(shown.to_string_lossy(), spec.bytes.clone()) {
        Ok(source) => source,
        Err(diagnostic) => {
            let text = render::text(&[*diagnostic], &[], Color::Never);
            return Verdict {
                machine: Err(text),
                warnings: None,
            };
        }
    };
    let checked = machine::check(&source, &options);
    let (errors, others): (Vec<_>, Vec<_>) = checked
        .diagnostics
        .into_iter()
        .partition(|it| it.severity == Severity::Error);
    let sources = [source];
    let show = |findings: &[_]| {
        render::text(findings, &sources, Color::Never)
            .trim_end()
            .to_owned()
    };
    let warnings = (!others.is_empty()).then(|| show(&others));
    let machine = match checked.machine {
        Some(machine) => linked(&machine, drivers).map(|()| machine),
        None => Err(show(&errors)),
    };
    Verdict { machine, warnings }
}

/// # Errors
///
/// The watchers for which this binary has no driver.
fn linked(machine: &Machine, drivers: &[Driver]) -> Result<(), String> {
    let missing: BTreeMap<&str, &str> = machine
        .watchers
        .iter()
        .filter_map(|watcher| Some((DriverKind::of(&watcher.kind)?, watcher.name.as_ref())))
        .filter(|(kind, _)| !drivers.iter().any(|driver| driver.kind() == *kind))
        .map(|(kind, watcher)| (kind.as_str(), watcher))
        .collect();
    match missing.first_key_value() {
        Some((kind, watcher)) => Err(format!(
            "watcher `{watcher}` is of type {kind}, which this distribution was built without"
        )),
        None => Ok(()),
    }
}
