//! Rendering: a goss file is a template before it is anything else.
//!
//! The language is Go's `text/template` with the functions of goss and of its library sprig, over `.Vars` and `.Env`;
//! a key that is missing is an error. The parser, `printf` and the escapes are those of [`chorister_lang::template`],
//! as for the templates of machines. What is done with the tree differs: here dot has data, values can be changed, and
//! every part keeps its place, for errors and for the map from the rendered text back to the template.
//!
//! Rendering the same file with the same variables gives the same text: functions that ask a clock, a network or
//! chance are refused, and so are those that make keys and certificates.

mod builtin;
mod exec;
mod functions;
mod map;
mod reads;
mod value;

use core::ops::Range;
use std::collections::BTreeMap;

use chorister_lang::SyntaxError;
use chorister_lang::template::MAX_LENGTH as MAX_SOURCE;
use chorister_lang::template::syntax::{self, Fault, FaultKind};

use crate::files::Files;
use crate::value::Value;

pub(crate) use functions::clean;
pub use map::SourceMap;

/// The most bytes that a template may be rendered to.
pub const MAX_OUTPUT: usize = 4 << 20;

/// How much work rendering may be: about the number of bytes that are moved, and some for every step.
pub(crate) const MAX_WORK: usize = 1 << 25;

/// How deep values may nest.
const MAX_DEPTH: usize = 64;

/// What templates read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    /// `.Vars`, a mapping.
    pub vars: Vec<(String, Value)>,
    /// `.Env`, the environment.
    pub env: BTreeMap<String, String>,
}

/// What a template was rendered to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Where each part of the text comes from.
    pub map: SourceMap,
}

/// Why a template cannot be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    /// What sort of mistake it is.
    pub kind: RenderErrorKind,
    /// The offending bytes of the template.
    pub span: Range<usize>,
    /// What is wrong, without the place: lower case, no full stop. Goss's own words where it would find the same.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
    /// The whole text that goss would print.
    pub full: String,
}

/// The sorts of mistakes in a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenderErrorKind {
    /// It is no template.
    Syntax,
    /// A function that does not exist, or not here.
    Function,
    /// A variable or a key that has no value.
    Unset,
    /// A function was given what it cannot work with.
    Call,
    /// It is too long, too deep, or does not come to an end.
    Limit,
}

/// A field of `.Vars` or `.Env` that a template reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The names behind the dot, such as `Vars` and `port`.
    pub path: Vec<String>,
    /// Where it is written, in bytes.
    pub span: Range<usize>,
}

/// Renders a template.
///
/// # Errors
/// The first thing that goss would refuse, or a limit.
pub fn render(source: &str, data: &Data, files: &dyn Files) -> Result<Rendered, RenderError> {
    render_within(source, data, files, &mut { MAX_WORK })
}

/// Renders a template with the work that is left for several of them.
pub(crate) fn render_within(
    source: &str,
    data: &Data,
    files: &dyn Files,
    work: &mut usize,
) -> Result<Rendered, RenderError> {
    if !source.contains("{{") && source.len() <= MAX_SOURCE {
        return Ok(Rendered {
            text: source.to_owned(),
            map: SourceMap::identity(source.len()),
        });
    }
    let tree = syntax::parse(source, &functions::Library)
        .map_err(|fault| RenderError::parse(source, fault))?;
    exec::execute(source, &tree, data, files, work)
}

/// The names of the functions that a template may call, sorted.
#[must_use]
pub fn functions() -> Vec<&'static str> {
    let mut names: Vec<_> = functions::names().collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The fields of `.Vars` and `.Env` that a template reads somewhere, as far as its text tells; none if it is no
/// template.
#[must_use]
pub fn reads(source: &str) -> Vec<Read> {
    let tree = syntax::parse(source, &functions::Library);
    tree.map_or_else(|_| Vec::new(), |tree| reads::reads(&tree))
}

// === impl RenderError ===

impl RenderError {
    /// An error before anything is rendered.
    fn parse(source: &str, fault: Fault) -> Self {
        let SyntaxError {
            span,
            message,
            help,
        } = fault.error;
        let before = source.get(..span.start).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        Self {
            kind: match fault.kind {
                FaultKind::Syntax => RenderErrorKind::Syntax,
                FaultKind::Function => RenderErrorKind::Function,
                FaultKind::Limit => RenderErrorKind::Limit,
            },
            full: format!("template: test:{line}: {message}"),
            span,
            message,
            help,
        }
    }
}

#[cfg(test)]
mod tests;
