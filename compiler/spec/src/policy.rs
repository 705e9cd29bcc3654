//! The door for action policies: what [`chorister_policy`] finds, as diagnostics.

use core::ops::Range;

use chorister_policy::{ActionPolicy, FILE_LIMIT, Finding, Groups, Mistake, Semantics};
use chorister_yaml::{Position, Span};

use crate::diagnostic::{Code, Diagnostic, Label};
use crate::source::Source;

/// How many findings of one file are told.
const MOST: usize = 1000;

/// Checks the rules for one agent. `groups` is the file of groups beside it, if there is one.
#[must_use]
pub fn check(source: &Source, groups: Option<&Source>) -> Vec<Diagnostic> {
    if let Some(too_large) = too_large(source) {
        return vec![too_large];
    }
    let groups = groups.map(|it| Groups::parse(&it.text));
    let policy = ActionPolicy::parse(&source.path, &source.text, Semantics::Compatible);
    diagnostics(source, &policy.check(groups.as_ref()))
}

/// Checks a file of groups.
#[must_use]
pub fn check_groups(source: &Source) -> Vec<Diagnostic> {
    match too_large(source) {
        Some(too_large) => vec![too_large],
        None => diagnostics(source, Groups::parse(&source.text).findings()),
    }
}

fn too_large(source: &Source) -> Option<Diagnostic> {
    (source.text.len() > FILE_LIMIT).then(|| Diagnostic {
        code: Code::TooLarge,
        severity: Code::TooLarge.severity(),
        message: format!(
            "the file has more than {FILE_LIMIT} bytes, so nobody would be allowed anything"
        ),
        help: None,
        span: Span::at(Position::START),
        path: String::new(),
        labels: Vec::new(),
        notes: Vec::new(),
        file: source.path.clone(),
    })
}

fn diagnostics(source: &Source, findings: &[Finding]) -> Vec<Diagnostic> {
    let mut places = Places {
        text: &source.text,
        last: Position::START,
    };
    let found = findings.iter().take(MOST).map(|it| {
        let code = code(it.mistake);
        Diagnostic {
            code,
            severity: code.severity(),
            message: it.message.clone(),
            help: it.help.clone(),
            span: places.span(&it.span),
            path: String::new(),
            labels: it
                .label
                .iter()
                .map(|(span, text)| Label {
                    file: None,
                    span: places.span(span),
                    text: text.clone(),
                })
                .collect(),
            notes: Vec::new(),
            file: source.path.clone(),
        }
    });
    found.collect()
}

const fn code(mistake: Mistake) -> Code {
    match mistake {
        Mistake::Spaces => Code::PolicySpaces,
        Mistake::Columns => Code::PolicyColumns,
        Mistake::Compound => Code::PolicyCompound,
        Mistake::Fact => Code::PolicyFact,
        Mistake::Pattern => Code::PolicyPattern,
        Mistake::Group => Code::PolicyGroup,
        Mistake::Unreachable => Code::PolicyUnreachable,
        Mistake::Default => Code::PolicyDefault,
        Mistake::Never => Code::PolicyNever,
        Mistake::GroupLine => Code::PolicyGroupLine,
        _ => Code::PolicyLine,
    }
}

/// Finds lines and columns, quickest for places that follow each other.
struct Places<'t> {
    text: &'t str,
    last: Position,
}

impl Places<'_> {
    fn span(&mut self, bytes: &Range<usize>) -> Span {
        let start = self.at(bytes.start);
        Span::new(start, self.at(bytes.end))
    }

    fn at(&mut self, offset: usize) -> Position {
        let known = self.last.offset as usize;
        let (from, place) = if known <= offset {
            (known, self.last)
        } else {
            (0, Position::START)
        };
        self.last = place.after(self.text.get(from..offset).unwrap_or_default());
        self.last
    }
}
