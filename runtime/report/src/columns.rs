//! Names in columns.

use core::fmt::Write as _;

/// How many columns there are at most.
const COLUMNS: usize = 3;

/// Names row by row, each column as wide as it has to be.
pub(crate) fn rows(names: &[&str]) -> String {
    let mut widths = [0; COLUMNS];
    for row in names.chunks(COLUMNS) {
        for (width, name) in widths.iter_mut().zip(row) {
            *width = (*width).max(name.chars().count());
        }
    }
    let mut text = String::new();
    for row in names.chunks(COLUMNS) {
        text.push_str("    ");
        let cells = row.iter().copied().chain(core::iter::repeat(""));
        for (width, name) in widths.iter().zip(cells) {
            let _ = write!(text, "{name:width$}    ");
        }
        text.push('\n');
    }
    text
}

/// Names column by column, all columns as wide as the longest name.
pub(crate) fn columns(names: &[&str]) -> String {
    let width = names.iter().map(|it| it.chars().count()).max();
    let width = width.unwrap_or_default();
    let rows = names.len().div_ceil(COLUMNS).max(1);
    let columns = names.len().div_ceil(rows);
    let mut text = String::new();
    for row in 0..rows.min(names.len()) {
        let cell = |column: usize| names.get(column * rows + row).copied().unwrap_or_default();
        let cells = (0..columns).map(|column| format!("{:width$}", cell(column)));
        let _ = writeln!(text, "    {}", cells.collect::<Vec<_>>().join(" "));
    }
    text
}
