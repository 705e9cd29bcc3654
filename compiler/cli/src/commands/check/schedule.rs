//! `choristerc check --schedule`: when the checks of a node run, second by second.

use core::time::Duration;
use std::fmt::Write as _;

use chorister_fsm::offset;
use chorister_lang::duration::brief;
use serde_json::{Value, json};

use crate::console::Styles;

/// The watcher that runs a check, by whose name its start is found.
const WATCHER: &str = "check";

/// Longest time that is looked at, in seconds: whoever runs more rarely makes no burst.
const LONGEST: u64 = 60 * 60;

/// Columns of the picture.
const COLUMNS: usize = 60;

/// Rows of the picture.
const ROWS: usize = 8;

/// When checks run on a node.
#[derive(Debug)]
pub(super) struct Timetable {
    identity: String,
    /// Name, interval and first start of each check.
    checks: Vec<(String, Duration, Duration)>,
    /// How many runs begin in each second.
    starts: Vec<u32>,
}

impl Timetable {
    /// The timetable of checks with these intervals on the node of this name.
    pub(super) fn of(identity: &str, checks: impl IntoIterator<Item = (String, Duration)>) -> Self {
        let checks = checks.into_iter().map(|(name, interval)| {
            let start = offset(identity, &name, WATCHER, interval);
            (name, interval, start)
        });
        let checks: Vec<_> = checks.collect();
        let longest = checks
            .iter()
            .map(|it| it.1.as_secs_f64().ceil())
            .fold(1.0, f64::max);
        let seconds = (1..=LONGEST)
            .find(|it| *it as f64 >= longest)
            .unwrap_or(LONGEST);
        let mut starts = vec![0; usize::try_from(seconds).unwrap_or_default()];
        for (_, interval, start) in &checks {
            let mut at = *start;
            let step = (*interval).max(Duration::from_millis(1));
            while let Some(second) = usize::try_from(at.as_secs())
                .ok()
                .and_then(|it| starts.get_mut(it))
            {
                *second += 1;
                at = at.saturating_add(step);
            }
        }
        Self {
            identity: identity.to_owned(),
            checks,
            starts,
        }
    }

    fn peak(&self) -> u32 {
        self.starts.iter().copied().max().unwrap_or_default()
    }

    fn mean(&self) -> f64 {
        let all: f64 = self.starts.iter().copied().map(f64::from).sum();
        all / self.starts.len().max(1) as f64
    }

    /// The same as data.
    pub(super) fn json(&self) -> Value {
        let checks = self.checks.iter().map(|(name, interval, start)| {
            json!({"name": name, "interval": interval.as_secs_f64(), "start": start.as_secs_f64()})
        });
        json!({
            "identity": self.identity,
            "seconds": self.starts.len(),
            "mean": self.mean(),
            "peak": self.peak(),
            "checks": checks.collect::<Vec<_>>(),
            "starts": self.starts,
        })
    }

    /// The same as a picture for people.
    pub(super) fn text(&self, styles: &Styles) -> String {
        let mut text = String::new();
        let (count, peak) = (self.checks.len(), self.peak());
        if count == 0 {
            return "there are no checks\n".to_owned();
        }
        let plural = if count == 1 { "" } else { "s" };
        let (strong, faint) = (styles.strong, styles.faint);
        let _ = writeln!(
            text,
            "{strong}{count} check{plural}{strong:#} on `{}`: {:.2} runs begin in a second on average, {peak} at most\n",
            self.identity,
            self.mean()
        );
        let width = self.starts.len().div_ceil(COLUMNS).max(1);
        let columns: Vec<u32> = self
            .starts
            .chunks(width)
            .map(|it| it.iter().copied().max().unwrap_or_default())
            .collect();
        let rows = ROWS.min(usize::try_from(peak).unwrap_or(ROWS)).max(1);
        for row in (1..=rows).rev() {
            // The least that reaches this row.
            let least = f64::from(peak) * (row as f64 - 0.5) / rows as f64;
            let bars: String = columns
                .iter()
                .map(|it| if f64::from(*it) >= least { '█' } else { ' ' })
                .collect();
            let label = match row {
                row if row == rows => peak.to_string(),
                _ => String::new(),
            };
            let _ = writeln!(text, "{faint}{label:>6} │{faint:#}{}", bars.trim_end());
        }
        let whole = Duration::from_secs(self.starts.len() as u64);
        let end = brief(whole);
        let line = "─".repeat(columns.len());
        let _ = writeln!(text, "{faint}     0 └{line}{faint:#}");
        let gap = columns.len().saturating_sub(2 + end.len());
        let _ = writeln!(text, "{faint}        0s{}{end}{faint:#}", " ".repeat(gap));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(count: usize) -> Timetable {
        let checks = (0..count).map(|at| (format!("check_{at}"), Duration::from_secs(60)));
        Timetable::of("web1", checks)
    }

    #[test]
    fn every_run_is_counted_once() {
        let table = many(600);
        assert_eq!(table.starts.len(), 60);
        assert_eq!(table.starts.iter().sum::<u32>(), 600);
        assert!((table.mean() - 10.0).abs() < 1e-9);
    }

    #[test]
    fn there_are_no_bursts() {
        // Evenly thrown, 100 a second is 130 at most but for luck of one in a thousand.
        assert!(many(6000).peak() < 140, "{}", many(6000).peak());
    }

    #[test]
    fn a_faster_check_runs_more_often() {
        let checks = [("fast", 10), ("slow", 60)]
            .map(|(name, it)| (name.to_owned(), Duration::from_secs(it)));
        let table = Timetable::of("web1", checks);
        assert_eq!(table.starts.iter().sum::<u32>(), 7);
        let text = table.text(&Styles::plain());
        assert!(text.starts_with("2 checks on `web1`: 0.12 runs"), "{text}");
    }
}
