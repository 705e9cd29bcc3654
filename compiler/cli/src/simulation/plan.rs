//! What is simulated.

use core::time::Duration;

use chorister_sim::{
    Entry, Expectation, Finished, Odds, Setup, Shrunk, Sink, Step, Trial, Unscripted, human, shrink,
};

use crate::console::Styles;

/// How many runs are tried to make one shorter.
const SHRINKING: usize = 4_000;

/// A world, what happens in it, and what is required of it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) setup: Setup,
    /// The name of the node's own time zone.
    pub(crate) timezone: String,
    /// What happens in any case.
    pub(crate) script: Vec<Step>,
    /// What chance is like; `None` leaves nothing to it.
    pub(crate) odds: Option<Odds>,
    pub(crate) expectations: Vec<Expectation>,
    pub(crate) until: Duration,
}

impl Plan {
    /// The world of another seed.
    pub(crate) fn setup(&self, seed: u64) -> Setup {
        Setup {
            seed,
            ..self.setup.clone()
        }
    }

    /// Runs once.
    pub(crate) fn run(&self, seed: u64, sink: &mut impl Sink) -> Finished {
        self.trial(&self.setup(seed)).run(sink)
    }

    /// Whether the run of a seed does not meet a requirement; runs no longer than it takes to know.
    pub(crate) fn fails(&self, seed: u64) -> bool {
        let setup = self.setup(seed);
        let trial = Trial {
            hasty: true,
            ..self.trial(&setup)
        };
        let verdicts = trial.run(&mut |_: Entry| {}).verdicts;
        verdicts.iter().any(|it| !it.passed)
    }

    /// The shortest run that does not meet a requirement, and how many steps the run of this seed has; `None` where no
    /// script does what chance did.
    pub(crate) fn shrink(&self, seed: u64, expectation: &Expectation) -> Option<(Shrunk, usize)> {
        let setup = self.setup(seed);
        let trial = Trial {
            record: true,
            ..self.trial(&setup)
        };
        let recorded = trial.run(&mut |_: Entry| {}).script;
        let steps = recorded.len();
        let shrunk = shrink(&setup, recorded, self.until, expectation, SHRINKING);
        shrunk.map(|it| (it, steps))
    }

    /// What runs, for people.
    pub(crate) fn heading(&self, styles: &Styles) -> String {
        let names = match self.setup.machines.as_slice() {
            [one] => one.machine.name.to_string(),
            all => format!("{} machines", all.len()),
        };
        let seed = match self.odds {
            Some(_) => format!(", seed {}", self.setup.seed),
            None => String::new(),
        };
        let (until, start) = (human(self.until), self.setup.start);
        let faint = styles.faint;
        format!("{faint}{names}, {until} from {start}{seed}{faint:#}\n")
    }

    fn trial<'a>(&'a self, setup: &'a Setup) -> Trial<'a> {
        Trial {
            setup,
            script: &self.script,
            unscripted: match &self.odds {
                Some(odds) => Unscripted::Chance(odds),
                None => Unscripted::Nothing,
            },
            expectations: &self.expectations,
            until: self.until,
            record: false,
            hasty: false,
        }
    }
}
