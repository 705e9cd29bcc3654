//! What a node says of itself, and what it publishes for others.

use std::process::Command;

use super::events::kept_with;
use super::*;

/// Waits until a question has an answer.
fn wait<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = std::time::Instant::now() + LONG;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(std::time::Instant::now() < until, "no {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn json_of(path: &Path) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}

#[test]
fn a_node_reports_registers_and_publishes_what_others_leave() {
    let Some(site) = Site::start() else { return };
    fs::write(site.file("facts.json"), r#"{"role":"web"}"#).expect("written");
    let shown = |name: &str| site.file(name).display().to_string();
    let more = format!(
        "plugin.choria.status_file_path = {}\nplugin.choria.status_update_interval = 1\n\
         registration = file_content, inventory_content\nregistration_splay = false\nregisterinterval = 1\n\
         plugin.choria.registration.file_content.data = {}\n\
         plugin.choria.registration.file_content.target = mcollective.broadcast.agent.registration\n\
         plugin.choria.submission.spool = {}\n",
        shown("status.json"),
        shown("facts.json"),
        shown("spool"),
    );
    let configuration = site.with_certificates(&more).display().to_string();
    let binary = binary("chorister");
    fs::create_dir(site.file("metrics")).expect("made");
    run(async {
        let client = site.client("mcollective", site.alice()).await;
        let stream = json!({"name": "SUBMIT", "subjects": ["mcollective.submission.in.>"], "storage": "file"});
        events::ask(&client.connection, "CREATE.SUBMIT", stream).await;
        let mut registered = client
            .connection
            .subscribe("mcollective.broadcast.agent.registration", None)
            .await
            .expect("subscribed");
        let arguments = [
            "--config",
            &configuration,
            "--textfile-dir",
            &shown("metrics"),
        ];
        let node = Node::start(&binary, &arguments);

        // Both plugins are heard, again and again.
        let mut seen = std::collections::BTreeMap::<String, usize>::new();
        while seen.len() < 2 || seen.values().any(|it| *it < 2) {
            let message = registered.next().await.expect("a message");
            let transport: Value = serde_json::from_slice(&message.payload).expect("JSON");
            assert_eq!(transport["headers"]["reply-to"], "dev.null");
            let data = events::base64(transport["data"].as_str().expect("text"));
            let secure: Value = serde_json::from_slice(&data).expect("JSON");
            let request = secure["message"].as_str().expect("text");
            let request: Value = serde_json::from_str(request).expect("JSON");
            let envelope = &request["envelope"];
            assert_eq!(
                (&envelope["agent"], &envelope["senderid"]),
                (&"registration".into(), &NODE.into())
            );
            let body = request["message"].as_str().expect("text");
            let body: Value = serde_json::from_str(body).expect("JSON");
            assert!(body["zcontent"].is_string(), "{body}");
            *seen
                .entry(body["protocol"].as_str().expect("text").to_owned())
                .or_default() += 1;
        }
        let protocols: Vec<&str> = seen.keys().map(String::as_str).collect();
        assert_eq!(
            protocols,
            [
                "choria:registration:filecontent:1",
                "choria:registration:inventorycontent:1"
            ]
        );

        // Messages of others, one of which has to arrive.
        fs::write(site.file("one.json"), "{\"hello\":\"world\"}\n").expect("written");
        for flag in [&["--reliable"][..], &["--header", "Team=web"]] {
            let output = Command::new(&binary)
                .args([
                    "submit",
                    "test.one",
                    &shown("one.json"),
                    "--config",
                    &configuration,
                ])
                .args(flag)
                .output()
                .expect("runs");
            assert!(output.status.success(), "{output:?}");
        }
        let mut kept = Vec::new();
        while kept.len() < 2 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            kept = kept_with(&client.connection, "SUBMIT").await;
        }
        for (subject, headers, payload) in &kept {
            assert_eq!(subject, "mcollective.submission.in.test.one");
            assert!(
                headers.contains(&format!("Choria-Identity: {NODE}\r\n")),
                "{headers}"
            );
            assert!(headers.contains("Nats-Msg-Id: "), "{headers}");
            assert_eq!(payload, b"{\"hello\":\"world\"}\n");
        }
        let all: String = kept.into_iter().map(|it| it.1).collect();
        assert_eq!(all.matches("Choria-Reliable: 1").count(), 1);
        assert_eq!(all.matches("Team: web").count(), 1);

        let status = wait("status", || {
            json_of(&site.file("status.json")).filter(|it| it["connected_server"] != "")
        });
        assert_eq!(status["identity"], NODE);
        assert_eq!(status["token_expires"], "0001-01-01T00:00:00Z");
        let judged = Command::new(&binary)
            .args([
                "status",
                "--status-file",
                &shown("status.json"),
                "--provisioned",
            ])
            .output()
            .expect("runs");
        let said = String::from_utf8_lossy(&judged.stdout).into_owned();
        assert_eq!(said, format!("{} OK\n", shown("status.json")));
        let metrics = wait("metrics", || {
            let files = fs::read_dir(site.file("metrics")).ok()?.flatten();
            let all: String = files
                .filter_map(|it| fs::read_to_string(it.path()).ok())
                .collect();
            all.contains("choria_connector_reconnections 0")
                .then_some(all)
        });
        for line in [
            format!("choria_server_events{{identity=\"{NODE}\"}} 1"),
            "chorister_spool_dropped_total 0".to_owned(),
        ] {
            assert!(metrics.lines().any(|it| it == line), "{line}\n{metrics}");
        }
        drop(node);
    });
}

#[test]
fn what_others_leave_is_signed_by_the_node_where_they_ask_for_it() {
    let Some(site) = Site::start() else { return };
    let spool = site.file("spool").display().to_string();
    let configuration = site.with_tokens(&format!("plugin.choria.submission.spool = {spool}\n"));
    let configuration = configuration.display().to_string();
    let binary = binary("chorister");
    fs::write(site.file("order"), "brass").expect("written");
    run(async {
        let client = site.client("choria", site.alice_with_token()).await;
        let stream =
            json!({"name": "SUBMIT", "subjects": ["choria.submission.in.>"], "storage": "file"});
        events::ask(&client.connection, "CREATE.SUBMIT", stream).await;
        let _node = Node::start(&binary, &["--config", &configuration]);
        let order = site.file("order").display().to_string();
        let submit = ["submit", "orders.brass", &order, "--config", &configuration];
        let output = Command::new(&binary)
            .args(submit)
            .args(["--sign", "--reliable"])
            .output()
            .expect("runs");
        assert!(output.status.success(), "{output:?}");
        let mut kept = Vec::new();
        while kept.is_empty() {
            kept = kept_with(&client.connection, "SUBMIT").await;
        }
        let (subject, headers, payload) = kept.remove(0);
        assert_eq!(
            (subject.as_str(), payload.as_slice()),
            ("choria.submission.in.orders.brass", &b"brass"[..])
        );
        let header = |name: &str| {
            let mut lines = headers.lines().filter_map(|it| it.split_once(": "));
            let found = lines.find(|(it, _)| *it == name);
            found.map(|(_, value)| value.to_owned()).expect("a header")
        };
        let token = fs::read_to_string(site.file("node.jwt")).expect("a token");
        assert_eq!(header("Choria-Token"), token);
        let signature: Vec<u8> = header("Choria-Signature")
            .as_bytes()
            .chunks(2)
            .map(|it| u8::from_str_radix(core::str::from_utf8(it).expect("text"), 16).expect("hex"))
            .collect();
        let key = public_key(&seed('3').public_hex()).expect("a key");
        assert!(key.verifies(&payload, &signature));
        assert!(!key.verifies(b"steel", &signature));
    });
}
