//! What authors write: actions that are commands and transitions, and data plugins, asked over a broker.

use chorister_client::{Discovery, Targets};
use chorister_proto::Filter;
use chorister_proto::body::Status;
use chorister_proto::filter::Compound;
use chorister_std::rpcutil::RpcutilClient;

use super::agents::one;
use super::*;

impl Client {
    /// Has the agent of the workshop do something: the status, what it says, and the answer.
    async fn shop(&mut self, action: &str, data: Value) -> (Status, String, Value) {
        let reply = self.call("shop", action, data).await;
        assert_eq!(reply.action, action);
        (reply.status, reply.message, reply.data)
    }
}

fn ok(data: Value) -> (Status, String, Value) {
    (Status::Ok, "OK".to_owned(), data)
}

fn aborted(message: &str, data: Value) -> (Status, String, Value) {
    (Status::Aborted, message.to_owned(), data)
}

#[test]
fn commands_answer_or_say_why_not() {
    let Some(site) = Site::start() else { return };
    let _node = workshop(&site, "");
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        client.ping().await;
        let of = |length: &str| json!({"name": "shaft & hub", "length": length});
        let measured = client.shop("measure", of("120")).await;
        assert_eq!(measured, ok(json!({"name": "shaft & hub", "length": 120})));
        let wrong = client.shop("measure", of("long")).await;
        let text = "Could not find 'length' in what the command printed";
        assert_eq!(wrong, aborted(text, json!({})));
        let refused = client.shop("measure", of("$(id)")).await;
        let text = "Validation failed: validation failed for input 'length': may not contain '$'";
        assert_eq!(refused, aborted(text, json!({})));
        let hung = client.shop("hang", json!({})).await;
        assert_eq!(hung, aborted("The command did not end in time", json!({})));
        let failed = client.shop("fail", json!({})).await;
        assert_eq!(failed.0, Status::Aborted);
        let expect = "The command failed with exit code 2: /bin/ls: cannot access '/nonexistent'";
        assert!(failed.1.starts_with(expect), "{failed:?}");
        let chatter = |bytes: u64| json!({"bytes": bytes});
        let few = client.shop("chatter", chatter(3)).await;
        assert_eq!(few, ok(json!({"printed": "\0\0\0"})));
        let many = client.shop("chatter", chatter(2 << 20)).await;
        let text = "The command printed more than 1048576 bytes";
        assert_eq!(many, aborted(text, json!({})));
        let most = client.shop("chatter", chatter(1 << 40)).await;
        let text = "The command failed: wrote more than 16777216 bytes and was ended";
        assert_eq!(most, aborted(text, json!({})));
    });
}

#[test]
fn machines_are_waited_for_and_not_for_ever() {
    let Some(site) = Site::start() else { return };
    let _node = workshop(&site, "");
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        client.ping().await;
        let pressed = client.shop("press", json!({})).await;
        assert_eq!(pressed, ok(json!({"state": "OPEN"})));
        let jammed = client.shop("jam", json!({})).await;
        let text = "Machine press did not reach OPEN in time: it is in JAMMED";
        assert_eq!(jammed, aborted(text, json!({"state": "JAMMED"})));
        let refused = client.shop("press", json!({})).await;
        let text = "Could not perform close transition: transition close is not valid while in JAMMED state";
        assert_eq!(refused, aborted(text, json!({})));
        let cleared = client.shop("clear", json!({})).await;
        assert_eq!(cleared, ok(json!({"state": "OPEN"})));
    });
}

#[test]
fn data_plugins_answer_agents_and_filters() {
    let Some(site) = Site::start() else { return };
    let _node = workshop(&site, "");
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        client.ping().await;
        let ask = async |client: &mut Client, source: &str, query: &str| {
            let data = json!({"source": source, "query": query});
            let reply = client.call("rpcutil", "get_data", data).await;
            (reply.status, reply.message, reply.data)
        };
        let steel = ask(&mut client, "stock", "steel").await;
        assert_eq!(steel, ok(json!({"amount": 120})));
        let void = ask(&mut client, "stock", "void").await;
        assert_eq!(void, aborted("Nobody counts that", json!({})));
        let shelf = ask(&mut client, "shelf", "3").await;
        assert_eq!(shelf, ok(json!({"label": "shelf 3"})));
        let invalid = |why: &str| {
            let text = format!("Validation failed: validation failed for input 'query': {why}");
            (Status::InvalidData, text, json!({}))
        };
        let paper = ask(&mut client, "stock", "paper").await;
        assert_eq!(paper, invalid("should be one of brass, steel, void"));
        let high = ask(&mut client, "shelf", "high").await;
        assert_eq!(high, invalid("is not an integer"));
        let unknown = ask(&mut client, "cellar", "wine").await;
        assert_eq!(unknown, aborted("Unknown data plugin", json!({})));
        let inventory = client.call("rpcutil", "inventory", json!({})).await;
        let expect = [
            "choria",
            "config_item",
            "machine_state",
            "scout",
            "shelf",
            "stock",
        ];
        assert_eq!(inventory.data["data_plugins"], json!(expect));
        // One that fails, or is asked for what cannot be, knows nothing.
        for expression in [
            r#"stock("steel").amount > 100 && shelf(3).label == "shelf 3""#,
            r#"stock("void") == nil && stock("paper") == nil"#,
        ] {
            let filter = Filter {
                compound: vec![Compound::new(expression)],
                ..Filter::default()
            };
            let discovery = Discovery::new(filter).enough(1).timeout(LONG / 2);
            let requester = Site::requester(&client, Targets::Discovered(discovery));
            let pong = one(RpcutilClient::new(requester).ping()).await;
            assert!(pong.is_ok(), "{expression}: {pong:?}");
        }
    });
}
