//! The mappings of a DDL: tolerant of keys that upstream ignores, and not of those that are misspelt.

use chorister_lang::suggest;
use chorister_yaml::{Entry, Node};

use crate::diagnostic::{Code, Finding, Part, Path, Severity};
use crate::form::{Level, Reader};
use crate::machine::Options;

/// A DDL that is being read.
pub(super) struct Cx<'f> {
    /// Reads values, and keeps what was found so far.
    pub(super) reader: Reader<'f>,
    pub(super) options: Options,
    /// Whether parts of the file could not be read, so that what is missing may stand there.
    pub(super) is_torn: bool,
}

/// The values of a mapping by the keys of its level.
pub(super) struct Fields<'n> {
    /// As messages call it: "input `path`".
    pub(super) owner: String,
    pub(super) path: Path,
    given: Vec<(&'static str, &'n Node)>,
}

/// What upstream finds out only when somebody needs the value in question, if ever.
const LOADED: [Code; 13] = [
    Code::AggregateFormat,
    Code::AggregateFunction,
    Code::AggregateOption,
    Code::AggregateOutput,
    Code::DdlType,
    Code::DuplicateAction,
    Code::EmptyValue,
    Code::InputDefault,
    Code::InvalidVersion,
    Code::Repeated,
    Code::UnknownChoice,
    Code::ValidationName,
    Code::ValidationPattern,
];

impl Cx<'_> {
    /// The values of a mapping; nothing after a report.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node,
        level: &'static Level,
        owner: impl Into<String>,
        path: Path,
    ) -> Option<Fields<'n>> {
        let Some(entries) = node.as_mapping() else {
            self.reader.wrong_type(node, &path, "a mapping");
            return None;
        };
        let known = |it: &Entry| level.keys.iter().copied().find(|key| *key == it.key.text);
        let mut given: Vec<_> = entries
            .iter()
            .filter_map(|it| Some((known(it)?, &it.value)))
            .collect();
        let owner = owner.into();
        for entry in entries.iter().filter(|it| known(it).is_none()) {
            let meant = self.unknown(entry, level, &owner, &path, &given);
            given.extend(meant.map(|it| (it, &entry.value)));
        }
        Some(Fields { owner, path, given })
    }

    /// Reports an unknown key, and returns the one that was meant where that is certain.
    fn unknown(
        &mut self,
        entry: &Entry,
        level: &'static Level,
        owner: &str,
        path: &Path,
        given: &[(&'static str, &Node)],
    ) -> Option<&'static str> {
        let text = entry.key.text.as_str();
        let strict = if self.options.lenient {
            Severity::Warning
        } else {
            Severity::Error
        };
        let place = path.join(text.to_owned());
        let absent = level.keys.iter().copied();
        let absent = absent.filter(|key| given.iter().all(|(it, _)| it != key));
        let mut words = SYNONYMS.iter().filter(|(it, _)| *it == text);
        let meant = suggest::closest(text, absent.clone()).or_else(|| {
            absent
                .clone()
                .find(|key| words.clone().any(|(_, it)| it == key))
        });
        let message = format!("unknown key `{text}` in {owner}");
        let unknown = Finding::new(Code::UnknownKey, place.clone(), message).at(Part::Key);
        if let Some(meant) = meant {
            let finding = unknown.severity(strict);
            self.add(finding.help(format!("did you mean `{meant}`?")));
            return Some(meant).filter(|_| !self.options.lenient);
        }
        let is_here = |it: &&&'static Level| core::ptr::eq(**it, level);
        let mut homes = level.family.0.iter().filter(|it| !is_here(it));
        if let Some(home) = homes.find(|it| it.keys.contains(&text)) {
            let message = format!("`{text}` does not belong in {owner}");
            let finding = Finding::new(Code::MisplacedKey, place, message).at(Part::Key);
            let help = format!("`{text}` is a key of {}", home.name);
            self.add(finding.severity(strict).help(help));
            return None;
        }
        let help = match words.next() {
            Some((_, key)) => format!("`{key}` is given already; remove one of them"),
            None => format!("the keys known here are {}", known_keys(level)),
        };
        self.add(unknown.help(help));
        None
    }

    /// Takes in a finding. Of what is judged leniently, that which other nodes load too is no more than a warning.
    pub(super) fn add(&mut self, finding: Finding) {
        let is_loaded = self.options.lenient && LOADED.contains(&finding.code());
        self.reader.findings.add(match is_loaded {
            true => finding.severity(Severity::Warning),
            false => finding,
        });
    }

    /// How bad it is to write what upstream ignores in silence.
    pub(super) fn ignored(&self) -> Severity {
        if self.options.build && !self.options.lenient {
            Severity::Error
        } else {
            Severity::Warning
        }
    }

    /// Reports that a key is missing.
    pub(super) fn missing(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        severity: Severity,
        help: &str,
    ) {
        if self.is_torn {
            return;
        }
        let message = format!("{} needs `{key}`", fields.owner);
        let finding = Finding::new(Code::MissingKey, fields.path.clone(), message);
        self.add(finding.at(Part::Start).severity(severity).help(help));
    }

    /// A text that may be empty.
    pub(super) fn string(&mut self, node: &Node, path: &Path) -> Option<String> {
        match node.as_scalar() {
            Some(scalar) if node.kind() == chorister_yaml::Kind::Str => Some(scalar.text.clone()),
            _ => {
                self.reader.wrong_type(node, path, "a string");
                None
            }
        }
    }

    /// A text that is there for people: without it everything works, only nobody knows what it means.
    pub(super) fn prose(&mut self, fields: &Fields<'_>, key: &'static str) -> String {
        let path = fields.at(key);
        let Some(node) = fields.get(key) else {
            let help = format!("add `{key}`: people see it where they use the agent");
            self.missing(fields, key, Severity::Warning, &help);
            return String::new();
        };
        let text = self.string(node, &path);
        if text.as_deref().is_some_and(|it| it.trim().is_empty()) {
            let message = format!("`{key}` of {} is empty", fields.owner);
            let finding = Finding::new(Code::EmptyValue, path, message);
            self.add(finding.severity(Severity::Warning));
        }
        text.unwrap_or_default()
    }
}

// === impl Fields ===

impl<'n> Fields<'n> {
    /// The value of a key; `null` is none.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.any(key).filter(|it| !it.is_null())
    }

    /// The value of a key, `null` too.
    pub(super) fn any(&self, key: &str) -> Option<&'n Node> {
        let mut given = self.given.iter();
        given.find(|(it, _)| *it == key).map(|(_, node)| *node)
    }

    /// Where the value of a key is.
    pub(super) fn at(&self, key: &'static str) -> Path {
        self.path.join(key)
    }
}

/// Words that are written for a key, and the key.
const SYNONYMS: &[(&str, &str)] = &[
    ("inputs", "input"),
    ("outputs", "output"),
    ("arguments", "input"),
    ("name", "action"),
    ("max_length", "maxlength"),
    ("validate", "validation"),
    ("pattern", "validation"),
    ("regex", "validation"),
    ("values", "list"),
    ("enum", "list"),
    ("kind", "type"),
    ("title", "display_as"),
    ("label", "display_as"),
    ("summarize", "aggregate"),
    ("aggregates", "aggregate"),
    ("cmd", "command"),
    ("env", "environment"),
    ("event", "transition"),
];

fn known_keys(level: &Level) -> String {
    let keys = level.keys.iter().filter(|it| !it.starts_with('$'));
    let keys: Vec<_> = keys.map(|it| format!("`{it}`")).collect();
    keys.join(", ")
}
