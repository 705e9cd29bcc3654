//! What comes out of drawing: lines of text whose pieces say what they are.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

/// A drawing for a terminal, from top to bottom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    /// The lines, without spaces at their ends.
    pub lines: Vec<Line>,
    /// The rows and columns of what a reader looks for, such as the present state.
    pub focus: Option<Area>,
}

/// A line of a drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its pieces, from left to right; neighbours differ in ink.
    pub spans: Vec<Span>,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its text, without control characters.
    pub text: String,
    /// What it is.
    pub ink: Ink,
}

/// What a piece of a drawing is; whoever shows it gives it a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ink {
    /// Nothing special.
    #[default]
    Plain,
    /// What matters less: lines, remarks.
    Faint,
    /// A heading, the name of a state.
    Strong,
    /// The name of an event.
    Name,
    /// The state where the machine starts, in a list.
    Good,
    /// On the way that is pointed out.
    Path,
    /// What was taken a moment ago.
    Recent,
    /// Where the machine is.
    Current,
}

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// First row, from 0.
    pub top: usize,
    /// First column, from 0.
    pub left: usize,
    /// Number of rows.
    pub height: usize,
    /// Number of columns.
    pub width: usize,
}

// === impl Drawing ===

impl Drawing {
    /// How many columns the drawing needs.
    #[must_use]
    pub fn width(&self) -> usize {
        self.lines.iter().map(Line::width).max().unwrap_or(0)
    }

    /// The drawing as text, each piece as `paint` shows it; every line ends with a line feed.
    #[must_use]
    pub fn text(&self, paint: impl Fn(Ink, &str) -> String) -> String {
        let mut text = String::new();
        for line in &self.lines {
            for span in &line.spans {
                text.push_str(&paint(span.ink, &span.text));
            }
            text.push('\n');
        }
        text
    }

    /// Puts characters that every terminal knows in the place of those that lists are drawn with.
    pub(crate) fn without_unicode(&mut self) {
        for span in self.lines.iter_mut().flat_map(|it| &mut it.spans) {
            let plain = span.text.chars().map(|it| match it {
                '●' => '*',
                '○' => 'o',
                '▶' => '>',
                '→' => '>',
                '├' | '└' | '·' | '─' => '-',
                '…' => '~',
                other => other,
            });
            span.text = plain.collect();
        }
    }

    /// The drawing as text without any colour.
    #[must_use]
    pub fn plain(&self) -> String {
        self.text(|_, text| text.to_owned())
    }
}

// === impl Line ===

impl Line {
    /// How many columns the line needs.
    #[must_use]
    pub fn width(&self) -> usize {
        self.spans.iter().map(|it| it.text.width()).sum()
    }

    /// Adds text at its end.
    pub(crate) fn push(&mut self, ink: Ink, text: impl std::fmt::Display) {
        match self.spans.last_mut() {
            Some(last) if last.ink == ink => {
                let _ = write!(last.text, "{text}");
            }
            _ => {
                let text = text.to_string();
                if !text.is_empty() {
                    self.spans.push(Span { text, ink });
                }
            }
        }
    }
}

/// Text without what a terminal would obey.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .map(|it| if it.is_control() { '\u{fffd}' } else { it })
        .collect()
}
