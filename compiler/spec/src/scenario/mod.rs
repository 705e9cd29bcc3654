//! Tests of machines: `tests:` blocks and `*.test.yaml` files.
//!
//! A test says how some machines begin, what happens to them, and what has to come of it. It runs in virtual time:
//! only the clock and its steps make things happen. Reading one looks every name up in the machines that it is about,
//! so that what [`Suite::check`] returns can be run as it is.
//!
//! # The format
//!
//! ```text
//! file        = { $schema?, description?, machine: PATH | machines: [PATH…], tests: [test…] }
//! test        = { name, description?, machine?: NAME, given?, steps?: [step…], expect?: [expectation…],
//!                 until?: DURATION }
//! given       = { state?, data?, facts?, at?: TIMESTAMP, timezone?: ZONE, seed?: NUMBER, waits?: [DURATION…],
//!                 machines?: { NAME: { state?, data? } … } }
//! step        = { at: DURATION | after: DURATION, machine?: NAME, description?, action }
//! action      = watcher: { NAME: outcome … }
//!             | event: TRANSITION
//!             | transition: { machine: NAME, event: TRANSITION }
//!             | facts: { … } | data: { … }
//!             | clock: +DURATION | -DURATION
//!             | restart: true | DURATION
//!             | disk: full | free
//! outcome     = { exit?: 0–255, stdout?: TEXT, runtime? }     exec, metric
//!             | { metrics: { NAME: NUMBER … }, labels?, runtime? }     metric
//!             | { outcome: NAME, runtime? }     exec, file, archive, expression, metric
//!             | { hang: true }     exec, metric, archive
//!             | { switch: on | off }     httpswitch
//! expectation = { at: DURATION, state: STATE, machine?: NAME }
//!             | { event: TYPE, FIELD: VALUE …, within?: DURATION, times?: NUMBER }
//!             | { ran: WATCHER, within?, times?, machine? }
//!             | { eventually: { state: STATE }, within?, machine? }
//!             | { never: { state: STATE } | { ran: WATCHER } | { event: TYPE, FIELD: VALUE … }, machine? }
//! ```
//!
//! - Durations are those of `interval`: `90s`, `1h30m`, `2d`. Times count from the start of the test and are
//!   inclusive; `after` counts from the step above. A step without a time happens at the time of the one above.
//! - A file without `machine` is about the machine beside it: `X.test.yaml` about `X.machine.yaml`, else about
//!   `machine.yaml`. `machine` of a test, a step or an expectation picks one of several, by its name; without it the
//!   first is meant.
//! - The clock begins at 2026-01-01T00:00:00Z in UTC with seed 0 where `given` does not say otherwise.
//! - A test ends at `until`, or at the latest time that it names.

mod cast;
mod decode;
mod events;
mod expect;
mod keys;
mod model;
mod outcome;
#[cfg(feature = "schema")]
mod schema;
mod step;

use std::sync::Arc;

use chorister_yaml::{Limits, Node, Span};

pub use model::{
    Action, Event, Expectation, Expected, Given, Never, Outcome, Run, Start, Step, Test,
};
#[cfg(feature = "schema")]
pub(crate) use schema::TestForm;
#[cfg(feature = "schema")]
pub use schema::schema;

use crate::check::Graph;
use crate::diagnostic::{Code, Diagnostic, Finding, Findings, Part, Path, at};
use crate::form::Reader;
use crate::machine::{Checked, reading};
use crate::outline::{Mark, Named};
use crate::source::Source;
use crate::{Severity, distribution, model as machines};
use cast::{Cast, Member};
use keys::FILE;

/// A file of tests that was read and not yet checked against its machines.
#[derive(Debug)]
pub struct Suite {
    /// The path of the file.
    pub file: Arc<str>,
    /// The machines that it names: paths relative to the folder of the file. None if it is about the one beside it.
    pub machines: Vec<Named>,
    root: Option<Node>,
    findings: Findings,
}

/// Tests that can be run, and what is wrong with their texts.
#[derive(Clone, Debug, Default)]
pub struct Tests {
    /// The tests, in order; none if any finding is an error.
    pub tests: Vec<Test>,
    /// All findings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Suite {
    /// Reads a file of tests.
    #[must_use]
    pub fn read(source: &Source) -> Self {
        let mut findings = Findings::default();
        let parsed = chorister_yaml::parse(source.text.as_bytes(), source.format, &Limits::SPEC);
        for error in parsed.errors {
            findings.add(reading(error));
        }
        let machines = match &parsed.root {
            Some(root) => machines_of(root, &mut findings),
            None => {
                if !findings.has_errors() {
                    let message = "the file holds nothing: tests are expected";
                    let finding = Finding::new(Code::Empty, at![], message);
                    findings.add(finding.at(Part::Span(Span::default())));
                }
                Vec::new()
            }
        };
        Self {
            file: Arc::clone(&source.path),
            machines,
            root: parsed.root,
            findings,
        }
    }

    /// Checks the tests against their machines, in order.
    #[must_use]
    pub fn check(mut self, machines: &[&Checked]) -> Tests {
        let cast = cast(machines);
        let mut tests = Vec::new();
        if let Some(root) = &self.root {
            let mut reader = Reader {
                findings: &mut self.findings,
            };
            reader.mapping(root, &at![], &FILE);
            match root.get("tests") {
                Some(node) => {
                    let path = at!["tests"];
                    let items = reader.list(node, &path);
                    tests = decode::tests(items, &cast, &mut self.findings);
                }
                None if root.as_mapping().is_some() => {
                    let message = "a file of tests needs `tests`";
                    let finding = Finding::new(Code::MissingKey, at![], message).at(Part::Start);
                    self.findings
                        .add(finding.help("add `tests:` and a list below it"));
                }
                None => {}
            }
        }
        self.finish(tests)
    }

    /// Checks the file as a script for a simulation: a list of steps, a test without a name, or a file of tests, of
    /// which the first is taken.
    #[must_use]
    pub fn check_script(mut self, machines: &[&Checked]) -> Tests {
        let is_file = self
            .root
            .as_ref()
            .is_some_and(|it| it.get("tests").is_some());
        if is_file {
            let mut checked = self.check(machines);
            checked.tests.truncate(1);
            return checked;
        }
        let cast = cast(machines);
        let script = self
            .root
            .as_ref()
            .and_then(|root| decode::script(root, &cast, &mut self.findings));
        self.finish(script.into_iter().collect())
    }

    /// Reports that a machine of the file cannot be had; the file is not checked then.
    #[must_use]
    pub fn refuse(
        mut self,
        machine: Option<&Named>,
        message: String,
        help: Option<String>,
    ) -> Tests {
        let span = match machine {
            Some(named) => Part::Span(named.place.span),
            None => Part::Start,
        };
        let finding = Finding::new(Code::TestMachine, at![], message).at(span);
        self.findings.add(finding.maybe_help(help));
        self.finish(Vec::new())
    }

    fn finish(self, tests: Vec<Test>) -> Tests {
        finish(tests, self.findings.locate(&self.file, self.root.as_ref()))
    }
}

/// The tests that stand in a distribution itself, about all of its machines.
#[must_use]
pub fn in_distribution(
    of: &distribution::Checked,
    file: &Arc<str>,
    machines: &[&Checked],
) -> Tests {
    let Some(root) = &of.root else {
        return Tests::default();
    };
    let items = root.get("tests").map(Node::items).unwrap_or_default();
    let here = items.iter().enumerate();
    let here: Vec<_> = here
        .filter(|it| it.1.as_mapping().is_some())
        .map(|(at, it)| (it, at!["tests", at]))
        .collect();
    if here.is_empty() {
        return Tests::default();
    }
    let mut findings = Findings::default();
    let tests = decode::tests(here, &cast(machines), &mut findings);
    finish(tests, findings.locate(file, Some(root)))
}

/// The tests that stand in a machine; none if anything is wrong with them.
pub(crate) fn in_machine(
    node: &Node,
    machine: &machines::Machine,
    graph: &Graph<'_>,
    certain: bool,
    findings: &mut Findings,
) -> Vec<Test> {
    let before = findings.errors();
    let cast = Cast {
        members: vec![Member::of(machine, graph, certain)],
    };
    let mut reader = Reader { findings };
    let items = reader.list(node, &at!["tests"]);
    let tests = decode::tests(items, &cast, findings);
    if findings.errors() > before {
        return Vec::new();
    }
    tests
}

fn finish(tests: Vec<Test>, diagnostics: Vec<Diagnostic>) -> Tests {
    let failed = diagnostics.iter().any(|it| it.severity == Severity::Error);
    Tests {
        tests: if failed { Vec::new() } else { tests },
        diagnostics,
    }
}

fn cast<'m>(machines: &[&'m Checked]) -> Cast<'m> {
    let members = machines.iter().filter_map(|it| {
        let model = it.model.as_ref()?;
        Some(Member::of(model, &Graph::of(model), !it.has_errors()))
    });
    Cast {
        members: members.collect(),
    }
}

/// The machines that a file names.
fn machines_of(root: &Node, findings: &mut Findings) -> Vec<Named> {
    let mut reader = Reader { findings };
    let mut named = Vec::new();
    let mut name = |reader: &mut Reader<'_>, node: &Node, path: &Path| {
        if let Some(text) = reader.text(node, path) {
            let place = Mark {
                span: node.span,
                path: path.to_string(),
            };
            named.push(Named { text, place });
        }
    };
    // A test that stands alone may name its machine too, which is no file then.
    if root.get("tests").is_none() {
        return Vec::new();
    }
    let one = root.get("machine");
    if let Some(node) = one {
        name(&mut reader, node, &at!["machine"]);
    }
    if let Some(node) = root.get("machines") {
        let path = at!["machines"];
        if one.is_some() {
            let message = "`machine` and `machines` exclude each other";
            let finding = Finding::new(Code::Exclusive, path.clone(), message).at(Part::Key);
            reader.findings.add(finding);
        }
        for (node, path) in reader.list(node, &path) {
            name(&mut reader, node, &path);
        }
    }
    named
}
