//! Reading a mapping by its keys.

use chorister_lang::suggest;
use chorister_yaml::{Entry, Merge, Node};

use super::{Cx, Level};
use crate::diagnostic::{Code, Finding, Part, Path, Severity, Step};

/// A mapping of which the keys were checked.
pub(crate) struct Reader<'a, 'c> {
    /// What the mapping is part of, in words, such as "watcher `restart`".
    pub(crate) owner: String,
    /// Where the mapping is.
    pub(crate) path: Path,
    pub(super) cx: &'c mut Cx,
    pub(super) level: Level,
    /// The entry of each key of the level.
    slots: Vec<Option<&'a Entry>>,
    /// Where to point when a key is missing.
    lacking: Part,
    /// Keys that are not reported when they are missing, since something else was.
    excused: Vec<&'static str>,
}

impl<'a, 'c> Reader<'a, 'c> {
    /// Reads the mapping `node`; anything else is reported and read as an empty one.
    pub(crate) fn new(
        node: &'a Node,
        level: Level,
        owner: String,
        path: Path,
        cx: &'c mut Cx,
    ) -> Self {
        let mut reader = Self::empty(level, owner, path, Part::Start, cx);
        let Some(entries) = node.as_mapping() else {
            reader.wrong_type(node, "a mapping");
            reader.excused = level.keys().to_vec();
            return reader;
        };
        if reader.cx.unread && level == Level::Machine {
            // What is missing may stand in the part that could not be read.
            reader.excused = level.keys().to_vec();
        }
        let unknown = reader.assign(entries);
        for entry in unknown {
            if reader.cx.findings.is_full() {
                break;
            }
            reader.unknown_key(entry);
        }
        reader
    }

    /// Stands for a mapping that is absent; `lacking` says what to point at when a key is missing.
    pub(crate) fn empty(
        level: Level,
        owner: String,
        path: Path,
        lacking: Part,
        cx: &'c mut Cx,
    ) -> Self {
        let slots = vec![None; level.keys().len()];
        Self {
            owner,
            path,
            cx,
            level,
            slots,
            lacking,
            excused: Vec::new(),
        }
    }

    /// The entry of a key of the level; one without a value is as good as absent.
    pub(crate) fn entry(&self, key: &'static str) -> Option<&'a Entry> {
        self.slot(key).filter(|entry| !entry.value.is_null())
    }

    /// The value of a key of the level.
    pub(crate) fn value(&self, key: &'static str) -> Option<&'a Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Reports each key that the level cannot do without and that is missing or has no value.
    pub(crate) fn require(&mut self) {
        for &key in self.level.required() {
            match self.slot(key) {
                None if self.excused.contains(&key) => {}
                None => {
                    let finding = Finding::new(
                        Code::MissingKey,
                        self.path.clone(),
                        format!("`{key}` is missing in {}", self.inside()),
                    );
                    let help = hint(key).map(str::to_owned);
                    self.cx
                        .findings
                        .add(finding.at(self.lacking.clone()).maybe_help(help));
                }
                Some(entry) if entry.value.is_null() => {
                    let message = format!("`{key}` of {} has no value", self.owner);
                    let finding = Finding::new(Code::EmptyValue, self.at(key), message);
                    self.cx.findings.add(finding.at(Part::Key));
                }
                Some(entry) => {
                    if entry.value.text().is_some_and(|it| it.trim().is_empty()) {
                        let message = format!("`{key}` of {} must not be empty", self.owner);
                        self.cx
                            .findings
                            .add(Finding::new(Code::EmptyValue, self.at(key), message));
                    }
                }
            }
        }
    }

    /// Does not report this key as missing: what is wrong was reported.
    pub(crate) fn excuse_key(&mut self, key: &'static str) {
        self.excused.push(key);
    }

    /// Does not report keys as missing that stand among `entries`, where they do not belong.
    pub(crate) fn excuse(&mut self, entries: &[Entry]) {
        let given = |key: &&&'static str| entries.iter().any(|it| it.key.text == **key);
        self.excused.extend(self.level.keys().iter().filter(given));
    }

    /// The mapping, in words.
    fn inside(&self) -> String {
        match self.level {
            Level::Properties(_) => format!("the properties of {}", self.owner),
            _ => self.owner.clone(),
        }
    }

    /// Where the value of a key is.
    pub(crate) fn at(&self, key: impl Into<Step>) -> Path {
        self.path.join(key)
    }

    /// Reports that the mapping itself is something else.
    fn wrong_type(&mut self, node: &Node, expected: &str) {
        let message = format!(
            "{expected} is expected for {}, found {}",
            self.inside(),
            describe(node)
        );
        let help = node
            .as_sequence()
            .map(|_| "write `key: value` lines, without `- ` before them");
        let finding = Finding::new(Code::WrongType, self.path.clone(), message);
        self.cx
            .findings
            .add(finding.maybe_help(help.map(str::to_owned)));
    }

    pub(super) fn slot(&self, key: &str) -> Option<&'a Entry> {
        let at = self.level.keys().iter().position(|it| *it == key)?;
        self.slots.get(at).copied().flatten()
    }

    /// Gives each entry to its key, and returns those whose key does not exist here.
    fn assign(&mut self, entries: &'a [Entry]) -> Vec<&'a Entry> {
        let keys = self.level.keys();
        let mut unknown = Vec::new();
        for entry in entries {
            let text = entry.key.text.as_str();
            let known = keys.iter().position(|it| *it == text).or_else(|| {
                let at = keys.iter().position(|it| it.eq_ignore_ascii_case(text))?;
                self.level.ignores_case().then_some(at)
            });
            match known.and_then(|at| self.slots.get_mut(at)) {
                Some(slot) => {
                    if slot.is_none() || keys.contains(&text) {
                        *slot = Some(entry);
                    }
                }
                None => unknown.push(entry),
            }
            if let (Merge::Replaces(span), false) = (entry.merge, self.level.ignores_case()) {
                // Compat: go-choria: goccy/go-yaml takes a key beside the same one from `<<` for a duplicate.
                let message = format!("`{text}` of {} is given twice", self.owner);
                let finding =
                    Finding::new(Code::DuplicateKey, self.path.join(text.to_owned()), message)
                        .at(Part::Key)
                        .severity(Severity::Warning)
                        .help("go-choria refuses a key that also comes from `<<`")
                        .label(Path::default(), Part::Span(span), "first given here");
                self.cx.findings.add(finding);
            }
        }
        unknown
    }

    fn unknown_key(&mut self, entry: &'a Entry) {
        let text = entry.key.text.as_str();
        let keys = self.level.keys();
        let absent: Vec<_> = keys
            .iter()
            .copied()
            .filter(|key| self.slot(key).is_none())
            .collect();
        let strict = if self.cx.lenient {
            Severity::Warning
        } else {
            Severity::Error
        };
        let path = self.path.join(text.to_owned());
        let message = format!("unknown key `{text}` in {}", self.inside());
        let unknown = Finding::new(Code::UnknownKey, path.clone(), message).at(Part::Key);
        let did_you_mean = |meant| format!("did you mean `{meant}`?");

        let (meant, certain) = self.level.meant(text, &absent).unzip();
        let finding = if let (Some(meant), Some(true)) = (meant, certain) {
            self.recover(meant, entry);
            unknown.severity(strict).help(did_you_mean(meant))
        } else if let Some(home) = self.level.home_of(text) {
            if let Some(meant) = meant {
                self.recover(meant, entry);
            }
            if self.level.is_of_registration(text) {
                // The line `registration:` is missing: its first key stands for all.
                if self.excused.contains(&"registration") {
                    return;
                }
                self.excused.push("registration");
            }
            let message = format!("`{text}` does not belong in {}", self.inside());
            Finding::new(Code::MisplacedKey, path, message)
                .at(Part::Key)
                .severity(strict)
                .help(meant.map_or(home, did_you_mean))
        } else if let Some(near) = suggest::closest(text, keys.iter().copied()) {
            unknown.help(format!("`{near}` is given already; remove one of them"))
        } else if let Some(meant) = meant {
            unknown.help(did_you_mean(meant))
        } else {
            unknown.help(format!("the keys known here are {}", known(keys)))
        };
        self.cx.findings.add(finding);
    }

    /// Reads a misspelt key as the one that was meant, where that is an error anyway.
    fn recover(&mut self, meant: &str, entry: &'a Entry) {
        if self.cx.lenient {
            return;
        }
        let at = self.level.keys().iter().position(|it| *it == meant);
        if let Some(slot) = at.and_then(|at| self.slots.get_mut(at)) {
            *slot = Some(entry);
        }
    }
}

/// What a value is, for a message: the text of a scalar, or the sort of anything else.
pub(super) fn describe(node: &Node) -> String {
    match node.text() {
        Some(text) if !node.is_null() => {
            let short: String = text.chars().take(40).collect();
            let more = if short.len() < text.len() { "…" } else { "" };
            format!("`{short}{more}`")
        }
        // The first key says which mapping is meant.
        _ => match node.entries().first() {
            Some(first) => format!("the mapping `{}: …`", first.key.text),
            None => node.kind().to_string(),
        },
    }
}

fn known(keys: &[&str]) -> String {
    let quoted: Vec<_> = keys
        .iter()
        .filter(|it| !it.starts_with('$'))
        .map(|it| format!("`{it}`"))
        .collect();
    quoted.join(", ")
}

/// What to write where a key is missing.
fn hint(key: &str) -> Option<&'static str> {
    Some(match key {
        "version" => "add `version: 1.0.0`",
        "initial_state" => "name the state in which the machine starts",
        "transitions" => {
            "list how the machine moves between its states: `name`, `from` and `destination`"
        }
        "watchers" => "list what observes and acts: `name`, `type` and `properties`",
        "from" => "list the states in which it is offered",
        "destination" => "name the state it leads to",
        "type" => "say what sort of watcher it is, such as `type: exec`",
        "command" => "say what is run, such as `command: ./check.sh`",
        "path" => "name the file",
        "timer" => "say how long it runs, such as `timer: 10m`",
        "schedules" => "list when windows begin, such as `schedules: [\"0 8 * * *\"]`",
        "event" => "name the transition of the other machine",
        "machine_name" => "name the other machine",
        "source" => {
            "say where it is downloaded from, such as `source: https://example.net/app.tgz`"
        }
        "checksum" => "give the SHA-256 of the archive, as `sha256sum` prints it",
        "creates" => "name the directory that the archive holds",
        "target" => "name the directory to unpack into",
        "bucket" => "name the key-value bucket",
        "data_item" => "name the data item that holds the specification",
        "ip" => "give the address of the service",
        "port" => "give the port of the service",
        "state" => "name the state that the other machine has to be in",
        _ => return None,
    })
}
