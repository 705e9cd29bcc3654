//! `backplane` on a node that is none.

use chorister_ddl::AgentState::{Active, Paused, Tripped};
use chorister_ddl::{AgentState, StatusCode};
use serde_json::{Value, json};

use super::node::{Fake, ask};
use crate::backplane;

fn node() -> Fake {
    let states = [
        ("backplane", Active),
        ("puppet", Tripped),
        ("rpcutil", Active),
    ];
    let fake = Fake::default();
    let all = states.map(|(name, state): (&str, AgentState)| (name.to_owned(), state));
    fake.states.lock().unwrap().extend(all);
    fake
}

async fn asked(fake: &Fake, action: &str, given: Value) -> Value {
    ask(fake, backplane::start(), action, given).await.unwrap()
}

#[tokio::test]
async fn one_agent_is_paused_and_resumed() {
    let fake = node();
    let answer = asked(&fake, "pause", json!({"agent": "rpcutil"})).await;
    assert_eq!(
        answer,
        json!({"paused": true, "agents": {"backplane": "active", "puppet": "tripped", "rpcutil": "paused"}})
    );
    let answer = asked(&fake, "flip", json!({"agent": "rpcutil"})).await;
    assert_eq!(answer["paused"], false);
    let answer = asked(&fake, "resume", json!({"agent": "puppet"})).await;
    assert_eq!(answer["agents"]["puppet"], "active");
    let answer = asked(&fake, "info", json!({})).await;
    assert_eq!(answer["paused"], false);
    assert_eq!(answer["backplane_version"], "0.1.0");
}

#[tokio::test]
async fn all_are_paused_but_the_one_that_can_resume_them() {
    let fake = node();
    asked(&fake, "pause", json!({})).await;
    let states = fake.states.lock().unwrap().clone();
    let states: Vec<_> = states.into_values().collect();
    assert_eq!(states, [Active, Paused, Paused]);
    let refused = ask(
        &fake,
        backplane::start(),
        "pause",
        json!({"agent": "backplane"}),
    );
    assert_eq!(refused.await.unwrap_err().0, StatusCode::InvalidData);
    let refused = ask(
        &fake,
        backplane::start(),
        "pause",
        json!({"agent": "nobody"}),
    );
    let (code, message, _) = refused.await.unwrap_err();
    assert_eq!(
        (code, message.as_str()),
        (StatusCode::Aborted, "There is no agent nobody")
    );
}
