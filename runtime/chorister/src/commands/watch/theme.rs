//! How things look.

use chorister_diagram::{Charset, Ink};
use ratatui::style::{Color, Modifier, Style};

/// Styles, with colours or without.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Theme {
    pub(crate) has_colour: bool,
    pub(crate) charset: Charset,
}

// === impl Theme ===

impl Theme {
    pub(super) fn plain(self) -> Style {
        Style::new()
    }

    pub(super) fn faint(self) -> Style {
        self.or(Color::DarkGray, Modifier::DIM)
    }

    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(super) fn name(self) -> Style {
        self.or(Color::Cyan, Modifier::empty())
    }

    /// Where a machine is.
    pub(super) fn current(self) -> Style {
        self.or(Color::Green, Modifier::BOLD)
            .add_modifier(Modifier::BOLD)
    }

    /// What happened a moment ago.
    pub(super) fn recent(self) -> Style {
        self.or(Color::Yellow, Modifier::REVERSED)
            .add_modifier(Modifier::BOLD)
    }

    pub(super) fn bad(self) -> Style {
        self.or(Color::Red, Modifier::BOLD)
            .add_modifier(Modifier::BOLD)
    }

    /// What is chosen.
    pub(super) fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub(super) fn ink(self, ink: Ink) -> Style {
        match ink {
            Ink::Plain => self.plain(),
            Ink::Faint => self.faint(),
            Ink::Strong => self.strong(),
            Ink::Name => self.name(),
            Ink::Good | Ink::Current => self.current(),
            Ink::Path | Ink::Recent => self.recent(),
        }
    }

    /// One of two texts, as the terminal can show the first one or not.
    pub(super) fn pick(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        match self.charset {
            Charset::Unicode => unicode,
            Charset::Ascii => ascii,
        }
    }

    /// A bar for a number of transitions.
    pub(super) fn bar(self, count: usize) -> &'static str {
        const BARS: [&str; 5] = ["▁", "▃", "▅", "▆", "█"];
        const ASCII: [&str; 5] = [".", ":", "i", "l", "#"];
        let at = count.min(4);
        self.pick(BARS[at], ASCII[at])
    }

    fn or(self, colour: Color, otherwise: Modifier) -> Style {
        if self.has_colour {
            Style::new().fg(colour)
        } else {
            Style::new().add_modifier(otherwise)
        }
    }
}
