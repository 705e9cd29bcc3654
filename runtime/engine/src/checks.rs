//! What was seen of each check, so that what is new can be told.

use std::collections::HashMap;

use chorister_fsm::{CheckState, MachineKey, MachineView};
use chorister_lang::nagios::Status;
use jiff::Timestamp;

use crate::Standing;
use crate::notify::Happened;

/// The state of a machine in which nobody looks.
pub(crate) const MAINTENANCE: &str = "MAINTENANCE";

/// Every check, as it was seen last.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    seen: HashMap<MachineKey, Seen>,
}

/// A check, as it was seen last.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// The result that was told last.
    told: Status,
    flapping: bool,
    maintenance: bool,
    /// When it ran last.
    ran: Option<Timestamp>,
    /// How often it ran since the node started.
    runs: u64,
}

// === impl Checks ===

impl Checks {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether a machine is a check.
    pub(crate) fn knows(&self, machine: MachineKey) -> bool {
        self.seen.contains_key(&machine)
    }

    /// How often a check ran since the node started.
    pub(crate) fn runs(&self, machine: MachineKey) -> u64 {
        self.seen.get(&machine).map_or(0, |it| it.runs)
    }

    /// Takes note of a check that is there now; how it is remembered is nothing new.
    pub(crate) fn insert(&mut self, view: MachineView<'_>, state: &CheckState) {
        let seen = Seen {
            // Nobody is told that a new check is well.
            told: last(state).unwrap_or(Status::Ok),
            flapping: state.flapping,
            maintenance: view.state_name() == MAINTENANCE,
            ran: state.check_time,
            runs: 0,
        };
        self.seen.insert(view.key(), seen);
    }

    pub(crate) fn remove(&mut self, machine: MachineKey) {
        self.seen.remove(&machine);
    }

    /// Takes note of how a check is, whose machine is in the state of this name, and says what is new.
    pub(crate) fn look(
        &mut self,
        machine: MachineKey,
        in_state: &str,
        state: &CheckState,
    ) -> Vec<Happened> {
        let Some(seen) = self.seen.get_mut(&machine) else {
            return Vec::new();
        };
        if state.check_time != seen.ran {
            seen.ran = state.check_time;
            seen.runs = seen.runs.saturating_add(1);
        }
        seen.news(in_state, state)
    }
}

// === impl Seen ===

impl Seen {
    fn news(&mut self, in_state: &str, state: &CheckState) -> Vec<Happened> {
        let mut news = Vec::new();
        let maintenance = in_state == MAINTENANCE;
        if core::mem::replace(&mut self.maintenance, maintenance) != maintenance {
            news.push(match maintenance {
                true => Happened::MaintenanceStarted,
                false => Happened::MaintenanceEnded,
            });
        }
        let has_turned = core::mem::replace(&mut self.flapping, state.flapping) != state.flapping;
        if has_turned {
            news.push(match state.flapping {
                true => Happened::FlappingStarted,
                false => Happened::FlappingStopped,
            });
        }
        // A state that no result led to, as after a remedy, is not worth a word.
        let counts = in_state.parse().ok().filter(|_| !state.flapping);
        if let Some(status) = counts.filter(|it| Some(*it) == last(state))
            && status != self.told
        {
            let previous = Standing::from(core::mem::replace(&mut self.told, status));
            // The end of the flapping says how it ended.
            if !has_turned {
                news.push(Happened::State { previous });
            }
        }
        news
    }
}

/// What the last run came to.
fn last(state: &CheckState) -> Option<Status> {
    state.history.last().map(|it| it.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a check is whose last result is this.
    fn state(status: Status, flapping: bool) -> CheckState {
        let time = Timestamp::UNIX_EPOCH;
        let execution = chorister_fsm::Execution {
            time,
            status,
            measures: chorister_fsm::Measures::default(),
        };
        CheckState {
            plugin: "".into(),
            status: Some(status),
            output: "".into(),
            check_time: Some(time),
            runtime: core::time::Duration::ZERO,
            history: vec![execution],
            attempt: None,
            flapping,
            skipped: None,
            valid_until: None,
            annotations: Vec::new().into(),
        }
    }

    /// A check that was well when it was seen last.
    fn well() -> Seen {
        Seen {
            told: Status::Ok,
            flapping: false,
            maintenance: false,
            ran: None,
            runs: 0,
        }
    }

    fn told(previous: Standing) -> [Happened; 1] {
        [Happened::State { previous }]
    }

    #[test]
    fn what_counts_is_told_once() {
        let mut seen = well();
        assert_eq!(seen.news("OK", &state(Status::Ok, false)), []);
        // The second attempt is the one that counts.
        assert_eq!(seen.news("OK", &state(Status::Critical, false)), []);
        let critical = state(Status::Critical, false);
        assert_eq!(seen.news("CRITICAL", &critical), told(Standing::Ok));
        assert_eq!(seen.news("CRITICAL", &critical), []);
        // A remedy has run, and nobody knows yet what came of it.
        assert_eq!(seen.news("UNKNOWN", &critical), []);
        let ok = state(Status::Ok, false);
        assert_eq!(seen.news("OK", &ok), told(Standing::Critical));
    }

    #[test]
    fn a_check_that_flaps_is_told_of_once() {
        let mut seen = well();
        let news = seen.news("WARNING", &state(Status::Warning, true));
        assert_eq!(news, [Happened::FlappingStarted]);
        for status in [Status::Ok, Status::Critical, Status::Ok] {
            assert_eq!(seen.news(status.as_str(), &state(status, true)), []);
        }
        let news = seen.news("CRITICAL", &state(Status::Critical, false));
        assert_eq!(news, [Happened::FlappingStopped]);
        assert_eq!(seen.news("CRITICAL", &state(Status::Critical, false)), []);
    }

    #[test]
    fn maintenance_has_a_beginning_and_an_end() {
        let mut seen = well();
        let ok = state(Status::Ok, false);
        assert_eq!(seen.news(MAINTENANCE, &ok), [Happened::MaintenanceStarted]);
        assert_eq!(seen.news(MAINTENANCE, &ok), []);
        assert_eq!(seen.news("UNKNOWN", &ok), [Happened::MaintenanceEnded]);
        assert_eq!(seen.news("OK", &ok), []);
    }
}
