//! The door for machines: text in, checked machine and findings out.

use std::sync::Arc;

use chorister_ir as ir;
use chorister_lang::expr::Environment;
use chorister_yaml::{ErrorKind, Limits, Span};

use crate::check::Graph;
use crate::decode::Cx;
use crate::diagnostic::{Code, Diagnostic, Finding, Findings, Part, Path};
use crate::model::Machine;
use crate::outline::Outline;
use crate::scenario::{self, Test};
use crate::source::Source;
use crate::text::Guesses;
use crate::{check, decode, lower};

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
    /// The tests that stand in it; none where something is wrong with them, or where it is judged leniently: tests
    /// are the business of its author.
    pub tests: Vec<Test>,
    /// What its author wrote, as far as it could be read: for pictures and documents, which exist for machines that
    /// cannot run too.
    pub model: Option<Machine>,
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
    let limits = if options.lenient {
        Limits::LOADED
    } else {
        Limits::SPEC
    };
    let parsed = chorister_yaml::parse(source.text.as_bytes(), source.format, &limits);
    let mut cx = Cx {
        findings: Findings::default(),
        lenient: options.lenient,
        guesses: Guesses::default(),
        environment: Environment::watcher(),
        unread: !parsed.errors.is_empty(),
        torn: !parsed.errors.is_empty(),
    };
    let unreadable = parsed.root.is_none();
    for error in parsed.errors {
        cx.findings.add(reading(error));
    }
    let Some(root) = parsed.root else {
        if unreadable && !cx.findings.has_errors() {
            let message = "the file holds nothing: a machine is expected";
            cx.findings.add(
                Finding::new(Code::Empty, Path::default(), message).at(Part::Span(Span::default())),
            );
        }
        return Checked {
            machine: None,
            diagnostics: cx.findings.locate(&source.path, None),
            outline: Outline {
                file: Arc::clone(&source.path),
                ..Outline::default()
            },
            tests: Vec::new(),
            model: None,
        };
    };
    let model = decode::machine(&root, &mut cx);
    let graph = Graph::of(&model);
    check::machine(&model, &graph, &root, *options, &mut cx);
    let tests = match root.get("tests").filter(|_| !options.lenient) {
        Some(node) => scenario::in_machine(node, &model, &graph, !cx.torn, &mut cx.findings),
        None => Vec::new(),
    };
    let outline = Outline::of(&model, &graph, &root, &source.path);
    let machine = if cx.findings.has_errors() {
        None
    } else {
        lower::machine(&model, &graph)
    };
    Checked {
        machine,
        diagnostics: cx.findings.locate(&source.path, Some(&root)),
        outline,
        tests,
        model: Some(model),
    }
}

/// What the reader of YAML and JSON has found.
pub(crate) fn reading(error: chorister_yaml::Error) -> Finding {
    let finding = Finding::new(code_of(error.kind), Path::default(), error.message)
        .at(Part::Span(error.span))
        .maybe_help(error.help);
    match error.related {
        Some((span, label)) => finding.label(Path::default(), Part::Span(span), label),
        None => finding,
    }
}

/// The code for what the reader of YAML and JSON has found.
pub(crate) fn code_of(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::Tab => Code::Tab,
        ErrorKind::Indentation => Code::Indentation,
        ErrorKind::DuplicateKey => Code::DuplicateKey,
        ErrorKind::KeyType => Code::KeyType,
        ErrorKind::Alias | ErrorKind::Merge => Code::Alias,
        ErrorKind::Documents => Code::Documents,
        ErrorKind::TooLarge | ErrorKind::TooDeep | ErrorKind::TooMany => Code::TooLarge,
        ErrorKind::Encoding => Code::Encoding,
        _ => Code::Syntax,
    }
}
