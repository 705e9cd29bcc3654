//! `NAME validate`: whether this machine is as a goss file says.

mod input;

use core::num::NonZeroUsize;
use core::time::Duration;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Instant;

use chorister_goss::output::{Format, Options, render};
use chorister_goss::{Report, Suite};
use chorister_lang::duration::format_go;
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, print};
use crate::Distribution;
use crate::args::Validate;

/// How many resources are looked at at the same time, for each processor.
const PER_PROCESSOR: usize = 5;

/// Exit code of tests that did not pass in the time that they had.
const TIMED_OUT: u8 = 3;

/// What is printed of a report.
#[derive(Clone, Copy)]
struct Printing {
    format: Format,
    options: Options,
}

/// When tests are run again.
#[derive(Clone, Copy)]
struct Retry {
    /// Until then since the start.
    timeout: Duration,
    /// Between two runs.
    sleep: Duration,
}

pub(super) fn run(distribution: &Distribution, arguments: &Validate) -> Result<(), Failure> {
    let printing = printing(arguments)?;
    let suite = Arc::new(input::suite(distribution.name, arguments)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::Impossible(format!("the asynchronous runtime does not start: {error}"))
        })?;
    let looking = chorister_validate::Options {
        concurrency: workers(arguments.max_concurrent),
        packages: arguments.package,
        ..Default::default()
    };
    let retry = Retry {
        timeout: arguments.retry_timeout,
        sleep: arguments.sleep,
    };
    let done = runtime.block_on(async {
        let signals = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        let [Ok(mut interrupt), Ok(mut terminate)] = signals else {
            return Err(Failure::Impossible("signals cannot be caught".to_owned()));
        };
        // What is dropped ends the commands that it has begun.
        tokio::select! {
            done = attempts(&suite, &looking, printing, retry) => done,
            _ = interrupt.recv() => Err(Failure::Verdict(130)),
            _ = terminate.recv() => Err(Failure::Verdict(143)),
        }
    });
    // A look that ignores its deadline must not hold up the end.
    runtime.shutdown_background();
    done
}

/// Runs the tests until they pass or time is up, and prints every report.
async fn attempts(
    suite: &Arc<Suite>,
    looking: &chorister_validate::Options,
    printing: Printing,
    retry: Retry,
) -> Result<(), Failure> {
    let started = Instant::now();
    for attempt in 2_u64.. {
        let report = chorister_validate::validate(Arc::clone(suite), looking.clone()).await;
        let code = show(&report, printing)?;
        if code == 0 || retry.timeout.is_zero() {
            return if code == 0 {
                Ok(())
            } else {
                Err(Failure::Verdict(code))
            };
        }
        let elapsed = started.elapsed();
        if elapsed.saturating_add(retry.sleep) > retry.timeout {
            break;
        }
        print(format_args!(
            "Retrying in {} (elapsed/timeout time: {:.3}s/{})\n\n\n",
            format_go(retry.sleep),
            elapsed.as_secs_f64(),
            format_go(retry.timeout)
        ))?;
        tokio::time::sleep(retry.sleep).await;
        print(format_args!("Attempt #{attempt}:\n"))?;
    }
    Err(Failure::Coded {
        code: TIMED_OUT,
        text: format!(
            "timeout of {} reached before tests entered a passing state",
            format_go(retry.timeout)
        ),
    })
}

/// Prints a report and gives the exit code that goes with it.
fn show(report: &Report, printing: Printing) -> Result<u8, Failure> {
    print(render(report, printing.format, printing.options))?;
    Ok(printing.format.exit_code(report))
}

fn printing(arguments: &Validate) -> Result<Printing, Failure> {
    let name = if arguments.json {
        Format::Json.name()
    } else {
        &arguments.format
    };
    let format = Format::ALL.into_iter().find(|it| it.name() == name);
    let Some(format) = format else {
        let names = Format::ALL.map(Format::name).join(", ");
        return Err(Failure::Refused(format!(
            "bad output format: {name}; there are {names}"
        )));
    };
    let is_colourful = || {
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
    };
    let mut options = Options {
        color: !arguments.no_color && (arguments.color || is_colourful()),
        ..Options::default()
    };
    for name in &arguments.format_options {
        if !options.enable(name) {
            return Err(Failure::Refused(format!(
                "bad format option: {name}; there are {}",
                Options::NAMES.join(", ")
            )));
        }
    }
    Ok(Printing { format, options })
}

fn workers(most: NonZeroUsize) -> NonZeroUsize {
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    processors
        .saturating_mul(NonZeroUsize::new(PER_PROCESSOR).unwrap_or(NonZeroUsize::MIN))
        .min(most)
}

/// Tells on standard error what is suspect.
fn warn(name: &str, text: &str) {
    // With standard error gone there is nobody left to warn.
    let _ = writeln!(io::stderr(), "{name}: warning: {text}");
}
