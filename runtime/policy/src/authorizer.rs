//! The one entry: from a request to a decision.

use std::collections::BTreeMap;

use crate::decision::{By, Decision};
use crate::rego::{self, Rego, RegoPolicy};
use crate::{ActionPolicy, Groups, Request, token};

/// What decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Nothing: all is allowed, as with `rpcauthorization = 0`.
    Nobody,
    /// Files of rules: `action_policy`.
    ActionPolicy,
    /// Files in Rego: `rego_policy`.
    Rego,
    /// The token of the caller: `aaasvc`.
    Token,
    /// Something that does not exist; denies.
    Unknown(String),
}

/// How it is decided.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Whether a file without a default allows what none of its rules is about.
    pub allow_unconfigured: bool,
    /// The agent whose file of rules is for agents that have none, usually `default`.
    pub default_policy: Option<String>,
    /// What reads Rego; `None` where it is not part of the binary.
    pub rego: Option<Rego>,
}

/// Policies by the names of their agents. What cannot be used says why, and denies.
#[derive(Debug, Default)]
pub struct Policies {
    /// Files of rules.
    pub actions: BTreeMap<String, Result<ActionPolicy, String>>,
    /// Files in Rego; `default` is for agents that have none.
    pub rego: BTreeMap<String, Result<RegoFile, String>>,
    /// The groups that rules name; `None` where there is no such file.
    pub groups: Option<Result<Groups, String>>,
}

/// A file in Rego.
#[derive(Debug)]
pub struct RegoFile {
    /// What it is called.
    pub file: String,
    /// What it says.
    pub policy: Box<dyn RegoPolicy>,
}

/// Says who may do what.
#[derive(Debug)]
pub struct Authorizer {
    provider: Provider,
    settings: Settings,
    policies: Policies,
}

/// The policy in Rego for agents that have none.
const DEFAULT_REGO: &str = "default";

// === impl Provider ===

impl Provider {
    /// What a value of `rpcauthprovider` means; its case does not matter.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "action_policy" => Self::ActionPolicy,
            "rego_policy" => Self::Rego,
            "aaasvc" | "aaasvc_policy" => Self::Token,
            _ => Self::Unknown(name.to_owned()),
        }
    }

    /// What it is called in answers and reports.
    #[must_use]
    pub const fn name(&self) -> &str {
        match self {
            Self::Nobody => "none",
            Self::ActionPolicy => "action_policy",
            Self::Rego => "rego_policy",
            Self::Token => "aaasvc_policy",
            Self::Unknown(name) => name.as_str(),
        }
    }
}

// === impl Authorizer ===

impl Authorizer {
    /// One that decides by these policies.
    #[must_use]
    pub const fn new(provider: Provider, settings: Settings, policies: Policies) -> Self {
        Self {
            provider,
            settings,
            policies,
        }
    }

    /// The policies that it decides by.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Whether a request is allowed, and why. What is missing or cannot be used denies.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        match &self.provider {
            Provider::Nobody => Decision::new(true, By::Nobody),
            Provider::ActionPolicy => self.by_rules(request),
            Provider::Rego => self.by_rego(request),
            Provider::Token => token::decide(request, self.settings.rego),
            Provider::Unknown(name) => {
                Decision::unusable(format!("there is no authorisation called `{name}`"))
            }
        }
    }

    fn by_rules(&self, request: &Request<'_>) -> Decision {
        let of = |agent: &str| self.policies.actions.get(agent);
        let default = || of(self.settings.default_policy.as_deref()?);
        let none = Groups::default();
        let groups = match &self.policies.groups {
            None => &none,
            Some(Ok(groups)) => groups,
            // Without it nobody knows whom rules that deny are for.
            Some(Err(reason)) => return Decision::unusable(reason.as_str()),
        };
        match of(request.agent).or_else(default) {
            Some(Ok(policy)) => policy.decide(request, groups, self.settings.allow_unconfigured),
            Some(Err(reason)) => Decision::unusable(reason.as_str()),
            None => no_policy(request),
        }
    }

    fn by_rego(&self, request: &Request<'_>) -> Decision {
        let of = |agent: &str| self.policies.rego.get(agent);
        match of(request.agent).or_else(|| of(DEFAULT_REGO)) {
            Some(Ok(it)) => rego::of_node(&*it.policy, &it.file, request),
            Some(Err(reason)) => Decision::unusable(reason.as_str()),
            None => no_policy(request),
        }
    }
}

fn no_policy(request: &Request<'_>) -> Decision {
    let agent = request.agent.to_owned();
    Decision::new(false, By::NoPolicy { agent })
}
