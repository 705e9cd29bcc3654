//! `choria_registry`: DDLs for those who have none.
//!
//! It has those of its store, a directory with a folder for each sort of plugin, and those of the agents that the node hosts.

use std::fs::File;
use std::path::{Path, PathBuf};

use chorister_ddl::{Agent, Data, Failure, Host, RequestContext, document, ruby};
pub use chorister_std::choria_registry::DDL;
use chorister_std::choria_registry::{
    ChoriaRegistryAgent, ChoriaRegistryService, DdlFormat, DdlInput, DdlOutput, NamesInput,
    NamesOutput,
};
use chorister_yaml::Limits;
use serde_json::Value;

use crate::{Standard, text_of};

/// The setting that names the store.
const STORE: &str = "plugin.choria.services.registry.store";

/// The sort of plugins that there are DDLs of.
const AGENT: &str = "agent";

/// The agent as nodes host it.
#[must_use]
pub fn start() -> Box<dyn Agent> {
    Box::new(Standard {
        agent: ChoriaRegistryService(ChoriaRegistry),
        condition: |host| text_of(host, STORE).is_some(),
        deadline: None,
    })
}

struct ChoriaRegistry;

impl ChoriaRegistryAgent for ChoriaRegistry {
    /// Without the standard agents, which every client knows.
    async fn names(&self, cx: &RequestContext, _: NamesInput) -> Result<NamesOutput, Failure> {
        let folder = folder(&*cx.host)?;
        let listed = tokio::task::spawn_blocking(move || stored(&folder)).await;
        let mut names = listed.map_err(|_| could_not())?;
        let hosted = cx.host.node();
        let hosted = hosted.agent_names().filter(|it| !is_standard(it));
        names.extend(hosted.map(str::to_owned));
        names.sort_unstable();
        names.dedup();
        Ok(NamesOutput {
            names: Some(names),
            plugin_type: Some(AGENT.to_owned()),
        })
    }

    async fn ddl(&self, cx: &RequestContext, input: DdlInput) -> Result<DdlOutput, Failure> {
        let name = input.name.to_string();
        // It becomes the name of a file.
        if !is_name(&name) {
            return Err(could_not());
        }
        let file = folder(&*cx.host)?.join(format!("{name}.json"));
        let stored = tokio::task::spawn_blocking(move || read(&file)).await;
        let found = match stored.ok().flatten() {
            Some(stored) => stored,
            None => hosted(&*cx.host, &name).ok_or_else(could_not)?,
        };
        let version = found.pointer("/metadata/version").and_then(Value::as_str);
        Ok(DdlOutput {
            version: Some(version.unwrap_or_default().to_owned()),
            name: Some(name),
            plugin_type: Some(AGENT.to_owned()),
            ddl: Some(match input.format {
                DdlFormat::Json => found.to_string(),
                DdlFormat::Ddl => ruby(&found),
            }),
        })
    }
}

/// Where the DDLs of agents are.
fn folder(host: &dyn Host) -> Result<PathBuf, Failure> {
    let store = text_of(host, STORE).ok_or_else(could_not)?;
    Ok(Path::new(&store).join(AGENT))
}

/// The names of the DDLs in a folder; none where it cannot be read.
fn stored(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let name = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_suffix(".json").map(str::to_owned)
    };
    entries.filter_map(name).filter(|it| is_name(it)).collect()
}

/// A DDL in JSON, if it is one.
fn read(file: &Path) -> Option<Value> {
    let bytes = Limits::LOADED.read(File::open(file).ok()?).ok()?;
    let document: Value = serde_json::from_slice(&bytes).ok()?;
    let has = |member| document.get(member).is_some();
    (has("metadata") && has("actions")).then_some(document)
}

/// The DDL of an agent of the node; `discovery` has none.
fn hosted(host: &dyn Host, name: &str) -> Option<Value> {
    let agents = host.node().agents;
    let found = agents.iter().find(|it| it.metadata.name == name)?;
    (!found.actions.is_empty()).then(|| document(found))
}

fn is_name(text: &str) -> bool {
    let is_part = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
    !text.is_empty() && text.bytes().all(is_part)
}

/// Whether every client knows an agent of this name.
fn is_standard(name: &str) -> bool {
    const KNOWN: [&str; 7] = [
        "choria_provision",
        "choria_registry",
        "choria_util",
        "discovery",
        "executor",
        "rpcutil",
        "scout",
    ];
    KNOWN.contains(&name)
}

fn could_not() -> Failure {
    Failure::aborted("Could not load DDL").with(&Data::new())
}
