//! Collectives, and agents of which one in all of a collective answers.

use super::external::Agents;
use super::*;

/// The configuration of another node of the site: in these collectives, with the agents of the site.
fn node(site: &Site, name: &str, collectives: &str) -> Node {
    let usual = site.with_certificates(&format!(
        "plugin.choria.agent_provider.mcorpc.libdir = {}\ncollectives = {collectives}\n",
        site.file("lib").display()
    ));
    let text = fs::read_to_string(usual).expect("a configuration");
    let path = site.file(&format!("{name}.conf"));
    fs::write(&path, text.replace(NODE, name)).expect("written");
    let binary = binary("chorister");
    let node = Node::start(&binary, &["--config", &path.display().to_string()]);
    node.ask_until(&["agents", "--json"], |it| {
        let mut agents = it.as_array().into_iter().flatten();
        agents.any(|it| it["name"] == "greeter" && it["state"] == "active")
    });
    node
}

#[test]
fn a_node_answers_in_its_collectives_and_one_of_all_answers_for_a_service() {
    let Some(site) = Site::start() else { return };
    let agents = Agents::of(&site);
    agents.service(
        "greeter",
        "echo '{\"data\": {\"said\": \"hello\"}}' > \"$2\"",
    );
    fs::create_dir_all(site.file("policies")).expect("made");
    let rule = "policy default deny\nallow\t*\t*\t*\t*\n";
    fs::write(site.file("policies/greeter.policy"), rule).expect("written");
    let _both = node(&site, "both.example.net", "mcollective,dev");
    let _one = node(&site, "one.example.net", "mcollective");
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        let mut found = std::collections::BTreeSet::new();
        while found.len() < 2 {
            found.insert(client.ping().await.0);
        }
        // What is asked in the other collective only one of them hears; both have heard what is asked after it.
        client.collective = "dev".to_owned();
        let in_dev = client.publish("discovery", body::PING).await;
        client.collective = "mcollective".to_owned();
        let in_both = client.publish("discovery", body::PING).await;
        let mut answered = Vec::new();
        while answered.iter().filter(|(id, _)| *id == in_both).count() < 2 {
            answered.push(client.next().await);
        }
        let of_dev = answered.iter().filter(|(id, _)| *id == in_dev);
        let of_dev: Vec<_> = of_dev.map(|(_, sender)| sender.as_str()).collect();
        assert_eq!(of_dev, ["both.example.net"]);

        // A service: each of these is answered once, and a ping shows that nothing else came.
        let call = body::Request {
            agent: "greeter".to_owned(),
            action: "say".to_owned(),
            data: serde_json::Map::new(),
        };
        client.ask("greeter", &call.encode()).await;
        let mut asked = std::collections::BTreeSet::new();
        for _ in 0..5 {
            asked.insert(client.publish("greeter", &call.encode()).await);
        }
        let mut answers = Vec::new();
        while asked.iter().any(|id| !answers.contains(id)) {
            answers.push(client.next().await.0);
        }
        let last = client.publish("discovery", body::PING).await;
        let mut pongs = 0;
        while pongs < 2 {
            let (id, _) = client.next().await;
            pongs += usize::from(id == last);
            answers.push(id);
        }
        for id in &asked {
            assert_eq!(
                answers.iter().filter(|it| *it == id).count(),
                1,
                "{answers:?}"
            );
        }
    });
}

#[test]
fn a_service_host_has_services_only() {
    let Some(site) = Site::start() else { return };
    let agents = Agents::of(&site);
    agents.service(
        "greeter",
        "echo '{\"data\": {\"said\": \"hello\"}}' > \"$2\"",
    );
    agents.ddl("other", "1.0.0");
    agents.write(
        "other",
        "#!/bin/sh\necho '{\"activate\": true}' > \"$2\"\n",
        0o755,
    );
    let configuration = site.with_certificates(&format!(
        "plugin.choria.agent_provider.mcorpc.libdir = {}\n",
        site.file("lib").display()
    ));
    let rule = "policy default deny\nallow\t*\t*\t*\t*\n";
    fs::write(site.file("policies/greeter.policy"), rule).expect("written");
    let binary = binary("chorister");
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        let subject = "choria.lifecycle.event.startup.>";
        let mut events = client
            .connection
            .subscribe(subject, None)
            .await
            .expect("subscribed");
        client.connection.flush().await.expect("flushed");
        let node = Node::start(
            &binary,
            &[
                "--service-host",
                "--config",
                &configuration.display().to_string(),
            ],
        );
        let told = events.next().await.expect("an event");
        assert_eq!(told.subject, "choria.lifecycle.event.startup.service_host");
        let call = body::Request {
            agent: "greeter".to_owned(),
            action: "say".to_owned(),
            data: serde_json::Map::new(),
        };
        let (sender, _, _) = client.ask("greeter", &call.encode()).await;
        assert_eq!(sender, NODE);
        let agents = node.ask_until(&["agents", "--json"], |it| it[0]["name"] == "greeter");
        assert_eq!(agents.as_array().map(Vec::len), Some(1), "{agents:#}");
        let machines = node.ask_until(&["machines", "--json"], Value::is_array);
        assert_eq!(machines, json!([]));
    });
}
