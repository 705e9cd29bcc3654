//! What is wrong with a goss file, as data.

use chorister_yaml::{ErrorKind, Span};

/// One thing that is wrong with a goss file, or suspect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What sort of mistake it is.
    pub mistake: Mistake,
    /// How bad it is.
    pub severity: Severity,
    /// The file that it is in, as an index into the files of the load.
    pub file: usize,
    /// Where it is in the file as its author wrote it: what a template made is at the action that made it.
    pub span: Span,
    /// The same place in the file's own terms, such as `file./etc/hosts.mode`; empty where that says nothing.
    pub path: String,
    /// What is wrong: one sentence without a full stop.
    pub message: String,
    /// What probably puts it right.
    pub help: Option<String>,
    /// Another place that explains it: a file, where in it, and what is there.
    pub related: Option<(usize, Span, String)>,
    /// What goss says where it refuses the file for this; nothing where it takes the file.
    pub refusal: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Works, but is suspect.
    Warning,
    /// Cannot be read, or would fail every time.
    Error,
}

/// The sorts of mistakes in goss files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mistake {
    /// The text is not what its format wants.
    Text(ErrorKind),
    /// The template cannot be rendered.
    Template,
    /// The template reads a variable that is not set.
    Variable,
    /// The template calls a function that does not exist, or not here.
    Function,
    /// A value has the wrong type, or is missing.
    Shape,
    /// There is no such kind of resource.
    Kind,
    /// The kind has no such attribute.
    Attribute,
    /// A resource lacks what it has to say.
    Required,
    /// A matcher is not one.
    Matcher,
    /// A property can never be as expected.
    NeverPasses,
    /// Something is expected that says nothing, or is never looked at.
    SaysNothing,
    /// A regular expression, a range of versions or a path cannot be read.
    Expression,
    /// A pattern looks for another text than the one that is written.
    PatternText,
    /// A resource has a name that the thing cannot have.
    Name,
    /// A setting cannot be used as it is.
    Setting,
    /// An include leads nowhere, or in a circle.
    Include,
    /// A resource is replaced by one of the same name.
    Replaced,
    /// It needs a newer goss than go-choria has.
    Newer,
    /// There is nothing to check.
    Empty,
}

// === impl Finding ===

impl Finding {
    pub(crate) fn new(
        mistake: Mistake,
        file: usize,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Self {
            mistake,
            severity: Severity::Error,
            file,
            span,
            path: String::new(),
            message: message.into(),
            help: None,
            related: None,
            refusal: None,
        }
    }

    pub(crate) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    pub(crate) fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    pub(crate) fn related(mut self, file: usize, span: Span, text: impl Into<String>) -> Self {
        self.related = Some((file, span, text.into()));
        self
    }

    /// The same, for which goss refuses the file in these words.
    pub(crate) fn refused(mut self, words: impl Into<String>) -> Self {
        self.refusal = Some(words.into());
        self
    }
}
