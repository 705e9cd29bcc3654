//! `cargo bench`: each figure beside its floor, measured in the same run.
//!
//! Prints a Markdown table for `BENCHMARKS.md`, and with `cargo bench -- network` only what is about networks. Nothing is asserted about time: a figure over its budget says so.
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

use anyhow::{Context, Result};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

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
    if arguments.iter().any(|it| it == "network") {
        println!("{}", figure::table(&of_network()));
        return Ok(());
    }
    let mut figures = Vec::new();
    eprintln!("compiler …");
    figures.extend(compiler::figures()?);
    eprintln!("exploration …");
    figures.extend(explore::figures()?);
    eprintln!("engine …");
    figures.extend(fleet::steps()?);
    figures.extend(fleet::memory()?);
    eprintln!("flight recorder …");
    figures.extend(recorder::figures()?);
    eprintln!("store …");
    figures.extend(store::figures()?);
    eprintln!("check files …");
    figures.extend(check_files::figures()?);
    eprintln!("simulation …");
    figures.extend(simulation::figures()?);
    eprintln!("native checks …");
    figures.extend(checks::figures()?);
    figures.extend(natives::figures()?);
    eprintln!("goss …");
    figures.extend(goss::matchers()?);
    match goss::validate(&release_folder()?) {
        Ok(of_goss) => figures.extend(of_goss),
        Err(error) => eprintln!("not measured: {error:#}"),
    }
    eprintln!("protocol …");
    figures.extend(protocol::figures()?);
    figures.extend(of_network());
    eprintln!("reconnect …");
    figures.extend(reconnect::figures());
    eprintln!("events …");
    figures.extend(events::figures()?);
    eprintln!("plugins …");
    figures.extend(plugins::figures()?);
    eprintln!("processes …");
    figures.push(processes::exec()?);
    match processes::scout(&release_folder()?) {
        Ok(of_scout) => figures.extend(of_scout),
        Err(error) => eprintln!("not measured: {error:#}"),
    }
    println!("{}", figure::table(&figures));
    Ok(())
}

/// The figures of a node in a network, as far as they can be had.
#[expect(clippy::print_stderr, reason = "this is what it is for")]
fn of_network() -> Vec<figure::Figure> {
    eprintln!("network …");
    match release_folder().and_then(|it| network::figures(&it)) {
        Ok(figures) => figures,
        Err(error) => {
            eprintln!("not measured: {error:#}");
            Vec::new()
        }
    }
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
