//! Expectations: what has to come of a test.

use core::time::Duration;

use chorister_yaml::{Entry, Node};

use super::cast::Member;
use super::decode::{MOST, Scene, brief, entries, has_unknown, mark, present, value};
use super::events::{EventKind, KINDS};
use super::keys::{
    EVENT, EVENTUAL_STATE, EVENTUALLY, NEVER, NEVER_RAN, NEVER_STATE, RAN, STATE_AT,
};
use super::model::{Event, Expectation, Expected, Never};
use crate::diagnostic::{Code, Finding, Part, Path, Severity};
use crate::form::Level;
use crate::text::{quoted, similar};

/// What an expectation may be about; `event` goes first, since events have fields of other names too.
const MATTERS: [&str; 5] = ["event", "ran", "never", "eventually", "state"];

/// Reads the expectations of a test that ends at `end`, if it says when.
pub(super) fn read(
    scene: &mut Scene<'_, '_>,
    node: &Node,
    path: &Path,
    end: Option<Duration>,
) -> Vec<Expectation> {
    let mut expectations = Vec::new();
    for (item, path) in scene.reader.list(node, path).into_iter().take(MOST) {
        let Some(own) = item.as_mapping() else {
            scene.reader.wrong_type(item, &path, "a mapping");
            continue;
        };
        let Some(machine) = scene.about(own, &path) else {
            continue;
        };
        let Some(what) = scene.expected(item, own, &path, machine) else {
            continue;
        };
        scene.in_time(&what, &path, end);
        expectations.push(Expectation {
            machine,
            what,
            place: mark(item, &path),
        });
    }
    expectations
}

impl Expected {
    /// The latest time that it names.
    pub(super) fn latest(&self) -> Option<Duration> {
        match self {
            Self::StateAt { at, .. } => Some(*at),
            Self::Eventually { within, .. }
            | Self::Event { within, .. }
            | Self::Ran { within, .. } => *within,
            Self::Never(_) => None,
        }
    }
}

impl Scene<'_, '_> {
    fn expected(
        &mut self,
        node: &Node,
        own: &[Entry],
        path: &Path,
        machine: usize,
    ) -> Option<Expected> {
        let matter = self.matter(own, path)?;
        let level = match matter {
            "event" => return self.event_within(own, path, machine),
            "ran" => &RAN,
            "never" => &NEVER,
            "eventually" => &EVENTUALLY,
            _ => &STATE_AT,
        };
        let own = entries(&mut self.reader, node, path, level)?;
        let (said, place) = value(own, path, matter)?;
        match matter {
            "ran" => Some(Expected::Ran {
                watcher: self.watcher(machine, said, &place)?,
                within: self.within(own, path),
                times: self.times(own, path),
            }),
            "never" => Some(Expected::Never(self.never(said, &place, machine)?)),
            "eventually" => {
                let below = entries(&mut self.reader, said, &place, &EVENTUAL_STATE)?;
                let (said, place) = self.needed(below, &place, "state", &EVENTUAL_STATE)?;
                Some(Expected::Eventually {
                    state: self.state(machine, said, &place)?,
                    within: self.within(own, path),
                })
            }
            _ => {
                let state = self.state(machine, said, &place);
                let (at, place) = self.needed(own, path, "at", &STATE_AT)?;
                let at = self.reader.duration(at, &place)?;
                self.not_too_long(at, &place);
                Some(Expected::StateAt { at, state: state? })
            }
        }
    }

    /// What an expectation is about.
    fn matter(&mut self, own: &[Entry], path: &Path) -> Option<&'static str> {
        let found = present(own, &MATTERS);
        match found.as_slice() {
            ["event", ..] => Some("event"),
            [matter] => Some(matter),
            [] => {
                let near = own.iter().find_map(|it| {
                    let near = similar(&it.key.text, MATTERS)?;
                    Some((it.key.text.clone(), near))
                });
                let finding = match near {
                    Some((key, near)) => {
                        let message = format!("an expectation has no key `{key}`");
                        Finding::new(Code::UnknownKey, path.join(key), message)
                            .severity(Severity::Error)
                            .at(Part::Key)
                            .help(format!("did you mean `{near}`?"))
                    }
                    None => {
                        let message = "nothing is expected here";
                        Finding::new(Code::TestExpectation, path.clone(), message)
                            .at(Part::Start)
                            .help(format!("say what is: one of {}", quoted(MATTERS)))
                    }
                };
                self.reader.findings.add(finding);
                None
            }
            [first, second, ..] => {
                let message = format!("this expects two things: `{first}` and `{second}`");
                let place = path.join((*second).to_owned());
                let finding = Finding::new(Code::TestExpectation, place, message).at(Part::Key);
                self.reader
                    .findings
                    .add(finding.help("make two expectations of it"));
                None
            }
        }
    }

    fn never(&mut self, node: &Node, path: &Path, machine: usize) -> Option<Never> {
        let Some(own) = node.as_mapping() else {
            self.reader
                .wrong_type(node, path, "a mapping, as in `{state: FAILED}`");
            return None;
        };
        let machine = match value(own, path, "machine") {
            Some((node, path)) => self.machine(node, &path)?,
            None => machine,
        };
        match present(own, &["event", "state", "ran"]).as_slice() {
            ["event", ..] => Some(Never::Event(self.event(
                own,
                path,
                machine,
                &["machine"],
            )?)),
            ["state"] => {
                let own = entries(&mut self.reader, node, path, &NEVER_STATE)?;
                let (said, place) = value(own, path, "state")?;
                Some(Never::State(self.state(machine, said, &place)?))
            }
            ["ran"] => {
                let own = entries(&mut self.reader, node, path, &NEVER_RAN)?;
                let (said, place) = value(own, path, "ran")?;
                Some(Never::Ran(self.watcher(machine, said, &place)?))
            }
            _ => {
                let message = "`never` is about one thing";
                let finding = Finding::new(Code::TestExpectation, path.clone(), message);
                self.reader
                    .findings
                    .add(finding.help("write `{state: NAME}`, `{ran: NAME}` or `{event: TYPE}`"));
                None
            }
        }
    }

    fn event_within(&mut self, own: &[Entry], path: &Path, machine: usize) -> Option<Expected> {
        Some(Expected::Event {
            event: self.event(own, path, machine, &EVENT)?,
            within: self.within(own, path),
            times: self.times(own, path),
        })
    }

    /// An event; `besides` are the keys that are no fields of it.
    fn event(
        &mut self,
        own: &[Entry],
        path: &Path,
        machine: usize,
        besides: &[&'static str],
    ) -> Option<Event> {
        let (node, place) = value(own, path, "event")?;
        let name = self.reader.text(node, &place)?;
        let Some(kind) = EventKind::named(&name) else {
            let message = format!("machines publish no event of type `{name}`");
            let finding = Finding::new(Code::TestEvent, place, message);
            let help = match EventKind::meant(&name) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the types are {}", quoted(KINDS.iter().map(|it| it.name))),
            };
            self.reader.findings.add(finding.help(help));
            return None;
        };
        let mut fields = Vec::new();
        for Entry { key, value, .. } in own {
            let key = key.text.as_str();
            let place = path.join(key.to_owned());
            if key == "event" || besides.contains(&key) {
                continue;
            }
            match kind.all_fields().find(|it| *it == key) {
                Some(field) => {
                    let json = chorister_yaml::to_json(value);
                    if self.names_something(kind, field, value, &place, machine) {
                        fields.push((field, json));
                    }
                }
                None => {
                    let message = format!("events of type `{name}` have no field `{key}`");
                    let known = besides.iter().copied().chain(kind.all_fields());
                    let finding = Finding::new(Code::TestEvent, place, message).at(Part::Key);
                    let help = match similar(key, known) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("the fields are {}", quoted(kind.all_fields())),
                    };
                    self.reader.findings.add(finding.help(help));
                }
            }
        }
        let event = Event {
            kind: kind.name,
            fields,
        };
        if let Some(member) = self.cast.member(machine).filter(|it| it.certain)
            && let Some(why) = never_published(&event, kind, member)
        {
            let finding = Finding::new(Code::TestNeverMet, place, why).at(Part::Value);
            self.reader.findings.add(finding.help(
                "an event is published where a transition leads to another state, and by watchers of its type",
            ));
        }
        Some(event)
    }

    /// Whether what a field names exists, where it names something of a machine.
    fn names_something(
        &mut self,
        kind: &EventKind,
        field: &str,
        node: &Node,
        path: &Path,
        machine: usize,
    ) -> bool {
        match field {
            "from_state" | "to_state" => self.state(machine, node, path).is_some(),
            "transition" => self.transition(machine, node, path).is_some(),
            "name" if kind.watcher.is_some() => self.watcher(machine, node, path).is_some(),
            _ => true,
        }
    }

    fn within(&mut self, own: &[Entry], path: &Path) -> Option<Duration> {
        let (node, path) = value(own, path, "within")?;
        let within = self.reader.duration(node, &path)?;
        self.not_too_long(within, &path).then_some(within)
    }

    fn times(&mut self, own: &[Entry], path: &Path) -> Option<u32> {
        let (node, path) = value(own, path, "times")?;
        let times = self.reader.number(node, &path, u32::MAX.into())?;
        u32::try_from(times).ok()
    }

    fn needed<'n>(
        &mut self,
        own: &'n [Entry],
        path: &Path,
        key: &'static str,
        level: &Level,
    ) -> Option<(&'n Node, Path)> {
        let found = value(own, path, key);
        if found.is_none() && !has_unknown(own, level) {
            let message = format!("this expectation needs `{key}`");
            let help = match key {
                "at" => {
                    "say when, as in `{at: 10s, state: OK}`, or write `{eventually: {state: OK}}`"
                }
                _ => "write `{eventually: {state: OK}, within: 1m}`",
            };
            let finding = Finding::new(Code::MissingKey, path.clone(), message);
            self.reader.findings.add(finding.at(Part::Start).help(help));
        }
        found
    }

    /// Reports an expectation of something after the end of the test.
    fn in_time(&mut self, what: &Expected, path: &Path, end: Option<Duration>) {
        let (Some(end), Some(latest)) = (end, what.latest()) else {
            return;
        };
        if latest > end {
            let key = match what {
                Expected::StateAt { .. } => "at",
                _ => "within",
            };
            let message = format!(
                "the test ends at {}, and this is about {}",
                brief(end),
                brief(latest)
            );
            let finding = Finding::new(Code::TestNeverMet, path.join(key), message);
            self.reader
                .findings
                .add(finding.help("let the test end later, with `until`, or leave `until` out"));
        }
    }
}

/// Why a machine never publishes such an event, if it does not.
fn never_published(event: &Event, kind: &EventKind, member: &Member<'_>) -> Option<String> {
    let text = |field: &str| {
        let found = event.fields.iter().find(|it| it.0 == field);
        found.and_then(|it| it.1.as_str())
    };
    let named = |names: &[&str], at: usize, field: &str| {
        text(field).is_none_or(|it| names.get(at).copied() == Some(it))
    };
    match kind.watcher {
        None => {
            let leads = member.edges.iter().any(|(transition, from, to)| {
                from != to
                    && named(&member.transitions, *transition, "transition")
                    && named(&member.states, *from, "from_state")
                    && named(&member.states, *to, "to_state")
            });
            let ways = ["transition", "from_state", "to_state"].map(|field| {
                let word = field.strip_suffix("_state").unwrap_or(field);
                text(field).map(|it| match word {
                    "transition" => format!(" `{it}`"),
                    word => format!(" {word} `{it}`"),
                })
            });
            let way: String = ways.into_iter().flatten().collect();
            (!leads).then(|| {
                format!(
                    "machine `{}` has no transition{way} that leads to another state",
                    member.name
                )
            })
        }
        Some(kind) => {
            let own = |it: &&(&str, Option<crate::model::Kind>)| {
                it.1 == Some(kind) && text("name").is_none_or(|name| name == it.0)
            };
            let missing = member.watchers.iter().find(own).is_none();
            let which = text("name")
                .map(|it| format!(" `{it}`"))
                .unwrap_or_default();
            missing.then(|| {
                format!(
                    "machine `{}` has no {} watcher{which}",
                    member.name,
                    kind.as_str()
                )
            })
        }
    }
}
