//! A machine in words and marks: where it is, for how long, and how it got there.

use chorister_diagram::{Diagram, Marks};
use chorister_engine::MachineStatus;

use super::time::length;

/// How long a transition counts as one of this moment, in seconds.
pub(crate) const MOMENT: i64 = 5;

/// A transition that a machine made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move<'a> {
    pub(crate) transition: &'a str,
    /// The state before, where that is remembered.
    pub(crate) from: Option<&'a str>,
    pub(crate) to: &'a str,
    /// When, in Unix seconds.
    pub(crate) at: i64,
    /// How long the machine had been in the state before, in seconds.
    pub(crate) stayed: Option<i64>,
}

/// The last transitions of a machine, the oldest first.
pub(crate) fn moves(machine: &MachineStatus) -> impl DoubleEndedIterator<Item = Move<'_>> {
    let steps = &machine.last_transitions;
    steps.iter().enumerate().map(move |(at, step)| {
        let before = at.checked_sub(1).and_then(|it| steps.get(it));
        Move {
            transition: &step.transition,
            from: before.map(|it| it.state.as_str()),
            to: &step.state,
            at: step.time / 1000,
            stayed: before.map(|it| step.time.saturating_sub(it.time) / 1000),
        }
    })
}

/// Whether the machine made a transition a moment ago.
#[cfg(feature = "tui")]
pub(crate) fn has_just_moved(machine: &MachineStatus, now: i64) -> bool {
    moves(machine)
        .next_back()
        .is_some_and(|it| is_recent(&it, now))
}

/// Whether a transition was made a moment ago.
pub(crate) fn is_recent(step: &Move<'_>, now: i64) -> bool {
    now.saturating_sub(step.at) <= MOMENT
}

/// What is pointed out in the picture of a machine at this time, in Unix seconds.
///
/// The present state says for how long the machine has been in it; others how long it was when it was there last, or
/// on average where that is not remembered.
pub(crate) fn marks(diagram: &Diagram, machine: &MachineStatus, now: i64) -> Marks {
    let mut notes = vec![String::new(); diagram.states.len()];
    let mut note = |state: &str, seconds: i64| {
        let place = diagram.state_named(state).and_then(|it| notes.get_mut(it));
        if let Some(note) = place {
            *note = length(seconds);
        }
    };
    for (state, stays) in &machine.stays {
        let mean = stays.milliseconds / stays.count.max(1) / 1000;
        note(state, i64::try_from(mean).unwrap_or(i64::MAX));
    }
    for step in moves(machine) {
        if let (Some(from), Some(stayed)) = (step.from, step.stayed) {
            note(from, stayed);
        }
    }
    note(&machine.state, now.saturating_sub(machine.since));
    let recent = moves(machine).filter(|it| is_recent(it, now));
    Marks {
        current: diagram.state_named(&machine.state),
        recent: recent.filter_map(|it| edge(diagram, &it)).collect(),
        path: Vec::new(),
        notes,
    }
}

/// The edge that a transition took.
fn edge(diagram: &Diagram, step: &Move<'_>) -> Option<usize> {
    if let Some(from) = step.from {
        return diagram.edge_named(from, step.transition);
    }
    diagram
        .edges
        .iter()
        .position(|it| it.event == step.transition && diagram.state(it.to) == step.to)
}

/// How many transitions fell into each of the last `buckets` spans of so many seconds, the present one last.
#[cfg(feature = "tui")]
pub(crate) fn pulse(machine: &MachineStatus, now: i64, buckets: usize, seconds: i64) -> Vec<usize> {
    let mut counts = vec![0; buckets];
    for step in moves(machine) {
        let age = usize::try_from(now.saturating_sub(step.at).max(0) / seconds.max(1));
        let slot = age.ok().and_then(|it| buckets.checked_sub(it + 1));
        if let Some(count) = slot.and_then(|it| counts.get_mut(it)) {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
pub(crate) mod tests {
    use chorister_diagram::Sketch;
    use serde_json::json;

    use super::*;

    pub(crate) fn lamp() -> Diagram {
        let sketch = Sketch {
            name: "lamp".to_owned(),
            states: ["OFF", "ON"].map(str::to_owned).to_vec(),
            edges: vec![
                (0, "turn_on".to_owned(), 1),
                (1, "turn_off".to_owned(), 0),
                (1, "blink".to_owned(), 1),
            ],
            ..Sketch::default()
        };
        sketch.diagram().unwrap()
    }

    /// A lamp that is on since 100 s, after it was off for 40 s and on for 5 s.
    pub(crate) fn status(name: &str) -> MachineStatus {
        let step = |transition: &str, state: &str, time: i64| json!({"transition": transition, "state": state, "time": time * 1000});
        let status = json!({
            "name": name,
            "version": "1.0.0",
            "id": "",
            "directory": "lamp",
            "state": "ON",
            "since": 100,
            "started": 10,
            "available_transitions": ["blink", "turn_off"],
            "stale": 0,
            "refused": 0,
            "delayed": 0,
            "last_transitions": [
                step("turn_on", "ON", 55),
                step("turn_off", "OFF", 60),
                step("turn_on", "ON", 100),
            ],
            "stays": {"OFF": {"count": 2, "milliseconds": 90_000}},
            "watchers": [
                {"name": "dusk", "type": "timer", "outcome": "running", "running": false, "next_run": 130},
                {"name": "bulb", "type": "exec", "outcome": "error", "running": false, "last_run": 70},
            ],
        });
        serde_json::from_value(status).unwrap()
    }

    #[test]
    fn states_say_how_long_they_were_held() {
        let marks = marks(&lamp(), &status("lamp"), 103);
        assert_eq!(marks.notes, ["40s", "3s"]);
        assert_eq!((marks.current, marks.recent), (Some(1), vec![0]));
    }

    #[cfg(feature = "tui")]
    #[test]
    fn transitions_make_a_pulse() {
        assert_eq!(pulse(&status("lamp"), 110, 4, 20), [0, 2, 0, 1]);
        assert_eq!(pulse(&status("lamp"), 110, 0, 20), [0_usize; 0]);
    }
}
