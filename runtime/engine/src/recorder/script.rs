//! From what happened to a test that does it again.
//!
//! A test only has what came from outside: what commands came to, what people did, what other machines completed,
//! facts, clocks and restarts. All else follows, in virtual time, from the same code that ran here; that it does is
//! what the test expects. Where something is known to depend on chance, or on what is not recorded, the recording
//! says so.

mod beginning;
mod expect;
mod step;
mod write;
mod yaml;

use chorister_ir::{Machine, Watcher};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clock::Settings;
use super::entry::{Attempt, Entry, Micros, Name, Names, What};

/// What happened to a machine, as a test. Crosses the control socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// The machine.
    pub machine: String,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
    /// The test: a file of the kind `*.test.yaml`.
    pub test: String,
    /// Why the test may fail although nothing is wrong; a sentence each, without a full stop.
    pub doubts: Vec<String>,
}

/// What is recorded, and where.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) node: &'a str,
    pub(super) machine: &'a Machine,
    pub(super) names: &'a Names,
    pub(super) entries: &'a [Entry],
    pub(super) clock: &'a Settings,
    /// The node's own time zone, where it has a name.
    pub(super) zone: Option<&'a str>,
}

/// What happened since a time, up to now, as a test; `None` where nothing is recorded.
pub(super) fn record(source: &Source<'_>, since: Micros, now: Micros) -> Option<Recording> {
    let beginning = beginning::choose(source, since)?;
    let story = step::story(source, &beginning, now);
    let mut doubts = beginning.doubts.clone();
    doubts.extend(story.doubts.iter().cloned());
    doubts.sort();
    doubts.dedup();
    let expected = expect::expected(source, &beginning, &story, doubts.is_empty());
    let test = write::write(source, &beginning, &story, &expected, &doubts, now);
    Some(Recording {
        machine: source.machine.name.to_string(),
        from: source.clock.wall(beginning.time),
        to: source.clock.wall(now),
        test,
        doubts,
    })
}

impl<'a> Source<'a> {
    fn text(&self, name: Name) -> &'a str {
        self.names.text(name)
    }

    fn watcher(&self, name: Name) -> Option<&'a Watcher> {
        let name = self.text(name);
        self.machine.watchers.iter().find(|it| it.name == name)
    }

    /// Whether an entry is the end of a transition that had to wait.
    fn was_delayed(&self, place: usize) -> bool {
        use super::entry::Verdict;
        let Some(attempt) = self.entries.get(place).and_then(Entry::attempt) else {
            return false;
        };
        if !matches!(attempt.verdict, Verdict::Entered(_) | Verdict::Dropped) {
            return false;
        }
        if attempt.verdict == Verdict::Dropped {
            return true;
        }
        let before = self.entries.iter().take(place).rev();
        let mut same_state = before.take_while(|it| it.enters().is_none());
        same_state.any(|it| {
            matches!(it.attempt(), Some(Attempt { transition, verdict: Verdict::Delayed(_), .. })
                if *transition == attempt.transition)
        })
    }
}

/// The place of the last entry that fulfils a condition.
fn last(entries: &[Entry], condition: impl Fn(&What) -> bool) -> Option<usize> {
    entries.iter().rposition(|it| condition(&it.what))
}
