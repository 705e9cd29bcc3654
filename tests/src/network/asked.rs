//! Two nodes and everybody who may ask them: the command line, the typed clients, and a program in another language that
//! knows nothing but the protocol.

mod fleet;

use chorister_client::{Discovery, Progress, Requester, Targets};
use chorister_proto::Version;
use chorister_std::rpcutil::{GetFactFact, GetFactInput, RpcutilClient};
use chorister_std::scout::ScoutClient;
use serde_json::{Value, json};

use self::fleet::{ALICE, BOB, Fleet, NODES, names};
use super::{LONG, run};

/// Longer than a node takes for anything, in seconds.
const SECONDS: u64 = 60;

/// What whoever may not ask is told.
const DENIED: &str = "You are not authorized to call this agent or action";

#[test]
fn two_nodes_are_asked_with_certificates() {
    asked(Version::V1);
}

#[test]
fn two_nodes_are_asked_with_tokens() {
    asked(Version::V2);
}

fn asked(version: Version) {
    let Some(mut fleet) = Fleet::start(version) else {
        return;
    };
    fleet.wait_for_both();
    by_command_line(&fleet);
    by_bare_protocol(&fleet);
    run(by_typed_clients(&fleet));
    fleet.restart_the_broker();
    // Nodes come back by themselves.
    fleet.wait_for_both();
    by_command_line(&fleet);
}

/// Discovery, and actions as people and scripts ask for them.
fn by_command_line(fleet: &Fleet) {
    let listed = fleet.site.file("nodes.txt");
    std::fs::write(&listed, names().join("\n")).expect("written");
    let nodes = ["--nodes", listed.to_str().expect("text"), "--timeout", "60"];
    let facts = [
        "req",
        "rpcutil",
        "get_fact",
        "fact=country",
        "--json",
        "--sort",
    ];
    let said: Value = fleet.json(&[facts.as_slice(), &nodes].concat());
    for (reply, (node, country)) in said["replies"]
        .as_array()
        .expect("replies")
        .iter()
        .zip(NODES)
    {
        assert_eq!(reply["sender"], node, "{said:#}");
        assert_eq!(reply["data"]["value"], country, "{said:#}");
    }
    assert_eq!(said["request_stats"]["ok"], 2, "{said:#}");
    assert_eq!(said["summaries"]["value"], json!({ "de": 1, "mt": 1 }));
    // What one request printed says whom the next one asks.
    let printed = fleet.site.file("replies.json");
    std::fs::write(&printed, said.to_string()).expect("written");
    let printed = printed.to_str().expect("text");
    let second = ["find", "--nodes", printed, "-I", "/^n2/", "--json"];
    assert_eq!(fleet.json(&second), json!([NODES[1].0]));
    let checks = ["req", "scout", "checks", "--json"];
    let said: Value = fleet.json(&[checks.as_slice(), &nodes].concat());
    for reply in said["replies"].as_array().expect("replies") {
        let checks = reply["data"]["checks"].as_array().expect("checks");
        assert!(
            checks.iter().any(|it| it["name"] == "root_disk"),
            "{said:#}"
        );
    }
    // Whoever is not named in a policy is told so.
    let denied = ["req", "rpcutil", "ping", "--json"];
    let output = fleet.chorister(BOB, &[denied.as_slice(), &nodes].concat());
    assert_eq!(output.status.code(), Some(2));
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(said["request_stats"]["failed"], 2, "{said:#}");
    assert_eq!(said["replies"][0]["statusmsg"], DENIED);
    let inventory = fleet.json(&["inventory", NODES[0].0, "--json"]);
    assert_eq!(
        inventory["inventory"]["facts"]["country"], "mt",
        "{inventory:#}"
    );
}

/// The clients that were generated from the same descriptions as the agents.
async fn by_typed_clients(fleet: &Fleet) {
    let client = fleet.client().await;
    let found = Discovery::default().enough(2).timeout(LONG);
    let mut found = found.nodes(&client, |_| ()).await.expect("asked");
    found.sort_unstable();
    assert_eq!(found, names());
    let requester = Requester::new(client, Targets::Nodes(found)).timeout(LONG);
    let rpcutil = RpcutilClient::new(requester.clone());
    let country = GetFactFact::try_from("country".to_owned()).expect("a fact");
    let asked = rpcutil.get_fact(&GetFactInput::new(country)).send().await;
    let mut values: Vec<(String, Value)> = asked
        .expect("asked")
        .replies
        .into_iter()
        .map(|it| {
            let value = it.result.expect("a fact").value;
            (it.sender, value.unwrap_or_default())
        })
        .collect();
    values.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        values,
        NODES.map(|(node, country)| (node.to_owned(), json!(country)))
    );
    let told = requester.observe(|progress| {
        if let Progress::Finished(statistics) = progress {
            assert_eq!((statistics.ok, statistics.silent.len()), (2, 0));
        }
    });
    let checks = ScoutClient::new(told).checks().send().await.expect("asked");
    assert_eq!(checks.replies.len(), 2);
    for reply in checks.replies {
        let checks = reply.result.expect("checks").checks.expect("a list");
        assert!(!checks.is_empty());
    }
}

/// A program that shares nothing with the nodes.
fn by_bare_protocol(fleet: &Fleet) {
    let fact = || question("rpcutil", "get_fact", &json!({ "fact": "country" }));
    let before = unvalidated(fleet);
    let questions = json!([
        { "agent": "discovery", "body": "ping", "expected": 2, "seconds": SECONDS },
        fact(),
        question("scout", "checks", &json!({})),
        wrong(fact(), json!({ "signature": true })),
        wrong(fact(), json!({ "caller": "choria=carol.mcollective" })),
        wrong(fact(), json!({ "seconds_ago": 600 })),
        fact(),
    ]);
    let answers = fleet.raw(ALICE, &questions);
    let senders = |answers: &[Value]| -> Vec<String> {
        let sender = |it: &Value| it["sender"].as_str().unwrap_or_default().to_owned();
        answers.iter().map(sender).collect()
    };
    let [pongs, facts, checks, forged, borrowed, late, again] = answers.as_slice() else {
        panic!("{answers:?}");
    };
    assert_eq!(senders(pongs), names());
    for facts in [facts, again] {
        for (answer, (node, country)) in facts.iter().zip(NODES) {
            assert_eq!(answer["sender"], node, "{answer:#}");
            assert_eq!(answer["body"]["data"]["value"], country, "{answer:#}");
        }
        assert_eq!(facts.len(), 2);
    }
    assert_eq!(senders(checks), names());
    assert!(
        checks.iter().all(|it| it["body"]["statuscode"] == 0),
        "{checks:?}"
    );
    for nothing in [forged, borrowed, late] {
        assert!(nothing.is_empty(), "{nothing:?}");
    }
    // Both looked at all three, and let none of them in.
    for (before, after) in before.into_iter().zip(unvalidated(fleet)) {
        assert_eq!(after - before, 3);
    }
    let denied = fleet.raw(BOB, &json!([fact()]));
    for answer in &denied[0] {
        assert_eq!(answer["body"]["statuscode"], 1, "{answer:#}");
        assert_eq!(answer["body"]["statusmsg"], DENIED);
    }
    assert_eq!(denied[0].len(), 2);
}

/// How many messages each node did not let in, whether they came too late or could not be believed.
fn unvalidated(fleet: &Fleet) -> Vec<u64> {
    let figures = |node: &str| {
        let said = fleet.json(&["inventory", node, "--json"]);
        let count = |name: &str| said["statistics"][name].as_u64().expect(name);
        count("unvalidated") + count("ttlexpired")
    };
    NODES.iter().map(|(node, _)| figures(node)).collect()
}

fn question(agent: &str, action: &str, data: &Value) -> Value {
    let body = json!({ "agent": agent, "action": action, "data": data });
    json!({
        "agent": agent, "body": body.to_string(), "nodes": names(), "expected": 2, "seconds": SECONDS,
    })
}

/// The same in a way that nobody may ask. An answer that comes late all the same is taken for one to the next question.
fn wrong(mut question: Value, how: Value) -> Value {
    question["wrong"] = how;
    question["seconds"] = 1.into();
    question
}
