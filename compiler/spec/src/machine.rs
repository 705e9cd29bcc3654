//! The door for machines: text in, checked machine and findings out.

use chorister_ir as ir;

use crate::diagnostic::Diagnostic;
use crate::outline::Outline;
use crate::source::Source;

/// How strictly a spec is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether unknown keys are warnings at most: for files of others, and on a node.
    pub lenient: bool,
    /// Whether the machine is to run: then what this release cannot run is an error and not a warning.
    pub build: bool,
}

/// What came of checking one machine.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The machine, where nothing is wrong with it and this release can run it.
    pub machine: Option<ir::Machine>,
    /// All findings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// What other machines need to know about it, as far as it could be read.
    pub outline: Outline,
}

impl Checked {
    /// Whether any finding is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|it| it.severity == crate::Severity::Error)
    }
}

/// Checks a machine and lowers it.
#[must_use]
pub fn check(source: &Source, options: &Options) -> Checked {
    let _ = options;
    Checked {
        machine: None,
        diagnostics: Vec::new(),
        outline: Outline {
            file: std::sync::Arc::clone(&source.path),
            ..Outline::default()
        },
    }
}
