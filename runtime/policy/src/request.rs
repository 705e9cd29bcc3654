//! What is decided about.

use chorister_proto::Filter;
use chorister_proto::filter::Node;
use serde_json::Value;

/// Somebody asks for an action of an agent on a node.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The agent.
    pub agent: &'a str,
    /// The action.
    pub action: &'a str,
    /// Who asks, as the security layer verified it: `choria=bob.mcollective`.
    pub caller: &'a str,
    /// The host that it was sent from.
    pub sender: &'a str,
    /// The collective that it was sent to.
    pub collective: &'a str,
    /// The inputs of the action, an object.
    pub data: &'a Value,
    /// How long it is valid, in seconds.
    pub ttl: u64,
    /// When it was made, in seconds since 1970.
    pub time: i64,
    /// Which nodes it is meant for.
    pub filter: &'a Filter,
    /// The claims of the caller's verified token, an object; `None` where there is no token.
    pub claims: Option<&'a Value>,
    /// The node that is asked.
    pub node: Node<'a>,
    /// Whether the node is being provisioned.
    pub is_provisioning: bool,
}
