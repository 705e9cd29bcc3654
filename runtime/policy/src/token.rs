//! What the token of a caller permits.

use serde_json::Value;

use crate::Request;
use crate::decision::{By, Decision};
use crate::rego::{self, Package, Rego};

/// Decides by the claims `agents` or `opa_policy` of a token, of which there must be exactly one.
pub(crate) fn decide(request: &Request<'_>, rego: Option<Rego>) -> Decision {
    let Some(claims) = request.claims else {
        return Decision::unusable("the request carries no token of its caller");
    };
    if request.agent == "discovery" {
        return Decision::new(true, By::Discovery);
    }
    let agents = match claims.get("agents") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(agents) => list(agents),
    };
    let Some(agents) = agents else {
        return Decision::unusable("`agents` of the caller's token is not a list of names");
    };
    let policy = match claims.get("opa_policy") {
        None | Some(Value::Null) => "",
        Some(Value::String(policy)) => policy,
        Some(_) => return Decision::unusable("`opa_policy` of the caller's token is not a text"),
    };
    match (agents.as_slice(), policy) {
        ([], "") => Decision::unusable("the caller's token has neither agents nor a policy"),
        (agents, "") => listed(agents, request),
        ([], policy) => evaluated(policy, request, rego),
        _ => Decision::unusable("the caller's token has both agents and a policy"),
    }
}

fn list(agents: &Value) -> Option<Vec<&str>> {
    agents.as_array()?.iter().map(Value::as_str).collect()
}

/// By a list of `*`, `AGENT.*` and `AGENT.ACTION`, in its order: what cannot be read denies, unless an entry before it
/// has allowed.
fn listed(agents: &[&str], request: &Request<'_>) -> Decision {
    for entry in agents {
        let is_meant = match entry.split_once('.') {
            None if *entry == "*" => true,
            Some((agent, action)) if !action.contains('.') => {
                agent == request.agent && (action == "*" || action == request.action)
            }
            _ => {
                return Decision::unusable(format!(
                    "`{entry}` among the agents of the caller's token is neither `*` nor an agent and an action with \
                     one dot between them"
                ));
            }
        };
        if is_meant {
            let entry = Some((*entry).to_owned());
            return Decision::new(true, By::Agents { entry });
        }
    }
    Decision::new(false, By::Agents { entry: None })
}

fn evaluated(policy: &str, request: &Request<'_>, rego: Option<Rego>) -> Decision {
    let Some(rego) = rego else {
        return Decision::unusable(
            "the caller's token has a policy in Rego, which is not part of this binary",
        );
    };
    let compiled = match (rego.compile)(policy, Package::Token) {
        Ok(compiled) => compiled,
        Err(error) => {
            return Decision::unusable(format!("`opa_policy` of the caller's token: {error}"));
        }
    };
    rego::decide(&*compiled, "opa_policy", &input(request), request.filter)
}

fn input(request: &Request<'_>) -> Value {
    serde_json::json!({
        "agent": request.agent,
        "action": request.action,
        "data": request.data,
        "sender": request.sender,
        "collective": request.collective,
        "ttl": request.ttl,
        "time": request.time,
        "site": "server",
        "claims": request.claims,
    })
}
