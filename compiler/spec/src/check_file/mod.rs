//! The door for check files: what configuration tools drop on a node, instances of its check classes.
//!
//! ```text
//! file = { $schema?, description?, checks: { NAME: check … } }
//! ```
//!
//! A check is a [`Row`], as in a distribution.
//!
//! [`CheckFile::read`] looks at the form of one file, [`CheckFile::resolve`] holds its checks against their classes,
//! where these are known, and [`CheckFile::finish`] says where everything stands that is wrong.
//! [`together`] looks at the names of several files. A check with a mistake spoils no other one of its file.

mod keys;
#[cfg(feature = "schema")]
mod schema;

use std::collections::HashMap;
use std::sync::Arc;

use chorister_fsm::Check;
use chorister_ir::CheckClass;
use chorister_yaml::{Entry, Limits, Node, Span, to_json};
use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic, Finding, Findings, Label, Part, Severity, at};
use crate::form::Reader;
use crate::machine::reading;
use crate::row::{self, Name, Row};
use crate::source::Source;
use keys::{CHECK, FILE};
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

/// Reports the names that several files use, and checks that depend on each other in a circle. The check of the first
/// file counts; files come in the order of names.
#[must_use]
pub fn together(files: &[Checked]) -> Vec<Diagnostic> {
    let mut first: HashMap<&str, (&Checked, Span)> = HashMap::new();
    let rows = files.iter().flat_map(|file| {
        let rows = file.checks.iter().flatten();
        rows.map(|it| (&file.file, it))
    });
    let mut found = row::circles(rows);
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

    /// What stands below the name of each of its checks, in order.
    #[must_use]
    pub fn written(&self) -> Vec<Value> {
        let checks = self.root.as_ref().and_then(|it| it.get("checks"));
        let entries = checks.and_then(Node::as_mapping).unwrap_or_default();
        entries.iter().map(|it| to_json(&it.value)).collect()
    }

    /// Holds the checks against these classes, and reports what does not fit. For each check, in order, what can run;
    /// nothing for one with a mistake.
    pub fn resolve<'c>(&mut self, classes: &[&'c CheckClass]) -> Vec<Option<Ready<'c>>> {
        let mut reader = Reader {
            findings: &mut self.findings,
        };
        let mut resolved = Vec::new();
        for row in self.checks.iter_mut().flatten() {
            let names = classes.iter().map(|it| Some(it.name.as_ref()));
            let class = row::class_of(&mut reader, row, names).and_then(|it| classes.get(it));
            let ready = class.and_then(|class| {
                let check = row::fit(&mut reader, row, class, chorister_classes::resolve)?;
                Some(Ready {
                    class,
                    check: Arc::new(check),
                })
            });
            row.is_good &= ready.is_some();
            resolved.push(ready.filter(|_| row.is_good));
        }
        resolved
    }

    /// Reports what its checks depend on and is not among these names.
    pub fn parents<'n>(&mut self, known: impl Iterator<Item = &'n str> + Clone) {
        let mut reader = Reader {
            findings: &mut self.findings,
        };
        for row in self.checks.iter().flatten() {
            row::parents(&mut reader, row, known.clone());
        }
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
        let path = at!["checks", key.text.clone()];
        let name = Name {
            text: &key.text,
            span: key.span,
            path: path.clone(),
        };
        row::read(&mut reader, value, &path, &CHECK, &name)
    });
    Some(rows.collect())
}
