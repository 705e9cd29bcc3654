//! Findings as checks write them, before they know where in the text they are.

use core::ops::Range;
use std::sync::Arc;

use chorister_yaml::{Node, Position, Span};

use super::{Code, Diagnostic, Label, Path, Severity, Step};
use crate::decode::resembles;

/// All that was found in one source.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: Vec<Finding>,
    /// How many errors there are, also among those that were too many to keep.
    errors: usize,
}

/// Something wrong at a place that is named, not yet located.
#[derive(Debug)]
#[must_use = "a finding counts once it is in `Findings`"]
pub(crate) struct Finding {
    code: Code,
    severity: Severity,
    message: String,
    help: Option<String>,
    place: Place,
    labels: Vec<(Place, String)>,
}

/// A place, and which part of it.
#[derive(Debug)]
struct Place {
    path: Path,
    part: Part,
}

/// Which part of a place is meant.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// The value.
    Value,
    /// The key that names the value.
    Key,
    /// These bytes of the scalar's text.
    Within(Range<usize>),
    /// The first character of the value: of a mapping that lacks a key.
    Start,
    /// A place that is known already.
    Span(Span),
}

// === impl Findings ===

impl Findings {
    /// How many findings are kept: nobody reads more.
    const MOST: usize = 1000;

    /// Takes in a finding.
    pub(crate) fn add(&mut self, finding: Finding) {
        let is_error = finding.severity == Severity::Error;
        self.errors += usize::from(is_error);
        // However many warnings there are, an error is not lost among them.
        if !self.is_full() || (is_error && self.errors <= Self::MOST) {
            self.found.push(finding);
        }
    }

    /// Whether no more findings are kept.
    pub(crate) fn is_full(&self) -> bool {
        self.found.len() >= Self::MOST
    }

    /// Whether any finding so far is an error.
    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many of the findings so far are errors.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// Locates the findings in the tree and sorts them in the order of the file.
    pub(crate) fn locate(self, file: &Arc<str>, root: Option<&Node>) -> Vec<Diagnostic> {
        let mut diagnostics: Vec<_> = self
            .found
            .into_iter()
            .map(|it| Diagnostic {
                code: it.code,
                severity: it.severity,
                message: shortened(it.message),
                help: it.help.map(shortened),
                file: Arc::clone(file),
                span: it.place.span(root),
                path: it.place.path.to_string(),
                labels: it
                    .labels
                    .into_iter()
                    .map(|(place, text)| Label {
                        file: None,
                        span: place.span(root),
                        text,
                    })
                    .collect(),
                notes: Vec::new(),
            })
            .collect();
        diagnostics.sort_by_key(|it| (it.span.start, it.code));
        // Through an alias several watchers share one text: one finding about it is enough.
        diagnostics.dedup_by(|it, other| {
            it == other || (it.code, it.span) == (other.code, other.span) && it.path != other.path
        });
        // What could not be read is missing: that is no finding of its own.
        let unread: Vec<_> = diagnostics
            .iter()
            .filter(|it| it.code.is_about_reading())
            .map(|it| it.span.start.line)
            .collect();
        diagnostics
            .retain(|it| it.code.is_about_reading() || !unread.contains(&it.span.start.line));
        diagnostics
    }
}

// === impl Finding ===

impl Finding {
    /// A finding at a value, as bad as its code usually is.
    pub(crate) fn new(code: Code, path: Path, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            help: None,
            place: Place {
                path,
                part: Part::Value,
            },
            labels: Vec::new(),
        }
    }

    /// The same, at another part of the place.
    pub(crate) fn at(mut self, part: Part) -> Self {
        self.place.part = part;
        self
    }

    /// Its code.
    pub(crate) const fn code(&self) -> Code {
        self.code
    }

    /// The same, as bad as this.
    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same, with this advice.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, with this advice if there is any.
    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// The same, with another place that explains it.
    pub(crate) fn label(mut self, path: Path, part: Part, text: impl Into<String>) -> Self {
        self.labels.push((Place { path, part }, text.into()));
        self
    }
}

/// A sentence that can be read: what it quotes from the spec may be of any length.
fn shortened(text: String) -> String {
    const HEAD: usize = 500;
    const TAIL: usize = 200;
    if text.len() <= 2 * HEAD {
        return text;
    }
    let (head, rest) = text.split_at(text.floor_char_boundary(HEAD));
    let (_, tail) = rest.split_at(rest.ceil_char_boundary(rest.len() - TAIL));
    format!("{head}…{tail}")
}

// === impl Place ===

impl Place {
    fn span(&self, root: Option<&Node>) -> Span {
        if let Part::Span(span) = &self.part {
            return *span;
        }
        let Some(root) = root else {
            return Span::default();
        };
        let (node, key) = walk(root, &self.path);
        match &self.part {
            Part::Key => key.unwrap_or(node.span),
            Part::Within(range) => node.locate(range.clone()),
            Part::Start => first_character(node),
            Part::Value | Part::Span(_) => node.span,
        }
    }
}

impl Path {
    /// Where the value at this path stands.
    pub(crate) fn span_in(&self, root: &Node) -> Span {
        walk(root, self).0.span
    }

    /// Where these bytes of the scalar at this path stand.
    pub(crate) fn part_in(&self, root: &Node, part: Range<usize>) -> Span {
        walk(root, self).0.locate(part)
    }
}

/// The node at a path, or the last one on the way that exists, and the span of its key.
fn walk<'a>(root: &'a Node, path: &Path) -> (&'a Node, Option<Span>) {
    let mut at = (root, None);
    for step in path.steps() {
        let next = match step {
            Step::Index(index) => at.0.items().get(*index).map(|it| (it, None)),
            Step::Key(key) => {
                let entries = at.0.entries();
                entries
                    .iter()
                    .find(|it| it.key.text == *key)
                    // A misspelt key was read as the one that was meant.
                    .or_else(|| entries.iter().find(|it| resembles(&it.key.text, key)))
                    .map(|it| (&it.value, Some(it.key.span)))
            }
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

fn first_character(node: &Node) -> Span {
    let start = node.span.start;
    let end = Position {
        offset: start.offset + 1,
        column: start.column + 1,
        ..start
    };
    match node.entries().first() {
        // A block mapping begins with its first key: the whole key is easier to see than a letter of it.
        Some(first)
            if first.merge == chorister_yaml::Merge::None && first.key.span.start == start =>
        {
            first.key.span
        }
        _ => Span::new(start, end.min(node.span.end)),
    }
}
