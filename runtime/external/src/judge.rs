//! Whether a DDL is good for this node.

use std::fs;
use std::io;
use std::path::Path;

use chorister_ir::ddl::{Ddl, Provider};
use chorister_loader::{Judge, Trust};
use chorister_spec::ddl::{self, Described};
use chorister_spec::machine::Options;
use chorister_spec::render::{self, Color};
use chorister_spec::{Severity, Source};
use chorister_yaml::Limits;

use crate::find;

/// Largest DDL, in bytes.
const LARGEST: usize = 1 << 20;

/// Names that are the node's own.
///
/// Compat: go-choria `external/provider.go`.
const OWN: [&str; 6] = [
    "choria_provision",
    "choria_registry",
    "choria_util",
    "discovery",
    "rpcutil",
    "scout",
];

/// Who does what a DDL describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A program beside it.
    Program,
    /// An agent of MCollective beside it, through the shim.
    Ruby,
}

/// What a DDL turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// An agent that can be hosted.
    Agent(Box<Ddl>, Kind),
    /// For clients, or for another host.
    NotForUs,
    /// It cannot be used; why.
    Refused(String),
}

/// The text of a DDL.
///
/// # Errors
/// Why it is not read.
pub(crate) fn read(trust: Trust, path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: io::Error| format!("it cannot be read: {error}");
    let real = fs::canonicalize(path).map_err(unreadable)?;
    let (file, _, objection) = Judge::new(trust).open(&real).map_err(unreadable)?;
    if let Some(objection) = objection {
        return Err(objection);
    }
    let limits = Limits {
        input: LARGEST,
        ..Limits::LOADED
    };
    let bytes = limits.read(file).map_err(unreadable)?;
    if bytes.len() > LARGEST {
        return Err(format!("it has more than {LARGEST} bytes"));
    }
    Ok(bytes)
}

/// Judges the text of a DDL as a node does: what it does not know is no error.
pub(crate) fn judge(path: &Path, bytes: Vec<u8>) -> Verdict {
    let source = match Source::from_bytes(path.to_string_lossy(), bytes) {
        Ok(source) => source,
        Err(diagnostic) => return Verdict::Refused(show(&[*diagnostic], &[])),
    };
    let options = Options {
        lenient: true,
        build: false,
    };
    let checked = ddl::check(&source, &options);
    let Some(described) = checked.described else {
        let errors = checked.diagnostics.into_iter();
        let errors: Vec<_> = errors.filter(|it| it.severity == Severity::Error).collect();
        return Verdict::Refused(show(&errors, &[source]));
    };
    let Described::Agent(ddl) = described else {
        return Verdict::NotForUs;
    };
    let name = &ddl.metadata.name;
    let folder = path.parent().unwrap_or(path);
    let kind = match ddl.metadata.provider {
        Some(Provider::External) => Kind::Program,
        Some(Provider::Ruby) | None if find::ruby(folder, name).is_some() => Kind::Ruby,
        _ => return Verdict::NotForUs,
    };
    if OWN.contains(&name.as_ref()) {
        return Verdict::Refused(format!("`{name}` is an agent of the node itself"));
    }
    Verdict::Agent(Box::new(ddl), kind)
}

fn show(findings: &[chorister_spec::Diagnostic], sources: &[Source]) -> String {
    let text = render::text(findings, sources, Color::Never);
    text.trim_end().to_owned()
}
