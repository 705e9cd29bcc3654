//! Checks, one a line.

use std::io::IsTerminal;

use super::{Row, paint};
use crate::commands::ask::Style;
use crate::commands::time::length;

/// The columns before the text that a check printed.
const HEADS: [&str; 6] = ["CHECK", "STATUS", "SINCE", "LAST", "NEXT", "TRY"];

/// The least that is left for the text, in characters.
const LEAST: usize = 20;

/// How wide a line may be; any width where nobody looks at it on a terminal.
pub(super) fn width() -> usize {
    let stdout = std::io::stdout();
    if !stdout.is_terminal() {
        return usize::MAX;
    }
    let size = rustix::termios::tcgetwinsize(stdout);
    size.map_or(usize::MAX, |it| usize::from(it.ws_col).max(40))
}

/// The table, at this time in Unix seconds.
pub(super) fn text(rows: &[Row<'_>], width: usize, now: i64) -> String {
    let cells: Vec<[String; 6]> = rows.iter().map(|it| cells(it, now)).collect();
    let widest = |column: usize| {
        let cells = cells.iter().map(|it| it[column].chars().count());
        cells.chain([HEADS[column].len()]).max().unwrap_or(0)
    };
    let widths: [usize; 6] = std::array::from_fn(widest);
    let heads = HEADS.iter().zip(widths);
    let heads: String = heads
        .map(|(head, width)| format!("{head:width$}  "))
        .collect();
    let mut text = Style::Faint.paint(&format!("{heads}OUTPUT"));
    text.push('\n');
    let left = width.saturating_sub(widths.iter().map(|it| it + 2).sum());
    for (row, cells) in rows.iter().zip(&cells) {
        let padded = |column: usize| format!("{:width$}", cells[column], width = widths[column]);
        text.push_str(&padded(0));
        text.push_str("  ");
        text.push_str(&paint(row.check.status, &padded(1)));
        for column in 2..HEADS.len() {
            text.push_str("  ");
            text.push_str(&padded(column));
        }
        let flags = row.flags(now).join("; ");
        let room = left.max(LEAST);
        let flags = cut(&flags, room);
        if !flags.is_empty() {
            text.push_str("  ");
            text.push_str(&Style::Recent.paint(&flags));
        }
        let room = room.saturating_sub(match flags.chars().count() {
            0 => 0,
            some => some + 2,
        });
        let output = cut(&plain(row.check.summary()), room);
        if !output.is_empty() {
            text.push_str("  ");
            text.push_str(&output);
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn cells(row: &Row<'_>, now: i64) -> [String; 6] {
    let check = row.check;
    let none = || "-".to_owned();
    let attempt = check.attempt.map(|(attempt, of)| format!("{attempt}/{of}"));
    [
        row.name.to_owned(),
        check.status.as_str().to_owned(),
        length(now.saturating_sub(row.since)),
        check
            .last_check
            .map_or_else(|| "never".to_owned(), |it| length(now.saturating_sub(it))),
        check
            .next_check
            .map_or_else(none, |it| length(it.saturating_sub(now))),
        attempt.unwrap_or_else(none),
    ]
}

/// The text without what a terminal would obey.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|it| if it.is_control() { '\u{fffd}' } else { it })
        .collect()
}

/// At most so many characters of a text.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    match most {
        0 => kept,
        _ => kept + "…",
    }
}
