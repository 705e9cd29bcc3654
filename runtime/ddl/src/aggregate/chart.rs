//! A line through numbers, drawn with characters.

use core::fmt::Write as _;

/// Columns of the drawing, without its scale.
const WIDTH: usize = 60;
/// Rows of the drawing, beside the first.
const HEIGHT: usize = 15;

/// Draws numbers from left to right in the order in which they came; nothing where there are none.
///
/// Numbers are stretched or squeezed to the width of the drawing, with straight lines between them.
#[must_use]
pub fn plot(numbers: &[f64]) -> String {
    let points = stretched(numbers);
    let least = points.iter().copied().fold(f64::INFINITY, f64::min);
    let most = points.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if points.is_empty() {
        return String::new();
    }
    let span = most - least;
    let rows = if span > 0.0 { HEIGHT } else { 0 };
    let level = |number: f64| {
        let share = if span > 0.0 {
            (number - least) / span
        } else {
            0.0
        };
        rounded(share * count(rows)).min(rows)
    };
    let levels: Vec<usize> = points.iter().map(|it| level(*it)).collect();
    let labels: Vec<String> = (0..=rows)
        .map(|row| {
            let step = if rows == 0 { 0.0 } else { span / count(rows) };
            format!("{:.2}", most - step * count(row))
        })
        .collect();
    let wide = labels.iter().map(String::len).max().unwrap_or_default();
    let mut drawing = String::new();
    for (row, label) in labels.iter().enumerate() {
        let height = rows - row;
        let axis = if levels.first() == Some(&height) {
            '┼'
        } else {
            '┤'
        };
        let line: String = levels
            .windows(2)
            .map(|pair| match pair {
                [from, to] => stroke(*from, *to, height),
                _ => ' ',
            })
            .collect();
        let _ = writeln!(drawing, " {label:>wide$} {axis}{}", line.trim_end());
    }
    drawing.truncate(drawing.trim_end().len());
    drawing
}

/// What stands at a height between two columns.
fn stroke(from: usize, to: usize, height: usize) -> char {
    let (low, high) = (from.min(to), from.max(to));
    match height {
        it if from == to && it == from => '─',
        _ if from == to => ' ',
        it if it == from && from > to => '╮',
        it if it == from => '╯',
        it if it == to && from > to => '╰',
        it if it == to => '╭',
        it if low < it && it < high => '│',
        _ => ' ',
    }
}

/// As many points as there are columns.
fn stretched(numbers: &[f64]) -> Vec<f64> {
    let Some(last) = numbers.len().checked_sub(1) else {
        return Vec::new();
    };
    let step = count(last) / count(WIDTH - 1);
    let point = |column: usize| {
        let at = count(column) * step;
        let left = rounded(at.floor()).min(last);
        let (one, other) = (numbers.get(left)?, numbers.get(left + 1));
        let share = at - count(left);
        Some(one + (other.unwrap_or(one) - one) * share)
    };
    (0..WIDTH).filter_map(point).collect()
}

#[allow(clippy::cast_precision_loss)]
fn count(number: usize) -> f64 {
    number as f64
}

/// To the nearest whole number; never negative here.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn rounded(number: f64) -> usize {
    number.round() as usize
}
