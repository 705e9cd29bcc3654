//! The example of a program with a node inside.

use std::process::{Command, Stdio};

use super::*;
use crate::support::node::example;

async fn call(client: &mut Client, agent: &str, action: &str, data: Value) -> Value {
    let request = body::Request {
        agent: agent.to_owned(),
        action: action.to_owned(),
        data: data.as_object().cloned().expect("an object"),
    };
    let (sender, payload, _) = client.ask(agent, &request.encode()).await;
    assert_eq!(sender, NODE);
    let reply = body::Reply::decode(&payload).expect("a reply");
    assert_eq!(reply.message, "OK");
    reply.data
}

#[test]
fn a_program_answers_for_itself_and_says_goodbye() {
    let Some(site) = Site::start() else {
        return;
    };
    let configuration =
        site.with_certificates("rpcauthorization = 0\ncollectives = widgets_backplane\n");
    let state = site.file("state");
    let example = example("embedded");
    run(async {
        let mut client = site.client("widgets_backplane", site.alice()).await;
        let mut events = client
            .connection
            .subscribe("choria.lifecycle.event.>", None)
            .await
            .expect("subscribed");
        client.connection.flush().await.expect("flushed");
        let mut program = Command::new(example)
            .args([&configuration, &state])
            .stdin(Stdio::piped())
            .spawn()
            .expect("it starts");
        client.ping().await;
        let made = call(&mut client, "widgets", "make", json!({"number": 120})).await;
        assert_eq!(made, json!({"made": 120}));
        let health = call(&mut client, "program", "health", json!({})).await;
        let expect = json!({"result": "120 widgets are too many", "healthy": false});
        assert_eq!(health, expect);
        let info = call(&mut client, "program", "info", json!({})).await;
        assert_eq!(
            (&info["name"], &info["version"], &info["facts"]),
            (&json!("widgets"), &json!("1.2.0"), &json!({"made": 0}))
        );
        drop(program.stdin.take());
        let ended = loop {
            match program.try_wait().expect("its end") {
                Some(ended) => break ended,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        assert!(ended.success());
        let mut told = Vec::new();
        while told.len() < 2 {
            told.push(events.next().await.expect("an event").subject);
        }
        let expect =
            ["startup", "shutdown"].map(|it| format!("choria.lifecycle.event.{it}.server"));
        assert_eq!(told, expect);
    });
}
