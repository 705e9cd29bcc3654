//! What is committed of the standard agents: a crate, documents, schemas, and DDLs for the tools of Choria.

mod page;
mod schema;

use std::path::Path;

use anyhow::{Context, Result};
use chorister_compiler::{OneAgent, agent_library, one_agent};
use chorister_spec::{Severity, Source};
use serde_json::json;

use crate::inputs;
use crate::kind::Kind;
use crate::templates::template;

pub(crate) use page::{page, page_of_data};
pub(crate) use schema::{schema, schema_of_data};

/// The standard agents, with their sources.
#[derive(Debug, Default)]
pub(crate) struct Agents(Vec<(Source, OneAgent)>);

impl Agents {
    /// Reads and checks the agents of a folder below `root`; none where there is no such folder.
    pub(crate) fn read(root: &Path, folder: &str) -> Result<Self> {
        let place = root.join(folder);
        if !place.is_dir() {
            return Ok(Self::default());
        }
        let found = inputs::find(&[place], Some(Kind::Ddl))?;
        let mut agents = Vec::with_capacity(found.specs.len());
        for input in found.specs {
            let bytes = inputs::read_bytes(&input.path)
                .with_context(|| format!("cannot read {}", input.path.display()))?;
            let name = input.path.file_name().unwrap_or_default().to_string_lossy();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let source = Source::new(format!("{folder}/{name}"), text);
            let agent = one_agent(&source);
            agents.push((source, agent));
        }
        Ok(Self(agents))
    }

    /// All findings, and the texts that they are about.
    pub(crate) fn findings(&self) -> (Vec<chorister_spec::Diagnostic>, Vec<Source>) {
        let findings = self.0.iter().flat_map(|(_, it)| it.diagnostics.clone());
        let sources = self.0.iter().map(|(source, _)| source.clone());
        (findings.collect(), sources.collect())
    }

    /// Whether any finding is an error.
    pub(crate) fn has_errors(&self) -> bool {
        let mut findings = self.0.iter().flat_map(|(_, it)| &it.diagnostics);
        findings.any(|it| it.severity == Severity::Error)
    }

    /// All files by their paths below the folder of what is generated.
    pub(crate) fn files(&self, folder: &str) -> Result<Vec<(String, String)>> {
        let agents: Vec<_> = self
            .0
            .iter()
            .filter_map(|(source, it)| Some((source, it.agent()?)))
            .collect();
        if agents.is_empty() {
            return Ok(Vec::new());
        }
        let manifest = template!("distribution/library.toml").render(&json!({"source": folder}))?;
        let mut files = vec![("std/Cargo.toml".to_owned(), manifest)];
        let modules: Vec<_> = agents.iter().map(|(_, it)| *it).collect();
        let library = agent_library(&modules, folder).into_iter();
        files.extend(library.map(|(path, text)| (format!("std/src/{path}"), text)));
        for (source, (ddl, _)) in agents {
            let name = &ddl.metadata.name;
            let document = format!("{:#}\n", chorister_ddl::document(ddl));
            files.push((format!("std/ddl/{name}.json"), document));
            files.push((format!("schemas/agents/{name}.json"), schema(ddl)));
            files.push((format!("docs/agents/{name}.md"), page(ddl, &source.path)?));
        }
        Ok(files)
    }
}
