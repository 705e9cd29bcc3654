//! One check, with everything that is known of it.

use std::fmt::Write as _;

use super::table::plain;
use super::{Row, paint};
use crate::commands::ask::Style;
use crate::commands::time::{ago, now, until};

/// The check in paragraphs.
pub(super) fn text(row: &Row<'_>) -> String {
    let check = row.check;
    let mut text = format!(
        "{} is {} since {}",
        row.name,
        paint(check.status, check.status.as_str()),
        ago(row.since)
    );
    let flags = row.flags(now());
    if !flags.is_empty() {
        let _ = write!(text, "  {}", Style::Recent.paint(&flags.join("; ")));
    }
    text.push_str("\n\n");
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {name:<12}{}", plain(value));
        }
    };
    line("class", check.class.as_deref().unwrap_or_default());
    line("runs", &check.plugin);
    if let Some(result) = check.result.filter(|it| *it != check.status) {
        line("last result", result.as_str());
    }
    if let Some(at) = check.last_check {
        line(
            "last check",
            &format!("{} ago, took {:.3} s", ago(at), check.runtime),
        );
    }
    if let Some(at) = check.next_check {
        line("next check", &format!("in {}", until(at)));
    }
    if let Some(at) = check.valid_until {
        let left = match check.is_stale(now()) {
            true => format!("until {} ago", ago(at)),
            false => format!("for {}", until(at)),
        };
        line("valid", &left);
    }
    if let Some((attempt, of)) = check.attempt {
        line(
            "attempt",
            &format!("{attempt} of {of}; it does not count yet"),
        );
    }
    for (key, value) in &check.annotations {
        line(key, value);
    }
    if !check.output.is_empty() {
        text.push('\n');
        for output in check.output.lines() {
            let _ = writeln!(text, "  {}", plain(output));
        }
    }
    if !check.history.is_empty() {
        let results = check.history.iter();
        let results: Vec<_> = results
            .map(|it| paint(it.status, it.status.as_str()))
            .collect();
        let _ = writeln!(text, "\n  {}", results.join(" "));
    }
    text
}
