//! From what a script says to how a job ends.

use core::time::Duration;

use chorister_fsm::{Exit, JobResult, KvFound, Look, Outcome, Provisioned, Stamp, Unpacked, Work};
use chorister_ir::WatcherKind;
use jiff::Timestamp;

use crate::Scripted;

/// Why something fails whose script does not say why.
const REASON: &str = "the script says so";

impl Scripted {
    /// Whether runs of watchers of this kind can come to this.
    #[must_use]
    pub fn suits(&self, kind: &WatcherKind) -> bool {
        match (self, kind) {
            (
                Self::Exit { .. },
                WatcherKind::Exec(_) | WatcherKind::Metric(_) | WatcherKind::Nagios(_),
            ) => true,
            (Self::Hang, WatcherKind::Exec(exec)) => !exec.disown,
            (
                Self::Hang,
                WatcherKind::Metric(_) | WatcherKind::Archive(_) | WatcherKind::Nagios(_),
            ) => true,
            (Self::Outcome { outcome, .. }, kind) => outcomes(kind).contains(outcome),
            _ => false,
        }
    }

    /// How a job ends that comes to this, and after what time; `None` where it cannot come to this.
    pub(crate) fn answer(self, work: &Work, wall: Timestamp) -> Option<(Duration, JobResult)> {
        let timeout = match work {
            Work::Exec(command) => command.timeout,
            Work::Check(examination) => Some(examination.timeout),
            Work::File(_) | Work::Archive(_) | Work::Kv(_) | Work::Tell(_) | Work::Plugins(_) => {
                None
            }
        };
        match (work, self) {
            (Work::Exec(_) | Work::Check(_), scripted) => {
                let (exit, output, runtime) = match scripted {
                    Self::Exit {
                        exit,
                        output,
                        runtime,
                    } => (exit, output, runtime),
                    Self::Outcome {
                        outcome: Outcome::Success,
                        runtime,
                    } => (Exit::Code(0), b"{}".to_vec(), runtime),
                    Self::Outcome {
                        outcome: Outcome::Error,
                        runtime,
                    } => (Exit::Code(1), Vec::new(), runtime),
                    Self::Hang => (Exit::Timeout, Vec::new(), Duration::MAX),
                    Self::Outcome { .. } => return None,
                };
                let (exit, runtime) = match timeout {
                    Some(timeout) if timeout < runtime => (Exit::Timeout, timeout),
                    _ => (exit, runtime),
                };
                Some((
                    runtime,
                    JobResult::Exec {
                        exit,
                        output,
                        runtime,
                    },
                ))
            }
            (Work::File(look), Self::Outcome { outcome, runtime }) => {
                let now = Stamp(i64::try_from(wall.as_nanosecond()).unwrap_or(i64::MAX));
                let found = match outcome {
                    Outcome::Changed => Look::Changed(now),
                    Outcome::Unchanged => Look::Unchanged(look.seen.unwrap_or(now)),
                    Outcome::Error => Look::Error(REASON.to_owned()),
                    _ => return None,
                };
                Some((runtime, JobResult::File(found)))
            }
            (Work::Archive(download), scripted) => {
                let (unpacked, runtime) = match scripted {
                    Self::Outcome { outcome, runtime } => {
                        let unpacked = match outcome {
                            Outcome::Verified => Unpacked::Verified,
                            Outcome::Downloaded => Unpacked::Downloaded,
                            Outcome::Error => Unpacked::Failed(REASON.to_owned()),
                            _ => return None,
                        };
                        (unpacked, runtime)
                    }
                    Self::Hang => {
                        let reason = "the download did not end in time".to_owned();
                        (Unpacked::Failed(reason), download.timeout)
                    }
                    Self::Exit { .. } => return None,
                };
                Some((runtime, JobResult::Archive { unpacked, runtime }))
            }
            (Work::Kv(_), Self::Outcome { outcome, runtime }) => {
                let found = match outcome {
                    // No two values of one test are the same.
                    Outcome::Changed => KvFound::Value {
                        revision: u64::try_from(wall.as_second()).unwrap_or_default(),
                        value: wall.to_string().into_bytes(),
                    },
                    Outcome::Unchanged => KvFound::Same,
                    Outcome::Error => KvFound::Failed(REASON.to_owned()),
                    _ => return None,
                };
                Some((runtime, JobResult::Kv(found)))
            }
            (Work::Tell(_), Self::Outcome { outcome, runtime }) => {
                let told = match outcome {
                    Outcome::Error => Err(REASON.to_owned()),
                    _ => Ok(()),
                };
                Some((runtime, JobResult::Told(told)))
            }
            (Work::Plugins(_), Self::Outcome { outcome, runtime }) => {
                let outcome = match outcome {
                    Outcome::Updated => Ok(true),
                    Outcome::Unchanged => Ok(false),
                    Outcome::Error => Err(REASON.to_owned()),
                    _ => return None,
                };
                let done = Provisioned {
                    plugins: None,
                    outcome,
                    refused: None,
                    unfinished: false,
                    runtime,
                };
                Some((runtime, JobResult::Plugins(Box::new(done))))
            }
            _ => None,
        }
    }
}

/// What runs of watchers of this kind can be scripted to come to.
fn outcomes(kind: &WatcherKind) -> &'static [Outcome] {
    match kind {
        WatcherKind::Exec(_) | WatcherKind::Metric(_) => &[Outcome::Success, Outcome::Error],
        WatcherKind::File(_) | WatcherKind::Kv(_) => {
            &[Outcome::Changed, Outcome::Unchanged, Outcome::Error]
        }
        WatcherKind::Gossip(_) => &[Outcome::Success, Outcome::Error],
        WatcherKind::Archive(_) => &[Outcome::Verified, Outcome::Downloaded, Outcome::Error],
        WatcherKind::Plugins(_) => &[Outcome::Updated, Outcome::Unchanged, Outcome::Error],
        WatcherKind::Expression(_) => &[
            Outcome::SuccessWhen,
            Outcome::FailedWhen,
            Outcome::NoMatch,
            Outcome::Error,
        ],
        WatcherKind::HttpSwitch(_) => &[Outcome::On, Outcome::Off],
        WatcherKind::Nagios(_) => &[],
        WatcherKind::Timer(_) | WatcherKind::Schedule(_) => &[],
    }
}
