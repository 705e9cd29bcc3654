//! The example of a program with a node inside.

use std::process::{Command, Stdio};

use super::*;
use crate::support::node::example;

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
        let made = client
            .call("widgets", "make", json!({"number": 120}))
            .await
            .data;
        assert_eq!(made, json!({"made": 120}));
        let health = client.call("program", "health", json!({})).await.data;
        let expect = json!({"result": "120 widgets are too many", "healthy": false});
        assert_eq!(health, expect);
        let info = client.call("program", "info", json!({})).await.data;
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
