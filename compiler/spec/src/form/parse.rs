//! From text to the tree of one of our own formats.

use chorister_yaml::{Limits, Node, Span};

use crate::diagnostic::{Code, Finding, Findings, Part, Path};
use crate::machine::reading;
use crate::source::Source;

/// Reads the tree and reports what is wrong with the text, or that there is none where `what` is expected.
pub(crate) fn parse(source: &Source, what: &str, findings: &mut Findings) -> Option<Node> {
    let parsed = chorister_yaml::parse(source.text.as_bytes(), source.format, &Limits::SPEC);
    for error in parsed.errors {
        findings.add(reading(error));
    }
    if parsed.root.is_none() && !findings.has_errors() {
        let message = format!("the file holds nothing: {what} is expected");
        let finding = Finding::new(Code::Empty, Path::default(), message);
        findings.add(finding.at(Part::Span(Span::default())));
    }
    parsed.root
}
