//! A time line for people.

use core::fmt::Write as _;
use core::time::Duration;

use chorister_sim::{Row, Setup, Tally, Tone, human};
use unicode_width::UnicodeWidthStr;

use crate::console::Styles;

/// Columns of names do not grow beyond this.
const WIDEST: usize = 40;

/// Rows as aligned lines. State changes stand out, what goes well as always stands back.
pub(crate) fn rows(rows: &[Row], until: Duration, styles: &Styles) -> String {
    let width = rows.iter().map(|row| row.subject.width()).max();
    let width = width.unwrap_or(0).min(WIDEST);
    let exact = rows.iter().any(|row| row.at.subsec_millis() > 0);
    let mut text = String::new();
    for row in rows {
        let style = match row.tone {
            Tone::Change => styles.strong,
            Tone::Good => styles.faint,
            Tone::Bad => styles.error,
            Tone::Suspect => styles.warning,
            Tone::Outside => styles.name,
        };
        let faint = styles.faint;
        let at = clock(row.at, until, exact);
        let gap = width.saturating_sub(row.subject.width());
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "{faint}{at}{faint:#}  {}{:gap$}  {style}{} {}{style:#}",
            row.subject, "", row.mark, row.text
        );
        if row.times > 1 {
            let _ = write!(text, " ×{}", row.times);
            let last = clock(row.until, until, exact);
            let _ = write!(text, "  {faint}until {}{faint:#}", last.trim_start());
        }
        if !row.detail.is_empty() {
            let _ = write!(text, "  {faint}{}{faint:#}", row.detail);
        }
        text.push('\n');
    }
    text
}

/// How long each machine was in which state, and what else there is to count.
pub(crate) fn summary(setup: &Setup, tallies: &[Tally], styles: &Styles) -> String {
    let rows: Vec<[String; 5]> = setup
        .machines
        .iter()
        .zip(tallies)
        .map(|(member, tally)| {
            let machine = &member.machine;
            let all: Duration = tally.time.iter().sum();
            let mut shares: Vec<_> = machine
                .state_ids()
                .zip(&tally.time)
                .filter(|(_, time)| !time.is_zero())
                .collect();
            shares.sort_by_key(|(_, time)| core::cmp::Reverse(**time));
            let shares: Vec<_> = shares
                .into_iter()
                .map(|(state, time)| format!("{} {}", machine.state(state), share(*time, all)))
                .collect();
            [
                machine.name.to_string(),
                tally.transitions.to_string(),
                tally.runs.to_string(),
                tally.errors.to_string(),
                shares.join(", "),
            ]
        })
        .collect();
    let head = ["machine", "changes", "runs", "errors", "time in each state"].map(str::to_owned);
    let width = |column: usize| {
        let rows = rows.iter().chain([&head]);
        rows.filter_map(|row| row.get(column).map(|it| it.width()))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &[String; 5]| {
        let mut line = String::new();
        for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            match column {
                0 => line.extend([cell, gap.as_str()]),
                // The last column has no neighbour to its right.
                4 => line.extend(["  ", cell]),
                _ => line.extend(["  ", gap.as_str(), cell]),
            }
        }
        line
    };
    let faint = styles.faint;
    let mut text = format!("{faint}{}{faint:#}\n", line(&head));
    for row in &rows {
        text.push_str(&line(row));
        text.push('\n');
    }
    text
}

fn share(part: Duration, all: Duration) -> String {
    let percent = 100.0 * part.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE);
    match percent {
        ..0.1 => human(part),
        99.9..100.0 => format!("{percent:.2} %"),
        _ if percent.fract() == 0.0 => format!("{percent:.0} %"),
        _ => format!("{percent:.1} %"),
    }
}

/// A time since the beginning, as wide as every other one before `until`.
fn clock(at: Duration, until: Duration, exact: bool) -> String {
    let seconds = at.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let mut text = String::new();
    let most = until.as_secs() / 86_400;
    if most > 0 {
        let width = most.to_string().len();
        let _ = write!(text, "{days:>width$}d ");
    }
    let _ = write!(text, "{hours:02}:{minutes:02}:{:02}", seconds % 60);
    match at.subsec_millis() {
        _ if !exact => {}
        0 => text.push_str("    "),
        millis => {
            let _ = write!(text, ".{millis:03}");
        }
    }
    text
}
