//! Who may do what on a node: where a configuration says that this is written down.

use std::path::{Path, PathBuf};

use chorister_loader::Trust;
use chorister_loader::policies::{Origin, Read, read};
use chorister_policy::{Authorizer, Policies, Provider, Semantics, Settings};
use chorister_settings::value::FilterSemantics;

use crate::Distribution;

/// Where the rules of a node come from. Where nothing is said about something, nobody may do it.
#[derive(Debug)]
pub(crate) struct Rules {
    /// What decides.
    pub(crate) provider: Provider,
    /// How policies are looked up.
    pub(crate) settings: Settings,
    /// The files.
    pub(crate) origin: Origin,
}

impl Rules {
    /// The rules that a configuration names; policies lie beside it unless it says where.
    pub(crate) fn new(
        distribution: &Distribution,
        settings: &chorister_settings::Settings,
        configuration: Option<&Path>,
    ) -> Self {
        let rpc = &settings.rpc;
        let action = &rpc.action_policy;
        let usual = || PathBuf::from(format!("/etc/{}/policies", distribution.name));
        let beside = || configuration.map(|it| it.with_file_name("policies"));
        Self {
            provider: match rpc.authorization {
                true => Provider::from_name(rpc.authorizer.as_str()),
                false => Provider::Nobody,
            },
            settings: Settings {
                allow_unconfigured: action.allow_unconfigured,
                default_policy: action.enable_default.then(|| action.default_name.clone()),
                rego: distribution.rego,
            },
            origin: Origin {
                directory: action
                    .directory
                    .clone()
                    .or_else(beside)
                    .unwrap_or_else(usual),
                trust: Trust::of_process(),
                semantics: semantics(settings),
                rego: distribution.rego,
            },
        }
    }

    /// The policies, where they decide.
    pub(crate) fn read(&self) -> Read {
        match self.provider {
            Provider::ActionPolicy | Provider::Rego => read(&self.origin),
            Provider::Nobody | Provider::Token | Provider::Unknown(_) => Read::default(),
        }
    }

    /// What decides by these policies.
    pub(crate) fn authorizer(&self, policies: Policies) -> Authorizer {
        Authorizer::new(self.provider.clone(), self.settings.clone(), policies)
    }
}

/// How filters and policies are understood.
pub(crate) const fn semantics(settings: &chorister_settings::Settings) -> Semantics {
    match settings.rpc.filters {
        FilterSemantics::Compatible => Semantics::Compatible,
        FilterSemantics::Corrected => Semantics::Corrected,
    }
}
