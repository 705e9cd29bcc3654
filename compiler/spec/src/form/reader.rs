//! Reading values of a wanted type, and saying so where another stands.

use core::time::Duration;

use chorister_lang::duration::parse_interval;
use chorister_lang::size::parse_size;
use chorister_yaml::{Entry, Kind, Node, Resolved};
use serde_json::{Map, Value};

use super::keys::{Level, refuse_unknown};
use crate::diagnostic::{Code, Finding, Findings, Part, Path};
use crate::text::{quoted, similar, spoken_duration};

/// A mapping that is being read.
pub(crate) struct Reader<'a> {
    /// What was found so far.
    pub(crate) findings: &'a mut Findings,
}

impl Reader<'_> {
    /// The entries of a mapping with these keys; none after a report.
    pub(crate) fn mapping<'n>(
        &mut self,
        node: &'n Node,
        path: &Path,
        level: &Level,
    ) -> &'n [Entry] {
        match node.as_mapping() {
            Some(entries) => {
                refuse_unknown(entries, path, level, self.findings);
                entries
            }
            None => {
                self.wrong_type(node, path, "a mapping");
                &[]
            }
        }
    }

    /// The items of a list with their places; none after a report.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, path: &Path) -> Vec<(&'n Node, Path)> {
        if let Some(items) = node.as_sequence() {
            return items
                .iter()
                .enumerate()
                .map(|(at, it)| (it, path.join(at)))
                .collect();
        }
        self.wrong_type(node, path, "a list");
        Vec::new()
    }

    /// A text that is not empty.
    pub(crate) fn text(&mut self, node: &Node, path: &Path) -> Option<String> {
        let Some(scalar) = node.as_scalar().filter(|_| node.kind() == Kind::Str) else {
            self.wrong_type(node, path, "a string");
            return None;
        };
        if scalar.text.trim().is_empty() {
            self.findings.add(Finding::new(
                Code::EmptyValue,
                path.clone(),
                format!("`{path}` is empty"),
            ));
            return None;
        }
        Some(scalar.text.clone())
    }

    /// A text where a number may stand as well, such as a size.
    pub(crate) fn text_or_number(&mut self, node: &Node, path: &Path) -> Option<String> {
        match node.kind() {
            Kind::Int | Kind::Float => node.text().map(str::to_owned),
            _ => self.text(node, path),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, node: &Node, path: &Path) -> Vec<String> {
        self.list(node, path)
            .into_iter()
            .filter_map(|(item, path)| self.text(item, &path))
            .collect()
    }

    /// A truth value.
    pub(crate) fn truth(&mut self, node: &Node, path: &Path) -> Option<bool> {
        match node.as_scalar().map(|it| it.resolve()) {
            Some(Resolved::Bool(value)) => Some(value),
            _ => {
                self.wrong_type(node, path, "`true` or `false`");
                None
            }
        }
    }

    /// A count of things.
    pub(crate) fn count(&mut self, node: &Node, path: &Path) -> Option<u32> {
        match node.as_scalar().map(|it| it.resolve()) {
            Some(Resolved::Int(value)) => {
                u32::try_from(value).ok().filter(|it| *it > 0).or_else(|| {
                    let message = format!(
                        "`{path}` is {value}; it has to be between 1 and {}",
                        u32::MAX
                    );
                    self.findings
                        .add(Finding::new(Code::OutOfRange, path.clone(), message));
                    None
                })
            }
            _ => {
                self.wrong_type(node, path, "a whole number");
                None
            }
        }
    }

    /// A size in bytes.
    pub(crate) fn size(&mut self, node: &Node, path: &Path) -> Option<u64> {
        let text = self.text_or_number(node, path)?;
        parse_size(&text)
            .map_err(|error| {
                let finding = Finding::new(Code::Size, path.clone(), error.message)
                    .at(Part::Within(error.span))
                    .maybe_help(error.help);
                self.findings.add(finding);
            })
            .ok()
    }

    /// A number of at most `most`.
    pub(crate) fn number(&mut self, node: &Node, path: &Path, most: u64) -> Option<u64> {
        let Some(Resolved::Int(value)) = node.as_scalar().map(|it| it.resolve()) else {
            self.wrong_type(node, path, "a whole number");
            return None;
        };
        let number = u64::try_from(value).ok().filter(|it| *it <= most);
        if number.is_none() {
            let message = format!("`{path}` is {value}; it has to be between 0 and {most}");
            self.findings
                .add(Finding::new(Code::OutOfRange, path.clone(), message));
        }
        number
    }

    /// A time that is not negative.
    pub(crate) fn duration(&mut self, node: &Node, path: &Path) -> Option<Duration> {
        let nanoseconds = self.signed_duration(node, path)?;
        let duration = u64::try_from(nanoseconds).map(Duration::from_nanos);
        if duration.is_err() {
            let text = node.text().unwrap_or_default();
            let message = format!("`{path}` is `{text}`, which is negative");
            self.findings
                .add(Finding::new(Code::DurationRange, path.clone(), message));
        }
        duration.ok()
    }

    /// A time that may be negative, in nanoseconds: as in `interval`, such as `90s`, `1h30m` or `2d`.
    pub(crate) fn signed_duration(&mut self, node: &Node, path: &Path) -> Option<i64> {
        let text = node.text().map(str::trim).filter(|it| !it.is_empty());
        let Some(text) = text else {
            self.wrong_type(node, path, "a duration");
            return None;
        };
        if matches!(node.kind(), Kind::Int | Kind::Float) {
            let message = format!("`{path}` is `{text}`, which has no unit");
            let finding = Finding::new(Code::Duration, path.clone(), message);
            self.findings
                .add(finding.help(format!("write `{text}s` for seconds")));
            return None;
        }
        parse_interval(text)
            .map_err(|error| {
                let message = format!(
                    "`{path}` is `{text}`, which is no duration: {}",
                    error.message
                );
                let meant = spoken_duration(text).map(|it| format!("write `{it}`"));
                let finding = Finding::new(Code::Duration, path.clone(), message);
                self.findings.add(finding.maybe_help(meant.or(error.help)));
            })
            .ok()
    }

    /// A mapping of anything, as JSON.
    pub(crate) fn object(&mut self, node: &Node, path: &Path) -> Option<Map<String, Value>> {
        match chorister_yaml::to_json(node) {
            Value::Object(object) => Some(object),
            _ => {
                self.wrong_type(node, path, "a mapping");
                None
            }
        }
    }

    /// Says that something is not there by the name that it is given, and which names there are.
    pub(crate) fn no_such<'n>(
        &mut self,
        code: Code,
        path: Path,
        message: String,
        name: &str,
        known: impl Iterator<Item = &'n str> + Clone,
    ) {
        let help = match similar(name, known.clone()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if known.clone().next().is_none() => None,
            None => Some(format!("there are {}", quoted(known))),
        };
        self.findings
            .add(Finding::new(code, path, message).maybe_help(help));
    }

    /// Says that something else is wanted.
    pub(crate) fn wrong_type(&mut self, node: &Node, path: &Path, wanted: &str) {
        let what = match node.kind() {
            Kind::Null => "empty".to_owned(),
            kind => kind.to_string(),
        };
        let finding = Finding::new(
            Code::WrongType,
            path.clone(),
            format!("`{path}` is {what}; it has to be {wanted}"),
        );
        let quoted =
            matches!(node.kind(), Kind::Int | Kind::Float | Kind::Bool) && wanted == "a string";
        let help = node
            .text()
            .filter(|_| quoted)
            .map(|text| format!("quote it: \"{text}\""));
        self.findings.add(finding.maybe_help(help));
    }
}
