//! `NAME checks`: how the checks of the running node are.

mod detail;
mod steer;
mod table;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chorister_engine::{CheckStatus, MachineStatus, Problem, Standing};
use serde::Serialize;

use super::ask::{Style, connect, json};
use super::time::{ago, now};
use super::{Failure, print};
use crate::Distribution;
use crate::args::Checks;

pub(super) use steer::{force, maintenance, resume};

/// What finds problems that are about checks.
const SOURCES: [&str; 5] = ["checks", "check", "bundle", "overrides", "notify"];

/// A check with the machine that it is.
#[derive(Clone, Copy, Serialize)]
struct Row<'a> {
    name: &'a str,
    /// The state of its machine.
    state: &'a str,
    /// When it entered that state, in Unix seconds.
    since: i64,
    #[serde(flatten)]
    check: &'a CheckStatus,
}

pub(super) fn checks(distribution: &Distribution, arguments: &Checks) -> Result<(), Failure> {
    let mut client = connect(distribution, &arguments.asking.state)?;
    let machines = client.machines()?;
    let status = client.status()?;
    let problems: Vec<&Problem> = status
        .problems
        .iter()
        .filter(|it| SOURCES.contains(&it.source.as_str()))
        .collect();
    let all: Vec<Row<'_>> = machines.iter().filter_map(Row::of).collect();
    for name in &arguments.checks {
        if !all.iter().any(|it| it.name == name) {
            return Err(Failure::Refused(format!("there is no check `{name}`")));
        }
    }
    let shown: Vec<Row<'_>> = all
        .iter()
        .copied()
        .filter(|it| it.is_asked(arguments))
        .collect();
    if arguments.asking.json {
        write_json(&shown, &problems)?;
    } else if let ([only], [_]) = (shown.as_slice(), arguments.checks.as_slice()) {
        print(detail::text(only))?;
    } else {
        print(text(&all, &shown, &problems))?;
    }
    match arguments.failing && !shown.is_empty() {
        true => Err(Failure::Silent),
        false => Ok(()),
    }
}

fn write_json(shown: &[Row<'_>], problems: &[&Problem]) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Whole<'a> {
        counts: BTreeMap<&'static str, usize>,
        checks: &'a [Row<'a>],
        problems: &'a [&'a Problem],
    }
    let count = |it: &Standing| {
        let of = shown.iter().filter(|row| row.check.status == *it);
        (it.as_str(), of.count())
    };
    json(&Whole {
        counts: Standing::ALL.iter().map(count).collect(),
        checks: shown,
        problems,
    })
}

fn text(all: &[Row<'_>], shown: &[Row<'_>], problems: &[&Problem]) -> String {
    let mut text = String::new();
    if all.is_empty() {
        text.push_str("this node has no checks\n");
    } else if shown.is_empty() {
        let _ = writeln!(text, "none of {} checks is asked for", all.len());
    } else {
        text.push_str(&table::text(shown, table::width(), now()));
        let _ = writeln!(text, "\n{}", counts(shown));
    }
    for problem in problems {
        let _ = write!(
            text,
            "\n{}, since {}:\n{}\n",
            Style::Bad.paint(&problem.subject),
            ago(problem.since),
            problem.text
        );
    }
    text
}

/// How many checks there are among machines, and how many are what; `None` where there are none.
pub(super) fn brief(machines: &[MachineStatus]) -> Option<String> {
    let rows: Vec<Row<'_>> = machines.iter().filter_map(Row::of).collect();
    let plural = if rows.len() == 1 { "" } else { "s" };
    (!rows.is_empty()).then(|| format!("{} check{plural}: {}\n", rows.len(), counts(&rows)))
}

/// How many are what, in a line.
fn counts(rows: &[Row<'_>]) -> String {
    let count = |is: &dyn Fn(&CheckStatus) -> bool| rows.iter().filter(|it| is(it.check)).count();
    let now = now();
    let mut parts: Vec<String> = Standing::ALL
        .iter()
        .map(|it| (count(&|check| check.status == *it), *it))
        .filter(|(count, _)| *count > 0)
        .map(|(count, it)| paint(it, &format!("{count} {it}", it = it.as_str())))
        .collect();
    for (count, what) in [
        (count(&|it| it.is_stale(now)), "stale"),
        (count(&|it| it.flapping), "flapping"),
    ] {
        if count > 0 {
            parts.push(Style::Recent.paint(&format!("{count} {what}")));
        }
    }
    parts.join(", ")
}

/// Text in the colour of what is shown of a check.
fn paint(standing: Standing, text: &str) -> String {
    let style = match standing {
        Standing::Ok => Style::Good,
        Standing::Warning => Style::Recent,
        Standing::Critical => Style::Bad,
        Standing::Unknown => Style::Odd,
        Standing::Maintenance => Style::Name,
    };
    style.paint(text)
}

// === impl Row ===

impl<'a> Row<'a> {
    fn of(machine: &'a MachineStatus) -> Option<Self> {
        Some(Self {
            name: &machine.name,
            state: &machine.state,
            since: machine.since,
            check: machine.check.as_deref()?,
        })
    }

    fn is_asked(&self, arguments: &Checks) -> bool {
        let is_named =
            arguments.checks.is_empty() || arguments.checks.iter().any(|it| it == self.name);
        let class = arguments.class.as_deref();
        is_named
            && class.is_none_or(|it| self.check.class.as_deref() == Some(it))
            && (!arguments.failing || self.check.is_failing(now()))
    }

    /// What else has to be known of it, in words.
    fn flags(&self, now: i64) -> Vec<String> {
        let check = self.check;
        let mut flags = Vec::new();
        if let Some(maintenance) = &check.maintenance {
            let mut text = match maintenance.until {
                Some(until) => format!("{} left", super::time::length(until.saturating_sub(now))),
                None => "no end".to_owned(),
            };
            if !maintenance.owner.is_empty() {
                let _ = write!(text, ", {}", maintenance.owner);
            }
            if !maintenance.reason.is_empty() {
                let _ = write!(text, ": {}", maintenance.reason);
            }
            flags.push(text);
        }
        if check.is_stale(now) {
            flags.push("stale".to_owned());
        }
        if check.flapping {
            flags.push("flapping".to_owned());
        }
        if let Some(reason) = &check.skipped {
            flags.push(format!("skipped, {reason}"));
        }
        flags
    }
}

#[cfg(test)]
pub(crate) mod tests;
