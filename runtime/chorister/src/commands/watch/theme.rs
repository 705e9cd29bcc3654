//! How things look.

use chorister_diagram::{Charset, Ink};
use chorister_engine::Standing;
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

    /// What is shown of a check.
    pub(super) fn standing(self, standing: Standing) -> Style {
        match standing {
            Standing::Ok => self.or(Color::Green, Modifier::empty()),
            Standing::Warning => self.or(Color::Yellow, Modifier::BOLD),
            Standing::Critical => self.bad(),
            Standing::Unknown => self.or(Color::Magenta, Modifier::BOLD),
            Standing::Maintenance => self.or(Color::Cyan, Modifier::DIM),
        }
    }

    /// The mark before a check.
    pub(super) fn mark(self, standing: Standing) -> &'static str {
        match standing {
            Standing::Ok => self.pick("●", "o"),
            Standing::Warning => self.pick("▲", "!"),
            Standing::Critical => self.pick("✗", "X"),
            Standing::Unknown => "?",
            Standing::Maintenance => self.pick("◌", "-"),
        }
    }

    /// One result of a check.
    pub(super) fn result(self, standing: Standing) -> &'static str {
        match standing {
            Standing::Ok | Standing::Maintenance => self.pick("▁", "."),
            Standing::Warning => self.pick("▄", "w"),
            Standing::Critical => self.pick("█", "C"),
            Standing::Unknown => "?",
        }
    }

    /// A bar for a share of a whole, from 0 to 1.
    pub(super) fn level(self, share: f64) -> &'static str {
        const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
        const ASCII: [&str; 8] = [".", ":", "-", "=", "+", "*", "%", "#"];
        let at = (share.clamp(0.0, 1.0) * 7.0).round() as usize;
        self.pick(BARS[at.min(7)], ASCII[at.min(7)])
    }

    fn or(self, colour: Color, otherwise: Modifier) -> Style {
        if self.has_colour {
            Style::new().fg(colour)
        } else {
            Style::new().add_modifier(otherwise)
        }
    }
}
