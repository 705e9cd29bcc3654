//! Findings as text, in the look of rustc.

use std::collections::BTreeMap;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use chorister_yaml::Span;

use super::Texts;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Source;

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// Plain text.
    #[default]
    Never,
    /// With ANSI escapes, for a terminal.
    Always,
}

/// Each finding with the lines it is about, an empty line after each.
///
/// Findings in files that are not among `sources` are printed without their lines.
#[must_use]
pub fn text(diagnostics: &[Diagnostic], sources: &[Source], color: Color) -> String {
    let renderer = match color {
        Color::Never => Renderer::plain(),
        Color::Always => Renderer::styled(),
    }
    .decor_style(DecorStyle::Ascii);
    let texts = super::texts(sources);
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&renderer.render(&[group(diagnostic, &texts)]));
        out.push_str("\n\n");
    }
    out
}

fn group<'a>(it: &'a Diagnostic, texts: &Texts<'a>) -> Group<'a> {
    let level = match it.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(&*it.message).id(it.code.as_str()));
    match snippet(texts, &it.file, Some(it.span)) {
        Some(snippet) => {
            let near = it.labels.iter().filter(|label| label.file.is_none());
            group = group.element(near.fold(snippet, |snippet, label| {
                snippet.annotation(
                    AnnotationKind::Context
                        .span(label.span.range())
                        .label(&*label.text),
                )
            }));
        }
        None => {
            let start = it.span.start;
            let origin = Origin::path(&*it.file).line(start.line as usize);
            group = group.element(origin.char_column(start.column as usize));
        }
    }
    let mut far: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for label in &it.labels {
        if let Some(file) = &label.file {
            far.entry(file).or_default().push(label);
        }
    }
    for (file, labels) in far {
        if let Some(snippet) = snippet(texts, file, None) {
            group = group.element(labels.into_iter().fold(snippet, |snippet, label| {
                snippet.annotation(
                    AnnotationKind::Context
                        .span(label.span.range())
                        .label(&*label.text),
                )
            }));
        }
    }
    match &it.help {
        Some(help) => group.element(Level::HELP.message(&**help)),
        None => group,
    }
}

fn snippet<'a>(
    texts: &Texts<'a>,
    file: &'a str,
    primary: Option<Span>,
) -> Option<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let text = *texts.get(file)?;
    let snippet = Snippet::source(text).path(file);
    Some(match primary {
        Some(span) => snippet.annotation(AnnotationKind::Primary.span(first_line(span, text))),
        None => snippet,
    })
}

/// The part of a span on its first line: a finding about a whole mapping points to its beginning.
fn first_line(span: Span, text: &str) -> core::ops::Range<usize> {
    let range = span.range();
    let line = text
        .get(range.clone())
        .and_then(|it| it.lines().next())
        .map_or(0, str::len);
    range.start..range.start + line
}
