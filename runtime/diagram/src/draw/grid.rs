//! Cells of a terminal: text, and lines that join where they meet.

use unicode_width::UnicodeWidthChar;

use crate::drawing::{Ink, Line};

/// The sides of a cell that a line leaves by.
pub(super) const UP: u8 = 1;
pub(super) const DOWN: u8 = 2;
pub(super) const LEFT: u8 = 4;
pub(super) const RIGHT: u8 = 8;

/// How a line looks; where several meet the last one of this order counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stroke {
    #[default]
    Dashed,
    Round,
    Square,
    Heavy,
}

/// The characters of a drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// Lines and arrows of Unicode.
    #[default]
    Unicode,
    /// For terminals that know nothing else.
    Ascii,
}

/// A grid that grows as it is drawn on.
#[derive(Clone, Debug, Default)]
pub(super) struct Grid {
    rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    shape: Shape,
    ink: Ink,
}

#[derive(Clone, Copy, Debug, Default)]
enum Shape {
    #[default]
    Blank,
    Text(char),
    /// The right half of a wide character.
    Tail,
    Wire {
        arms: u8,
        stroke: Stroke,
    },
}

/// What a line is drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pen {
    pub(super) stroke: Stroke,
    pub(super) ink: Ink,
}

// === impl Grid ===

impl Grid {
    /// Writes text from left to right over whatever is there.
    pub(super) fn text(&mut self, row: usize, column: usize, text: &str, ink: Ink) {
        let mut at = column;
        for char in text.chars() {
            let width = char.width().unwrap_or(0);
            if width == 0 {
                continue;
            }
            let shape = Shape::Text(char);
            *self.cell(row, at) = Cell { shape, ink };
            for tail in 1..width {
                let shape = Shape::Tail;
                *self.cell(row, at + tail) = Cell { shape, ink };
            }
            at += width;
        }
    }

    /// Lets a line leave a cell by these sides, beside those that leave it already.
    pub(super) fn wire(&mut self, row: usize, column: usize, arms: u8, pen: Pen) {
        let cell = self.cell(row, column);
        match &mut cell.shape {
            Shape::Wire { arms: old, stroke } => {
                *old |= arms;
                *stroke = (*stroke).max(pen.stroke);
                cell.ink = cell.ink.max(pen.ink);
            }
            Shape::Blank => {
                let stroke = pen.stroke;
                cell.shape = Shape::Wire { arms, stroke };
                cell.ink = pen.ink;
            }
            // Text is never drawn through.
            Shape::Text(_) | Shape::Tail => {}
        }
    }

    /// A line down a column, through all cells of these rows.
    pub(super) fn vertical(&mut self, rows: std::ops::Range<usize>, column: usize, pen: Pen) {
        for row in rows {
            self.wire(row, column, UP | DOWN, pen);
        }
    }

    /// A line along a row between the middles of two cells.
    pub(super) fn horizontal(&mut self, row: usize, from: usize, to: usize, pen: Pen) {
        let (left, right) = (from.min(to), from.max(to));
        if left == right {
            return;
        }
        self.wire(row, left, RIGHT, pen);
        for column in left + 1..right {
            self.wire(row, column, LEFT | RIGHT, pen);
        }
        self.wire(row, right, LEFT, pen);
    }

    /// A box.
    pub(super) fn frame(&mut self, area: crate::drawing::Area, pen: Pen) {
        let (bottom, right) = (area.top + area.height - 1, area.left + area.width - 1);
        for (row, side) in [(area.top, DOWN), (bottom, UP)] {
            self.horizontal(row, area.left, right, pen);
            self.wire(row, area.left, side, pen);
            self.wire(row, right, side, pen);
        }
        for column in [area.left, right] {
            self.vertical(area.top + 1..bottom, column, pen);
        }
    }

    /// The lines as text.
    pub(super) fn lines(&self, charset: Charset) -> Vec<Line> {
        let line = |cells: &Vec<Cell>| {
            let end = cells
                .iter()
                .rposition(|it| !matches!(it.shape, Shape::Blank));
            let mut line = Line::default();
            for cell in cells.iter().take(end.map_or(0, |it| it + 1)) {
                match cell.shape {
                    Shape::Blank => line.push(Ink::Plain, ' '),
                    Shape::Text(char) => line.push(cell.ink, char),
                    Shape::Tail => {}
                    Shape::Wire { arms, stroke } => {
                        line.push(cell.ink, glyph(arms, stroke, charset));
                    }
                }
            }
            line
        };
        self.rows.iter().map(line).collect()
    }

    fn cell(&mut self, row: usize, column: usize) -> &mut Cell {
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Vec::new);
        }
        let cells = &mut self.rows[row];
        if cells.len() <= column {
            cells.resize_with(column + 1, Cell::default);
        }
        &mut cells[column]
    }
}

/// The character for a cell that a line leaves by these sides.
fn glyph(arms: u8, stroke: Stroke, charset: Charset) -> char {
    /// By the sides as bits: one side alone looks as if the line went on.
    const LIGHT: [char; 16] = [
        ' ', '│', '│', '│', '─', '┘', '┐', '┤', '─', '└', '┌', '├', '─', '┴', '┬', '┼',
    ];
    const HEAVY: [char; 16] = [
        ' ', '┃', '┃', '┃', '━', '┛', '┓', '┫', '━', '┗', '┏', '┣', '━', '┻', '┳', '╋',
    ];
    const ASCII: [char; 16] = [
        ' ', '|', '|', '|', '-', '+', '+', '+', '-', '+', '+', '+', '-', '+', '+', '+',
    ];
    let at = usize::from(arms & 15);
    match (charset, stroke) {
        (Charset::Ascii, Stroke::Heavy) if arms & (UP | DOWN) == 0 => '=',
        (Charset::Ascii, Stroke::Heavy) => '#',
        (Charset::Ascii, Stroke::Dashed) if arms & (LEFT | RIGHT) == 0 => ':',
        (Charset::Ascii, _) => ASCII[at],
        (_, Stroke::Heavy) => HEAVY[at],
        (_, Stroke::Square) => LIGHT[at],
        (_, stroke) => match LIGHT[at] {
            '┘' => '╯',
            '┐' => '╮',
            '└' => '╰',
            '┌' => '╭',
            '│' if stroke == Stroke::Dashed => '┆',
            '─' if stroke == Stroke::Dashed => '┄',
            other => other,
        },
    }
}

// === impl Charset ===

impl Charset {
    /// What a terminal in this environment shows: the locale decides, and one that says nothing is a modern one.
    #[must_use]
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .filter_map(variable);
        let locale = set
            .map(|it| it.to_ascii_lowercase())
            .find(|it| !it.is_empty());
        match locale {
            Some(it) if !it.contains("utf-8") && !it.contains("utf8") => Self::Ascii,
            _ => Self::Unicode,
        }
    }

    pub(super) const fn up(self) -> &'static str {
        match self {
            Self::Unicode => "▲",
            Self::Ascii => "^",
        }
    }

    pub(super) const fn down(self) -> &'static str {
        match self {
            Self::Unicode => "▼",
            Self::Ascii => "v",
        }
    }

    /// Before an event that leads back into its state.
    pub(super) const fn again(self) -> &'static str {
        match self {
            Self::Unicode => "↺",
            Self::Ascii => "@",
        }
    }

    /// Before the name of the state where a machine starts.
    pub(super) const fn start(self) -> &'static str {
        match self {
            Self::Unicode => "▸ ",
            Self::Ascii => "> ",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let check = |set: &[(&str, &str)], expect| {
            let found = Charset::of_environment(|name| {
                let it = set.iter().find(|it| it.0 == name);
                it.map(|it| it.1.to_owned())
            });
            assert_eq!(found, expect, "{set:?}");
        };
        check(&[], Charset::Unicode);
        check(&[("LANG", "de_DE.UTF-8")], Charset::Unicode);
        check(&[("LANG", "C.utf8"), ("LC_ALL", "")], Charset::Unicode);
        check(&[("LANG", "C.UTF-8"), ("LC_ALL", "C")], Charset::Ascii);
        check(&[("LANG", "de_DE@euro")], Charset::Ascii);
    }
}
