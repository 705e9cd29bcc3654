//! From the tree to the model: what is not of the right form is reported and left out.
//!
//! The reader is tolerant. A misspelt key is read as what it was meant to be, a text as the list of that one
//! text, so that one mistake gives one finding and the checks that follow still see the whole machine. What was
//! reported as an error lowers to nothing anyway.

mod level;
mod machine;
mod properties;
mod reader;
mod values;
mod watcher;

use chorister_lang::expr::Environment;
use chorister_yaml::Node;

use crate::diagnostic::Findings;
use crate::model::Machine;
use crate::text::Guesses;

pub(crate) use level::{Level, resembles};
pub(crate) use reader::Reader;

/// What all readers of a source share.
#[derive(Debug)]
pub(crate) struct Cx {
    /// What was found so far.
    pub(crate) findings: Findings,
    /// Whether unknown keys are warnings at most.
    pub(crate) lenient: bool,
    /// The names that expressions may use.
    pub(crate) environment: Environment,
    /// Guesses at misspelt names.
    pub(crate) guesses: Guesses,
    /// Whether parts of the file could not be read.
    pub(crate) unread: bool,
    /// Whether transitions could not all be read, so that graphs are not what the author meant.
    pub(crate) torn: bool,
}

/// Reads a machine.
pub(crate) fn machine(root: &Node, cx: &mut Cx) -> Machine {
    machine::read(root, cx)
}

/// What a mapping is, in words: by its name if it has one, else by its place.
fn owner(what: &str, node: &Node, path: &crate::diagnostic::Path) -> String {
    match node.get("name").and_then(Node::text) {
        Some(name) if !name.is_empty() => format!("{what} `{name}`"),
        _ => format!("`{path}`"),
    }
}
