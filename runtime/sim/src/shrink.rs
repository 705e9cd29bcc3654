//! From a long run that fails to a short one.

use core::time::Duration;

use chorister_fsm::Exit;

use crate::{
    Action, Entry, Expectation, Finished, Scripted, Setup, Step, Trial, Unscripted, Verdict,
};

/// The shortest script that was found.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The script.
    pub script: Vec<Step>,
    /// When it has failed, since the beginning.
    pub until: Duration,
    /// How it fails.
    pub verdict: Verdict,
    /// How many runs it took to find it.
    pub runs: usize,
    /// Whether everything was tried; no single step can be left out then.
    pub exhausted: bool,
}

/// Shrinks a script that fails an expectation, with `budget` runs at most; `None` where it does not fail it at all.
///
/// Steps are left out, made simpler and made earlier, as long as the expectation is not met for it. Where doing nothing
/// fails it already, as with "sometime it is well", runs that are left out come to what is usual, and the script says
/// so; it is empty where nothing unusual is needed.
#[must_use]
pub fn shrink(
    setup: &Setup,
    script: Vec<Step>,
    until: Duration,
    expectation: &Expectation,
    budget: usize,
) -> Option<Shrunk> {
    let mut search = Search {
        setup,
        expectation,
        unscripted: Unscripted::Nothing,
        until,
        early: None,
        budget,
        runs: 0,
    };
    let starves = search.fails(&[]).is_some();
    if starves {
        search.unscripted = Unscripted::Usual;
    }
    let mut best = Shrunk {
        script: Vec::new(),
        until,
        verdict: Verdict::default(),
        runs: 0,
        exhausted: true,
    };
    if !search.offer(&mut best, script) {
        return None;
    }
    loop {
        let before = best.script.clone();
        search.leave_out(&mut best);
        search.make_simpler(&mut best);
        if !starves {
            search.make_earlier(&mut best);
        }
        if best.script == before || search.is_spent() {
            break;
        }
    }
    best.exhausted = !search.is_spent();
    best.runs = search.runs;
    if starves && !best.script.is_empty() {
        let finished = search.trial(&best.script, true);
        search.unscripted = Unscripted::Nothing;
        search.budget = usize::MAX;
        if !search.offer(&mut best, finished.script) {
            return None;
        }
    }
    Some(best)
}

struct Search<'a> {
    setup: &'a Setup,
    expectation: &'a Expectation,
    unscripted: Unscripted<'a>,
    until: Duration,
    /// Whether the failure shows before the end; `None` as long as none was seen.
    early: Option<bool>,
    budget: usize,
    runs: usize,
}

impl Search<'_> {
    /// How a script fails, if it does.
    fn fails(&mut self, script: &[Step]) -> Option<Verdict> {
        if self.is_spent() {
            return None;
        }
        self.runs += 1;
        let finished = self.trial(script, false);
        finished.verdicts.into_iter().find(|it| !it.passed)
    }

    fn trial(&self, script: &[Step], record: bool) -> Finished {
        let trial = Trial {
            setup: self.setup,
            script,
            unscripted: self.unscripted,
            expectations: core::slice::from_ref(self.expectation),
            until: self.until,
            record,
            hasty: true,
        };
        trial.run(&mut |_: Entry| {})
    }

    /// When a failure became clear, if that did not take waiting for the end.
    fn clear(&self, verdict: &Verdict) -> Option<Duration> {
        let deadline = self.expectation.deadline().unwrap_or(Duration::MAX);
        verdict.at.filter(|&at| at <= deadline)
    }

    fn is_spent(&self) -> bool {
        self.runs >= self.budget
    }

    /// Takes a script for the best one, if it fails too.
    fn offer(&mut self, best: &mut Shrunk, mut script: Vec<Step>) -> bool {
        let Some(verdict) = self.fails(&script) else {
            return false;
        };
        // What came too often in the long run comes too rarely in a short one, which is another failure.
        let is_early = self.clear(&verdict).is_some();
        if *self.early.get_or_insert(is_early) != is_early {
            return false;
        }
        // What fails later is of no interest any more.
        let deadline = self.expectation.deadline().unwrap_or(Duration::MAX);
        self.until = self.until.min(deadline);
        if let Some(at) = self.clear(&verdict) {
            self.until = self.until.min(at);
        }
        best.until = self.until;
        best.verdict = verdict;
        script.retain(|step| step.at <= best.until);
        best.script = script;
        true
    }

    /// Leaves steps out, many at once and then fewer, until every single one is needed.
    // Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input": the complements.
    fn leave_out(&mut self, best: &mut Shrunk) {
        let mut size = best.script.len();
        while size > 0 && !self.is_spent() {
            let mut from = 0;
            let mut left_out = false;
            while from < best.script.len() {
                let to = from.saturating_add(size).min(best.script.len());
                let mut shorter = best.script.clone();
                shorter.drain(from..to);
                if self.offer(best, shorter) {
                    // What follows has moved to where the steps were.
                    left_out = true;
                } else {
                    from = to;
                }
            }
            size = match (size, left_out) {
                (1, false) => 0,
                (1, true) => 1,
                (size, _) => size.div_ceil(2).min(best.script.len()),
            };
        }
    }

    /// Lets outcomes take no time, print nothing, and fail in the plainest way.
    fn make_simpler(&mut self, best: &mut Shrunk) {
        let mut at = 0;
        while let Some(step) = best.script.get(at) {
            for simpler in simpler(&step.action) {
                let mut script = best.script.clone();
                if let Some(step) = script.get_mut(at) {
                    step.action = simpler;
                }
                if self.offer(best, script) {
                    break;
                }
            }
            at += 1;
        }
    }

    /// Shortens the time before each step, and so moves all that follows.
    fn make_earlier(&mut self, best: &mut Shrunk) {
        let mut place = 0;
        while let Some(gap) = gap_before(&best.script, place) {
            // The least number of seconds that will do; not to wait at all is the likeliest.
            let (mut least, mut most) = (0, gap.as_secs() + u64::from(gap.subsec_nanos() > 0));
            let mut wait = 0;
            while least < most && !self.is_spent() {
                if self.offer(best, sooner(&best.script, place, wait)) {
                    most = wait;
                } else {
                    least = wait + 1;
                }
                wait = least.midpoint(most);
            }
            place += 1;
        }
    }
}

/// The time between a step and the one before it.
fn gap_before(script: &[Step], place: usize) -> Option<Duration> {
    let before = place.checked_sub(1).and_then(|place| script.get(place));
    let before = before.map_or(Duration::ZERO, |step| step.at);
    script.get(place).map(|step| step.at.saturating_sub(before))
}

/// The same script with this many seconds before a step.
fn sooner(script: &[Step], place: usize, seconds: u64) -> Vec<Step> {
    let gap = gap_before(script, place).unwrap_or_default();
    let by = gap.saturating_sub(Duration::from_secs(seconds));
    let mut script = script.to_vec();
    for step in script.iter_mut().skip(place) {
        step.at = step.at.saturating_sub(by);
    }
    script
}

/// Actions that may do the same, the simplest first.
fn simpler(action: &Action) -> Vec<Action> {
    match action {
        Action::Outcome {
            machine,
            watcher,
            outcome,
        } => {
            let plain = match outcome {
                Scripted::Exit {
                    exit: Exit::Code(code),
                    ..
                } => vec![Scripted::exit(*code), Scripted::exit((*code).min(1))],
                Scripted::Hang => vec![Scripted::exit(1)],
                Scripted::Outcome { outcome, .. } => vec![Scripted::outcome(*outcome)],
                Scripted::Exit { .. } => Vec::new(),
            };
            let plain = plain.into_iter().filter(|it| it != outcome);
            plain
                .map(|outcome| Action::Outcome {
                    machine: *machine,
                    watcher: *watcher,
                    outcome,
                })
                .collect()
        }
        Action::Restart(after) if *after > Duration::from_secs(1) => {
            vec![Action::Restart(Duration::from_secs(1))]
        }
        _ => Vec::new(),
    }
}
