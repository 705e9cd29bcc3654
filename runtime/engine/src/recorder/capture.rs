//! From what the fleet decided to what is kept of it.

use core::time::Duration;

use chorister_fsm::{
    self as fsm, Decision, Exit as JobExit, Fleet, JobResult, KvFound, Look, Record, Unpacked,
};
use chorister_ir::{Machine, StateId, TransitionId, WatcherId, WatcherKind};

use super::entry::{
    Attempt, Cause, Entry, Evidence, Exit, Micros, Name, Names, Run, Verdict, What,
};
use super::redact;

/// How much is kept of an output that the machine reads, in bytes; of a longer one only the beginning is kept.
const WHOLE: usize = 4_096;

/// How much is kept of any other output, and of reasons, in bytes.
const GIST: usize = 240;

/// The entry for a decision about a machine at a time.
pub(super) fn entry(
    fleet: &Fleet,
    machine: &Machine,
    record: &Record,
    time: Micros,
    names: &mut Names,
) -> Entry {
    let what = match &record.decision {
        Decision::Started { state, restored } => What::Started {
            state: state_name(machine, *state, names),
            restored: *restored,
            version: names.intern(&machine.version),
        },
        Decision::Ran {
            watcher,
            outcome,
            evidence: found,
        } => What::Ran(Run {
            watcher: watcher_name(machine, *watcher, names),
            outcome: *outcome,
            evidence: evidence(machine, *watcher, found),
            attempt: None,
            count: 1,
            span: 0,
        }),
        Decision::Fired {
            transition,
            from,
            cause,
            verdict,
        } => What::Fired {
            cause: match cause {
                fsm::Cause::Watcher(watcher) => {
                    Cause::Watcher(watcher_name(machine, *watcher, names))
                }
                // Whoever began a maintenance said when it ends.
                fsm::Cause::Operator | fsm::Cause::Time => Cause::Operator,
                fsm::Cause::Elsewhere => Cause::Elsewhere,
                fsm::Cause::Machine {
                    machine,
                    transition,
                } => {
                    let other = fleet.machine(*machine);
                    let heard = other.map_or("", |it| it.definition().transition(*transition));
                    Cause::Machine {
                        machine: names.intern(other.map_or("", |it| it.name())),
                        transition: names.intern(heard),
                    }
                }
            },
            attempt: Attempt {
                transition: transition_name(machine, *transition, names),
                from: state_name(machine, *from, names),
                verdict: match verdict {
                    fsm::Verdict::Entered(state) => {
                        Verdict::Entered(state_name(machine, *state, names))
                    }
                    fsm::Verdict::Stayed => Verdict::Stayed,
                    fsm::Verdict::Delayed(by) => Verdict::Delayed(long(*by)),
                    fsm::Verdict::Coalesced => Verdict::Coalesced,
                    fsm::Verdict::Refused => Verdict::Refused,
                    fsm::Verdict::Stale => Verdict::Stale,
                    fsm::Verdict::Dropped => Verdict::Dropped,
                },
            },
        },
    };
    Entry { time, what }
}

fn long(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn state_name(machine: &Machine, state: StateId, names: &mut Names) -> Name {
    names.intern(machine.state(state))
}

fn transition_name(machine: &Machine, transition: TransitionId, names: &mut Names) -> Name {
    names.intern(machine.transition(transition))
}

fn watcher_name(machine: &Machine, watcher: WatcherId, names: &mut Names) -> Name {
    let watcher = machine.watchers.get(usize::from(watcher.0));
    names.intern(watcher.map_or("", |it| it.name.as_ref()))
}

fn evidence(machine: &Machine, watcher: WatcherId, evidence: &fsm::Evidence) -> Evidence {
    let job = match evidence {
        fsm::Evidence::None => return Evidence::None,
        fsm::Evidence::Reason(reason) => return Evidence::Reason(gist(reason)),
        fsm::Evidence::Job(job) => job,
    };
    match &**job {
        JobResult::Exec {
            exit,
            output,
            runtime,
        } => {
            let watcher = machine.watchers.get(usize::from(watcher.0));
            let is_read = match watcher.map(|it| &it.kind) {
                Some(WatcherKind::Exec(exec)) => exec.parse_as_data,
                Some(WatcherKind::Metric(_)) => true,
                _ => false,
            };
            let (exit, kept) = match exit {
                JobExit::Code(0) if is_read => (Exit::Code(0), whole(output)),
                JobExit::Code(code) => (Exit::Code(*code), None),
                JobExit::Signal(signal) => (Exit::Signal(*signal), None),
                JobExit::Timeout => (Exit::Timeout, None),
                JobExit::Failed(reason) => {
                    return Evidence::Command {
                        exit: Exit::Failed,
                        output: gist(reason),
                        is_whole: false,
                        runtime: long(*runtime),
                    };
                }
            };
            let is_whole = kept.is_some();
            Evidence::Command {
                exit,
                output: kept.unwrap_or_else(|| gist(&beginning(output))),
                is_whole,
                runtime: long(*runtime),
            }
        }
        JobResult::File(look) => Evidence::Job {
            reason: match look {
                Look::Error(reason) => gist(reason),
                Look::Changed(_) | Look::Unchanged(_) => "".into(),
            },
            runtime: 0,
        },
        JobResult::Archive { unpacked, runtime } => Evidence::Job {
            reason: match unpacked {
                Unpacked::Failed(reason) => gist(reason),
                Unpacked::Verified | Unpacked::Downloaded => "".into(),
            },
            runtime: long(*runtime),
        },
        JobResult::Kv(found) => Evidence::Job {
            reason: match found {
                KvFound::Failed(reason) => gist(reason),
                KvFound::Value { .. } | KvFound::Same | KvFound::Absent => "".into(),
            },
            runtime: 0,
        },
        JobResult::Plugins(done) => Evidence::Job {
            reason: match &done.outcome {
                Err(reason) => gist(reason),
                Ok(_) => "".into(),
            },
            runtime: long(done.runtime),
        },
        JobResult::Told(told) => Evidence::Job {
            reason: told.as_ref().err().map_or_else(|| "".into(), |it| gist(it)),
            runtime: 0,
        },
    }
}

/// All of an output, without its secrets; `None` where it is too long.
fn whole(output: &[u8]) -> Option<Box<str>> {
    let text = core::str::from_utf8(output.trim_ascii()).ok()?;
    if text.len() > WHOLE {
        return None;
    }
    // As JSON it still has to be JSON afterwards.
    let clean = match serde_json::from_str(text) {
        Ok(mut value) => {
            redact::value(&mut value);
            value.to_string()
        }
        Err(_) => redact::text(text).into_owned(),
    };
    (clean.len() <= WHOLE).then(|| clean.into())
}

/// Enough of an output to find secrets in what is kept of it.
fn beginning(output: &[u8]) -> String {
    let output = output.trim_ascii();
    String::from_utf8_lossy(output.get(..4 * GIST).unwrap_or(output)).into_owned()
}

/// The beginning of a text, without its secrets.
fn gist(text: &str) -> Box<str> {
    let clean = redact::text(text.trim());
    let mut end = clean.len().min(GIST);
    while !clean.is_char_boundary(end) {
        end -= 1;
    }
    let kept = clean.get(..end).unwrap_or_default();
    if end < clean.len() {
        format!("{kept}…").into()
    } else {
        kept.into()
    }
}
