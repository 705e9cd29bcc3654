//! What is wrong with a spec: findings as data.
//!
//! A [`Diagnostic`] says what is wrong (`message`), where (`span`, and `path` in the spec's own terms) and what
//! probably helps (`help`). Codes are stable and stand in one table, [`codes`](Code); each has a page of prose
//! that [`explain`] returns.

mod codes;
mod findings;
mod path;

use std::sync::Arc;

use chorister_yaml::Span;

pub use codes::{Code, explain};
pub(crate) use findings::{Finding, Findings, Part};
pub(crate) use path::{Path, Step, at};

/// One finding in a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of mistake it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What probably puts it right.
    pub help: Option<String>,
    /// The path of the source.
    pub file: Arc<str>,
    /// Where it is.
    pub span: Span,
    /// The same place in the spec's own terms, such as `watchers[1].success_transition`.
    pub path: String,
    /// Other places that explain it.
    pub labels: Vec<Label>,
    /// What shows it, such as the way of a machine into a state.
    pub notes: Vec<String>,
}

/// A place that explains a finding, and why it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The path of the source, where it is not that of the finding.
    pub file: Option<Arc<str>>,
    /// Where it is.
    pub span: Span,
    /// What is there.
    pub text: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Works, but is suspect.
    Warning,
    /// Cannot mean anything, cannot start, or would fail every time.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
