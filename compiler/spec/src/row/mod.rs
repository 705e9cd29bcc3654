//! One check as its author wrote it: an instance of a class.
//!
//! ```text
//! check = { class: NAME, with?: { PARAMETER: VALUE … }, interval?: DURATION, timeout?: DURATION, retry?, flapping?,
//!           active?, depends_on?: [NAME…], remediate?: BOOL, annotations?: { NAME: TEXT … }, publish? }
//! ```
//!
//! Distributions, check files and bundles of them have the same rows: [`read`] is the one reader, [`fit`] holds a row
//! against its class, and [`circles`] looks at several. What is run is said by classes alone: a row is data.

mod fit;
mod parents;
#[cfg(feature = "schema")]
pub(crate) mod schema;

use chorister_ir::{Pair as Annotation, Settings, Text};
use chorister_yaml::{Entry as Pair, Node, Span};
use serde_json::{Map, Value};

use crate::class::policy;
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::form::{Level, Reader};
use crate::outline::{Mark, Named};

pub(crate) use fit::{class_of, fit};
pub(crate) use parents::{circles, parents};
#[cfg(feature = "schema")]
pub use schema::{SHARE, TIME, settings as settings_schema};

/// Longest name of a check: requests about checks carry no longer ones.
const MAX_NAME: usize = 50;

/// The keys that a check has wherever it stands.
macro_rules! row_keys {
    ($($more:literal),*) => {
        &[
            $($more,)* "class", "with", "interval", "timeout", "retry", "flapping", "active", "depends_on", "remediate",
            "annotations", "publish",
        ]
    };
}
pub(crate) use row_keys;

/// One check as its author wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name.
    pub name: Named,
    /// Name of its class; `None` after a report.
    pub class: Option<Named>,
    /// Values of parameters, by name.
    pub with: Map<String, Value>,
    /// What else it says of itself.
    pub settings: Settings,
    /// The names of other checks that it depends on, and where they stand.
    pub depends_on: Vec<Named>,
    /// Whether nothing is wrong with it so far.
    pub is_good: bool,
    /// Where it stands.
    pub(crate) path: Path,
}

/// The name of a check, and where it stands.
pub(crate) struct Name<'n> {
    pub(crate) text: &'n str,
    pub(crate) span: Span,
    pub(crate) path: Path,
}

/// Reads a check whose keys are those of `level`; what is wrong with its form is reported.
pub(crate) fn read(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &Path,
    level: &Level,
    name: &Name<'_>,
) -> Row {
    let before = reader.findings.errors();
    let mut row = Row {
        name: name.named(),
        class: None,
        with: Map::new(),
        settings: Settings::INHERITED,
        depends_on: Vec::new(),
        is_good: true,
        path: path.clone(),
    };
    name.check(reader);
    let entries = reader.mapping(node, path, level);
    for Pair { key, value, .. } in entries {
        row.take(reader, &key.text, value, &path.join(key.text.clone()));
    }
    let has_class = entries.iter().any(|it| it.key.text == "class");
    if !has_class && node.as_mapping().is_some() {
        let finding = Finding::new(Code::MissingKey, path.clone(), "a check needs a `class`")
            .at(Part::Span(name.span))
            .help("add `class:` and the name of a check class, such as `disk`");
        reader.findings.add(finding);
    }
    row.is_good = reader.findings.errors() == before;
    row
}

// === impl Row ===

impl Row {
    /// Takes in what stands at a key.
    fn take(&mut self, reader: &mut Reader<'_>, key: &str, value: &Node, path: &Path) {
        let settings = &mut self.settings;
        match key {
            "class" => {
                let text = reader.text(value, path);
                self.class = text.map(|text| named(text, value, path));
            }
            // `with:` without anything below it says nothing.
            "with" if value.is_null() => {}
            "with" => self.with = reader.object(value, path).unwrap_or_default(),
            "interval" => settings.interval = policy::time(reader, value, path),
            "timeout" => settings.timeout = policy::time(reader, value, path),
            "retry" => settings.retry = Some(policy::retry(reader, value, path)),
            "flapping" => settings.flapping = policy::flapping(reader, value, path),
            "active" => settings.active = policy::active(reader, value, path),
            "depends_on" => {
                let names = policy::names(reader, value, path);
                settings.depends_on =
                    Some(names.iter().map(|it| Text::Owned(it.clone())).collect());
                let places = names.into_iter().enumerate();
                let places = places.map(|(at, name)| match value.items().get(at) {
                    Some(item) => named(name, item, &path.join(at)),
                    None => named(name, value, path),
                });
                self.depends_on = places.collect();
            }
            "remediate" => settings.remediate = remediate(reader, value, path),
            "annotations" => {
                let texts = policy::annotations(reader, value, path).into_iter();
                settings.annotations = texts
                    .map(|(key, value)| Annotation {
                        key: Text::Owned(key),
                        value: Text::Owned(value),
                    })
                    .collect();
            }
            "publish" => settings.publish = Some(policy::publish(reader, value, path)),
            _ => {}
        }
    }
}

/// Whether the remediation of the class runs; what it runs is not for a row to say.
fn remediate(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<bool> {
    if node.as_mapping().is_none() {
        return reader.truth(node, path);
    }
    let message = format!("`{path}` is a mapping; it has to be `true` or `false`");
    let finding = Finding::new(Code::WrongType, path.clone(), message)
        .help("what is run is said by the class; a check says whether it is");
    reader.findings.add(finding);
    None
}

fn named(text: String, node: &Node, path: &Path) -> Named {
    Named {
        text,
        place: Mark {
            span: node.span,
            path: path.to_string(),
        },
    }
}

// === impl Name ===

impl Name<'_> {
    fn named(&self) -> Named {
        Named {
            text: self.text.to_owned(),
            place: Mark {
                span: self.span,
                path: self.path.to_string(),
            },
        }
    }

    /// Reports a name that a check cannot have.
    fn check(&self, reader: &mut Reader<'_>) {
        let name = self.text;
        let odd = name
            .chars()
            .find(|it| !it.is_ascii_alphanumeric() && !matches!(it, '_' | '-'));
        let (message, help) = if let Some(odd) = odd {
            let odd = if odd == ' ' {
                "a space".to_owned()
            } else {
                format!("`{}`", odd.escape_debug())
            };
            let message =
                format!("the name `{name}` holds {odd}, which the name of a check cannot");
            (message, "use letters, digits, `_` and `-`")
        } else if !name.starts_with(|it: char| it.is_ascii_alphabetic()) {
            let message = format!("the name `{name}` does not begin with a letter");
            (message, "begin it with a letter, as in `root_disk`")
        } else if name.len() > MAX_NAME {
            let message = format!("the name of the check is longer than {MAX_NAME} characters");
            (message, "requests about checks carry no longer names")
        } else {
            return;
        };
        let finding = Finding::new(Code::InvalidName, self.path.clone(), message);
        reader
            .findings
            .add(finding.at(Part::Span(self.span)).help(help));
    }
}
