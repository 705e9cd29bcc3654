use serde_json::{Value, json};

use super::{World, authorizer};
use crate::{Policies, Provider, Request, Settings};

#[track_caller]
fn check(claims: Option<Value>, agent: &str, expect: &str) {
    let world = World {
        claims,
        ..World::default()
    };
    let request = Request {
        agent,
        ..world.request("up=ann", "status")
    };
    let authorizer = authorizer(Provider::Token, Settings::default(), Policies::default());
    let said = authorizer.decide(&request).to_string();
    assert!(said.starts_with(expect), "{said}");
}

#[test]
fn lists_of_agents_permit_what_they_name() {
    let agents = |list: &[&str]| Some(json!({"agents": list}));
    check(agents(&["*"]), "puppet", "allowed by `*`");
    check(
        agents(&["a.b", "puppet.*"]),
        "puppet",
        "allowed by `puppet.*`",
    );
    check(
        agents(&["puppet.status"]),
        "puppet",
        "allowed by `puppet.status`",
    );
    check(
        agents(&["puppet.run", "a.*"]),
        "puppet",
        "denied since the caller's token does not list it",
    );
    check(agents(&["puppet"]), "puppet", "denied since `puppet` among");
    check(agents(&["a.b.c"]), "puppet", "denied since `a.b.c` among");
    // Two in one text, as upstream's own tool writes them.
    check(
        agents(&["puppet.status,a.b"]),
        "puppet",
        "denied since `puppet.status,a.b` among",
    );
    check(agents(&["*", "a.b.c"]), "puppet", "allowed by `*`");
}

#[test]
fn tokens_have_a_list_or_a_policy() {
    check(None, "puppet", "denied since the request carries no token");
    check(
        None,
        "discovery",
        "denied since the request carries no token",
    );
    check(
        Some(json!({})),
        "discovery",
        "allowed since everybody with a token",
    );
    check(
        Some(json!({})),
        "puppet",
        "denied since the caller's token has neither",
    );
    check(
        Some(json!({"agents": [], "opa_policy": ""})),
        "puppet",
        "denied since the caller's token has neither",
    );
    check(
        Some(json!({"agents": ["*"], "opa_policy": "x"})),
        "puppet",
        "denied since the caller's token has both",
    );
    check(
        Some(json!({"agents": "*"})),
        "puppet",
        "denied since `agents`",
    );
    check(
        Some(json!({"agents": [1]})),
        "puppet",
        "denied since `agents`",
    );
    check(
        Some(json!({"opa_policy": true})),
        "puppet",
        "denied since `opa_policy`",
    );
    check(
        Some(json!({"opa_policy": "package x"})),
        "puppet",
        "denied since the caller's token has a policy in Rego",
    );
}
