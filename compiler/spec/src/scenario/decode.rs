//! From the tree to a test, with its names looked up.

use core::time::Duration;
use std::collections::HashMap;

use chorister_ir::{StateId, TransitionId, WatcherId};
use chorister_yaml::{Entry, Node, Span};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::cast::{Cast, Member};
use super::keys::{GIVEN, START, TEST};
use super::model::{Given, Start, Test};
use super::{expect, step};
use crate::diagnostic::{Code, Finding, Findings, Part, Path};
use crate::form::{Level, Reader};
use crate::model::Kind;
use crate::outline::Mark;
pub(super) use crate::text::brief;
use crate::text::{is_zone_name, quoted, similar};

/// What the wall clock shows at the start of a test that does not say.
const EPOCH: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// Longest test.
const LONGEST: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// Most tests of one file, and most steps and expectations of one test.
pub(super) const MOST: usize = 10_000;

/// Reads tests of some machines.
pub(super) struct Scene<'a, 'm> {
    pub(super) reader: Reader<'a>,
    pub(super) cast: &'a Cast<'m>,
    /// The machine that an entry is about if it names none, as an index.
    pub(super) subject: usize,
}

/// Reads tests, each with its place.
pub(super) fn tests(
    items: Vec<(&Node, Path)>,
    cast: &Cast<'_>,
    findings: &mut Findings,
) -> Vec<Test> {
    let mut tests: Vec<Test> = Vec::new();
    let mut names: HashMap<String, Span> = HashMap::new();
    for (item, path) in items.into_iter().take(MOST) {
        let Some(test) = Scene::new(cast, findings).test(item, &path, None) else {
            continue;
        };
        if let Some(first) = names.insert(test.name.clone(), test.place.span) {
            let message = format!("two tests are called `{}`", test.name);
            let finding = Finding::new(Code::DuplicateTest, path.join("name"), message);
            findings.add(finding.label(Path::default(), Part::Span(first), "the first is here"));
        }
        tests.push(test);
    }
    tests
}

/// Reads a script: a list of steps, or a test that needs no name.
pub(super) fn script(root: &Node, cast: &Cast<'_>, findings: &mut Findings) -> Option<Test> {
    let mut scene = Scene::new(cast, findings);
    if root.as_sequence().is_none() {
        return scene.test(root, &Path::default(), Some("script"));
    }
    let steps = step::read(&mut scene, root, &Path::default());
    Some(Test {
        name: "script".to_owned(),
        machine: 0,
        given: scene.nothing_given(),
        until: steps.last().map_or(Duration::ZERO, |it| it.at),
        steps,
        expect: Vec::new(),
        place: mark(root, &Path::default()),
    })
}

impl<'a, 'm> Scene<'a, 'm> {
    fn new(cast: &'a Cast<'m>, findings: &'a mut Findings) -> Self {
        Self {
            reader: Reader { findings },
            cast,
            subject: 0,
        }
    }

    /// One test. What is wrong with it is reported; then it is not to be run.
    fn test(&mut self, node: &Node, path: &Path, unnamed: Option<&str>) -> Option<Test> {
        let entries = entries(&mut self.reader, node, path, &TEST)?;
        let name = match (value(entries, path, "name"), unnamed) {
            (Some((node, path)), _) => self.reader.text(node, &path),
            (None, Some(name)) => Some(name.to_owned()),
            (None, None) if has_unknown(entries, &TEST) => None,
            (None, None) => {
                let message = "a test needs a `name`";
                let finding = Finding::new(Code::MissingKey, path.clone(), message);
                self.reader.findings.add(
                    finding
                        .at(Part::Start)
                        .help("add `name:` and what the machine should do"),
                );
                None
            }
        };
        if let Some((node, path)) = value(entries, path, "machine") {
            self.subject = self.machine(node, &path)?;
        }
        let given = match value(entries, path, "given") {
            Some((node, path)) => self.given(node, &path),
            None => self.nothing_given(),
        };
        let steps = match value(entries, path, "steps") {
            Some((node, path)) => step::read(self, node, &path),
            None => Vec::new(),
        };
        let until = value(entries, path, "until").and_then(|(node, path)| {
            let until = self.reader.duration(node, &path)?;
            self.not_too_long(until, &path).then_some((until, path))
        });
        let last = steps.last().map_or(Duration::ZERO, |it| it.at);
        if let Some((until, path)) = until.as_ref().filter(|it| it.0 < last) {
            let message = format!(
                "the test ends at {}, before its last step at {}",
                brief(*until),
                brief(last)
            );
            let finding = Finding::new(Code::TestTime, path.clone(), message);
            let finding = match steps.last() {
                Some(step) => finding.label(
                    Path::default(),
                    Part::Span(step.place.span),
                    "the last step",
                ),
                None => finding,
            };
            self.reader.findings.add(finding);
        }
        let end = until.as_ref().map(|it| it.0);
        let expect = match value(entries, path, "expect") {
            Some((node, path)) => expect::read(self, node, &path, end),
            None => Vec::new(),
        };
        if unnamed.is_none() && !expects_something(entries) {
            let finding = Finding::new(
                Code::NothingExpected,
                path.clone(),
                "the test expects nothing",
            )
            .at(Part::Start)
            .help("add `expect:` with what has to come of it, such as `- {at: 10s, state: OK}`");
            self.reader.findings.add(finding);
        }
        let latest = expect.iter().filter_map(|it| it.what.latest()).max();
        Some(Test {
            name: name?,
            machine: self.subject,
            given,
            steps,
            until: end.unwrap_or_else(|| last.max(latest.unwrap_or_default())),
            expect,
            place: mark(node, path),
        })
    }

    fn nothing_given(&self) -> Given {
        Given {
            machines: Vec::new(),
            facts: Map::new(),
            at: EPOCH,
            timezone: "UTC".to_owned(),
            seed: 0,
            waits: Vec::new(),
        }
    }

    fn given(&mut self, node: &Node, path: &Path) -> Given {
        let mut given = self.nothing_given();
        let mut own = Start {
            machine: self.subject,
            ..Start::default()
        };
        for Entry { key, value, .. } in self.reader.mapping(node, path, &GIVEN) {
            let path = path.join(key.text.clone());
            match key.text.as_str() {
                "state" => own.state = self.state(self.subject, value, &path),
                "data" => own.data = self.reader.object(value, &path).unwrap_or_default(),
                "facts" => given.facts = self.reader.object(value, &path).unwrap_or_default(),
                "at" => given.at = self.timestamp(value, &path).unwrap_or(EPOCH),
                "timezone" => given.timezone = self.timezone(value, &path),
                "seed" => given.seed = self.reader.number(value, &path, u64::MAX).unwrap_or(0),
                "waits" => {
                    for (item, path) in self.reader.list(value, &path).into_iter().take(MOST) {
                        given.waits.extend(self.reader.duration(item, &path));
                    }
                }
                "machines" => self.starts(value, &path, &mut given.machines),
                _ => {}
            }
        }
        if own.state.is_some() || !own.data.is_empty() {
            given.machines.push(own);
        }
        given
    }

    /// What is given of several machines, by their names.
    fn starts(&mut self, node: &Node, path: &Path, starts: &mut Vec<Start>) {
        let Some(entries) = node.as_mapping() else {
            self.reader
                .wrong_type(node, path, "a mapping of machines by name");
            return;
        };
        for Entry { key, value, .. } in entries {
            let path = path.join(key.text.clone());
            let Some(machine) = self.member_named(&key.text, &path, Part::Key) else {
                continue;
            };
            let mut start = Start {
                machine,
                ..Start::default()
            };
            for Entry { key, value, .. } in self.reader.mapping(value, &path, &START) {
                let path = path.join(key.text.clone());
                match key.text.as_str() {
                    "state" => start.state = self.state(machine, value, &path),
                    "data" => start.data = self.reader.object(value, &path).unwrap_or_default(),
                    _ => {}
                }
            }
            starts.push(start);
        }
    }

    fn timestamp(&mut self, node: &Node, path: &Path) -> Option<Timestamp> {
        let text = self.reader.text(node, path)?;
        text.parse()
            .map_err(|_| {
                let message = format!("`{text}` is no point in time");
                let finding = Finding::new(Code::TestGiven, path.clone(), message);
                self.reader.findings.add(finding.help(
                    "write it with its offset, as in `2026-03-29T00:30:00Z` or `2026-03-29T01:30:00+01:00`",
                ));
            })
            .ok()
    }

    fn timezone(&mut self, node: &Node, path: &Path) -> String {
        let Some(zone) = self.reader.text(node, path) else {
            return String::new();
        };
        if !is_zone_name(&zone) {
            let message = format!("`{zone}` is not the IANA name of a time zone");
            let finding = Finding::new(Code::TestGiven, path.clone(), message);
            self.reader
                .findings
                .add(finding.help("write a name such as `Europe/Malta` or `UTC`"));
        }
        zone
    }

    /// Whether a test may be that long, else reports it.
    pub(super) fn not_too_long(&mut self, time: Duration, path: &Path) -> bool {
        if time <= LONGEST {
            return true;
        }
        let message = format!("`{path}` is more than 400 days after the start of the test");
        self.reader
            .findings
            .add(Finding::new(Code::DurationRange, path.clone(), message));
        false
    }

    // === names ===

    /// The machine that an entry is about.
    pub(super) fn about(&mut self, entries: &[Entry], path: &Path) -> Option<usize> {
        match value(entries, path, "machine") {
            Some((node, path)) => self.machine(node, &path),
            None => Some(self.subject),
        }
    }

    /// A machine by its name.
    pub(super) fn machine(&mut self, node: &Node, path: &Path) -> Option<usize> {
        let name = self.reader.text(node, path)?;
        self.member_named(&name, path, Part::Value)
    }

    fn member_named(&mut self, name: &str, path: &Path, part: Part) -> Option<usize> {
        let found = self.cast.named(name);
        if found.is_none() && self.cast.is_certain() {
            let names = self.cast.members.iter().map(|it| it.name);
            let message = format!("there is no machine `{name}` in this test");
            let help = match similar(name, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it is about {}", quoted(names)),
            };
            let finding = Finding::new(Code::TestMachine, path.clone(), message).at(part);
            self.reader.findings.add(finding.help(help));
        }
        found
    }

    /// A state of a machine.
    pub(super) fn state(&mut self, machine: usize, node: &Node, path: &Path) -> Option<StateId> {
        let (name, member) = self.name(machine, node, path)?;
        let found = member.state(&name);
        if found.is_none() && member.certain {
            let message = format!("machine `{}` has no state `{name}`", member.name);
            let known = member.states.iter().copied();
            self.reader
                .no_such(Code::TestState, path.clone(), message, &name, known);
        }
        found
    }

    /// A transition of a machine.
    pub(super) fn transition(
        &mut self,
        machine: usize,
        node: &Node,
        path: &Path,
    ) -> Option<TransitionId> {
        let (name, member) = self.name(machine, node, path)?;
        let found = member.transition(&name);
        if found.is_none() && member.certain {
            let message = format!("machine `{}` has no transition `{name}`", member.name);
            let known = member.transitions.iter().copied();
            self.reader
                .no_such(Code::TestTransition, path.clone(), message, &name, known);
        }
        found
    }

    /// A watcher of a machine.
    pub(super) fn watcher(
        &mut self,
        machine: usize,
        node: &Node,
        path: &Path,
    ) -> Option<WatcherId> {
        let (name, _) = self.name(machine, node, path)?;
        Some(self.watcher_named(machine, &name, path, Part::Value)?.0)
    }

    /// A watcher of a machine, by its name, and its type.
    pub(super) fn watcher_named(
        &mut self,
        machine: usize,
        name: &str,
        path: &Path,
        part: Part,
    ) -> Option<(WatcherId, Option<Kind>)> {
        let member = self.cast.member(machine)?;
        let found = member.watcher(name);
        if found.is_none() && member.certain {
            let known = member.watchers.iter().map(|it| it.0);
            let help = match similar(name, known.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", quoted(known)),
            };
            let message = format!("machine `{}` has no watcher `{name}`", member.name);
            let finding = Finding::new(Code::TestWatcher, path.clone(), message).at(part);
            self.reader.findings.add(finding.help(help));
        }
        found
    }

    fn name(
        &mut self,
        machine: usize,
        node: &Node,
        path: &Path,
    ) -> Option<(String, &'a Member<'m>)> {
        let name = self.reader.text(node, path)?;
        Some((name, self.cast.member(machine)?))
    }
}

/// The value of a key and its place.
pub(super) fn value<'n>(
    entries: &'n [Entry],
    path: &Path,
    key: &'static str,
) -> Option<(&'n Node, Path)> {
    let entry = entries.iter().find(|it| it.key.text == key)?;
    Some((&entry.value, path.join(key)))
}

/// Whether a test says what it expects, however badly.
fn expects_something(entries: &[Entry]) -> bool {
    let expect = entries.iter().find(|it| it.key.text == "expect");
    expect.is_some_and(|it| !it.value.items().is_empty() || it.value.as_sequence().is_none())
}

/// The place of a node.
pub(super) fn mark(node: &Node, path: &Path) -> Mark {
    Mark {
        span: node.span,
        path: path.to_string(),
    }
}

/// The keys of a mapping that are among these.
pub(super) fn present<'k>(entries: &[Entry], keys: &[&'k str]) -> Vec<&'k str> {
    keys.iter()
        .copied()
        .filter(|key| entries.iter().any(|it| it.key.text == *key))
        .collect()
}

/// Whether a mapping has a key that its level does not have: that is the mistake then, and not what is missing.
pub(super) fn has_unknown(entries: &[Entry], level: &Level) -> bool {
    entries
        .iter()
        .any(|it| !level.keys.contains(&it.key.text.as_str()))
}

/// Reads a mapping and says where it is a mapping at all.
pub(super) fn entries<'n>(
    reader: &mut Reader<'_>,
    node: &'n Node,
    path: &Path,
    level: &Level,
) -> Option<&'n [Entry]> {
    let entries = reader.mapping(node, path, level);
    node.as_mapping().map(|_| entries)
}

/// An object of numbers.
pub(super) fn is_numbers(values: &Map<String, Value>) -> bool {
    values.values().all(Value::is_number)
}
