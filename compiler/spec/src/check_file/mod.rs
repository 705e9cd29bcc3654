//! The door for check files: what configuration tools drop on a node, instances of its check classes.
//!
//! ```text
//! file  = { $schema?, description?, checks: { NAME: check … } }
//! check = { class: NAME, with?: { PARAMETER: VALUE … }, interval?: DURATION, timeout?: DURATION,
//!           annotations?: { NAME: TEXT … } }
//! ```
//!
//! [`CheckFile::read`] looks at the form of one file, [`CheckFile::resolve`] holds its checks against their classes,
//! where these are known, and [`CheckFile::finish`] says where everything stands that is wrong.
//! [`together`] looks at the names of several files. A check with a mistake spoils no other one of its file.

mod keys;
mod row;
#[cfg(feature = "schema")]
mod schema;

use core::time::Duration;
use std::collections::HashMap;
use std::sync::Arc;

use chorister_classes::{Kind, Problem};
use chorister_fsm::Check;
use chorister_ir::{CheckClass, Pair, Settings, Text};
use chorister_yaml::{Entry, Limits, Node, Span};
use serde_json::{Map, Value};

use crate::class;
use crate::diagnostic::{Code, Diagnostic, Finding, Findings, Label, Part, Path, Severity, at};
use crate::form::Reader;
use crate::machine::reading;
use crate::outline::{Mark, Named};
use crate::source::Source;
use keys::FILE;
#[cfg(feature = "schema")]
pub use schema::schema;

/// The largest check file, in bytes.
pub const LARGEST: usize = 1 << 20;

/// How many check files there are at most.
pub const MOST: usize = 10_000;

/// A check file that was read and is not yet held against its classes.
#[derive(Debug)]
pub struct CheckFile {
    file: Arc<str>,
    root: Option<Node>,
    findings: Findings,
    /// Its checks, in order; `None` where the file could not be read to its end.
    checks: Option<Vec<Row>>,
}

/// One check as its author wrote it.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub name: Named,
    /// The name of its class; empty after a report.
    pub class: String,
    /// Values of parameters, by name.
    pub with: Map<String, Value>,
    /// Time between two runs, where it differs from the class.
    pub interval: Option<Duration>,
    /// How long a run may take, where it differs from the class.
    pub timeout: Option<Duration>,
    /// Free text for those who show the check, beside that of the class.
    pub annotations: Vec<(String, String)>,
    /// Whether nothing is wrong with it so far.
    pub is_good: bool,
}

/// A check that can run, and its class.
#[derive(Clone, Debug)]
pub struct Ready<'c> {
    /// What it is an instance of.
    pub class: &'c CheckClass,
    /// The check.
    pub check: Arc<Check>,
}

/// What came of checking one file.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The path of the file.
    pub file: Arc<str>,
    /// Its checks, in order; `None` where the file could not be read to its end, so that nobody knows what it holds.
    pub checks: Option<Vec<Row>>,
    /// All findings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reports the names that several files use. The check of the first file counts; files come in the order of names.
#[must_use]
pub fn together<'a>(files: impl IntoIterator<Item = &'a Checked>) -> Vec<Diagnostic> {
    let mut first: HashMap<&str, (&Checked, Span)> = HashMap::new();
    let mut found = Vec::new();
    for file in files {
        for row in file.checks.iter().flatten() {
            let name = row.name.text.as_str();
            match first.get(name) {
                Some((owner, place)) => found.push(duplicate(&file.file, row, &owner.file, *place)),
                None => drop(first.insert(name, (file, row.name.place.span))),
            }
        }
    }
    found
}

/// Says that another file has a check of this name, and that this one loses.
#[must_use]
pub fn duplicate(file: &Arc<str>, row: &Row, owner: &Arc<str>, place: Span) -> Diagnostic {
    let name = &row.name.text;
    Diagnostic {
        code: Code::DuplicateCheck,
        severity: Severity::Error,
        message: format!("a check called `{name}` is in {owner} already"),
        help: Some(
            "the one of the file whose name comes first counts: rename one of them".to_owned(),
        ),
        file: Arc::clone(file),
        span: row.name.place.span,
        path: row.name.place.path.clone(),
        labels: vec![Label {
            file: Some(Arc::clone(owner)),
            span: place,
            text: "this one counts".to_owned(),
        }],
        notes: Vec::new(),
    }
}

// === impl CheckFile ===

impl CheckFile {
    /// Reads a file.
    #[must_use]
    pub fn read(source: &Source) -> Self {
        let limits = Limits {
            input: LARGEST,
            ..Limits::SPEC
        };
        let mut findings = Findings::default();
        let parsed = chorister_yaml::parse(source.text.as_bytes(), source.format, &limits);
        let is_torn = !parsed.errors.is_empty();
        for error in parsed.errors {
            findings.add(reading(error));
        }
        let checks = match &parsed.root {
            Some(root) => rows(root, &mut findings).filter(|_| !is_torn),
            None if is_torn => None,
            None => {
                let message = "the file holds nothing: checks are expected";
                let finding = Finding::new(Code::Empty, at![], message)
                    .at(Part::Span(Span::default()))
                    .help("write `checks: {}` for a file without checks, or remove it");
                findings.add(finding);
                None
            }
        };
        Self {
            file: Arc::clone(&source.path),
            root: parsed.root,
            findings,
            checks,
        }
    }

    /// Its checks, in order, also those with a mistake; none where the file could not be read to its end.
    #[must_use]
    pub fn checks(&self) -> &[Row] {
        self.checks.as_deref().unwrap_or_default()
    }

    /// Holds the checks against these classes, and reports what does not fit. For each check, in order, what can run;
    /// nothing for one with a mistake.
    pub fn resolve<'c>(&mut self, classes: &[&'c CheckClass]) -> Vec<Option<Ready<'c>>> {
        let mut reader = Reader {
            findings: &mut self.findings,
        };
        let mut resolved = Vec::new();
        for row in self.checks.iter_mut().flatten() {
            let ready = resolve(&mut reader, row, classes);
            row.is_good &= ready.is_some();
            resolved.push(ready.filter(|_| row.is_good));
        }
        resolved
    }

    /// Says what is wrong and where.
    #[must_use]
    pub fn finish(self) -> Checked {
        Checked {
            diagnostics: self.findings.locate(&self.file, self.root.as_ref()),
            file: self.file,
            checks: self.checks,
        }
    }
}

/// Holds a check against its class; nothing after a report.
fn resolve<'c>(
    reader: &mut Reader<'_>,
    row: &Row,
    classes: &[&'c CheckClass],
) -> Option<Ready<'c>> {
    if row.class.is_empty() {
        return None;
    }
    let path = place(&row.name.text);
    let Some(class) = classes.iter().find(|it| it.name == row.class) else {
        let message = format!("there is no check class `{}`", row.class);
        let known = classes.iter().map(|it| it.name.as_ref());
        reader.no_such(
            Code::UnknownClass,
            path.join("class"),
            message,
            &row.class,
            known,
        );
        return None;
    };
    let own = chorister_classes::Row {
        name: row.name.text.clone(),
        with: row.with.clone(),
        settings: Settings {
            interval: row.interval,
            timeout: row.timeout,
            annotations: row.annotations.iter().map(annotation).collect(),
            ..Settings::INHERITED
        },
    };
    match chorister_classes::resolve(class, &own) {
        Ok(check) => Some(Ready {
            class,
            check: Arc::new(check),
        }),
        Err(problems) => {
            for problem in problems {
                refuse(reader, &path, problem);
            }
            None
        }
    }
}

fn annotation((key, value): &(String, String)) -> Pair {
    Pair {
        key: Text::Owned(key.clone()),
        value: Text::Owned(value.clone()),
    }
}

/// Says what is wrong with a value of the check at `path`.
fn refuse(reader: &mut Reader<'_>, path: &Path, problem: Problem) {
    let code = Code::parse(problem.kind.code()).unwrap_or(Code::WrongType);
    let with = path.join("with");
    let (place, part) = match (problem.parameter, problem.kind) {
        (None, _) => (path.clone(), Part::Key),
        (Some(_), Kind::Missing) => (with, Part::Start),
        (Some(name), kind) if kind.is_about_the_name() => (with.join(name), Part::Key),
        (Some(name), _) => {
            let value = with.join(name);
            let value = problem
                .item
                .map_or_else(|| value.clone(), |it| value.join(it));
            (value, Part::Value)
        }
    };
    let finding = Finding::new(code, place, problem.message).at(part);
    reader.findings.add(finding.maybe_help(problem.help));
}

/// Where a check stands.
fn place(name: &str) -> Path {
    at!["checks", name.to_owned()]
}

/// The checks below `checks`; `None` where there is no such mapping.
fn rows(root: &Node, findings: &mut Findings) -> Option<Vec<Row>> {
    let mut reader = Reader { findings };
    reader.mapping(root, &at![], &FILE);
    root.as_mapping()?;
    let Some(value) = root.get("checks") else {
        let finding = Finding::new(Code::MissingKey, at![], "a check file needs `checks`")
            .at(Part::Start)
            .help("add `checks:` and the name of a check below it");
        reader.findings.add(finding);
        return None;
    };
    let Some(pairs) = value.as_mapping() else {
        reader.wrong_type(value, &at!["checks"], "a mapping of names to checks");
        return None;
    };
    let rows = pairs.iter().map(|Entry { key, value, .. }| {
        let path = place(&key.text);
        let name = Named {
            text: key.text.clone(),
            place: Mark {
                span: key.span,
                path: path.to_string(),
            },
        };
        let before = reader.findings.errors();
        class::row::check_name(&mut reader, &key.text, &path, Part::Key);
        let mut row = row::read(&mut reader, value, &path, name);
        row.is_good = reader.findings.errors() == before;
        row
    });
    Some(rows.collect())
}
