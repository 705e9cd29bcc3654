//! One check as its author wrote it: an instance of a class.

use chorister_classes::{Kind, Problem, Row};
use chorister_ir::{Pair as Annotation, Settings, Text};
use chorister_yaml::{Entry as Pair, Node};
use serde_json::{Map, Value};

use super::policy;
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::form::{Level, Reader};
use crate::outline::{Mark, Named};

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
pub(crate) struct Written {
    /// Name of its class; `None` after a report.
    pub(crate) class: Option<Named>,
    /// Values of parameters, by name.
    pub(crate) with: Map<String, Value>,
    /// What else it says of itself.
    pub(crate) settings: Settings,
    /// Where the names of other checks stand that it depends on.
    pub(crate) depends_on: Vec<Named>,
}

/// Reads a check whose keys are those of `level`; what is wrong with its form is reported.
pub(crate) fn read(reader: &mut Reader<'_>, node: &Node, path: &Path, level: &Level) -> Written {
    let mut written = Written {
        class: None,
        with: Map::new(),
        settings: Settings::INHERITED,
        depends_on: Vec::new(),
    };
    let settings = &mut written.settings;
    let entries = reader.mapping(node, path, level);
    for Pair { key, value, .. } in entries {
        let path = path.join(key.text.clone());
        match key.text.as_str() {
            "class" => {
                written.class = reader
                    .text(value, &path)
                    .map(|text| named(text, value, &path));
            }
            // `with:` without anything below it says nothing.
            "with" if value.is_null() => {}
            "with" => written.with = reader.object(value, &path).unwrap_or_default(),
            "interval" => settings.interval = policy::time(reader, value, &path),
            "timeout" => settings.timeout = policy::time(reader, value, &path),
            "retry" => settings.retry = Some(policy::retry(reader, value, &path)),
            "flapping" => settings.flapping = policy::flapping(reader, value, &path),
            "active" => settings.active = policy::active(reader, value, &path),
            "depends_on" => {
                let names = policy::names(reader, value, &path);
                settings.depends_on = Some(names.iter().cloned().map(Text::Owned).collect());
                let places =
                    names
                        .into_iter()
                        .enumerate()
                        .map(|(at, name)| match value.items().get(at) {
                            Some(item) => named(name, item, &path.join(at)),
                            None => named(name, value, &path),
                        });
                written.depends_on = places.collect();
            }
            "remediate" => settings.remediate = reader.truth(value, &path),
            "annotations" => {
                let texts = policy::annotations(reader, value, &path).into_iter();
                settings.annotations = texts
                    .map(|(key, value)| Annotation {
                        key: Text::Owned(key),
                        value: Text::Owned(value),
                    })
                    .collect();
            }
            "publish" => settings.publish = Some(policy::publish(reader, value, &path)),
            _ => {}
        }
    }
    let has_class = entries.iter().any(|it| it.key.text == "class");
    if !has_class && node.as_mapping().is_some() {
        let finding =
            Finding::new(Code::MissingKey, path.clone(), "a check needs a `class`").at(Part::Start);
        reader
            .findings
            .add(finding.help("add `class:` and the name of a check class, such as `disk`"));
    }
    written
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

/// Reports a name that a check cannot have.
pub(crate) fn check_name(reader: &mut Reader<'_>, name: &str, path: &Path, part: Part) {
    let odd = name
        .chars()
        .find(|it| !it.is_ascii_alphanumeric() && !matches!(it, '_' | '-'));
    let (message, help) = if let Some(odd) = odd {
        let odd = if odd == ' ' {
            "a space".to_owned()
        } else {
            format!("`{}`", odd.escape_debug())
        };
        let message = format!("the name `{name}` holds {odd}, which the name of a check cannot");
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
    let finding = Finding::new(Code::InvalidName, path.clone(), message).at(part);
    reader.findings.add(finding.help(help));
}

/// Reports what is wrong with the values of a check that stands at `path`.
pub(crate) fn report(reader: &mut Reader<'_>, problem: Problem, path: &Path) {
    let code = Code::parse(problem.kind.code()).unwrap_or(Code::WrongType);
    let (place, part) = match (&problem.parameter, problem.item) {
        (None, _) => (path.clone(), Part::Start),
        (Some(name), item) => {
            let value = path.join("with").join(name.clone());
            let value = item.map_or_else(|| value.clone(), |it| value.join(it));
            let part = if problem.kind.is_about_the_name() {
                Part::Key
            } else {
                Part::Value
            };
            (value, part)
        }
    };
    let place = if problem.kind == Kind::Time {
        path.clone()
    } else {
        place
    };
    let finding = Finding::new(code, place, problem.message).at(part);
    reader.findings.add(finding.maybe_help(problem.help));
}

/// The row that is held against a class.
pub(crate) fn row(name: &str, written: &Written) -> Row {
    Row {
        name: name.to_owned(),
        with: written.with.clone(),
        settings: written.settings.clone(),
    }
}
