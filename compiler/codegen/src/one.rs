//! A machine, a check class or an agent on its own: for `machine!` and `agent!`, and for `choristerc expand`.

use chorister_ir::Machine;
use chorister_ir::ddl::Ddl;
use chorister_spec::ddl::{self, Described};
use chorister_spec::{Diagnostic, Options, Source};
use proc_macro2::TokenStream;

use crate::classes;
use crate::emit::{self, AgentProvenance, Provenance};
use crate::files::Files;
use crate::generate::provenance;
use crate::naming::Name;

/// What came of one machine.
#[derive(Debug)]
pub struct OneMachine {
    /// The machine with its provenance, where nothing is wrong with it.
    pub checked: Option<(Machine, Provenance)>,
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
}

/// What came of one agent or data plugin.
#[derive(Debug)]
pub struct OneAgent {
    /// What it is with its provenance, where nothing is wrong with it.
    pub checked: Option<(Described, AgentProvenance)>,
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks one agent or data plugin that is to be compiled.
#[must_use]
pub fn one_agent(source: &Source) -> OneAgent {
    let options = Options {
        build: true,
        ..Options::default()
    };
    let checked = ddl::check(source, &options);
    let provenance = agent_provenance(source, &checked);
    OneAgent {
        checked: checked.described.map(|it| (it, provenance)),
        diagnostics: checked.diagnostics,
    }
}

/// What generated code says of where an agent comes from.
pub(crate) fn agent_provenance(source: &Source, checked: &ddl::Checked) -> AgentProvenance {
    let lines = checked.actions.iter();
    AgentProvenance {
        path: source.path.to_string(),
        action_lines: lines.map(|it| it.place.span.start.line as usize).collect(),
    }
}

/// Checks one machine that is to run.
#[must_use]
pub fn one_machine(source: &Source) -> OneMachine {
    let checked = chorister_spec::machine::check(
        source,
        &Options {
            build: true,
            ..Options::default()
        },
    );
    let provenance = provenance(source, &checked);
    let failed = checked.has_errors();
    OneMachine {
        checked: checked
            .machine
            .filter(|_| !failed)
            .map(|it| (it, provenance)),
        diagnostics: checked.diagnostics,
    }
}

/// The text of the module that is this check class.
///
/// # Errors
///
/// All findings, where one is an error.
pub fn one_class(files: &dyn Files, source: &Source) -> Result<String, Vec<Diagnostic>> {
    let checked = classes::check_class(files, source);
    match &checked.class {
        Some(class) => Ok(emit::class(class, &classes::provenance(source, &checked))),
        None => Err(checked.machine.diagnostics),
    }
}

// === impl OneMachine ===

impl OneMachine {
    /// The text of its module.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.checked
            .as_ref()
            .map(|(machine, provenance)| emit::machine(machine, provenance))
    }

    /// The items of its module, and the identifier that the module should have.
    #[must_use]
    pub fn items(&self) -> Option<(String, Vec<TokenStream>)> {
        let (machine, provenance) = self.checked.as_ref()?;
        let name = Name::distinct([machine.name.as_ref()]).pop()?;
        Some((name.module_ident, emit::items(machine, provenance)))
    }
}

// === impl OneAgent ===

impl OneAgent {
    /// The agent with its provenance, where it is one and nothing is wrong with it.
    #[must_use]
    pub fn agent(&self) -> Option<(&Ddl, &AgentProvenance)> {
        match self.checked.as_ref()? {
            (Described::Agent(ddl), provenance) => Some((ddl, provenance)),
            _ => None,
        }
    }

    /// The text of its module.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let (described, provenance) = self.checked.as_ref()?;
        Some(match described {
            Described::Agent(ddl) => emit::agent(ddl, provenance),
            Described::Data(ddl) => emit::data(ddl, provenance),
        })
    }

    /// The items of its module, and the identifier that the module should have.
    #[must_use]
    pub fn items(&self) -> Option<(String, Vec<TokenStream>)> {
        let (described, provenance) = self.checked.as_ref()?;
        let (metadata, items) = match described {
            Described::Agent(ddl) => (&ddl.metadata, emit::agent_items(ddl, provenance)),
            Described::Data(ddl) => (&ddl.metadata, emit::data_items(ddl, provenance)),
        };
        let name = Name::distinct([metadata.name.as_ref()]).pop()?;
        Some((name.module_ident, items))
    }
}
