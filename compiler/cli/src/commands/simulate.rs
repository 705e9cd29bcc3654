//! `choristerc simulate`: lets machines run in virtual time.

use core::time::Duration;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use chorister_fsm::{MachineRef, Zones};
use chorister_lang::duration;
use chorister_sim::{
    Entry, Expectation, Finished, Member, Odds, Rows, Setup, Sink, Tallies, human,
};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::examples;
use super::expand::refuse;
use crate::console::{Console, Outcome};
use crate::simulation::cast::Cast;
use crate::simulation::plan::Plan;
use crate::simulation::script::{self, Read};
use crate::simulation::test::Writer;
use crate::simulation::{failure, json, svg, text};

/// Let machines run in virtual time, by a script or by chance, and show what happens
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "Time passes at once, and nothing outside is touched: what commands, files and downloads come to is what the \
     script says, or else drawn by chance from the seed, so that the same seed gives the same run. With a requirement, \
     a run that does not meet it is made as short as it can be and printed with a test that does the same.";
    "choristerc simulate specs/machines/lamp.machine.yaml"
    "choristerc simulate lamp.machine.yaml --seed 7 --until 7d --fault restart,clock --svg lamp.svg"
    "choristerc simulate lamp.machine.yaml --events night.test.yaml"
    "choristerc simulate lamp.machine.yaml --expect '{never: {state: BROKEN}}' --runs 1000"
))]
pub(crate) struct Simulate {
    /// A machine, a directory that holds machine.yaml, a check class, a tree of specs, or a distribution
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// What happens: a list of steps, or a *.test.yaml
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Let chance decide what the script does not say, as this number has it
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How long it runs [default: a day, or as long as the script]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    until: Option<Duration>,
    /// Facts of the node, as YAML or JSON
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// Data of the machines at start, as YAML or JSON
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// What the clock shows at the beginning, as in 2026-03-29T00:30:00Z
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// The node's own time zone, as in Europe/Malta [default: UTC]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// What goes wrong by chance besides
    #[arg(long, value_name = "FAULT", value_delimiter = ',')]
    fault: Vec<Trouble>,
    /// A requirement as in `expect:` of a test, or a file with a test
    #[arg(long, value_name = "REQUIREMENT")]
    expect: Vec<String>,
    /// Try this many seeds, until one does not meet the requirements
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
    /// Print one JSON object for each thing that happens
    #[arg(long)]
    json: bool,
    /// Draw the time line into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// What goes wrong by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Trouble {
    /// Commands and downloads hang, one in a hundred
    Hang,
    /// The wall clock jumps, once a day
    Clock,
    /// The node stops without warning, twice a day, and starts again
    Restart,
    /// The disk is full for some hours, once a day
    Disk,
    /// All of these
    All,
}

/// How long a simulation runs by chance.
const DAY: Duration = Duration::from_secs(86_400);

/// How many machines a time line is printed of; figures are for any number.
const MOST_SHOWN: usize = 8;

/// How many seeds are tried between two looks at the results.
const AT_ONCE: u64 = 64;

impl Simulate {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let cast = Cast::read(&self.path)?;
        if !cast.errors.is_empty() {
            return refuse(&cast.errors, &cast.sources, console);
        }
        let plan = match self.plan(&cast)? {
            Ok(plan) => plan,
            Err((findings, source)) => return refuse(&findings, &[source], console),
        };
        if self.runs > 1 {
            return self.many(&plan, console);
        }
        self.one(&plan, console)
    }

    fn plan(&self, cast: &Cast) -> Result<Read<Plan>> {
        let machines = cast.machines().cloned().map(MachineRef::from);
        let mut setup = Setup::new(machines.map(Member::from));
        cast.tell(&mut setup);
        let mut plan = Plan {
            setup,
            timezone: "UTC".to_owned(),
            script: Vec::new(),
            odds: None,
            expectations: Vec::new(),
            until: Duration::ZERO,
        };
        if let Some(path) = &self.events {
            let script = match script::read(path, cast)? {
                Ok(script) => script,
                Err(wrong) => return Ok(Err(wrong)),
            };
            plan.setup = script.setup;
            plan.timezone = script.timezone;
            plan.script = script.steps;
            plan.expectations = script.expectations;
            plan.until = script.until;
        }
        for text in &self.expect {
            match script::requirement(text, cast)? {
                Ok(expectations) => plan.expectations.extend(expectations),
                Err(wrong) => return Ok(Err(wrong)),
            }
        }
        if self.seed.is_some() || self.events.is_none() {
            plan.setup.seed = self.seed.unwrap_or_else(any_seed);
            plan.odds = Some(self.odds());
            let deadlines = plan.expectations.iter().filter_map(Expectation::deadline);
            plan.until = deadlines.fold(plan.until.max(DAY), Duration::max);
        }
        plan.until = self.until.unwrap_or(plan.until);
        self.adjust(&mut plan)?;
        Ok(Ok(plan))
    }

    /// Lets the command line have its way about how the node begins.
    fn adjust(&self, plan: &mut Plan) -> Result<()> {
        let setup = &mut plan.setup;
        if let Some(path) = &self.facts {
            setup.facts = Value::Object(script::mapping(path)?).into();
        }
        if let Some(path) = &self.data {
            let data = script::mapping(path)?;
            for member in &mut setup.machines {
                member.data = data.clone();
            }
        }
        setup.start = self.at.unwrap_or(setup.start);
        if let Some(timezone) = &self.timezone {
            plan.timezone.clone_from(timezone);
        }
        let timezone = &plan.timezone;
        setup.zones = Zones {
            local: TimeZone::get(timezone)
                .with_context(|| format!("{timezone} is not a time zone that is known here"))?,
            named: |name| TimeZone::get(name).ok(),
        };
        Ok(())
    }

    fn odds(&self) -> Odds {
        let has = |trouble: Trouble| {
            self.fault
                .iter()
                .any(|it| *it == trouble || *it == Trouble::All)
        };
        Odds {
            hangs: if has(Trouble::Hang) { 10 } else { 0 },
            clock: has(Trouble::Clock).then_some(DAY),
            restart: has(Trouble::Restart).then_some(DAY / 2),
            disk: has(Trouble::Disk).then_some(DAY),
            ..Odds::default()
        }
    }

    /// Shows one run.
    fn one(&self, plan: &Plan, console: &Console) -> Result<Outcome> {
        let shows_rows = plan.setup.machines.len() <= MOST_SHOWN;
        let mut rows = Rows::new(&plan.setup);
        let mut tallies = Tallies::new(&plan.setup);
        let mut lanes = self
            .svg
            .as_ref()
            .map(|_| svg::Lanes::new(&plan.setup, plan.until));
        let mut lines = json::Lines::new(console);
        let finished = plan.run(plan.setup.seed, &mut |entry: Entry| {
            tallies.count(&entry);
            if let Some(lanes) = &mut lanes {
                lanes.add(&entry);
            }
            if self.json {
                lines.add(json::line(&plan.setup, &entry));
            } else if shows_rows {
                rows.take(entry);
            }
        });
        lines.flush()?;
        if let (Some(path), Some(lanes)) = (&self.svg, lanes) {
            let picture = lanes.finish(finished.end);
            std::fs::write(path, picture)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        if !self.json {
            let styles = console.data_styles();
            let mut said = plan.heading(&styles);
            said.push_str(&text::rows(&rows.finish(), finished.end, &styles));
            if !shows_rows {
                let count = plan.setup.machines.len();
                let note = format!("what happened to {count} machines is printed with --json");
                said.push_str(&format!("{0}{note}{0:#}\n", styles.faint));
            }
            said.push('\n');
            let tallies = tallies.finish(finished.end);
            said.push_str(&text::summary(&plan.setup, &tallies, &styles));
            console.print(&said)?;
        }
        for step in &finished.unused {
            let at = human(step.at);
            console.note(&format!(
                "an outcome of {at} was not used: its watcher did not run any more"
            ));
        }
        self.judge(plan, plan.setup.seed, &finished, console)
    }

    /// Tries one seed after another.
    fn many(&self, plan: &Plan, console: &Console) -> Result<Outcome> {
        if plan.expectations.is_empty() {
            bail!(
                "--runs looks for a run that does not meet a requirement: say which with --expect"
            );
        }
        let Some(last) = plan.setup.seed.checked_add(self.runs - 1) else {
            bail!("the last seed would be too large");
        };
        let mut first = plan.setup.seed;
        while first <= last {
            console.progress(&format!(
                "{} of {} runs",
                first - plan.setup.seed,
                self.runs
            ));
            let end = last.min(first.saturating_add(AT_ONCE));
            let seeds: Vec<u64> = (first..=end).collect();
            let failed = chorister_compiler::in_parallel(&seeds, |seed| plan.fails(*seed));
            let failed = seeds.iter().zip(failed).find(|(_, failed)| *failed);
            if let Some((seed, _)) = failed {
                let finished = plan.run(*seed, &mut |_: Entry| {});
                console.progress("");
                return self.judge(plan, *seed, &finished, console);
            }
            let Some(next) = end.checked_add(1) else {
                break;
            };
            first = next;
        }
        console.progress("");
        let styles = console.data_styles();
        let good = styles.good;
        console.print(&format!(
            "{good}✓{good:#} {} runs of {}, seeds {} to {last}: {} met\n",
            self.runs,
            human(plan.until),
            plan.setup.seed,
            match plan.expectations.len() {
                1 => "the requirement is".to_owned(),
                count => format!("all {count} requirements are"),
            },
        ))?;
        Ok(Outcome::Clean)
    }

    /// Says which requirements a run did not meet, and how that can be had for less.
    fn judge(
        &self,
        plan: &Plan,
        seed: u64,
        finished: &Finished,
        console: &Console,
    ) -> Result<Outcome> {
        let setup = plan.setup(seed);
        let writer = Writer {
            setup: &setup,
            timezone: &plan.timezone,
        };
        let styles = console.data_styles();
        let mut said = String::new();
        let verdicts = plan.expectations.iter().zip(&finished.verdicts);
        for (expectation, verdict) in verdicts.filter(|(_, verdict)| !verdict.passed) {
            let wanted = writer.expectation(expectation);
            if self.json {
                let line = serde_json::json!({
                    "what": "failed", "seed": seed, "expected": wanted, "why": verdict.why,
                });
                said.push_str(&format!("{line}\n"));
                continue;
            }
            if !said.is_empty() || self.runs == 1 {
                said.push('\n');
            }
            said.push_str(&failure::headline(
                &wanted,
                verdict,
                plan.odds.as_ref().map(|_| seed),
                &styles,
            ));
            if plan.odds.is_none() {
                // What happens is written in the script already.
                continue;
            }
            said.push_str(&match plan.shrink(seed, expectation) {
                Some((shrunk, steps)) => {
                    failure::shortest(&writer, &shrunk, steps, expectation, &styles)
                }
                None => "no script does the same; the seed does\n".to_owned(),
            });
        }
        console.print(&said)?;
        let is_bad = finished.verdicts.iter().any(|it| !it.passed);
        Ok(Outcome::faulty_if(is_bad))
    }
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let nanos = duration::parse_interval(text).map_err(|error| error.to_string())?;
    match u64::try_from(nanos) {
        Ok(nanos) if nanos > 0 => Ok(Duration::from_nanos(nanos)),
        _ => Err("a time that passes is needed, as in 90m or 7d".to_owned()),
    }
}

/// A seed that nobody chose, short enough to be typed.
fn any_seed() -> u64 {
    RandomState::new().build_hasher().finish() % 1_000_000
}
