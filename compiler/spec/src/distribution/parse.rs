//! From text to the tree.

use chorister_yaml::{Limits, Node, Span};

use crate::diagnostic::{Code, Finding, Findings, Part, Path};
use crate::machine::reading;
use crate::source::Source;

/// Reads the tree and reports what is wrong with the text.
pub(super) fn parse(source: &Source, findings: &mut Findings) -> Option<Node> {
    let parsed = chorister_yaml::parse(source.text.as_bytes(), source.format, &Limits::SPEC);
    for error in parsed.errors {
        findings.add(reading(error));
    }
    if parsed.root.is_none() && !findings.has_errors() {
        let message = "the file holds nothing: a distribution is expected";
        let finding = Finding::new(Code::Empty, Path::default(), message);
        findings.add(finding.at(Part::Span(Span::default())));
    }
    parsed.root
}
