//! How findings look: as text for people, as JSON and SARIF for tools.

mod json;
mod sarif;
mod text;

pub use json::json;
pub use sarif::sarif;
pub use text::{Color, text};

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::source::Source;

/// The text of the source with this path, or none.
type Texts<'a> = HashMap<&'a str, &'a str>;

fn texts(sources: &[Source]) -> Texts<'_> {
    sources.iter().map(|it| (&*it.path, &*it.text)).collect()
}

/// One line that sums up, such as `2 errors, 1 warning`; `None` for no findings.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic]) -> Option<String> {
    use crate::Severity;
    let parts: Vec<_> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| {
            let count = diagnostics
                .iter()
                .filter(|it| it.severity == severity)
                .count();
            let plural = if count == 1 { "" } else { "s" };
            (count > 0).then(|| format!("{count} {}{plural}", severity.as_str()))
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
