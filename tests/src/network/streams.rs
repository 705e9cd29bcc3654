//! What a node takes from streams: keys of buckets, and places in governors.

use super::*;

const MACHINE: &str = r#"
name: deploy
version: 1.0.0
initial_state: WAITING
transitions:
  - {name: changed, from: [WAITING], destination: ROLLING}
  - {name: done, from: [ROLLING], destination: WAITING}
watchers:
  - name: version
    type: kv
    state_match: [WAITING]
    interval: 500ms
    success_transition: changed
    properties: {bucket: DEPLOY, key: app}
  - name: roll
    type: exec
    state_match: [ROLLING]
    success_transition: done
    properties:
      command: /bin/echo {{ lookup "data.DEPLOY_app" "nothing" }}
      governor: rollout
"#;

/// The streams: a bucket, a governor with one place, and what is told of it.
fn streams() -> [Value; 3] {
    [
        json!({
            "name": "KV_DEPLOY", "subjects": ["$KV.DEPLOY.>"], "max_msgs_per_subject": 1,
            "discard": "new", "allow_rollup_hdrs": true, "deny_delete": true, "allow_direct": true,
            "storage": "file", "retention": "limits", "num_replicas": 1,
        }),
        json!({
            "name": "GOVERNOR_rollout", "subjects": ["mcollective.governor.rollout"], "max_msgs": 1,
            "discard": "new", "storage": "file", "retention": "limits", "num_replicas": 1,
        }),
        json!({
            "name": "TOLD", "subjects": ["choria.lifecycle.event.governor.>"], "storage": "file",
            "retention": "limits", "num_replicas": 1,
        }),
    ]
}

const KEY: &str = "$KV.DEPLOY.app";

/// Makes a stream.
pub(super) async fn create(client: &Client, stream: &Value) {
    let subject = format!("$JS.API.STREAM.CREATE.{}", stream["name"].as_str().unwrap());
    let made = client.connection.request(subject, stream.to_string(), LONG);
    let made: Value = serde_json::from_slice(&made.await.unwrap().payload).unwrap();
    assert!(made["error"].is_null(), "{made:#}");
}

/// Keeps a value under a subject.
pub(super) async fn put(client: &Client, subject: &str, value: impl Into<String>) {
    let value: String = value.into();
    let kept = client.connection.add_message(subject, value, LONG);
    kept.await.expect("kept");
}

/// Waits until the last event of the governor is that its place was given back.
async fn given_back(client: &Client) -> Value {
    let subject = "choria.lifecycle.event.governor.deploy";
    loop {
        let told = client.connection.last_message("TOLD", subject, LONG).await;
        let event: Option<Value> = told
            .expect("an answer")
            .and_then(|it| serde_json::from_slice(&it.payload).ok());
        match event {
            Some(event) if event["event_type"] == "exit" => return event,
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

#[test]
fn a_machine_follows_a_key_and_waits_for_its_place_also_after_the_broker_was_gone() {
    let Some(mut site) = Site::start() else {
        return;
    };
    let machines = site.file("machines/deploy");
    fs::create_dir_all(&machines).expect("made");
    fs::write(machines.join("machine.yaml"), MACHINE).expect("written");
    let configuration = site.with_certificates("");
    run(async {
        let client = site.client("mcollective", site.alice()).await;
        for stream in streams() {
            create(&client, &stream).await;
        }
        put(&client, KEY, "1.0").await;
    });
    let mut node = Node::start(
        &binary("chorister"),
        &[
            "--config",
            &configuration.display().to_string(),
            "--machines",
            &site.file("machines").display().to_string(),
            "--events",
            "jsonl",
        ],
    );
    for version in ["1.0", "1.1"] {
        node.wait_for_transition("deploy", "changed");
        let ran = node.wait_for("command", |it| it["data"]["name"] == "roll");
        assert_eq!(ran["data"]["previous_outcome"], "success");
        node.wait_for_transition("deploy", "done");
        run(async {
            let client = site.client("mcollective", site.alice()).await;
            let event = given_back(&client).await;
            assert_eq!(event["protocol"], "io.choria.lifecycle.v1.governor");
            assert_eq!(
                (&event["component"], &event["identity"]),
                (&json!("deploy"), &json!(NODE))
            );
            let place = "mcollective.governor.rollout";
            let left = client
                .connection
                .last_message("GOVERNOR_rollout", place, LONG)
                .await;
            assert_eq!(left, Ok(None));
        });
        if version == "1.0" {
            site.broker.restart();
            run(async {
                let client = site.client("mcollective", site.alice()).await;
                put(&client, KEY, "1.1").await;
            });
        }
    }
}

const LISTENER: &str = r#"
name: orders
version: 1.0.0
initial_state: WAITING
transitions:
  - {name: got, from: [WAITING], destination: GOT}
watchers:
  - name: order
    type: kv
    state_match: [WAITING]
    interval: 24h
    success_transition: got
    properties: {bucket: ORDERS, key: next, query: kind, republish_trigger: orders.again.next}
"#;

#[test]
fn what_the_stream_of_a_bucket_publishes_again_is_taken_at_once() {
    let Some(site) = Site::start() else {
        return;
    };
    let machines = site.file("machines/orders");
    fs::create_dir_all(&machines).expect("made");
    fs::write(machines.join("machine.yaml"), LISTENER).expect("written");
    let configuration = site.with_certificates("");
    run(async {
        let client = site.client("mcollective", site.alice()).await;
        let stream = json!({
            "name": "KV_ORDERS", "subjects": ["$KV.ORDERS.>"], "max_msgs_per_subject": 1,
            "discard": "new", "allow_rollup_hdrs": true, "deny_delete": true, "allow_direct": true,
            "storage": "file", "retention": "limits", "num_replicas": 1,
            "republish": {"src": "$KV.ORDERS.>", "dest": "orders.again.>"},
        });
        create(&client, &stream).await;
    });
    let mut node = Node::start(
        &binary("chorister"),
        &[
            "--config",
            &configuration.display().to_string(),
            "--machines",
            &site.file("machines").display().to_string(),
        ],
    );
    // There is nothing to read yet, and nobody reads again today.
    node.ask_until(&["machines", "orders", "--json"], |it| {
        it.to_string().contains("unchanged")
    });
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            run(async {
                let client = site.client("mcollective", site.alice()).await;
                // Nobody tells when the node has begun to listen.
                for number in 0.. {
                    if done.load(std::sync::atomic::Ordering::Relaxed) {
                        return;
                    }
                    let order = json!({"kind": format!("k{number}")});
                    put(&client, "$KV.ORDERS.next", order.to_string()).await;
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            });
        });
        node.wait_for_transition("orders", "got");
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
