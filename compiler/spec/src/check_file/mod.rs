//! The door for check files: what configuration tools drop on a node, instances of its check classes.
//!
//! ```text
//! file  = { $schema?, description?, checks: { NAME: check … } }
//! check = { class: NAME, with?: { PARAMETER: VALUE … }, interval?: DURATION, timeout?: DURATION,
//!           annotations?: { NAME: TEXT … } }
//! ```
//!
//! [`CheckFile::read`] looks at the form of one file. Whoever knows the classes holds each check against its own,
//! and reports with [`CheckFile::refuse`] what does not fit; [`CheckFile::finish`] says where all that stands.
//! [`together`] looks at the names of several files. A check with a mistake spoils no other one of its file.

mod keys;
mod row;

use core::time::Duration;
use std::collections::HashMap;
use std::sync::Arc;

use chorister_yaml::{Entry as Pair, Limits, Node, Span};
use serde_json::{Map, Value};

use crate::diagnostic::{Code, Diagnostic, Finding, Findings, Label, Part, Path, Severity, at};
use crate::form::Reader;
use crate::machine::reading;
use crate::outline::{Mark, Named};
use crate::source::Source;
use keys::FILE;

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

/// Which part of a check is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At<'a> {
    /// All of it, by its name.
    Name,
    /// Where its parameters begin.
    With,
    /// The name of a parameter that it sets.
    Parameter(&'a str),
    /// The value of a parameter, or an item of that.
    Value(&'a str, Option<usize>),
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

    /// Reports that the class of a check, given by its index, does not exist.
    pub fn no_class<'n>(&mut self, check: usize, known: impl Iterator<Item = &'n str> + Clone) {
        let Some(row) = self.checks.iter_mut().flatten().nth(check) else {
            return;
        };
        row.is_good = false;
        let message = format!("there is no check class `{}`", row.class);
        let path = place(&row.name.text).join("class");
        let mut reader = Reader {
            findings: &mut self.findings,
        };
        reader.no_such(Code::UnknownClass, path, message, &row.class, known);
    }

    /// Reports what is wrong with a check, given by its index.
    pub fn refuse(
        &mut self,
        check: usize,
        at: At<'_>,
        code: Code,
        message: String,
        help: Option<String>,
    ) {
        let Some(row) = self.checks.iter_mut().flatten().nth(check) else {
            return;
        };
        row.is_good = false;
        let path = place(&row.name.text);
        let value = |name: &str| path.join("with").join(name.to_owned());
        let (path, part) = match at {
            At::Name => (path, Part::Key),
            At::With => (path.join("with"), Part::Start),
            At::Parameter(name) => (value(name), Part::Key),
            At::Value(name, None) => (value(name), Part::Value),
            At::Value(name, Some(item)) => (value(name).join(item), Part::Value),
        };
        let finding = Finding::new(code, path, message).at(part).maybe_help(help);
        self.findings.add(finding);
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
    let rows = pairs.iter().map(|Pair { key, value, .. }| {
        let path = place(&key.text);
        let name = Named {
            text: key.text.clone(),
            place: Mark {
                span: key.span,
                path: path.to_string(),
            },
        };
        let before = reader.findings.errors();
        row::check_name(&mut reader, &key.text, &path);
        let mut row = row::read(&mut reader, value, &path, name);
        row.is_good = reader.findings.errors() == before;
        row
    });
    Some(rows.collect())
}
