//! A machine in words and marks: where it is, for how long, and how it got there.

use chorister_diagram::{Diagram, Marks};
use chorister_engine::MachineStatus;

use super::time::length;

/// How long a transition counts as one of this moment, in seconds.
pub(crate) const MOMENT: i64 = 5;

/// What is pointed out in the picture of a machine at this time, in Unix seconds.
pub(crate) fn marks(diagram: &Diagram, machine: &MachineStatus, now: i64) -> Marks {
    let mut notes = vec![String::new(); diagram.states.len()];
    for stay in stays(machine) {
        if let Some(note) = note_of(diagram, &mut notes, &stay.state) {
            *note = length(stay.seconds);
        }
    }
    if let Some(note) = note_of(diagram, &mut notes, &machine.state) {
        *note = length(now.saturating_sub(machine.since));
    }
    let recent = machine
        .history
        .iter()
        .filter(|it| now.saturating_sub(it.at) <= MOMENT);
    Marks {
        current: diagram.state_named(&machine.state),
        recent: recent
            .filter_map(|it| diagram.edge_named(&it.from, &it.transition))
            .collect(),
        path: Vec::new(),
        notes,
    }
}

/// A time that a machine spent in a state which it has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) state: String,
    pub(crate) seconds: i64,
}

/// How long the machine was in the states before its last transitions, the oldest first.
pub(crate) fn stays(machine: &MachineStatus) -> impl Iterator<Item = Stay> + '_ {
    let steps = machine.history.windows(2);
    steps.map(|pair| Stay {
        state: pair[1].from.clone(),
        seconds: pair[1].at.saturating_sub(pair[0].at),
    })
}

/// How many transitions fell into each of the last `buckets` spans of so many seconds, the present one last.
pub(crate) fn pulse(machine: &MachineStatus, now: i64, buckets: usize, seconds: i64) -> Vec<usize> {
    let mut counts = vec![0; buckets];
    for step in &machine.history {
        let age = usize::try_from(now.saturating_sub(step.at).max(0) / seconds.max(1));
        let slot = age.ok().and_then(|it| buckets.checked_sub(it + 1));
        if let Some(count) = slot.and_then(|it| counts.get_mut(it)) {
            *count += 1;
        }
    }
    counts
}

fn note_of<'a>(diagram: &Diagram, notes: &'a mut [String], state: &str) -> Option<&'a mut String> {
    diagram.state_named(state).and_then(|it| notes.get_mut(it))
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
        let step = |transition: &str, from: &str, to: &str, at: i64| json!({"transition": transition, "from": from, "to": to, "at": at});
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
            "history": [
                step("turn_on", "OFF", "ON", 55),
                step("turn_off", "ON", "OFF", 60),
                step("turn_on", "OFF", "ON", 100),
            ],
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

    #[test]
    fn transitions_make_a_pulse() {
        assert_eq!(pulse(&status("lamp"), 110, 4, 20), [0, 0, 2, 1]);
        assert_eq!(pulse(&status("lamp"), 110, 0, 20), [0_usize; 0]);
    }
}
