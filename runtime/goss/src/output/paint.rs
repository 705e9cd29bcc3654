//! Colours of a terminal.

use crate::Outcome;

/// What colours a text, or does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    on: bool,
}

// === impl Paint ===

impl Paint {
    pub(super) fn new(on: bool) -> Self {
        Self { on }
    }

    /// The text in the colour of an outcome: green, red or yellow.
    pub(super) fn outcome(self, outcome: Outcome, text: &str) -> String {
        if !self.on {
            return text.to_owned();
        }
        let color = match outcome {
            Outcome::Pass => 32,
            Outcome::Fail => 31,
            Outcome::Skip => 33,
        };
        format!("\x1b[{color}m{text}\x1b[0m")
    }
}
