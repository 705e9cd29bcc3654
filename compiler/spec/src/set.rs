//! Findings that need several machines: a tree of specs, or a distribution.

use crate::diagnostic::Diagnostic;
use crate::machine::Checked;

/// Checks machines against each other; what is wrong with each alone is not repeated.
#[must_use]
pub fn check(machines: &[Checked]) -> Vec<Diagnostic> {
    let _ = machines;
    Vec::new()
}
