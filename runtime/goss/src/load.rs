//! From a path to everything that is expected.

mod document;
mod fields;
mod reader;

pub(crate) use document::Place;

use crate::files::Files;
use crate::finding::Finding;
use crate::model::Suite;
use crate::source::SourceFile;
use crate::vars::Vars;

/// A file and its includes, read.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// What they expect.
    pub suite: Suite,
    /// The files, in the order in which they were read; the first is the one that was asked for.
    pub files: Vec<String>,
    /// What goss warns of: resources that are replaced, numbers that are written as texts.
    pub warnings: Vec<String>,
}

/// A file that goss would refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    /// Why, in goss's words.
    pub message: String,
    /// Where, and in ours. Its file is [`LoadError::file`].
    pub finding: Box<Finding>,
    /// The file that is wrong: the one that was asked for, or one that it includes.
    pub file: String,
}

/// All that is known of a file and its includes.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What could be read.
    pub suite: Suite,
    /// The files, in the order in which they were read; the first is the one that was asked for.
    pub files: Vec<SourceFile>,
    /// What is wrong and what is suspect, in the order of the files and of places in them.
    pub findings: Vec<Finding>,
}

/// Reads a file for its evaluation, as goss reads it.
///
/// # Errors
/// What goss refuses. What it takes and can never pass is no error: its results say so.
pub fn load(path: &str, vars: &Vars, files: &dyn Files) -> Result<Loaded, LoadError> {
    let read = reader::read(path, vars, files, reader::Depth::Load);
    let names: Vec<String> = read.files.into_iter().map(|file| file.path).collect();
    let mut warnings = Vec::new();
    for finding in read.findings {
        match finding.refusal.clone() {
            Some(words) if finding.severity == crate::Severity::Warning => warnings.push(words),
            Some(message) => {
                let file = names.get(finding.file).cloned().unwrap_or_default();
                return Err(LoadError {
                    message,
                    finding: Box::new(finding),
                    file,
                });
            }
            None => {}
        }
    }
    Ok(Loaded {
        suite: read.suite,
        files: names,
        warnings,
    })
}

/// Reads a file and holds it against all that can be known without a look at the system.
#[must_use]
pub fn check(path: &str, vars: &Vars, files: &dyn Files) -> Checked {
    let mut read = reader::read(path, vars, files, reader::Depth::Check);
    read.findings.sort_by_key(|it| {
        (
            it.file,
            it.span.start.offset,
            it.severity != crate::Severity::Error,
        )
    });
    // What stands in a loop of a template is read several times.
    read.findings.dedup_by(|one, other| {
        let key = |it: &Finding| (it.file, it.span, it.mistake);
        key(one) == key(other) && one.message == other.message
    });
    read
}
