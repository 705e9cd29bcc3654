//! What came from outside, step by step.

use std::collections::HashMap;

use chorister_fsm::Outcome;
use chorister_ir::{Watcher, WatcherKind};
use serde_json::Value;

use super::super::entry::{
    Attempt, Cause, Entry, Evidence, Exit, Micros, Name, Run, Verdict, What,
};
use super::super::redact;
use super::beginning::Beginning;
use super::{Source, yaml};

/// How many steps a test has at most; what came before them is left out.
pub(super) const MOST: usize = 5_000;

/// How close to each other two things may be whose order matters, in microseconds, for times to be told in whole
/// milliseconds.
const CLOSE: u64 = 2_000;

/// How long an edge has to be left alone so that it may be taken at once, in microseconds.
const QUIET: i64 = 60_000_000;

/// What happened.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub(super) steps: Vec<Step>,
    pub(super) entries: Vec<Entered>,
    /// How long transitions waited because they came too often, in microseconds.
    pub(super) waits: Vec<u64>,
    /// The facts at the beginning, as JSON.
    pub(super) facts: Option<Box<str>>,
    /// How long it is.
    pub(super) end: u64,
    /// Whether the node was restarted.
    pub(super) has_restarts: bool,
    /// Watchers of which not every run has a step.
    pub(super) untold: Vec<String>,
    pub(super) doubts: Vec<String>,
}

/// A step of the test.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// When, since the beginning, in microseconds.
    pub(super) at: u64,
    pub(super) action: Action,
    /// What was seen, for the reader.
    pub(super) remark: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    /// A run of a watcher came to this, as YAML.
    Run(String, String),
    /// Somebody fired this.
    Event(String),
    /// A machine completed this.
    Heard(String, String),
    /// Other facts, as YAML.
    Facts(String),
    /// Somebody set the clock, by so many microseconds.
    Clock(i64),
    /// The node was down for so many microseconds.
    Restart(u64),
}

/// A state that was entered.
#[derive(Clone, Debug)]
pub(super) struct Entered {
    pub(super) at: u64,
    pub(super) transition: String,
    pub(super) state: String,
}

/// Reads the entries after the beginning.
pub(super) fn story(source: &Source<'_>, beginning: &Beginning, now: Micros) -> Story {
    let mut teller = Teller {
        source,
        beginning,
        story: Story::default(),
        entered: beginning.time,
        taken: HashMap::new(),
        inner: Vec::new(),
        heard: None,
    };
    for (place, entry) in source.entries.iter().enumerate().skip(beginning.place + 1) {
        teller.entry(place, entry);
    }
    for (at, jump) in jumps(source, beginning) {
        teller.step(at, Action::Clock(jump), None);
        let follows = |it: &Watcher| matches!(it.kind, WatcherKind::Schedule(_));
        if source.machine.watchers.iter().any(follows) {
            teller.doubt("the clock was set; when exactly the schedules saw that is not recorded");
        }
    }
    teller.story.end = teller.offset(now);
    teller.finish()
}

/// When the clock was set, and by how much.
fn jumps(source: &Source<'_>, beginning: &Beginning) -> Vec<(Micros, i64)> {
    let mut ahead = source.clock.ahead(beginning.time);
    let settings = source.clock.0.iter().filter(|it| it.0 > beginning.time);
    settings
        .map(|&(at, now)| (at, now - core::mem::replace(&mut ahead, now)))
        .collect()
}

struct Teller<'s, 'a> {
    source: &'s Source<'a>,
    beginning: &'s Beginning,
    story: Story,
    /// When the present state was entered.
    entered: Micros,
    /// When each edge was last taken.
    taken: HashMap<(Name, Name), Micros>,
    /// When states were entered by themselves, without a step.
    inner: Vec<Micros>,
    /// What was heard last, since several transitions may subscribe to it.
    heard: Option<(Micros, String, String)>,
}

impl Teller<'_, '_> {
    fn offset(&self, time: Micros) -> u64 {
        u64::try_from(time.saturating_sub(self.beginning.time)).unwrap_or(0)
    }

    fn step(&mut self, time: Micros, action: Action, remark: Option<String>) {
        let at = self.offset(time);
        self.story.steps.push(Step { at, action, remark });
    }

    fn doubt(&mut self, doubt: impl Into<String>) {
        self.story.doubts.push(doubt.into());
    }

    fn entry(&mut self, place: usize, entry: &Entry) {
        let stepped = self.story.steps.len();
        match &entry.what {
            What::Ran(run) => self.ran(entry, run),
            What::Fired { cause, attempt } => self.fired(place, entry, cause, attempt),
            What::Started { restored, .. } => {
                if *restored {
                    self.restarted(place, entry.time);
                }
                return;
            }
            What::Facts(facts) => {
                if entry.time == self.beginning.time {
                    self.story.facts = Some(facts.clone());
                } else if let Ok(facts) = serde_json::from_str::<Value>(facts) {
                    self.step(entry.time, Action::Facts(yaml::value(&facts)), None);
                    self.meets(entry.time);
                }
                return;
            }
            What::Clock(_) => return,
        }
        let by_step = self.story.steps.len() > stepped;
        if by_step {
            self.meets(entry.time);
        }
        if let Some(attempt) = entry.attempt().filter(|_| !self.source.was_delayed(place)) {
            self.counts(entry.time, attempt);
        }
        if let (Some(state), Some(attempt)) = (entry.enters(), entry.attempt()) {
            self.enters(entry.time, by_step);
            self.story.entries.push(Entered {
                at: self.offset(entry.time),
                transition: self.source.text(attempt.transition).to_owned(),
                state: self.source.text(state).to_owned(),
            });
        }
    }

    /// Doubts what comes right after an expression was due: a node that was late may have done that first.
    fn meets(&mut self, time: Micros) {
        let at = self.offset(time);
        for watcher in &self.source.machine.watchers {
            let every = watcher.interval.map_or(0, |it| it.as_micros());
            let after = u128::from(at).checked_rem(every);
            if matches!(watcher.kind, WatcherKind::Expression(_))
                && after.is_some_and(|after| after < u128::from(CLOSE))
            {
                let name = &watcher.name;
                self.doubt(format!(
                    "something happened just when {name} was evaluated, before or after it"
                ));
            }
        }
    }

    /// Takes note of an edge that is taken, now or after a wait, and so counts against the next time.
    fn counts(&mut self, time: Micros, attempt: &Attempt) {
        let wait = match attempt.verdict {
            Verdict::Entered(_) => 0,
            Verdict::Delayed(by) => {
                self.story.waits.push(by);
                i64::try_from(by).unwrap_or(i64::MAX)
            }
            _ => return,
        };
        let edge = (attempt.from, attempt.transition);
        let before = self.taken.insert(edge, time.saturating_add(wait));
        let quiet = before.map(|it| time.saturating_sub(it));
        if quiet.is_some_and(|it| it.abs_diff(QUIET) < CLOSE) {
            let name = self.source.text(attempt.transition);
            self.doubt(format!(
                "{name} came again after a minute, on the edge of being too often"
            ));
        }
    }

    /// Takes note of the time at which a state is entered.
    fn enters(&mut self, time: Micros, by_step: bool) {
        // What is set off at the same time belongs to what set it off.
        if !by_step && time != self.entered {
            self.inner.push(time);
        }
        self.entered = time;
    }

    fn restarted(&mut self, place: usize, time: Micros) {
        let before = self.source.entries.get(place.saturating_sub(1));
        let before = before.map_or(time, |it| it.time).max(self.beginning.time);
        // The node was alive at the last entry; when it ended after that is not known, and nothing happened there.
        let down = before.saturating_add((time - before).min(1_000_000) / 2);
        let length = u64::try_from(time - down).unwrap_or(0);
        self.step(down, Action::Restart(length), None);
        self.story.has_restarts = true;
        let evaluates = |it: &Watcher| matches!(it.kind, WatcherKind::Expression(_));
        if self.source.machine.watchers.iter().any(evaluates) {
            self.doubt("when expressions are evaluated after a restart is drawn by chance");
        }
    }

    fn fired(&mut self, place: usize, entry: &Entry, cause: &Cause, attempt: &Attempt) {
        if self.source.was_delayed(place) {
            return;
        }
        match cause {
            Cause::Operator => {
                let event = self.source.text(attempt.transition).to_owned();
                self.step(entry.time, Action::Event(event), None);
            }
            Cause::Machine {
                machine,
                transition,
            } => {
                let (machine, event) = (self.source.text(*machine), self.source.text(*transition));
                let heard = (entry.time, machine.to_owned(), event.to_owned());
                if machine == self.source.machine.name || self.heard.as_ref() == Some(&heard) {
                    return;
                }
                let (_, machine, event) = heard.clone();
                self.heard = Some(heard);
                self.step(entry.time, Action::Heard(machine, event), None);
            }
            Cause::Watcher(_) | Cause::Elsewhere => {}
        }
    }

    fn ran(&mut self, entry: &Entry, run: &Run) {
        let Some(watcher) = self.source.watcher(run.watcher) else {
            return;
        };
        let name = watcher.name.to_string();
        let enters = run
            .attempt
            .is_some_and(|it| matches!(it.verdict, Verdict::Entered(_)));
        match &watcher.kind {
            WatcherKind::Timer(timer) => {
                if timer.splay && enters {
                    self.doubt(format!("the length of timer {name} is drawn by chance"));
                }
                return;
            }
            WatcherKind::Schedule(schedule) => {
                if !schedule.start_splay.is_zero() && enters {
                    self.doubt(format!("when schedule {name} comes on is drawn by chance"));
                }
                return;
            }
            WatcherKind::Expression(_) => return,
            _ => {}
        }
        if !watcher.foreign.is_empty() {
            // It is never active in a test without the machines that it depends on.
            self.story.untold.push(name.clone());
            if let Some(attempt) = run.attempt {
                let event = self.source.text(attempt.transition).to_owned();
                let remark = format!("fired by {name}, which depends on other machines");
                self.step(entry.time, Action::Event(event), Some(remark));
            }
            return;
        }
        if let Evidence::Reason(_) = run.evidence {
            if enters {
                self.doubt(format!(
                    "{name} could not begin, which is left to happen again"
                ));
            }
            return;
        }
        self.run(entry, run, &name, watcher);
    }

    /// Whether a watcher runs in the present state.
    fn is_active(&self, watcher: &Watcher) -> bool {
        let entered = self.story.entries.last();
        let state = entered.map_or(self.source.text(self.beginning.state), |it| &it.state);
        let state = self.source.machine.state_named(state);
        state.is_some_and(|it| watcher.active_in.contains(it))
    }

    /// Tells what a run came to that needed the world.
    fn run(&mut self, entry: &Entry, run: &Run, name: &str, watcher: &Watcher) {
        let kind = &watcher.kind;
        let first = entry
            .time
            .saturating_sub(i64::try_from(run.span).unwrap_or(0));
        let first = first.max(self.beginning.time);
        let mut outcome = self.outcome(run, kind, name);
        let mut at = first;
        let hangs = hangs(run, kind);
        let runtime = match run.evidence {
            // The engine may be late; a test is not.
            _ if hangs.is_some() => hangs.unwrap_or(0),
            Evidence::Command { runtime, .. } | Evidence::Job { runtime, .. } => runtime,
            _ => 0,
        };
        let began = first.saturating_sub(i64::try_from(runtime).unwrap_or(0));
        if run.count == 1 && began < self.entered {
            // The state was entered while it ran, so it has to run then too.
            if began < self.beginning.time {
                self.story.untold.push(name.to_owned());
                return;
            }
            at = began;
            match hangs {
                Some(_) => outcome = vec![("hang", "true".to_owned())],
                None => outcome.push(("runtime", duration(runtime))),
            }
        } else if is_stale(run) || !self.is_active(watcher) {
            // It began in another state, but it is not known when.
            self.story.untold.push(name.to_owned());
            return;
        }
        let remark = (run.count > 1).then(|| {
            self.story.untold.push(name.to_owned());
            let until = duration(round(self.offset(entry.time), 1_000_000));
            format!("{} more times until {until}", run.count - 1)
        });
        let action = match run.outcome {
            Outcome::On => Action::Run(name.to_owned(), "{switch: on}".to_owned()),
            Outcome::Off => Action::Run(name.to_owned(), "{switch: off}".to_owned()),
            _ => Action::Run(name.to_owned(), yaml::mapping(outcome)),
        };
        self.step(at, action, remark);
    }

    /// What a run came to, as the members of an outcome.
    fn outcome(
        &mut self,
        run: &Run,
        kind: &WatcherKind,
        name: &str,
    ) -> Vec<(&'static str, String)> {
        let by_name = vec![("outcome", run.outcome.as_str().to_owned())];
        let Evidence::Command {
            exit: Exit::Code(code),
            output,
            is_whole,
            ..
        } = &run.evidence
        else {
            return by_name;
        };
        let (Ok(code), exit) = (u8::try_from(*code), *code) else {
            return by_name;
        };
        if output.contains(redact::MARK) && *is_whole {
            self.doubt(format!("secrets were taken out of what {name} printed"));
        }
        let is_read = match kind {
            WatcherKind::Exec(exec) => exec.parse_as_data,
            WatcherKind::Metric(_) => true,
            _ => false,
        };
        if is_read && code == 0 && !is_whole {
            self.doubt(format!("not all that {name} printed is recorded"));
            return match run.outcome {
                Outcome::Error => by_name,
                _ => vec![("exit", "0".to_owned()), ("stdout", yaml::text("{}"))],
            };
        }
        let mut outcome = vec![("exit", exit.to_string())];
        // What is not read is told where something went wrong, for whoever reads the test.
        if !output.is_empty() && (*is_whole || exit != 0) {
            outcome.push(("stdout", yaml::text(output)));
        }
        outcome
    }

    /// Puts the steps in order, and their times in a form that people read where that does not change the order.
    fn finish(mut self) -> Story {
        self.story.steps.sort_by_key(|it| it.at);
        if self.story.steps.len() > MOST {
            self.story.steps.truncate(MOST);
            self.story
                .doubts
                .push(format!("only the first {MOST} steps are told"));
        }
        let is_close = self.inner.iter().any(|time| {
            let at = self.offset(*time);
            let place = self
                .story
                .steps
                .partition_point(|it| it.at < at.saturating_sub(CLOSE));
            self.story
                .steps
                .get(place)
                .is_some_and(|it| it.at <= at.saturating_add(CLOSE))
        });
        if !is_close {
            for step in &mut self.story.steps {
                step.at = round(step.at, 1_000);
            }
        }
        self.story
    }
}

/// How long a command may run, in microseconds, where this one was ended because it ran longer.
fn hangs(run: &Run, kind: &WatcherKind) -> Option<u64> {
    let Evidence::Command {
        exit: Exit::Timeout,
        ..
    } = run.evidence
    else {
        return None;
    };
    let timeout = match kind {
        WatcherKind::Exec(exec) if !exec.disown => exec.timeout,
        WatcherKind::Metric(metric) => metric.timeout,
        WatcherKind::Nagios(nagios) => nagios.timeout,
        _ => return None,
    };
    u64::try_from(timeout.as_micros()).ok()
}

fn is_stale(run: &Run) -> bool {
    run.attempt.is_some_and(|it| it.verdict == Verdict::Stale)
}

/// Cut to a multiple of a unit.
pub(super) fn round(micros: u64, unit: u64) -> u64 {
    micros - micros % unit
}

/// A length of time as specifications write it.
pub(super) fn duration(micros: u64) -> String {
    chorister_lang::duration::format_go(core::time::Duration::from_micros(micros))
}
