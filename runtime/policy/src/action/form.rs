//! The form of lines: which of them are rules, and what stands in their columns.

use core::ops::Range;

use super::Verdict;
use crate::decision::Fault;

/// Lines of this length or longer end the reading of a file, in bytes.
// Compat: go-choria: a line has to fit into the buffer of a scanner, and nothing is decided by what is behind it.
const LINE_LIMIT: usize = 64 * 1024;

/// What a line is.
pub(super) enum Form<'l> {
    /// Blank, or a comment.
    Nothing,
    /// `policy default allow`
    Default(Verdict),
    /// Has columns with tabs between them.
    Rule(Columns<'l>),
    /// Nothing that would count.
    Unreadable(Fault),
    /// Too long.
    Long,
}

/// The columns of a rule.
pub(super) struct Columns<'l> {
    pub(super) verdict: Verdict,
    pub(super) callers: &'l str,
    pub(super) actions: &'l str,
    pub(super) facts: &'l str,
    /// `None` where there are three columns.
    pub(super) classes: Option<&'l str>,
    /// Where each column is in the line, of which there may be more than count.
    pub(super) places: Vec<Range<usize>>,
}

/// The lines of a text with the place where each begins. A carriage return at the end of a line is no part of it.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        (at, line.strip_suffix('\r').unwrap_or(line))
    })
}

/// The words of a text with the place where each begins. There is an empty one between two spaces.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split(' ').map(move |word| {
        let at = start;
        start += word.len() + 1;
        (at, word)
    })
}

/// Whether a line says nothing.
pub(crate) fn is_blank(line: &str) -> bool {
    line.starts_with('#') || line.chars().all(is_space)
}

/// What RE2 calls a part of a word.
pub(crate) fn is_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_'
}

/// What RE2 calls white space.
fn is_space(it: char) -> bool {
    matches!(it, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

// === impl Form ===

impl<'l> Form<'l> {
    pub(super) fn of(line: &'l str) -> Self {
        if line.len() >= LINE_LIMIT {
            return Self::Long;
        }
        if is_blank(line) {
            return Self::Nothing;
        }
        if let Some(verdict) = default(line) {
            return Self::Default(verdict);
        }
        let verdicts = [Verdict::Allow, Verdict::Deny];
        let rule = verdicts.iter().find_map(|verdict| {
            let rest = line.strip_prefix(verdict.as_str())?;
            rest.starts_with(['\t', ' ']).then_some((*verdict, rest))
        });
        let Some((verdict, rest)) = rule else {
            return Self::Unreadable(Fault::NoRule);
        };
        if let Some(columns) = Columns::of(line, verdict) {
            return Self::Rule(columns);
        }
        let has_spaces = rest.starts_with(' ') || rest.contains("  ") || rest.contains(" \t");
        Self::Unreadable(if has_spaces {
            Fault::Spaces
        } else {
            Fault::Columns
        })
    }
}

/// What a line sets the default to, if that is what it does. Every word but `allow` denies.
fn default(line: &str) -> Option<Verdict> {
    let after = |text: &'_ str, word: &str| {
        let rest = text.strip_prefix(word)?;
        let trimmed = rest.trim_start_matches(is_space);
        (trimmed.len() < rest.len()).then_some(line.len() - trimmed.len())
    };
    let rest = line.get(after(line, "policy")?..)?;
    let rest = line.get(after(rest, "default")?..)?;
    let end = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
    match rest.get(..end)? {
        "" => None,
        "allow" => Some(Verdict::Allow),
        _ => Some(Verdict::Deny),
    }
}

// === impl Columns ===

impl<'l> Columns<'l> {
    /// `None` where fewer than three columns have tabs between them.
    fn of(line: &'l str, verdict: Verdict) -> Option<Self> {
        let rest = line.strip_prefix(verdict.as_str())?;
        let body = rest.trim_start_matches('\t');
        if body.len() == rest.len() {
            return None;
        }
        let mut places = Vec::new();
        let mut start = line.len() - body.len();
        for part in body.split('\t') {
            let end = start + part.len();
            if !part.is_empty() {
                places.push(start..end);
            }
            start = end + 1;
        }
        // Compat: go-choria: one tab at the end is part of the last column, and of several the last is a column.
        match body.len() - body.trim_end_matches('\t').len() {
            0 => {}
            1 => places.last_mut()?.end = line.len(),
            _ => places.push(line.len() - 1..line.len()),
        }
        let text = |at: usize| line.get(places.get(at)?.clone());
        Some(Self {
            verdict,
            callers: text(0)?,
            actions: text(1)?,
            facts: text(2)?,
            // Compat: go-choria: of more columns than four the last has the classes.
            classes: (places.len() > 3).then(|| text(places.len() - 1)).flatten(),
            places,
        })
    }

    /// Where the column with the classes is.
    pub(super) fn last(&self) -> usize {
        self.places.len().saturating_sub(1)
    }
}
