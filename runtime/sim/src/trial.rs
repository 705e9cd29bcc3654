//! One run of a node through chance, and what is kept of it.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use chorister_ir::WatcherId;

use crate::{
    Action, Chance, Entry, Expectation, Judge, Odds, Run, Scripted, Setup, Step, Surroundings,
    Verdict, What, World,
};

/// A node that is let run by chance, or by a script, or by both.
#[derive(Clone, Debug)]
pub struct Trial<'a> {
    /// How it begins. Its seed decides everything that is left to chance.
    pub setup: &'a Setup,
    /// What happens in any case, in order.
    pub script: &'a [Step],
    /// What runs come to that the script does not mention.
    pub unscripted: Unscripted<'a>,
    /// What is expected.
    pub expectations: &'a [Expectation],
    /// When it ends, since the beginning.
    pub until: Duration,
    /// Whether to write down what comes from outside.
    pub record: bool,
    /// Whether to stop as soon as something is clearly not as expected; expectations that are open then count as
    /// failed.
    pub hasty: bool,
}

/// What runs come to that no script mentions.
#[derive(Clone, Copy, Debug)]
pub enum Unscripted<'a> {
    /// Nothing: they do not happen.
    Nothing,
    /// What is [usual](Scripted::usual). Outcomes of the script are for the runs of their times, and ask for no others.
    Usual,
    /// What chance brings, which brings faults too.
    Chance(&'a Odds),
}

/// What came of a [`Trial`].
#[derive(Clone, Debug)]
pub struct Finished {
    /// What came of each expectation.
    pub verdicts: Vec<Verdict>,
    /// When it ended, since the beginning.
    pub end: Duration,
    /// Steps of the script whose outcomes no run came to.
    pub unused: Vec<Step>,
    /// Everything that came from outside, in order: a script that does the same without chance. Empty where it was not
    /// to be written down.
    pub script: Vec<Step>,
}

/// Where the time line of a trial goes.
pub trait Sink {
    /// Takes the next entry.
    fn take(&mut self, entry: Entry);
}

impl<F: FnMut(Entry)> Sink for F {
    fn take(&mut self, entry: Entry) {
        self(entry);
    }
}

/// How often a hasty run looks whether it has failed.
const LOOK: Duration = Duration::from_secs(3_600);

// === impl Trial ===

impl Trial<'_> {
    /// Runs.
    pub fn run(&self, sink: &mut impl Sink) -> Finished {
        let mut steps = self.script.to_vec();
        let answers = match self.unscripted {
            Unscripted::Nothing => Answers::Nothing,
            Unscripted::Usual => Answers::Usual(take_outcomes(&mut steps)),
            Unscripted::Chance(odds) => {
                let mut chance = Chance::new(odds.clone(), self.setup.seed);
                steps.extend(chance.plan(self.setup, self.until));
                steps.sort_by_key(|step| step.at);
                Answers::Chance(chance)
            }
        };
        let observer = Observer {
            judge: Judge::new(self.setup, self.expectations),
            answers,
            steps: &steps,
            script: self.record.then(Vec::new),
            sink,
        };
        let mut world = World::within(self.setup.clone(), observer);
        for (place, step) in steps
            .iter()
            .enumerate()
            .filter(|(_, it)| it.at <= self.until)
        {
            if !self.advance(&mut world, step.at) {
                break;
            }
            world.step(place, step.action.clone());
        }
        self.advance(&mut world, self.until);
        let end = world.elapsed();
        let unused = world.unused().filter_map(|it| steps.get(it.step?).cloned());
        let unused = unused.collect();
        let observer = world.into_surroundings();
        Finished {
            verdicts: observer.judge.verdicts(end),
            end,
            unused,
            script: observer.script.unwrap_or_default(),
        }
    }

    /// Lets time pass; false where it is not worth while.
    fn advance<S: Sink>(&self, world: &mut World<Observer<'_, S>>, at: Duration) -> bool {
        if !self.hasty {
            world.run_until(at);
            return true;
        }
        loop {
            if world.surroundings().judge.has_failed() {
                return false;
            }
            if world.elapsed() >= at {
                return true;
            }
            world.run_until(at.min(world.elapsed().saturating_add(LOOK)));
        }
    }
}

/// Outcomes by when they come, and for which watcher of which machine.
type Outcomes = BTreeMap<(Duration, usize, WatcherId), VecDeque<Scripted>>;

enum Answers {
    Nothing,
    Usual(Outcomes),
    Chance(Chance),
}

/// Takes the outcomes of runs that are jobs out of a script.
fn take_outcomes(steps: &mut Vec<Step>) -> Outcomes {
    let mut outcomes = Outcomes::new();
    steps.retain(|step| match &step.action {
        Action::Outcome {
            machine,
            watcher,
            outcome,
        } => {
            let at = (step.at, *machine, *watcher);
            outcomes.entry(at).or_default().push_back(outcome.clone());
            false
        }
        _ => true,
    });
    outcomes
}

/// Sees everything, and answers what the world asks.
struct Observer<'a, S> {
    judge: Judge,
    answers: Answers,
    steps: &'a [Step],
    script: Option<Vec<Step>>,
    sink: &'a mut S,
}

impl<S: Sink> Surroundings for Observer<'_, S> {
    fn note(&mut self, entry: Entry) {
        if let (What::Step(place), Some(script)) = (&entry.what, &mut self.script) {
            script.extend(self.steps.get(*place).cloned());
        }
        self.judge.observe(&entry);
        self.sink.take(entry);
    }

    fn answer(&mut self, run: &Run<'_>) -> Option<Scripted> {
        let outcome = match &mut self.answers {
            Answers::Nothing => return None,
            Answers::Usual(outcomes) => outcomes
                .get_mut(&(run.at, run.machine, run.watcher))
                .and_then(VecDeque::pop_front)
                .unwrap_or_else(|| Scripted::usual(&run.definition.kind)),
            Answers::Chance(chance) => chance.draw(run),
        };
        if let Some(script) = &mut self.script {
            script.push(Step {
                at: run.at,
                action: Action::Outcome {
                    machine: run.machine,
                    watcher: run.watcher,
                    outcome: outcome.clone(),
                },
            });
        }
        Some(outcome)
    }
}
