//! What is wrong with a configuration.

use core::fmt;
use std::sync::Arc;

use chorister_yaml::{ErrorKind, Span};

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which kind of mistake it is.
    pub mistake: Mistake,
    /// The file; what else it was read from, such as a variable, where it stands in none.
    pub file: Arc<str>,
    /// Where in the file.
    pub span: Span,
    /// The key that it is about, as its author wrote it; empty where it is about none.
    pub key: String,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What probably puts it right.
    pub help: Option<String>,
    /// What it leaves unsaid that guards a node: the name of a setting or of a group of them, or a file.
    pub guard: Option<String>,
}

/// Which kind of mistake a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// The text of a YAML file.
    Text(ErrorKind),
    /// A line that sets nothing.
    Line,
    /// A key that is not known, and like no other.
    UnknownKey,
    /// A key that is not known, and like one that is.
    Misspelt,
    /// A value that is not what its key wants.
    Value,
    /// A key that is given again.
    Repeated,
    /// Values that do not fit together.
    Conflict,
}

// === impl Finding ===

impl Finding {
    /// Whether it means what its author cannot have meant, so that strict readers refuse the file.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(
            self.mistake,
            Mistake::Text(_) | Mistake::Misspelt | Mistake::Value
        )
    }
}

impl fmt::Display for Finding {
    /// One line: `FILE:LINE:COLUMN: MESSAGE (HELP)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.span != Span::default() {
            write!(f, ":{}", self.span)?;
        }
        write!(f, ": {}", self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}
