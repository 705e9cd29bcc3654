//! `cargo bench`: each figure beside its floor, measured in the same run.
//!
//! Prints a Markdown table for `BENCHMARKS.md`, and with `cargo bench -- network events` only these sections of it. Nothing
//! is asserted about time: a figure over its budget says so.
//! Figures of the binaries need `cargo build --release` before.

mod check_files;
mod checks;
mod compiler;
mod events;
mod explore;
mod figure;
mod fleet;
mod goss;
mod natives;
mod network;
mod plugins;
mod processes;
mod protocol;
mod reconnect;
mod recorder;
mod simulation;
mod specs;
mod store;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

use crate::figure::Figure;

/// What measures a part of it.
type Section = (&'static str, fn() -> Result<Vec<Figure>>);

/// All there is, in the order of the table.
const SECTIONS: [Section; 17] = [
    ("compiler", compiler::figures),
    ("exploration", explore::figures),
    (
        "engine",
        || Ok([fleet::steps()?, fleet::memory()?].concat()),
    ),
    ("recorder", recorder::figures),
    ("store", store::figures),
    ("check-files", check_files::figures),
    ("simulation", simulation::figures),
    ("checks", || {
        Ok([checks::figures()?, natives::figures()?].concat())
    }),
    ("matchers", goss::matchers),
    ("goss", || goss::validate(&release_folder()?)),
    ("protocol", protocol::figures),
    ("network", || network::figures(&release_folder()?)),
    ("reconnect", || Ok(reconnect::figures())),
    ("events", events::figures),
    ("plugins", plugins::figures),
    ("exec", || Ok(vec![processes::exec()?])),
    ("scout", || processes::scout(&release_folder()?)),
];

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is what it is for"
)]
fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, what, rest @ ..] = arguments.as_slice()
        && flag == "--measure"
    {
        if matches!(what.as_str(), "crash" | "timers") {
            for value in store::measure(what, rest)? {
                println!("{value}");
            }
            return Ok(());
        }
        if matches!(what.as_str(), "answers" | "echoes") {
            return network::measure(what, rest);
        }
        let first = rest.first().context("a count or a program")?;
        let many = match what.as_str() {
            "plugins" => Some(plugins::measure(first.parse()?)?),
            "natives" => Some(natives::measure(first.parse()?)?),
            _ => None,
        };
        if let Some(values) = many {
            for value in values {
                println!("{value}");
            }
            return Ok(());
        }
        let value = match what.as_str() {
            "peak" => processes::measure_peak(first, &rest[1..])?,
            "recorder" => recorder::measure(first.parse()?)?,
            "kept" => plugins::measure_kept(first.parse()?)?,
            _ => fleet::measure(what, first.parse()?)?,
        };
        println!("{value}");
        return Ok(());
    }
    let wanted: Vec<&String> = arguments
        .iter()
        .filter(|it| !it.starts_with("--"))
        .collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|it| SECTIONS.iter().all(|(name, _)| name != **it))
    {
        bail!("there is no section `{unknown}`: {}", names());
    }
    let mut all = Vec::new();
    for (name, figures) in SECTIONS {
        if !wanted.is_empty() && !wanted.iter().any(|it| *it == name) {
            continue;
        }
        eprintln!("{name} …");
        match figures() {
            Ok(figures) => all.extend(figures),
            Err(error) => eprintln!("not measured: {error:#}"),
        }
    }
    println!("{}", figure::table(&all));
    Ok(())
}

/// The names of all sections.
fn names() -> String {
    SECTIONS.map(|(name, _)| name).join(", ")
}

/// Resident memory of this process, in bytes.
fn resident() -> Result<f64> {
    resident_of("self")
}

/// Resident memory of a process, in bytes.
fn resident_of(process: &str) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text
        .lines()
        .find_map(|it| it.strip_prefix("VmRSS:"))
        .context("the kernel tells VmRSS")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024.0)
}

/// Processor time of this process, or of its children that have ended, so far, in seconds.
fn processor(who: UsageWho) -> Result<f64> {
    let usage = getrusage(who)?;
    let seconds = |it: TimeVal| it.tv_sec() as f64 + it.tv_usec() as f64 * 1e-6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// What a process of its own measures for a count.
fn ask(what: &str, count: usize) -> Result<Vec<f64>> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--measure", what, &count.to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let values = text.split_whitespace().map(str::parse);
    values
        .collect::<Result<_, _>>()
        .with_context(|| format!("the child says {text:?}"))
}

/// Where `cargo build --release` puts binaries: this program lies in `deps` below it.
fn release_folder() -> Result<PathBuf> {
    let exe = std::env::current_exe()?;
    exe.parent()
        .and_then(Path::parent)
        .map(Path::to_owned)
        .context("the folder of release binaries")
}
