//! `NAME status` and `NAME machines`: questions to the running node.

use std::fmt::Write;
use std::io::IsTerminal;
use std::path::PathBuf;

use chorister_engine::control::{Client, ClientError};
use chorister_engine::{Fired, MachineStatus, Status, StoreMode, StoreStatus, WatcherStatus};
use serde::Serialize;

use super::time::{ago, until};
use super::{Failure, budget, chain, checks, graph, print};
use crate::args::{Asking, Machines, StateDir};
use crate::{Distribution, place};

pub(super) fn status(distribution: &Distribution, arguments: &Asking) -> Result<(), Failure> {
    let mut client = connect(distribution, &arguments.state)?;
    let status = client.status()?;
    let machines = client.machines()?;
    if arguments.json {
        #[derive(Serialize)]
        struct Whole<'a> {
            #[serde(flatten)]
            status: &'a Status,
            machine_states: std::collections::BTreeMap<&'a str, &'a str>,
        }
        let machine_states = machines
            .iter()
            .map(|it| (it.name.as_str(), it.state.as_str()))
            .collect();
        return json(&Whole {
            status: &status,
            machine_states,
        });
    }
    let mut text = format!(
        "{} {} on {}, process {}, up {}\n{} machines, {} transitions, {} events",
        status.name,
        status.version,
        status.identity,
        status.pid,
        ago(status.started),
        status.machines,
        status.counts.transitions,
        status.counts.events,
    );
    if status.counts.events_lost > 0 {
        let _ = write!(text, ", {} events lost", status.counts.events_lost);
    }
    if let Some(held) = &status.sandbox {
        let how = match held.enforced.as_str() {
            "full" => "held to its capabilities",
            "partial" => "partly held to its capabilities",
            _ => "not held to its capabilities",
        };
        let _ = write!(text, ", {how}");
    }
    text.push('\n');
    text.push_str(&checks::brief(&machines).unwrap_or_default());
    text.push_str(&store(&status.store));
    text.push_str(&budget::text(&status.budget));
    text.push('\n');
    text.push_str(&table(&machines));
    for problem in &status.problems {
        let _ = write!(
            text,
            "\n{}, since {}:\n{}\n",
            Style::Bad.paint(&problem.subject),
            ago(problem.since),
            problem.text
        );
    }
    print(text)
}

/// What is remembered over a restart, in a line.
fn store(status: &StoreStatus) -> String {
    let size = chorister_engine::size(status.bytes);
    let when = status
        .last_commit
        .map(|it| format!(", written {} ago", ago(it)));
    match status.mode {
        StoreMode::Durable => format!("store of {size}{}\n", when.unwrap_or_default()),
        StoreMode::Memory => format!(
            "{}: nothing is remembered over a restart\n",
            Style::Bad.paint("store cannot be written")
        ),
    }
}

pub(super) fn machines(distribution: &Distribution, arguments: &Machines) -> Result<(), Failure> {
    let mut client = connect(distribution, &arguments.asking.state)?;
    let as_json = arguments.asking.json;
    let Some(name) = &arguments.machine else {
        let machines = client.machines()?;
        return if as_json {
            json(&machines)
        } else {
            print(table(&machines))
        };
    };
    if let Some(transition) = &arguments.fire {
        let fired = client.fire(name, transition)?;
        if as_json {
            json(&fired)?;
        }
        return match fired {
            _ if as_json && !matches!(fired, Fired::Refused { .. }) => Ok(()),
            Fired::Done { state } => print(format_args!("{name} is now {state}\n")),
            Fired::Delayed { milliseconds } => print(format_args!(
                "{name} takes `{transition}` in {milliseconds} ms: it came too often\n"
            )),
            Fired::Refused { state, available } => Err(Failure::Refused(format!(
                "{name} is {state}, which does not offer `{transition}`; it offers {}",
                if available.is_empty() {
                    "nothing".to_owned()
                } else {
                    available.join(", ")
                }
            ))),
        };
    }
    let machine = client.machine(name)?;
    if arguments.graph {
        return graph::run(&client.diagram(name)?, &machine, as_json);
    }
    if as_json {
        json(&machine)
    } else {
        print(detail(&machine))
    }
}

pub(super) fn connect(distribution: &Distribution, state: &StateDir) -> Result<Client, Failure> {
    Ok(Client::connect(&state_dir(distribution, state))?)
}

/// Where the node keeps its state.
pub(super) fn state_dir(distribution: &Distribution, state: &StateDir) -> PathBuf {
    let named = state.state_dir.clone();
    named.unwrap_or_else(|| place::state_dir(distribution.name))
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::Refused(chain(&error))
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    match serde_json::to_string_pretty(value) {
        Ok(text) => print(format_args!("{text}\n")),
        Err(error) => Err(Failure::Impossible(error.to_string())),
    }
}

fn table(machines: &[MachineStatus]) -> String {
    let mut rows = vec![["MACHINE", "VERSION", "STATE", "SINCE", "OFFERS"].map(str::to_owned)];
    rows.extend(machines.iter().map(|it| {
        let offers = it.available_transitions.join(" ");
        [
            it.name.clone(),
            it.version.clone(),
            it.state.clone(),
            ago(it.since),
            offers,
        ]
    }));
    aligned(&rows)
}

fn detail(machine: &MachineStatus) -> String {
    let mut text = format!(
        "{} {} is {} since {}\n\n  id         {}\n  directory  {}\n  started    {} ago\n  offers     {}\n",
        machine.name,
        machine.version,
        Style::Strong.paint(&machine.state),
        ago(machine.since),
        machine.id,
        machine.directory,
        ago(machine.started),
        machine.available_transitions.join(" "),
    );
    for (count, what) in [
        (machine.stale, "results came too late to count"),
        (machine.refused, "transitions were not offered by the state"),
        (
            machine.delayed,
            "transitions had to wait because they came too often",
        ),
    ] {
        if count > 0 {
            let _ = writeln!(text, "  {count} {what}");
        }
    }
    text.push('\n');
    let mut rows = vec![["WATCHER", "TYPE", "OUTCOME", "LAST RUN", "NEXT RUN"].map(str::to_owned)];
    rows.extend(machine.watchers.iter().map(watcher));
    text.push_str(&aligned(&rows));
    text
}

fn watcher(watcher: &WatcherStatus) -> [String; 5] {
    let last = match watcher.last_run {
        _ if watcher.running => "now".to_owned(),
        _ if watcher.waiting => "waits".to_owned(),
        Some(at) => format!("{} ago", ago(at)),
        None => "-".to_owned(),
    };
    let next = watcher
        .next_run
        .map_or_else(|| "-".to_owned(), |at| format!("in {}", until(at)));
    [
        watcher.name.clone(),
        watcher.kind.clone(),
        watcher.outcome.clone(),
        last,
        next,
    ]
}

/// Columns as wide as their widest cell; the first row is the heading.
pub(super) fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        let line = cells.join("  ");
        let line = line.trim_end();
        text.push_str(&if at == 0 {
            Style::Faint.paint(line)
        } else {
            line.to_owned()
        });
        text.push('\n');
    }
    text
}

/// How text stands out on a terminal.
#[derive(Clone, Copy)]
pub(super) enum Style {
    Faint,
    Strong,
    Name,
    Good,
    Recent,
    Bad,
    Odd,
}

impl Style {
    pub(super) fn paint(self, text: &str) -> String {
        if !std::io::stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some() {
            return text.to_owned();
        }
        let code = match self {
            Self::Faint => "2",
            Self::Strong => "1",
            Self::Name => "36",
            Self::Good => "1;32",
            Self::Recent => "1;33",
            Self::Bad => "1;31",
            Self::Odd => "1;35",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["A", "B"], ["long", "x"]].map(|row| row.map(str::to_owned));
        assert_eq!(aligned(&rows), "A     B\nlong  x\n");
    }
}
