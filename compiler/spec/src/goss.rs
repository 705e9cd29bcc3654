//! The door for goss files: what [`chorister_goss`] finds, as diagnostics.

#[cfg(feature = "schema")]
mod schema;

use std::sync::Arc;

use chorister_goss::{Files, Finding, Mistake, Severity as Badness, Suite, Vars};

use crate::diagnostic::{Code, Diagnostic, Label, Severity};
use crate::machine::code_of;
use crate::source::Source;

#[cfg(feature = "schema")]
pub use schema::schema;

/// What came of checking a goss file and its includes.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What could be read.
    pub suite: Suite,
    /// The files that were read; the first is the one that was asked for.
    pub sources: Vec<Source>,
    /// All findings, file by file, and in the order of each.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks the goss file at `path` as rendered with `vars`, and what it includes.
#[must_use]
pub fn check(path: &str, vars: &Vars, files: &dyn Files) -> Checked {
    let checked = chorister_goss::check(path, vars, files);
    let sources: Vec<Source> = checked
        .files
        .iter()
        .map(|it| Source::new(it.path.as_str(), it.text.as_str()))
        .collect();
    let name = |at: usize| {
        sources
            .get(at)
            .map_or_else(|| Arc::from(path), |it| Arc::clone(&it.path))
    };
    let diagnostics = checked
        .findings
        .into_iter()
        .map(|it| diagnostic(it, &name))
        .collect();
    Checked {
        suite: checked.suite,
        sources,
        diagnostics,
    }
}

fn diagnostic(finding: Finding, name: &impl Fn(usize) -> Arc<str>) -> Diagnostic {
    let file = name(finding.file);
    let labels = finding.related.into_iter().map(|(at, span, text)| Label {
        file: (at != finding.file).then(|| name(at)),
        span,
        text,
    });
    Diagnostic {
        code: code(finding.mistake),
        severity: match finding.severity {
            Badness::Warning => Severity::Warning,
            Badness::Error => Severity::Error,
        },
        message: finding.message,
        help: finding.help,
        span: finding.span,
        path: finding.path,
        labels: labels.collect(),
        notes: Vec::new(),
        file,
    }
}

fn code(mistake: Mistake) -> Code {
    match mistake {
        Mistake::Text(kind) => code_of(kind),
        Mistake::Template => Code::GossTemplate,
        Mistake::Variable => Code::GossVariable,
        Mistake::Function => Code::GossFunction,
        Mistake::Kind => Code::GossKind,
        Mistake::Attribute => Code::GossAttribute,
        Mistake::Required => Code::GossRequired,
        Mistake::Matcher => Code::GossMatcher,
        Mistake::NeverPasses => Code::GossNeverPasses,
        Mistake::SaysNothing => Code::GossSaysNothing,
        Mistake::Expression => Code::GossExpression,
        Mistake::PatternText => Code::GossPatternText,
        Mistake::Name => Code::GossName,
        Mistake::Setting => Code::GossSetting,
        Mistake::Include => Code::GossInclude,
        Mistake::Replaced => Code::GossReplaced,
        Mistake::Newer => Code::GossNewer,
        Mistake::Empty => Code::GossEmpty,
        _ => Code::GossShape,
    }
}
