//! From text to the tree.

use chorister_yaml::{ErrorKind, Limits, Node};

use crate::diagnostic::{Code, Finding, Findings, Part, Path};
use crate::source::Source;

/// Reads the tree and reports what is wrong with the text.
pub(super) fn parse(source: &Source, findings: &mut Findings) -> Option<Node> {
    let parsed = chorister_yaml::parse(source.text.as_bytes(), source.format, &Limits::SPEC);
    for error in parsed.errors {
        let mut finding = Finding::new(code(error.kind), Path::default(), error.message)
            .at(Part::Span(error.span))
            .maybe_help(error.help);
        if let Some((span, text)) = error.related {
            finding = finding.label(Path::default(), Part::Span(span), text);
        }
        findings.add(finding);
    }
    if parsed.root.is_none() && !findings.has_errors() {
        let finding = Finding::new(Code::Empty, Path::default(), "the file holds nothing");
        findings.add(finding.at(Part::Span(chorister_yaml::Span::default())));
    }
    parsed.root
}

const fn code(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::Encoding => Code::Encoding,
        ErrorKind::Tab => Code::Tab,
        ErrorKind::Indentation => Code::Indentation,
        ErrorKind::DuplicateKey => Code::DuplicateKey,
        ErrorKind::KeyType => Code::KeyType,
        ErrorKind::Alias | ErrorKind::Merge => Code::Alias,
        ErrorKind::Documents => Code::Documents,
        ErrorKind::TooLarge | ErrorKind::TooDeep | ErrorKind::TooMany => Code::TooLarge,
        _ => Code::Syntax,
    }
}
