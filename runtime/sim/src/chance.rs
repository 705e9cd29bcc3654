//! Outcomes and faults that chance decides.

use core::time::Duration;
use std::collections::HashMap;

use chorister_fsm::{Exit, Outcome, Random};
use chorister_ir::{WatcherId, WatcherKind};
use jiff::SignedDuration;
use serde_json::{Map, Value};

use crate::{Action, Run, Scripted, Seeded, Setup, Step};

/// How often runs go wrong, in thousandths, and which faults there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odds {
    /// Runs that fail after one that did not.
    pub fails: u64,
    /// Runs that succeed after one that failed.
    pub recovers: u64,
    /// Looks at a file that find it changed.
    pub changes: u64,
    /// Commands and downloads that hang.
    pub hangs: u64,
    /// Mean time between two jumps of the wall clock, by an hour at most; `None` is never.
    pub clock: Option<Duration>,
    /// Mean time between two crashes, after which the node is down for ten minutes at most; `None` is never.
    pub restart: Option<Duration>,
    /// Mean time between two times that the disk fills up, for four hours at most; `None` is never.
    pub disk: Option<Duration>,
    /// Mean time between two turns of a switch; `None` is never.
    pub switch: Option<Duration>,
}

/// What chance decides, for one seed.
#[derive(Clone, Debug)]
pub struct Chance {
    odds: Odds,
    random: Seeded,
    /// Watchers whose last run failed.
    ill: HashMap<(usize, WatcherId), bool>,
}

const HOUR: u64 = 3_600;

impl Default for Odds {
    /// One run in fifty fails, and half of the next ones too; no faults; switches are turned twice a day.
    fn default() -> Self {
        Self {
            fails: 20,
            recovers: 500,
            changes: 30,
            hangs: 0,
            clock: None,
            restart: None,
            disk: None,
            switch: Some(Duration::from_secs(12 * HOUR)),
        }
    }
}

// === impl Chance ===

impl Chance {
    /// Chance as this seed has it.
    #[must_use]
    pub fn new(odds: Odds, seed: u64) -> Self {
        Self {
            odds,
            // The splays and delays of the engine are drawn from the seed itself.
            random: Seeded::new(seed ^ 0x5eed_0ff5_eed0_0ff5),
            ill: HashMap::new(),
        }
    }

    /// Draws the faults, and the turns of switches, that come before `until`, in order.
    pub fn plan(&mut self, setup: &Setup, until: Duration) -> Vec<Step> {
        let mut steps = Vec::new();
        for at in self.times(self.odds.clock, until) {
            let seconds = self.random.below(2 * HOUR) as i64 - HOUR as i64;
            let action = Action::Clock(SignedDuration::from_secs(seconds));
            steps.push(Step { at, action });
        }
        for at in self.times(self.odds.restart, until) {
            let down = Duration::from_secs(1 + self.random.below(600));
            let action = Action::Restart(down);
            steps.push(Step { at, action });
        }
        for at in self.times(self.odds.disk, until) {
            let full = Duration::from_secs(1 + self.random.below(4 * HOUR));
            let disk = |at, full| Step {
                at,
                action: Action::Disk { full },
            };
            steps.extend([disk(at, true), disk(at + full, false)]);
        }
        for (machine, member) in setup.machines.iter().enumerate() {
            for (at, watcher) in (0..).map(WatcherId).zip(&member.machine.watchers) {
                if !matches!(watcher.kind, WatcherKind::HttpSwitch(_)) {
                    continue;
                }
                let watcher = at;
                for at in self.times(self.odds.switch, until) {
                    let action = Action::Switch {
                        machine,
                        watcher,
                        on: self.random.chance(1, 2),
                    };
                    steps.push(Step { at, action });
                }
            }
        }
        steps.retain(|step| step.at <= until);
        steps.sort_by_key(|step| step.at);
        steps
    }

    /// Draws what a run comes to.
    pub fn draw(&mut self, run: &Run<'_>) -> Scripted {
        let hangs = self.random.chance(self.odds.hangs, 1_000);
        if hangs && Scripted::Hang.suits(&run.definition.kind) {
            return Scripted::Hang;
        }
        let ill = self.ill.entry((run.machine, run.watcher)).or_default();
        let odds = if *ill {
            1_000 - self.odds.recovers.min(1_000)
        } else {
            self.odds.fails
        };
        *ill = self.random.chance(odds, 1_000);
        match (&run.definition.kind, *ill) {
            (WatcherKind::Exec(exec), false) => {
                let scripted = Scripted::usual(&run.definition.kind);
                scripted.taking(self.runtime(exec.timeout))
            }
            (WatcherKind::Metric(metric), false) => {
                let mut metrics = Map::new();
                metrics.insert("value".to_owned(), Value::from(self.random.below(1_000)));
                Scripted::metrics(metrics).taking(self.runtime(metric.timeout))
            }
            (WatcherKind::Nagios(nagios), ill) => Scripted::Exit {
                exit: Exit::Code(if ill {
                    1 + self.random.below(3) as i32
                } else {
                    0
                }),
                output: Vec::new(),
                runtime: self.runtime(nagios.timeout),
            },
            (WatcherKind::Exec(_) | WatcherKind::Metric(_), true) => Scripted::Exit {
                exit: Exit::Code(1 + self.random.below(3) as i32),
                output: Vec::new(),
                runtime: self.runtime(Duration::from_secs(1)),
            },
            (WatcherKind::File(_) | WatcherKind::Kv(_), false)
                if self.random.chance(self.odds.changes, 1_000) =>
            {
                Scripted::outcome(Outcome::Changed)
            }
            (WatcherKind::Plugins(_), false) if self.random.chance(self.odds.changes, 1_000) => {
                Scripted::outcome(Outcome::Updated)
            }
            (kind, false) => Scripted::usual(kind),
            (_, true) => Scripted::outcome(Outcome::Error),
        }
    }

    /// A time from 5 ms to a second, or to half of the timeout if that is less; short ones are likelier.
    fn runtime(&mut self, timeout: Duration) -> Duration {
        let most = timeout.as_millis().min(2_000) as u64 / 2;
        let bound = self.random.below(most.max(6));
        Duration::from_millis(5 + self.random.below(bound))
    }

    /// Times that come this often in the mean.
    fn times(&mut self, mean: Option<Duration>, until: Duration) -> Vec<Duration> {
        let Some(mean) = mean.map(|it| it.as_millis() as u64).filter(|&it| it > 0) else {
            return Vec::new();
        };
        let mut times = Vec::new();
        let mut at = Duration::ZERO;
        loop {
            // Whole seconds are easier to read, and to shrink.
            let wait = Duration::from_millis(self.random.below(2 * mean));
            at += Duration::from_secs(wait.as_secs() + 1);
            if at > until {
                return times;
            }
            times.push(at);
        }
    }
}

// === impl Scripted ===

impl Scripted {
    /// What runs of watchers of this kind come to where nothing is wrong and nothing happens.
    #[must_use]
    pub fn usual(kind: &WatcherKind) -> Self {
        match kind {
            WatcherKind::Exec(exec) => Self::Exit {
                exit: Exit::Code(0),
                output: if exec.parse_as_data {
                    b"{}".to_vec()
                } else {
                    Vec::new()
                },
                runtime: Duration::ZERO,
            },
            WatcherKind::Nagios(_) => Self::Exit {
                exit: Exit::Code(0),
                output: Vec::new(),
                runtime: Duration::ZERO,
            },
            WatcherKind::Metric(_) => Self::metrics(Map::new()),
            WatcherKind::File(_) | WatcherKind::Kv(_) | WatcherKind::Plugins(_) => {
                Self::outcome(Outcome::Unchanged)
            }
            WatcherKind::Gossip(_) => Self::outcome(Outcome::Success),
            WatcherKind::Archive(_) => Self::outcome(Outcome::Verified),
            WatcherKind::Expression(_) => Self::outcome(Outcome::NoMatch),
            WatcherKind::HttpSwitch(_) => Self::outcome(Outcome::Off),
            WatcherKind::Schedule(_) | WatcherKind::Timer(_) => Self::outcome(Outcome::Unknown),
        }
    }
}
