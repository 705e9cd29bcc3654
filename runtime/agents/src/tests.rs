//! The standard agents on a node that is none.

mod backplane;
mod executor;
mod node;
mod registry;
#[cfg(feature = "scout")]
mod scout;
mod vectors;

use serde_json::json;

use chorister_ddl::StatusCode;

use self::node::{Fake, ask};
use crate::{choria_util, rpcutil};

#[tokio::test]
async fn secrets_are_told_to_nobody() {
    let fake = Fake::default()
        .with_setting("plugin.choria.network.system.password", "hunter2", true)
        .with_setting("identity", "n1.example.net", false);
    let given = json!({"item": "plugin.choria.network.system.password"});
    let answer = ask(&fake, rpcutil::start(), "get_config_item", given).await;
    assert_eq!(answer.unwrap()["value"], "(hidden)");
    let query = json!({"source": "config_item", "query": "plugin.choria.network.system.password"});
    let answer = ask(&fake, rpcutil::start(), "get_data", query).await;
    assert_eq!(
        answer.unwrap(),
        json!({"present": true, "value": "(hidden)"})
    );
    let answer = ask(
        &fake,
        rpcutil::start(),
        "get_data",
        json!({"source": "config_item", "query": "nope"}),
    );
    assert_eq!(
        answer.await.unwrap(),
        json!({"present": false, "value": null})
    );
}

#[tokio::test]
async fn a_transition_that_is_delayed_is_answered_when_it_is_accepted() {
    let fake = Fake::default().with_machine("lamp", "off", &["on"]);
    let given = json!({"name": "lamp", "transition": "on"});
    let answer = ask(&fake, choria_util::start(), "machine_transition", given).await;
    assert_eq!(answer.unwrap(), json!({"success": true}));
    assert_eq!(fake.fired(), ["lamp on for choria=rip.mcollective"]);
}

#[tokio::test]
async fn what_the_state_does_not_offer_and_machines_that_are_not_there_are_refused() {
    let fake = Fake::default().with_machine("lamp", "off", &["on"]);
    let given = json!({"name": "lamp", "transition": "burn"});
    let refused = ask(&fake, choria_util::start(), "machine_transition", given);
    let (code, message, data) = refused.await.unwrap_err();
    assert_eq!(code, StatusCode::Aborted);
    assert_eq!(
        message,
        "Could not perform burn transition: transition burn is not valid while in off state"
    );
    assert_eq!(data, json!({"success": false}));
    let given = json!({"name": "lump", "transition": "on"});
    let refused = ask(&fake, choria_util::start(), "machine_transition", given);
    assert_eq!(
        refused.await.unwrap_err().1,
        "Could not perform on transition: could not find machine matching criteria name='lump', version='', path='', id=''"
    );
    assert!(fake.fired().is_empty());
}

#[tokio::test]
async fn several_machines_are_no_answer() {
    let fake = Fake::default()
        .with_machine("lamp", "off", &["on"])
        .with_machine("door", "shut", &[]);
    let given = json!({"path": "/machines"});
    let refused = ask(&fake, choria_util::start(), "machine_state", given);
    assert_eq!(
        refused.await.unwrap_err().1,
        "Found multiple machines matching criteria"
    );
    let empty = Fake::default();
    let given = json!({"name": "lamp"});
    let refused = ask(&empty, choria_util::start(), "machine_state", given);
    assert_eq!(refused.await.unwrap_err().1, "No running machines");
}

#[tokio::test]
async fn a_query_is_asked_for_where_a_data_plugin_needs_one() {
    let fake = Fake::default();
    let refused = ask(
        &fake,
        rpcutil::start(),
        "get_data",
        json!({"source": "scout"}),
    );
    assert_eq!(
        refused.await.unwrap_err().1,
        "The data plugin scout needs a query"
    );
}
