//! The standard agents: what they do on a node.
//!
//! What each can be asked is in the DDLs of `chorister-std`; here are the bodies, ordinary implementations of the traits that
//! are generated from them. They know of the node what [`Host`] lends them and nothing else, so that a test can be one.
//! [`data`] has the data plugins that every node has.
//!
//! Texts, codes and shapes are those that people know from Choria, whose clients ask these agents.
//!
//! Each module has a `start` that makes the agent as a node hosts it. Start reading at [`rpcutil`].

pub mod backplane;
pub mod choria_registry;
pub mod choria_util;
pub mod data;
pub mod executor;
mod machine;
pub mod rpcutil;
#[cfg(feature = "scout")]
pub mod scout;
#[cfg(test)]
mod tests;

use core::time::Duration;

use chorister_ddl::{Agent, Calling, Data, Host, RequestContext};
use chorister_ir::ddl::Ddl;
use serde_json::Value;

/// An agent with more to it than its DDL says.
struct Standard<A> {
    agent: A,
    /// Whether a node hosts it.
    condition: fn(&dyn Host) -> bool,
    /// How long it has, where clients do not wait for all of it.
    deadline: Option<Duration>,
}

impl<A: Agent> Agent for Standard<A> {
    fn ddl(&self) -> &Ddl {
        self.agent.ddl()
    }

    fn is_active(&self, host: &dyn Host) -> bool {
        (self.condition)(host)
    }

    fn deadline(&self) -> Duration {
        self.deadline.unwrap_or_else(|| self.agent.deadline())
    }

    fn call<'a>(&'a self, cx: &'a RequestContext, action: &'a str, data: Data) -> Calling<'a> {
        self.agent.call(cx, action, data)
    }
}

/// An object; anything else has no members.
fn object(value: Value) -> Data {
    match value {
        Value::Object(members) => members,
        _ => Data::new(),
    }
}

/// A setting that is a text, unless it is empty.
fn text_of(host: &dyn Host, setting: &str) -> Option<String> {
    let text = host.setting(setting)?.value.as_str()?.to_owned();
    (!text.is_empty()).then_some(text)
}
