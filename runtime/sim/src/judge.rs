//! Whether a time line is as expected.

use core::time::Duration;
use std::path::Path;

use chorister_events::Event;
use chorister_fsm::{Happening, MachineKey, MachineRef, Notice};
use chorister_ir::StateId;
use serde_json::{Map, Value};

use crate::{Entry, EventMatch, Expectation, Setup, Surroundings, Unwanted, What, World};

/// What came of an expectation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it was met.
    pub passed: bool,
    /// What was seen instead, as a sentence without a full stop; empty where it was met.
    pub why: String,
    /// The entry of the time line at which it became clear that it would not be met; `None` where it was met, and where
    /// only the end made that clear.
    pub entry: Option<usize>,
    /// When it became clear, since the beginning; `None` as above.
    pub at: Option<Duration>,
}

/// Judges a time line as it comes.
#[derive(Clone, Debug)]
pub struct Judge {
    machines: Vec<MachineRef>,
    identity: String,
    states: Vec<Option<StateId>>,
    seen: usize,
    pending: Vec<Pending>,
}

#[derive(Clone, Debug)]
struct Pending {
    expectation: Expectation,
    /// How often what is counted was seen in time.
    count: u64,
    /// When it was first seen too late.
    late: Option<(Duration, usize)>,
    verdict: Option<Verdict>,
}

/// Judges a whole time line that has come to its end.
#[must_use]
pub fn judge(expectations: &[Expectation], world: &World) -> Vec<Verdict> {
    let mut judge = Judge::new(world.setup(), expectations);
    for entry in world.timeline() {
        judge.observe(entry);
    }
    judge.verdicts(world.elapsed())
}

// === impl Judge ===

impl Judge {
    /// A judge of the time line of a world with this setup.
    #[must_use]
    pub fn new(setup: &Setup, expectations: &[Expectation]) -> Self {
        let machines: Vec<_> = setup.machines.iter().map(|it| it.machine.clone()).collect();
        Self {
            states: vec![None; machines.len()],
            machines,
            identity: setup.identity.clone(),
            seen: 0,
            pending: expectations
                .iter()
                .map(|expectation| Pending {
                    expectation: expectation.clone(),
                    count: 0,
                    late: None,
                    verdict: None,
                })
                .collect(),
        }
    }

    /// Looks at the next entry.
    pub fn observe(&mut self, entry: &Entry) {
        let mut pending = core::mem::take(&mut self.pending);
        // The data of an event is only made for those who ask for it.
        let mut event = None;
        for it in pending.iter_mut().filter(|it| it.verdict.is_none()) {
            self.settle_at(it, entry.at);
            if it.verdict.is_none() && self.matches(&it.expectation, entry, &mut event) {
                it.see(entry.at, self.seen, || self.describe(entry));
            }
        }
        self.pending = pending;
        self.seen += 1;
        if let (Some(now), Some(state)) = (entered(entry), self.states.get_mut(entry.machine)) {
            *state = Some(now);
        }
    }

    /// Whether something is known not to be as expected.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        let verdicts = self.pending.iter().filter_map(|it| it.verdict.as_ref());
        verdicts.into_iter().any(|it| !it.passed)
    }

    /// What came of each expectation, where the time line ends at `end`.
    #[must_use]
    pub fn verdicts(mut self, end: Duration) -> Vec<Verdict> {
        let mut pending = core::mem::take(&mut self.pending);
        for it in pending.iter_mut().filter(|it| it.verdict.is_none()) {
            self.settle_at(it, Duration::MAX);
            if it.verdict.is_none() {
                it.verdict = Some(self.at_end(it, end));
            }
        }
        pending.into_iter().filter_map(|it| it.verdict).collect()
    }

    /// Decides what can be decided before anything happens at `now`.
    fn settle_at(&self, it: &mut Pending, now: Duration) {
        if let Expectation::At { machine, at, state } = it.expectation
            && now > at
        {
            let was = self.states.get(machine).copied().flatten();
            it.verdict = Some(if was == Some(state) {
                Verdict::passed()
            } else {
                let was = was.map_or("not started", |was| self.state(machine, was));
                let why = format!("{} was {was} at {}", self.name(machine), human(at));
                Verdict::failed(why, self.seen.checked_sub(1).map(|entry| (at, entry)))
            });
        }
    }

    /// Whether an entry is what an expectation is about.
    fn matches(&self, expectation: &Expectation, entry: &Entry, event: &mut Option<Value>) -> bool {
        let is_state = |machine: usize, state: StateId| {
            entry.machine == machine && entered(entry) == Some(state)
        };
        let is_run = |machine: usize, watcher| {
            entry.machine == machine
                && matches!(entry.what, What::Ran { watcher: ran, .. } if ran == watcher)
        };
        match expectation {
            Expectation::At { .. } => false,
            Expectation::Eventually { machine, state, .. } => is_state(*machine, *state),
            Expectation::Event { event: wanted, .. } => self.is_event(wanted, entry, event),
            Expectation::Ran {
                machine, watcher, ..
            } => is_run(*machine, *watcher),
            Expectation::Never { unwanted, .. } => match unwanted {
                Unwanted::State { machine, state } => is_state(*machine, *state),
                Unwanted::Event(unwanted) => self.is_event(unwanted, entry, event),
                Unwanted::Ran { machine, watcher } => is_run(*machine, *watcher),
            },
        }
    }

    fn is_event(&self, wanted: &EventMatch, entry: &Entry, event: &mut Option<Value>) -> bool {
        if wanted.machine.is_some_and(|it| it != entry.machine) {
            return false;
        }
        if event.is_none() {
            *event = self.event(entry);
        }
        let Some(event) = event else { return false };
        let kind = event.get("type").and_then(Value::as_str);
        let data = event.get("data").and_then(Value::as_object);
        (wanted.kind.is_empty() || kind == Some(wanted.kind.as_str()))
            && data.is_some_and(|data| has(data, &wanted.fields))
    }

    /// The CloudEvent that an entry published.
    fn event(&self, entry: &Entry) -> Option<Value> {
        let happening = match &entry.what {
            What::Transition {
                transition,
                from,
                to,
                ..
            } => Happening::Transition {
                transition: *transition,
                from: *from,
                to: *to,
            },
            What::Report {
                watcher,
                report,
                announced,
            } => Happening::Watcher {
                watcher: *watcher,
                report: report.clone(),
                announced: *announced,
            },
            _ => return None,
        };
        let machine = self.machines.get(entry.machine)?;
        let mut text = Vec::new();
        let notice = Notice {
            machine: MachineKey::default(),
            time: entry.wall,
            happening,
        };
        let event = Event {
            identity: &self.identity,
            machine,
            instance: [0; 16],
            directory: Path::new(""),
            notice: &notice,
        };
        event.write_json([0; 16], &mut text);
        serde_json::from_slice(&text).ok()
    }

    fn at_end(&self, it: &Pending, end: Duration) -> Verdict {
        let by = |within: Option<Duration>| human(within.unwrap_or(end));
        let late = |it: &Pending| match it.late {
            Some((at, _)) => format!(", only at {}", human(at)),
            None => String::new(),
        };
        let why = match &it.expectation {
            Expectation::At { .. } | Expectation::Never { .. } => return Verdict::passed(),
            Expectation::Eventually {
                machine,
                state,
                within,
            } => format!(
                "{} was not {} by {}{}",
                self.name(*machine),
                self.state(*machine, *state),
                by(*within),
                late(it)
            ),
            Expectation::Event { within, times, .. } => match times {
                Some(times) if it.count == *times => return Verdict::passed(),
                Some(_) => format!("published {} by {}", often(it.count), by(*within)),
                None => format!("not published by {}{}", by(*within), late(it)),
            },
            Expectation::Ran {
                machine,
                watcher,
                within,
                times,
            } => {
                let machine = self.machines.get(*machine);
                let name = machine.and_then(|it| it.watchers.get(usize::from(watcher.0)));
                let name = name.map_or("", |it| it.name.as_ref());
                match times {
                    Some(times) if it.count == *times => return Verdict::passed(),
                    Some(_) => format!("{name} ran {} by {}", often(it.count), by(*within)),
                    None => format!("{name} did not run by {}{}", by(*within), late(it)),
                }
            }
        };
        Verdict::failed(why, it.late)
    }

    /// What an entry says, for a sentence.
    fn describe(&self, entry: &Entry) -> String {
        let at = human(entry.at);
        let Some(machine) = self.machines.get(entry.machine) else {
            return at;
        };
        let watcher = |id: chorister_ir::WatcherId| {
            let watcher = machine.watchers.get(usize::from(id.0));
            watcher.map_or("", |it| it.name.as_ref())
        };
        match &entry.what {
            What::Started { state, .. } => {
                format!(
                    "{} started as {} at {at}",
                    machine.name,
                    machine.state(*state)
                )
            }
            What::Transition { to, .. } => {
                format!("{} became {} at {at}", machine.name, machine.state(*to))
            }
            What::Ran { watcher: id, .. } => format!("{} ran at {at}", watcher(*id)),
            _ => format!("it was published at {at}"),
        }
    }

    fn name(&self, machine: usize) -> &str {
        self.machines.get(machine).map_or("", |it| &it.name)
    }

    fn state(&self, machine: usize, state: StateId) -> &str {
        self.machines.get(machine).map_or("", |it| it.state(state))
    }
}

// === impl Pending ===

impl Pending {
    /// Takes note of what the expectation is about.
    fn see(&mut self, at: Duration, entry: usize, describe: impl Fn() -> String) {
        if self
            .expectation
            .deadline()
            .is_some_and(|within| at > within)
        {
            self.late.get_or_insert((at, entry));
            return;
        }
        self.count += 1;
        let too_often = |count: u64| {
            Verdict::failed(
                format!("{}, for the {count}. time", describe()),
                Some((at, entry)),
            )
        };
        self.verdict = match &self.expectation {
            Expectation::At { .. } => None,
            Expectation::Never { .. } => Some(Verdict::failed(describe(), Some((at, entry)))),
            Expectation::Eventually { .. }
            | Expectation::Event { times: None, .. }
            | Expectation::Ran { times: None, .. } => Some(Verdict::passed()),
            Expectation::Event {
                times: Some(times), ..
            }
            | Expectation::Ran {
                times: Some(times), ..
            } => (self.count > *times).then(|| too_often(self.count)),
        };
    }
}

// === impl Verdict ===

impl Verdict {
    fn passed() -> Self {
        Self {
            passed: true,
            why: String::new(),
            entry: None,
            at: None,
        }
    }

    fn failed(why: String, clear: Option<(Duration, usize)>) -> Self {
        Self {
            passed: false,
            why,
            entry: clear.map(|(_, entry)| entry),
            at: clear.map(|(at, _)| at),
        }
    }
}

/// The state that an entry brought its machine into.
fn entered(entry: &Entry) -> Option<StateId> {
    match entry.what {
        What::Started { state, .. } | What::Transition { to: state, .. } => Some(state),
        _ => None,
    }
}

/// Whether an object has these members; numbers are compared by value.
fn has(data: &Map<String, Value>, wanted: &Map<String, Value>) -> bool {
    wanted.iter().all(|(key, wanted)| {
        data.get(key).is_some_and(|value| {
            value == wanted
                || matches!((value.as_f64(), wanted.as_f64()), (Some(value), Some(wanted)) if value == wanted)
        })
    })
}

fn often(count: u64) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// A duration for people, days included, exact to the millisecond: `1d4h`.
#[must_use]
pub fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
        (u64::from(duration.subsec_millis()), "ms"),
    ];
    let text: String = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

impl Surroundings for Judge {
    fn note(&mut self, entry: Entry) {
        self.observe(&entry);
    }
}
