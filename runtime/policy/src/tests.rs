//! Decisions and findings.

mod actions;
mod corpus;
mod findings;
mod properties;
#[cfg(feature = "rego")]
mod rego;
mod tokens;

use chorister_proto::Filter;
use chorister_proto::filter::{Node, Semantics};
use serde_json::{Value, json};

use crate::{ActionPolicy, Authorizer, Decision, Groups, Policies, Provider, Request, Settings};

/// What requests of these tests have unless they say otherwise.
struct World {
    facts: Value,
    classes: Vec<String>,
    agents: Vec<String>,
    data: Value,
    filter: Filter,
    claims: Option<Value>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            facts: json!({"country": "uk", "foo": "bar", "bar": "foo", "cpus": 4}),
            classes: vec!["apache".to_owned(), "one".to_owned()],
            agents: vec!["puppet".to_owned()],
            data: json!({}),
            filter: Filter::agent("puppet"),
            claims: None,
        }
    }
}

impl World {
    fn request<'a>(&'a self, caller: &'a str, action: &'a str) -> Request<'a> {
        Request {
            agent: "puppet",
            action,
            caller,
            sender: "client.example.net",
            collective: "mcollective",
            data: &self.data,
            ttl: 60,
            time: 1_795_216_887,
            filter: &self.filter,
            claims: self.claims.as_ref(),
            node: Node {
                identity: "node.example.net",
                agents: &self.agents,
                classes: &self.classes,
                facts: &self.facts,
                data: None,
            },
            is_provisioning: false,
        }
    }
}

fn policy(text: &str) -> ActionPolicy {
    ActionPolicy::parse("puppet.policy", text, Semantics::Compatible)
}

/// What a policy says to `choria=ann` who wants `status`.
fn decide(text: &str) -> Decision {
    let world = World::default();
    let request = world.request("choria=ann", "status");
    policy(text).decide(&request, &Groups::parse("admins choria=ann\n"), false)
}

/// The same in words, with the reasons of the lines before.
fn said(text: &str) -> String {
    let decision = decide(text);
    let steps = decision.explanation.iter();
    let steps = steps.map(|it| format!("{}: {}\n", it.line, it.why));
    steps.collect::<String>() + &decision.to_string()
}

fn authorizer(provider: Provider, settings: Settings, policies: Policies) -> Authorizer {
    Authorizer::new(provider, settings, policies)
}
