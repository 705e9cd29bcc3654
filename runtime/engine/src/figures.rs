//! Figures of the node itself, for the Prometheus text file.

use core::fmt::Write as _;

/// Name without its prefix, kind, help, and the value if there is one.
pub(crate) type Figure = (&'static str, &'static str, &'static str, Option<f64>);

/// Figures as lines of text.
pub(crate) fn render(prefix: &str, figures: &[Figure]) -> String {
    let mut text = String::new();
    for (name, kind, help, value) in figures {
        let Some(value) = value else { continue };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "# HELP {prefix}{name} {help}\n# TYPE {prefix}{name} {kind}\n{prefix}{name} {value}"
        );
    }
    text
}
