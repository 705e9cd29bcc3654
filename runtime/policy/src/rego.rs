//! Policies in Rego. The engine that evaluates them is linked only where a distribution names it.

#[cfg(feature = "rego")]
mod engine;

use core::fmt;
use std::sync::Arc;

use chorister_proto::Filter;
use serde_json::Value;

use crate::Request;
use crate::decision::{By, Decision};

#[cfg(feature = "rego")]
pub use engine::REGO;

/// Reads policies in Rego.
#[derive(Clone, Copy)]
pub struct Rego {
    /// Reads one, and says what is wrong with one that cannot be read.
    pub compile: Compile,
}

type Compile = fn(text: &str, package: Package) -> Result<Box<dyn RegoPolicy>, String>;

/// What a policy has to be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Package {
    /// A policy of a node: `io.choria.mcorpc.authpolicy`.
    Node,
    /// A policy of a token: `io.choria.aaasvc`. It may ask about the filter of a request.
    Token,
}

/// A policy in Rego, read.
pub trait RegoPolicy: Send + Sync + fmt::Debug {
    /// Whether its `allow` is true of an input.
    ///
    /// # Errors
    /// It is not defined or no boolean, or the evaluation failed or took too long.
    fn allows(&self, input: &Value, filter: &Filter) -> Result<bool, String>;
}

/// Decides by the policy of a file.
pub(crate) fn of_node(policy: &dyn RegoPolicy, source: &str, request: &Request<'_>) -> Decision {
    let input = serde_json::json!({
        "agent": request.agent,
        "action": request.action,
        "callerid": request.caller,
        "collective": request.collective,
        "data": request.data,
        "ttl": request.ttl,
        "time": request.time,
        "facts": request.node.facts,
        "classes": request.node.classes,
        "agents": request.node.agents,
        "provision_mode": request.is_provisioning,
    });
    decide(policy, source, &input, request.filter)
}

pub(crate) fn decide(
    policy: &dyn RegoPolicy,
    source: &str,
    input: &Value,
    filter: &Filter,
) -> Decision {
    match policy.allows(input, filter) {
        Ok(allow) => Decision::new(
            allow,
            By::Rego {
                source: Arc::from(source),
            },
        ),
        Err(error) => Decision::unusable(format!("{source}: {error}")),
    }
}

// === impl Package ===

impl Package {
    /// What it is called in a policy.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Node => "io.choria.mcorpc.authpolicy",
            Self::Token => "io.choria.aaasvc",
        }
    }
}

impl fmt::Debug for Rego {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rego")
    }
}
