//! The flight recorder: what was decided about each machine, and why, within a fixed amount of memory.
//!
//! ```text
//! Fleet ──► Record ──► capture (no secrets) ──► Ring of Tracks ──► why:    the chain from cause to state
//!                                                  │   ▲           record: a test that does it again
//!                                                  ▼   │
//!                                              the store, now and then
//! ```
//!
//! A [`Ring`](ring::Ring) holds one [`Track`](track::Track) for each machine: entries of a few dozen bytes, in which
//! runs that came to the same as before are only counted. Machines share the memory fairly, so that one that is
//! busy does not drive out the last hour of one that is not. Secrets are taken out before anything is kept.
//!
//! Nothing here reads a clock or a file.

mod capture;
mod clock;
mod entry;
mod keeper;
mod reads;
mod redact;
mod ring;
mod script;
mod track;
mod why;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use chorister_fsm::{Decision, Fleet, MachineKey, Now, Record};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use clock::{Clock, Settings};
use entry::{Entry, Micros, What};
use reads::Reads;
use ring::Ring;
use track::Track;
use why::History;

pub(crate) use keeper::Keeper;
pub(crate) use redact::is_secret;
pub use script::Recording;
pub use why::{Attempted, Because, Observation, Origin, Passage, Refusal, Why};

/// How much memory a recorder takes where nobody says otherwise, in bytes.
pub const BUDGET: usize = 1 << 20;

/// How much of the facts is kept for one machine, as JSON in bytes.
const FACTS: usize = 8_192;

/// The track of the node itself; no machine has an empty name.
const NODE: &str = "";

/// Keeps what was decided about the machines of a node.
#[derive(Debug)]
pub struct Recorder {
    ring: Ring,
    /// The facts that machines read, of those that read any, and a digest of what they were.
    reads: HashMap<Box<str>, (Reads, u64)>,
    clock: Clock,
}

/// How full a recorder is. Part of a node's status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// How many machines something is recorded of.
    pub machines: usize,
    /// How many entries there are; equal runs in a row are one.
    pub entries: usize,
    /// The memory they take, in bytes.
    pub bytes: usize,
    /// When the oldest entry was made, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<i64>,
}

impl Recorder {
    /// An empty recorder that takes about this much memory, in bytes.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self {
            ring: Ring::new(budget),
            reads: HashMap::new(),
            clock: Clock::default(),
        }
    }

    /// Keeps a decision. What is recorded of a machine that is gone stays until it has to make room.
    pub fn note(&mut self, fleet: &Fleet, record: &Record, now: Now) {
        let time = self.time(now);
        let Some(view) = fleet.machine(record.machine) else {
            return;
        };
        let (name, definition) = (view.name(), view.definition());
        self.ring.change(name, |track| {
            let entry = capture::entry(fleet, definition, record, time, &mut track.names);
            track.push(entry);
        });
        if let Decision::Started { .. } = record.decision {
            let reads = Reads::of(definition);
            self.reads.remove(name);
            if !reads.is_empty() {
                self.reads.insert(name.into(), (reads, 0));
            }
            self.note_facts(fleet, record.machine, now);
        }
    }

    /// Takes note that the facts have changed.
    pub fn facts_changed(&mut self, fleet: &Fleet, now: Now) {
        let keys: Vec<MachineKey> = self.reads.keys().filter_map(|it| fleet.named(it)).collect();
        for key in keys {
            self.note_facts(fleet, key, now);
        }
    }

    /// Keeps the facts that a machine reads, where they are not what they were.
    fn note_facts(&mut self, fleet: &Fleet, key: MachineKey, now: Now) {
        let time = self.time(now);
        let Some(view) = fleet.machine(key) else {
            return;
        };
        let Some((reads, before)) = self.reads.get_mut(view.name()) else {
            return;
        };
        let mut facts = reads.select(fleet.facts());
        redact::value(&mut facts);
        let facts = facts.to_string();
        let mut digest = DefaultHasher::new();
        facts.hash(&mut digest);
        let digest = digest.finish();
        if *before == digest || facts.len() > FACTS {
            return;
        }
        *before = digest;
        let what = What::Facts(facts.into());
        self.ring
            .change(view.name(), |track| track.push(Entry { time, what }));
    }

    /// The time of an entry that is made now; keeps it where somebody has set the clock.
    fn time(&mut self, now: Now) -> Micros {
        let (time, ahead) = self.clock.look(now);
        if let Some(ahead) = ahead {
            let what = What::Clock(ahead);
            self.ring
                .change(NODE, |track| track.push(Entry { time, what }));
        }
        time
    }

    /// When somebody set the clock.
    fn settings(&self) -> Settings {
        let entries = self.ring.track(NODE).map(Track::entries);
        let settings = entries.iter().flatten().filter_map(|it| match it.what {
            What::Clock(ahead) => Some((it.time, ahead)),
            _ => None,
        });
        Settings(settings.collect())
    }

    /// Why a machine is in its state, and in those before since a time; `None` where there is no such machine.
    #[must_use]
    pub fn why(&self, fleet: &Fleet, machine: &str, since: Option<Timestamp>) -> Option<Why> {
        let view = fleet.machine(fleet.named(machine)?)?;
        let clock = self.settings();
        let others = |name: &str| self.history(fleet, name, &clock);
        Some(why::why(
            machine,
            view.state_name(),
            view.entered(),
            since,
            &others,
        ))
    }

    /// What happened to a machine since a time, as a test that does it again; `None` where there is no such machine,
    /// or nothing is recorded of it. `zone` is the node's own time zone.
    #[must_use]
    pub fn record(
        &mut self,
        fleet: &Fleet,
        machine: &str,
        since: Timestamp,
        now: Now,
        zone: Option<&str>,
    ) -> Option<Recording> {
        let time = self.time(now);
        let clock = self.settings();
        let view = fleet.machine(fleet.named(machine)?)?;
        let track = self.ring.track(machine)?;
        let entries = track.entries();
        let source = script::Source {
            node: fleet.identity(),
            machine: view.definition(),
            names: &track.names,
            entries: &entries,
            clock: &clock,
            zone,
        };
        let since = since.as_microsecond().saturating_sub(clock.ahead(time));
        script::record(&source, since, time)
    }

    fn history<'a>(
        &'a self,
        fleet: &'a Fleet,
        name: &str,
        clock: &'a Settings,
    ) -> Option<History<'a>> {
        let track = self.ring.track(name)?;
        let view = fleet.named(name).and_then(|key| fleet.machine(key));
        Some(History {
            machine: view.map(|it| it.definition()),
            names: &track.names,
            entries: track.entries(),
            clock,
        })
    }

    /// How much memory it may take, in bytes.
    #[must_use]
    pub fn budget(&self) -> usize {
        self.ring.budget()
    }

    /// How full it is.
    #[must_use]
    pub fn fill(&self) -> Recorded {
        let fill = self.ring.fill();
        Recorded {
            machines: fill.machines,
            entries: fill.entries,
            bytes: fill.bytes,
            oldest: fill.oldest.map(|it| it.div_euclid(1_000_000)),
        }
    }

    /// What was kept since the last time, in a form for [`restore`](Self::restore); `None` where that is nothing.
    ///
    /// How often runs were repeated counts only `with_repeats`, since it changes all the time.
    pub fn unsaved(&mut self, with_repeats: bool) -> Option<Vec<u8>> {
        self.ring.unsaved(with_repeats)
    }

    /// Everything, to take the place of all that [`unsaved`](Self::unsaved) returned.
    pub fn whole(&mut self) -> Option<Vec<u8>> {
        self.ring.whole()
    }

    /// Takes in what was saved, in the order in which it was; false where it made no sense and was left out.
    pub fn restore(&mut self, saved: &[u8]) -> bool {
        let is_whole = self.ring.restore(saved);
        if let Some((_, ahead)) = self.settings().0.last() {
            self.clock.restore(*ahead);
        }
        is_whole
    }
}
