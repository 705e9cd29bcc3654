//! What an operator has to know about and nothing repairs by itself.

use serde::{Deserialize, Serialize};

/// Something that is wrong until somebody changes it: a machine that could not be loaded, unreadable facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What found it: `loader`, `facts`, `data`, `files`, `machine`, `metrics`, `http`, `notify`, `graphite` or `store`.
    pub source: String,
    /// What it is about: a path, or the name of a machine.
    pub subject: String,
    /// What is wrong, ready to be shown; may have several lines.
    pub text: String,
    /// Since when, in Unix seconds.
    pub since: i64,
}
