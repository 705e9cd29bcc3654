//! Findings as text, in the look of rustc.

use std::collections::BTreeMap;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
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
    let near = it.labels.iter().filter(|label| label.file.is_none());
    let near: Vec<_> = near.map(|label| (label.span, &*label.text)).collect();
    group = match snippet(texts, &it.file, Some(it.span), &near) {
        Some(snippet) => group.element(snippet),
        None => {
            let start = it.span.start;
            let origin = Origin::path(&*it.file).line(start.line as usize);
            group.element(origin.char_column(start.column as usize))
        }
    };
    let mut far: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for label in &it.labels {
        if let Some(file) = &label.file {
            far.entry(file)
                .or_default()
                .push((label.span, &*label.text));
        }
    }
    for (file, labels) in far {
        if let Some(snippet) = snippet(texts, file, None, &labels) {
            group = group.element(snippet);
        }
    }
    for note in &it.notes {
        group = group.element(Level::NOTE.message(&**note));
    }
    match &it.help {
        Some(help) => group.element(Level::HELP.message(&**help)),
        None => group,
    }
}

/// The lines around a finding and its labels.
fn snippet<'a>(
    texts: &Texts<'a>,
    file: &'a str,
    primary: Option<Span>,
    labels: &[(Span, &'a str)],
) -> Option<Snippet<'a, Annotation<'a>>> {
    let text = *texts.get(file)?;
    let spans = || primary.into_iter().chain(labels.iter().map(|it| it.0));
    let first = spans().map(|it| it.start).min()?;
    let last = spans().map(|it| it.end.offset as usize).max()?;
    // Only these lines are given to the printer, which would otherwise look at the whole file each time.
    let start = text
        .get(..first.offset as usize)?
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let end = text
        .get(last..)?
        .find('\n')
        .map_or(text.len(), |at| last + at + 1);
    let window = text.get(start..end)?;
    let within = |span: Span| {
        let range = first_line(span, text);
        range.start - start..range.end - start
    };
    let snippet = Snippet::source(window)
        .path(file)
        .line_start(first.line as usize);
    let primary = primary.map(|it| AnnotationKind::Primary.span(within(it)));
    let labels = labels
        .iter()
        .map(|(span, text)| AnnotationKind::Context.span(within(*span)).label(*text));
    Some(snippet.annotations(primary.into_iter().chain(labels)))
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
