//! Descriptions of agents that a registry in the network serves, kept in a directory.
//!
//! Compat: go-choria `choria/framework.go`: `<cache>/agent/<name>.json` counts for ever; a registry is asked for others.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chorister_client::{ClientError, Requester, Targets};
use chorister_engine::replace;
use chorister_ir::ddl::Ddl;
use chorister_loader::ddls;
use chorister_std::choria_registry::{ChoriaRegistryClient, DdlInput, DdlName};

use super::super::Failure;
use super::session::{Session, wait};

/// What an agent can be asked, as it was served before or is served now; `None` where there is no such directory, or
/// nobody knows.
pub(super) fn find(session: &Session, agent: &str) -> Result<Option<Ddl>, Failure> {
    let Some(cache) = &session.settings.registry.cache else {
        return Ok(None);
    };
    let Some(path) = place(cache, agent) else {
        return Ok(None);
    };
    if !path.is_file() {
        let Some(text) = wait(served(session, agent))? else {
            return Ok(None);
        };
        keep(&path, &text).map_err(|error| Failure::Impossible(error.to_string()))?;
    }
    ddls::read(&path)
        .map(Some)
        .map_err(|error| Failure::Impossible(error.to_string()))
}

/// Where a description is kept; nowhere if the name of its agent is none.
fn place(cache: &Path, agent: &str) -> Option<PathBuf> {
    let is_name = !agent.is_empty()
        && agent
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'_');
    is_name.then(|| cache.join("agent").join(format!("{agent}.json")))
}

/// Asks any registry.
async fn served(session: &Session, agent: &str) -> Result<Option<String>, Failure> {
    let Ok(name) = DdlName::try_from(agent.to_owned()) else {
        return Ok(None);
    };
    let requester = Requester::new(session.connect().await?, Targets::Nodes(Vec::new()));
    let registry = ChoriaRegistryClient::new(requester);
    let asked = registry.ddl(&DdlInput::new(name)).send().await;
    let replies = asked
        .map_err(|error: ClientError| Failure::from(error))?
        .replies;
    let served = replies.into_iter().filter_map(|it| it.result.ok()?.ddl);
    Ok(served.into_iter().next())
}

fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    replace(path, text.as_bytes(), 0o644)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_directory() {
        let cache = Path::new("/var/cache/ddls");
        assert_eq!(
            place(cache, "puppet").as_deref(),
            Some(Path::new("/var/cache/ddls/agent/puppet.json"))
        );
        for name in ["", "..", "../puppet", "a/b", "a.b", "a b"] {
            assert_eq!(place(cache, name), None, "{name}");
        }
    }
}
