//! The door for RPC agents: a DDL in YAML or upstream's JSON in, an agent that can be compiled and findings out.
//!
//! # The format
//!
//! Upstream's, and what upstream ignores: how an action is carried out (`exec`, `machine`), and the type of the items
//! of an array (`items`).
//!
//! ```text
//! file      = { metadata, actions: [action…], $schema? } | { metadata, query?: input, output?: { NAME: output … }, exec? }
//! metadata  = { name, description, author, license, version, url, timeout: SECONDS,
//!               provider?: external | ruby | golang, service? }
//! action    = { action: NAME, description, display?: ok | failed | always, input: { NAME: input … },
//!               output: { NAME: output … }, aggregate?: [aggregate…], exec? | machine? }
//! input     = { prompt, description, type, optional, default?, validation?, maxlength?, list?: [TEXT…], items?: TYPE }
//! output    = { description, display_as, type?, default?, items?: TYPE }
//! aggregate = { function: summary | boolean_summary | average | chart, args: [OUTPUT, { format?, VALUE: LABEL … }?] }
//! exec      = { command: [word…], environment?: { NAME: TEXT … }, success?: [CODE…], output?: { OUTPUT: extract … } }
//!           | { command: [word…], environment?: { NAME: TEXT … }, background: true, timeout?: DURATION }
//! extract   = stdout | stderr | exit_code | { line: N } | { match: REGEX } | { json: PATH }
//! machine   = { machine: NAME, transition: NAME, wait?: { states: [NAME…], timeout? } }
//! ```
//!
//! Without `provider`, and without `exec` or `machine`, an action is a method in Rust; so is a data plugin without `exec`.
//! A command in the background is a job that outlives the request, which is answered with its `id`.

mod action;
mod aggregate;
mod decode;
mod fields;
mod input;
mod keys;
mod metadata;
mod output;
mod run;
#[cfg(feature = "schema")]
mod schema;

use chorister_ir::ddl::{DataDdl, Ddl};

#[cfg(feature = "schema")]
pub use schema::schema;

use crate::diagnostic::{Diagnostic, Findings, Severity};
use crate::machine::Options;
use crate::outline::Named;
use crate::source::Source;

/// What came of checking one DDL.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What it describes, where nothing is wrong with it.
    pub described: Option<Described>,
    /// The name of the agent or the plugin, where it could be read.
    pub name: Option<Named>,
    /// The names of the actions with their places, in order.
    pub actions: Vec<Named>,
    /// What its actions expect of machines.
    pub machines: Vec<Expected>,
    /// All findings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a DDL describes.
#[derive(Clone, Debug, PartialEq)]
pub enum Described {
    /// An RPC agent.
    Agent(Ddl),
    /// A data plugin.
    Data(DataDdl),
}

/// What an action expects of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The machine.
    pub machine: Named,
    /// A transition that it has.
    pub transition: Named,
    /// States that it has.
    pub states: Vec<Named>,
}

/// Checks a DDL and lowers it.
///
/// With [`Options::build`], what upstream ignores in silence is an error; with [`Options::lenient`] it is a warning, and
/// so are unknown keys.
#[must_use]
pub fn check(source: &Source, options: &Options) -> Checked {
    let mut findings = Findings::default();
    let root = crate::form::parse(source, "the DDL of an agent", &mut findings);
    let is_torn = findings.has_errors();
    let mut checked = Checked {
        described: None,
        name: None,
        actions: Vec::new(),
        machines: Vec::new(),
        diagnostics: Vec::new(),
    };
    if let Some(root) = &root {
        let described = decode::file(root, options, is_torn, &mut findings, &mut checked);
        checked.described = described.filter(|_| !findings.has_errors());
    }
    checked.diagnostics = findings.locate(&source.path, root.as_ref());
    checked
}

// === impl Checked ===

impl Checked {
    /// Whether any finding is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|it| it.severity == Severity::Error)
    }

    /// The data plugin, where the file describes one and nothing is wrong with it.
    #[must_use]
    pub fn plugin(&self) -> Option<&DataDdl> {
        match &self.described {
            Some(Described::Data(ddl)) => Some(ddl),
            _ => None,
        }
    }

    /// The agent, where the file describes one and nothing is wrong with it.
    #[must_use]
    pub fn agent(&self) -> Option<&Ddl> {
        match &self.described {
            Some(Described::Agent(ddl)) => Some(ddl),
            _ => None,
        }
    }
}
