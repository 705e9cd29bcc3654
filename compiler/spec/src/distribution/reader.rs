//! Reading values of a wanted type, and saying so where another stands.

use chorister_yaml::{Entry, Kind, Node, Resolved};

use super::keys::{Level, refuse_unknown};
use crate::diagnostic::{Code, Finding, Findings, Part, Path};

/// A mapping that is being read.
pub(super) struct Reader<'a> {
    pub(super) findings: &'a mut Findings,
}

impl Reader<'_> {
    /// The entries of a mapping with these keys; none after a report.
    pub(super) fn mapping<'n>(
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
    pub(super) fn list<'n>(&mut self, node: &'n Node, path: &Path) -> Vec<(&'n Node, Path)> {
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
    pub(super) fn text(&mut self, node: &Node, path: &Path) -> Option<String> {
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
    pub(super) fn text_or_number(&mut self, node: &Node, path: &Path) -> Option<String> {
        match node.kind() {
            Kind::Int | Kind::Float => node.text().map(str::to_owned),
            _ => self.text(node, path),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, node: &Node, path: &Path) -> Vec<String> {
        self.list(node, path)
            .into_iter()
            .filter_map(|(item, path)| self.text(item, &path))
            .collect()
    }

    /// A truth value.
    pub(super) fn truth(&mut self, node: &Node, path: &Path) -> Option<bool> {
        match node.as_scalar().map(|it| it.resolve()) {
            Some(Resolved::Bool(value)) => Some(value),
            _ => {
                self.wrong_type(node, path, "`true` or `false`");
                None
            }
        }
    }

    /// A count of things.
    pub(super) fn count(&mut self, node: &Node, path: &Path) -> Option<u32> {
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
    pub(super) fn size(&mut self, node: &Node, path: &Path) -> Option<u64> {
        let text = self.text_or_number(node, path)?;
        super::parse_size(&text)
            .map_err(|error| {
                let finding = Finding::new(Code::Size, path.clone(), error.message)
                    .at(Part::Within(error.span))
                    .maybe_help(error.help);
                self.findings.add(finding);
            })
            .ok()
    }

    /// Says that something else is wanted.
    pub(super) fn wrong_type(&mut self, node: &Node, path: &Path, wanted: &str) {
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
