//! What the engine asks of the world.

use core::mem;
use core::time::Duration;

use chorister_fsm::{Decision, Effect, Happening, Job, Notice, Record, Verdict, Work};

use super::{Run, Surroundings, World};
use crate::{Cause, What};

impl<S: Surroundings> World<S> {
    /// Carries out what the fleet asked for.
    pub(super) fn carry_out(&mut self) {
        let mut effects = mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Publish(notice) => self.published(notice),
                Effect::Start(job) => self.begin(&job),
                Effect::Cancel(job) => self.running.retain(|_, (running, _)| *running != job),
                Effect::Record(record) => self.decided(record),
                Effect::Save { .. } | Effect::Relay(_) | Effect::Listen(_) | Effect::Observe(_) => {
                }
                Effect::Log(remark) => {
                    let machine = self.place(remark.machine);
                    let what = What::Remark {
                        watcher: remark.watcher,
                        level: remark.level,
                        text: remark.text,
                    };
                    self.note(machine, what);
                }
            }
        }
        self.effects = effects;
    }

    pub(super) fn published(&mut self, notice: Notice) {
        let machine = self.place(notice.machine);
        let what = match notice.happening {
            Happening::Transition {
                transition,
                from,
                to,
            } => {
                self.changed |= !self.waiting.is_empty();
                What::Transition {
                    transition,
                    from,
                    to,
                    cause: self.entering.take(),
                }
            }
            Happening::Watcher {
                watcher,
                report,
                announced,
            } => What::Report {
                watcher,
                report,
                announced,
            },
        };
        self.note(machine, what);
    }

    pub(super) fn decided(&mut self, record: Record) {
        let machine = self.place(record.machine);
        let what = match record.decision {
            Decision::Started { state, restored } => What::Started { state, restored },
            Decision::Ran {
                watcher,
                outcome,
                evidence,
            } => What::Ran {
                watcher,
                outcome,
                evidence,
            },
            Decision::Fired {
                transition,
                cause,
                verdict,
                ..
            } => {
                let cause = self.cause(cause);
                if let Verdict::Entered(_) = verdict {
                    self.entering = Some(cause);
                    return;
                }
                What::Held {
                    transition,
                    cause,
                    verdict,
                }
            }
        };
        self.note(machine, what);
    }

    pub(super) fn cause(&self, cause: chorister_fsm::Cause) -> Cause {
        match cause {
            chorister_fsm::Cause::Watcher(watcher) => Cause::Watcher(watcher),
            chorister_fsm::Cause::Operator => Cause::Operator,
            chorister_fsm::Cause::Machine {
                machine,
                transition,
            } => Cause::Machine {
                machine: self.place(machine),
                transition,
            },
            chorister_fsm::Cause::Elsewhere => Cause::Elsewhere,
            chorister_fsm::Cause::Time => Cause::Time,
        }
    }

    /// Begins a job, if anything says what it comes to.
    pub(super) fn begin(&mut self, job: &Job) {
        let machine = self.place(job.id.machine);
        let watcher = job.id.watcher;
        if self.starting && matches!(job.work, Work::File(_)) {
            // A look for reference is no run, so no outcome is for it.
            self.fleet.abandon(job.id);
            return;
        }
        let scripted = self.take_waiting(machine, watcher).or_else(|| {
            let definition = self.setup.machines.get(machine)?;
            let definition = definition.machine.watchers.get(usize::from(watcher.0))?;
            self.surroundings.answer(&Run {
                at: self.elapsed,
                machine,
                watcher,
                definition,
                job,
            })
        });
        match scripted.and_then(|it| it.answer(&job.work, self.wall)) {
            Some((Duration::ZERO, result)) => self.ending.push_back((job.id, result)),
            Some((runtime, result)) => {
                self.serial += 1;
                let end = self.elapsed.saturating_add(runtime);
                self.running.insert((end, self.serial), (job.id, result));
            }
            None => self.fleet.abandon(job.id),
        }
    }
}
