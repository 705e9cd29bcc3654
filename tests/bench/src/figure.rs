//! A figure, its floor and its budget, and how they are printed.

use core::fmt::Write as _;
use std::time::Instant;

use anyhow::Result;
use nix::sys::resource::UsageWho;

use crate::processor;

/// Something measured, in one unit.
#[derive(Clone)]
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) unit: Unit,
    /// The least it could cost, measured in the same run, and what that is.
    pub(crate) floor: Option<(f64, &'static str)>,
    /// What it may cost.
    pub(crate) budget: Option<Budget>,
}

/// What a figure may be at most.
#[derive(Clone, Copy)]
pub(crate) enum Budget {
    /// This much, in the figure's unit.
    Value(f64),
    /// This many times the floor.
    Ratio(f64),
}

#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Seconds,
    Bytes,
    Count,
}

impl Figure {
    fn within(&self) -> Option<bool> {
        Some(match self.budget? {
            Budget::Value(most) => self.value <= most,
            Budget::Ratio(most) => self.value <= most * self.floor?.0,
        })
    }
}

/// The figures as a Markdown table.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut text = String::from(
        "| Figure | Measured | Floor | Ratio | Budget | |\n|---|---|---|---|---|---|\n",
    );
    for figure in figures {
        let show = |value: f64| show(value, figure.unit);
        let floor = figure.floor.map_or_else(
            || "–".to_owned(),
            |(value, what)| format!("{} ({what})", show(value)),
        );
        let ratio = figure.floor.map_or_else(
            || "–".to_owned(),
            |(value, _)| format!("{:.2}", figure.value / value),
        );
        let budget = match figure.budget {
            Some(Budget::Value(most)) => show(most),
            Some(Budget::Ratio(most)) => format!("{most} × floor"),
            None => "–".to_owned(),
        };
        let verdict = match figure.within() {
            Some(true) => "within",
            Some(false) => "**over**",
            None => "",
        };
        let _ = writeln!(
            text,
            "| {} | {} | {floor} | {ratio} | {budget} | {verdict} |",
            figure.what,
            show(figure.value)
        );
    }
    text
}

fn show(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds if value < 1e-6 => format!("{:.0} ns", value * 1e9),
        Unit::Seconds if value < 1e-3 => format!("{:.2} µs", value * 1e6),
        Unit::Seconds if value < 1.0 => format!("{:.2} ms", value * 1e3),
        Unit::Seconds => format!("{value:.2} s"),
        Unit::Count => format!("{value:.2}"),
        Unit::Bytes if value < 10_000.0 => format!("{value:.0} B"),
        Unit::Bytes if value < 1e6 => format!("{:.1} KB", value / 1e3),
        Unit::Bytes => format!("{:.2} MB", value / 1e6),
    }
}

/// The processor time of one call in seconds, from so many, whatever else the computer does meanwhile.
pub(crate) fn processor_time(calls: u32, mut call: impl FnMut()) -> Result<f64> {
    let begun = processor(UsageWho::RUSAGE_THREAD)?;
    for _ in 0..calls {
        call();
    }
    Ok((processor(UsageWho::RUSAGE_THREAD)? - begun) / f64::from(calls))
}

/// The median time of one call in seconds, from `rounds` rounds of `calls` calls each.
pub(crate) fn time(rounds: usize, calls: u32, mut call: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..calls {
                call();
            }
            start.elapsed().as_secs_f64() / f64::from(calls)
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
