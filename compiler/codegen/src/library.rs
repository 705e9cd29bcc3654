//! Several agents as a library of their own.

use std::collections::BTreeMap;

use chorister_ir::ddl::Ddl;

use crate::emit::{self, AgentProvenance};
use crate::naming::Name;

/// The files of a library with a module for each agent; `source` is the folder of their specs.
#[must_use]
pub fn agent_library(
    agents: &[(&Ddl, &AgentProvenance)],
    source: &str,
) -> BTreeMap<String, String> {
    let names = Name::distinct(agents.iter().map(|(ddl, _)| ddl.metadata.name.as_ref()));
    let modules = agents.iter().zip(&names);
    let mut files: BTreeMap<String, String> = modules
        .map(|((ddl, provenance), name)| {
            let text = emit::agent(ddl, provenance);
            (format!("{}.rs", name.module_ident), text)
        })
        .collect();
    files.insert("lib.rs".to_owned(), emit::agent_modules(&names, source));
    files
}
