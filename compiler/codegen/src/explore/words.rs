//! Words for findings.

use chorister_spec::diagnostic::Label;
use chorister_spec::{Diagnostic, Severity};
use chorister_yaml::Span;

/// Names for a message, such as `` `a`, `b` and `c` ``; of many only the first ones.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 6;
    let names: Vec<String> = names.into_iter().map(|it| format!("`{it}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= MOST => format!("{} and {last}", first.join(", ")),
        _ => {
            let shown: Vec<&str> = names.iter().take(MOST - 1).map(String::as_str).collect();
            format!("{} and {} more", shown.join(", "), names.len() + 1 - MOST)
        }
    }
}

/// Small additions to a diagnostic, one after another.
pub(super) trait Adjust: Sized {
    fn severe(self, severity: Severity) -> Self;
    fn noted(self, note: Option<String>) -> Self;
    fn helped(self, help: impl Into<String>) -> Self;
    fn labelled(self, span: Span, text: &str) -> Self;
}

impl Adjust for Diagnostic {
    fn severe(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    fn noted(mut self, note: Option<String>) -> Self {
        self.notes.extend(note);
        self
    }

    fn helped(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn labelled(mut self, span: Span, text: &str) -> Self {
        self.labels.push(Label {
            file: None,
            span,
            text: text.to_owned(),
        });
        self
    }
}
