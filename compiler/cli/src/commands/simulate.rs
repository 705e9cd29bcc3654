//! `choristerc simulate`: lets machines run in virtual time.

use core::time::Duration;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chorister_fsm::{MachineRef, Zones};
use chorister_lang::duration;
use chorister_sim::{
    Entry, Expectation, Finished, Member, Odds, Row, Rows, Setup, Shrunk, Sink, Step, Tallies,
    Trial, Unscripted, shrink,
};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::examples;
use super::expand::refuse;
use crate::console::{Console, Outcome};
use crate::inputs;
use crate::simulation::cast::Cast;
use crate::simulation::{human, json, svg, test, text};

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
    /// A machine, a directory that holds machine.yaml, a tree of specs, or a distribution
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
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true)]
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

/// How many runs are tried to make one shorter.
const SHRINKING: usize = 4_000;

/// How many seeds are tried between two looks at the results.
const AT_ONCE: usize = 64;

/// What is simulated.
struct Plan {
    setup: Setup,
    timezone: String,
    script: Vec<Step>,
    odds: Option<Odds>,
    expectations: Vec<Expectation>,
    until: Duration,
}

impl Simulate {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        if self.events.is_some() || !self.expect.is_empty() {
            bail!("scripts and requirements are not read yet");
        }
        let cast = Cast::read(&self.path)?;
        if !cast.errors.is_empty() {
            return refuse(&cast.errors, &cast.sources, console);
        }
        let plan = self.plan(&cast)?;
        if self.runs > 1 {
            return self.many(&plan, console);
        }
        self.one(&plan, console)
    }

    fn plan(&self, cast: &Cast) -> Result<Plan> {
        let machines = cast.machines().cloned().map(MachineRef::from);
        let mut setup = Setup::new(machines.map(Member::from));
        if let Some(path) = &self.facts {
            setup.facts = Value::Object(read_object(path)?).into();
        }
        if let Some(path) = &self.data {
            let data = read_object(path)?;
            for member in &mut setup.machines {
                member.data = data.clone();
            }
        }
        setup.start = self.at.unwrap_or(setup.start);
        let timezone = self.timezone.clone().unwrap_or_else(|| "UTC".to_owned());
        setup.zones = Zones {
            local: TimeZone::get(&timezone)
                .with_context(|| format!("{timezone} is not a time zone known here"))?,
            named: |name| TimeZone::get(name).ok(),
        };
        let by_chance = self.seed.is_some() || self.events.is_none();
        setup.seed = match self.seed {
            Some(seed) => seed,
            None if by_chance => any_seed(),
            None => setup.seed,
        };
        Ok(Plan {
            setup,
            timezone,
            script: Vec::new(),
            odds: by_chance.then(|| self.odds()),
            expectations: Vec::new(),
            until: self.until.unwrap_or(DAY),
        })
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
        let mut lines = Lines::new(console);
        let finished = plan.trial(plan.setup.seed, &mut |entry: Entry| {
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
            let mut said = plan.heading(plan.setup.seed, &styles);
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
        let seeds: Vec<u64> = (plan.setup.seed..=last).collect();
        let mut done = 0;
        for seeds in seeds.chunks(AT_ONCE) {
            console.progress(&format!("{done} of {} runs", self.runs));
            let finished = chorister_compiler::in_parallel(seeds, |seed| {
                plan.trial(*seed, &mut |_: Entry| {})
            });
            let failed = seeds.iter().zip(&finished).find(|(_, it)| fails(it));
            if let Some((seed, finished)) = failed {
                console.progress("");
                return self.judge(plan, *seed, finished, console);
            }
            done += seeds.len();
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
        let setup = Setup {
            seed,
            ..plan.setup.clone()
        };
        let writer = test::Writer {
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
            let (bad, faint) = (styles.error, styles.faint);
            said.push_str(&format!(
                "\n{bad}✗{bad:#} {wanted}: {} {faint}(seed {seed}){faint:#}\n",
                verdict.why
            ));
            if plan.odds.is_none() {
                continue;
            }
            let recorded = plan.record(seed);
            let steps = recorded.script.len();
            let shrunk = shrink(&setup, recorded.script, plan.until, expectation, SHRINKING);
            said.push_str(&match shrunk {
                Some(shrunk) => shown(&writer, &shrunk, steps, expectation, &styles),
                None => "a script alone does not do the same; the seed does\n".to_owned(),
            });
        }
        console.print(&said)?;
        Ok(Outcome::faulty_if(fails(finished)))
    }
}

/// The shortest run that fails: its time line, and a test that does the same.
fn shown(
    writer: &test::Writer<'_>,
    shrunk: &Shrunk,
    before: usize,
    expectation: &Expectation,
    styles: &crate::console::Styles,
) -> String {
    let faint = styles.faint;
    let steps = match shrunk.script.len() {
        1 => "1 step".to_owned(),
        count => format!("{count} steps"),
    };
    let more = match shrunk.exhausted {
        true => "",
        false => "; there may be a shorter one",
    };
    let mut said = format!(
        "{faint}{steps} of {before} do it, found in {} runs{more}: {}{faint:#}\n\n",
        shrunk.runs, shrunk.verdict.why
    );
    let script = Trial {
        setup: writer.setup,
        script: &shrunk.script,
        unscripted: Unscripted::Nothing,
        expectations: &[],
        until: shrunk.until,
        record: false,
    };
    let mut rows = Rows::new(writer.setup);
    script.run(&mut |entry: Entry| rows.take(entry));
    let rows: Vec<Row> = rows.finish();
    said.push_str(&text::rows(&rows, shrunk.until, styles));
    said.push_str(&format!("\n{faint}as a test:{faint:#}\n\n"));
    let name = writer.expectation(expectation);
    let name = name.trim_matches(['{', '}']).replace(['{', '}'], "");
    said.push_str(&writer.block(&name, &shrunk.script, expectation, shrunk.until));
    said
}

fn fails(finished: &Finished) -> bool {
    finished.verdicts.iter().any(|it| !it.passed)
}

// === impl Plan ===

impl Plan {
    /// Runs once.
    fn trial(&self, seed: u64, sink: &mut impl Sink) -> Finished {
        self.prepared(seed, false, |trial| trial.run(sink))
    }

    /// Runs once more, and writes down what came from outside.
    fn record(&self, seed: u64) -> Finished {
        self.prepared(seed, true, |trial| trial.run(&mut |_: Entry| {}))
    }

    fn prepared<T>(&self, seed: u64, record: bool, run: impl FnOnce(&Trial<'_>) -> T) -> T {
        let setup = Setup {
            seed,
            ..self.setup.clone()
        };
        run(&Trial {
            setup: &setup,
            script: &self.script,
            unscripted: match &self.odds {
                Some(odds) => Unscripted::Chance(odds),
                None => Unscripted::Nothing,
            },
            expectations: &self.expectations,
            until: self.until,
            record,
        })
    }

    fn heading(&self, seed: u64, styles: &crate::console::Styles) -> String {
        let names = match self.setup.machines.as_slice() {
            [one] => one.machine.name.to_string(),
            all => format!("{} machines", all.len()),
        };
        let seed = match self.odds {
            Some(_) => format!(", seed {seed}"),
            None => String::new(),
        };
        let faint = styles.faint;
        format!(
            "{faint}{names}, {} from {}{seed}{faint:#}\n",
            human(self.until),
            self.setup.start
        )
    }
}

/// Lines that are printed many at a time.
struct Lines<'a> {
    console: &'a Console,
    waiting: String,
    result: std::io::Result<()>,
}

impl<'a> Lines<'a> {
    fn new(console: &'a Console) -> Self {
        Self {
            console,
            waiting: String::new(),
            result: Ok(()),
        }
    }

    fn add(&mut self, line: Option<String>) {
        const MANY: usize = 1 << 16;
        self.waiting.extend(line);
        if self.waiting.len() > MANY && self.result.is_ok() {
            self.result = self.console.print(&core::mem::take(&mut self.waiting));
        }
    }

    fn flush(self) -> std::io::Result<()> {
        self.result?;
        self.console.print(&self.waiting)
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

fn read_object(path: &Path) -> Result<Map<String, Value>> {
    let shown = path.display();
    let Ok(source) = inputs::read(path)? else {
        bail!("{shown} is not UTF-8");
    };
    let text = source.text.as_bytes();
    let parsed = chorister_yaml::parse(text, source.format, &chorister_yaml::Limits::SPEC);
    let root = match parsed.into_result() {
        Ok(root) => root,
        Err(errors) => {
            let why = errors.first().map_or("", |it| it.message.as_str());
            bail!("cannot read {shown}: {why}");
        }
    };
    match chorister_yaml::to_json(&root) {
        Value::Object(members) => Ok(members),
        _ => bail!("{shown} holds no mapping of names to values"),
    }
}
