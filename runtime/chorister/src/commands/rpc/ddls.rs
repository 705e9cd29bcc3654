//! What agents can be asked.

use std::borrow::Cow;
use std::io::{self, Write as _};

use chorister_ir::ddl::{Action, Ddl};
use chorister_lang::suggest;
use chorister_loader::ddls;
use chorister_std::{backplane, choria_registry, choria_util, executor, rpcutil, scout};

use super::super::Failure;
#[cfg(feature = "emulator")]
use super::super::emulate;
use super::registry;
use super::session::Session;
use crate::Distribution;

/// The agents that every network has, whatever this distribution hosts itself.
static STANDARD: [&Ddl; 6] = [
    &backplane::DDL,
    &choria_registry::DDL,
    &choria_util::DDL,
    &executor::DDL,
    &rpcutil::DDL,
    &scout::DDL,
];

/// What an agent can be asked: as it was compiled in, else as a library directory says, else as a registry serves it.
pub(super) fn find(
    distribution: &'static Distribution,
    session: &Session,
    agent: &str,
) -> Result<Cow<'static, Ddl>, Failure> {
    let own = distribution.agents.iter().map(|it| it.ddl);
    let compiled: Vec<&'static Ddl> = own.chain(STANDARD).collect();
    if let Some(ddl) = compiled.iter().find(|it| it.metadata.name == agent) {
        return Ok(Cow::Borrowed(ddl));
    }
    #[cfg(feature = "emulator")]
    if let Some(ddl) = emulate::description(agent) {
        return Ok(Cow::Owned(ddl));
    }
    let external = &session.settings.external_agents;
    let mut libraries = external.libdir.0.clone();
    libraries.extend(external.directories.0.iter().cloned());
    match ddls::find(agent, &libraries) {
        Ok(Some(found)) => {
            for other in &found.others {
                let _ = writeln!(
                    io::stderr(),
                    "{}: {} also describes {agent}; {} counts",
                    distribution.name,
                    other.display(),
                    found.path.display()
                );
            }
            Ok(Cow::Owned(found.ddl))
        }
        Err(error) => Err(Failure::Impossible(error.to_string())),
        Ok(None) => {
            if let Some(ddl) = registry::find(session, agent)? {
                return Ok(Cow::Owned(ddl));
            }
            let mut known = ddls::names(&libraries);
            known.extend(compiled.iter().map(|it| it.metadata.name.to_string()));
            known.sort_unstable();
            known.dedup();
            let names = known.iter().map(String::as_str);
            let help = match suggest::closest(agent, names) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("there are {}", known.join(", ")),
            };
            Err(Failure::Impossible(format!(
                "could not resolve {agent} DDL: {help}"
            )))
        }
    }
}

/// An action of an agent.
pub(super) fn action<'d>(ddl: &'d Ddl, name: &str) -> Result<&'d Action, Failure> {
    ddl.action(name).ok_or_else(|| {
        let names: Vec<&str> = ddl.actions.iter().map(|it| it.name.as_ref()).collect();
        let agent = &ddl.metadata.name;
        let help = match suggest::closest(name, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        Failure::Impossible(format!("the agent {agent} has no action `{name}`: {help}"))
    })
}
