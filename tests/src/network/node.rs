//! What a node knows and remembers, seen over the network.

use std::os::unix::fs::PermissionsExt;

use super::*;

/// A node of the site with this in its configuration.
fn node(site: &Site, more: &str) -> Node {
    let configuration = site.with_certificates(more).display().to_string();
    Node::start(&binary("chorister"), &["--config", &configuration])
}

/// The value of a fact, or why it is not told.
async fn fact(client: &mut Client, name: &str) -> Result<Value, String> {
    let reply = client
        .rpc("rpcutil", "get_fact", json!({"fact": name}))
        .await;
    match reply.status {
        body::Status::Ok => Ok(reply.data["value"].clone()),
        _ => Err(reply.message),
    }
}

#[test]
fn facts_and_policies_are_those_of_now() {
    let Some(site) = Site::start() else { return };
    fs::write(site.file("one.yaml"), "role: web\nrack: a\n").expect("written");
    fs::write(site.file("two.json"), r#"{"rack": "b"}"#).expect("written");
    fs::create_dir(site.file("facts.d")).expect("made");
    let program = site.file("facts.d/slow");
    fs::write(&program, "#!/bin/sh\necho \"height=$((40 + 2))\"\n").expect("written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("allowed");
    let files = format!(
        "plugin.yaml = {}:{}\n",
        site.file("one.yaml").display(),
        site.file("two.json").display()
    );
    let node = node(&site, &files);
    let policy = site.file("policies/rpcutil.policy");
    fs::write(&policy, "policy default deny\nallow\t*\t*\trole=web\t*\n").expect("written");
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        // The policy was not there when the node began.
        let role = loop {
            if let Ok(role) = fact(&mut client, "role").await {
                break role;
            }
        };
        assert_eq!(role, "web");
        assert_eq!(fact(&mut client, "rack").await, Ok(json!("b")));
        let family = fact(&mut client, "os.family").await.expect("a family");
        assert!(family.is_string(), "{family}");
        while fact(&mut client, "height").await != Ok(json!("42")) {}

        fs::write(site.file("two.json"), "{").expect("written");
        node.ask_until(&["status", "--json"], |it| {
            let problems = it["problems"].as_array().into_iter().flatten();
            let mut texts = problems.filter_map(|it| it["text"].as_str());
            texts.any(|it| it.contains("its last good facts stay"))
        });
        assert_eq!(fact(&mut client, "rack").await, Ok(json!("b")));

        // Another role may not ask.
        fs::write(site.file("one.yaml"), "role: db\n").expect("written");
        while fact(&mut client, "role").await.is_ok() {}
        fs::write(&policy, b"\xff").expect("written");
        node.ask_until(&["status", "--json"], |it| {
            let problems = it["problems"].as_array().into_iter().flatten();
            problems
                .map(|it| it["subject"].as_str())
                .any(|it| it == Some("policies"))
        });
    });
}

#[test]
fn no_request_is_answered_again_after_a_crash() {
    let Some(site) = Site::start() else { return };
    let mut node = node(&site, "");
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        client.ping().await;
        let request = client.request("discovery", body::PING);
        let transport = client.signer.request_transport(&request, &client.reply_to);
        let bytes = transport.expect("signed").encode();
        let subject = "mcollective.broadcast.agent.discovery";
        let sent = client.connection.publish(subject, bytes.clone());
        sent.await.expect("published");
        while client.next().await.0 != request.id {}
        node.kill_and_start_again();
        client.ping().await;
        let sent = client.connection.publish(subject, bytes);
        sent.await.expect("published");
        let last = client.publish("discovery", body::PING).await;
        loop {
            let (answered, _) = client.next().await;
            assert_ne!(answered, request.id, "it was let in before");
            if answered == last {
                break;
            }
        }
    });
}
