//! What is wrong with a policy, for its author.

use core::ops::Range;

/// Something wrong with a policy or a file of groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What sort of mistake it is.
    pub mistake: Mistake,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What probably puts it right.
    pub help: Option<String>,
    /// Where: bytes of the text.
    pub span: Range<usize>,
    /// Another place that explains it, and why it does.
    pub label: Option<(Range<usize>, String)>,
}

/// The sorts of mistakes in policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mistake {
    /// The columns of a rule have spaces between them.
    Spaces,
    /// A rule has too few or too many columns.
    Columns,
    /// A line is neither a rule nor a default.
    Line,
    /// A rule joins facts or classes in a way that does not exist.
    Compound,
    /// What a rule says of a fact cannot be read.
    Fact,
    /// A pattern cannot be read.
    Pattern,
    /// There is no such group.
    Group,
    /// A rule is never reached.
    Unreachable,
    /// A default is missing, or is not what it seems.
    Default,
    /// A word of a rule can never match.
    Never,
    /// A line of a file of groups cannot be read.
    GroupLine,
}

impl Finding {
    pub(crate) fn new(mistake: Mistake, span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            mistake,
            message: message.into(),
            help: None,
            span,
            label: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn label(mut self, span: Range<usize>, text: impl Into<String>) -> Self {
        self.label = Some((span, text.into()));
        self
    }
}
