//! Real nodes and a real broker. Whatever waits for nodes that are there waits long; only nodes that are not there are
//! waited for in vain.

use core::num::NonZeroUsize;
use core::time::Duration;
use std::sync::{Arc, Mutex};

use chorister_bus::Connection;
use chorister_ddl::{Data, StatusCode};
use chorister_proto::Filter;
use chorister_proto::body::Status;
use chorister_proto::filter::FactFilter;
use chorister_security::ReplyVerifier;
use chorister_security::testing::Authority;
use chorister_std::rpcutil::{DDL, GetFactFact, GetFactInput, RpcutilClient};
use serde_json::json;

use super::site::{LONG, Organization, SERVICE, Site, dial, open};
use crate::{
    Batches, Client, ClientError, Discovery, Invocation, Limit, Pick, Progress, Requester,
    Standing, Targets,
};

const SHORT: Duration = Duration::from_millis(200);

fn names(names: &[&str]) -> Targets {
    Targets::Nodes(names.iter().map(|it| (*it).to_owned()).collect())
}

/// A call of an action of `rpcutil`.
fn call(action: &str, data: serde_json::Value) -> Invocation {
    let action = DDL.actions.iter().find(|it| it.name == action);
    let data = data.as_object().cloned().unwrap_or_default();
    Invocation::new(&DDL, action.expect("an action"), data)
}

fn fact(text: &str) -> Filter {
    Filter {
        facts: vec![FactFilter::parse(text).expect("a fact")],
        ..Filter::default()
    }
}

#[tokio::test]
async fn nodes_are_found_by_their_answers() {
    let Some(site) = Site::start().await else {
        return;
    };
    let client = site.client().await;
    let all = Discovery::default().enough(2);
    let mut seen = Vec::new();
    let found = all.nodes(&client, |it| seen.push(it.to_owned())).await;
    let mut found = found.expect("nodes");
    assert_eq!(seen, found);
    found.sort();
    assert_eq!(found, ["n1.example.net", "n2.example.net"]);

    let mut pongs = Discovery::new(fact("country=de"))
        .enough(1)
        .ping(&client)
        .await
        .expect("asked");
    let pong = pongs.next().await.expect("asked").expect("a node");
    assert_eq!((&*pong.sender, pong.signed), ("n2.example.net", true));
    assert_eq!(pongs.next().await, Ok(None));

    let nowhere = Discovery::new(fact("country=fr")).timeout(SHORT);
    assert_eq!(nowhere.nodes(&client, |_| ()).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_typed_client_asks_all_that_are_found() {
    let Some(site) = Site::start().await else {
        return;
    };
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let requester = Requester::new(
        site.client().await,
        Targets::Discovered(Discovery::default().enough(2)),
    )
    .observe(move |progress| {
        let mut telling = telling.lock().expect("a lock");
        match progress {
            Progress::Found { .. } => telling.push("found".to_owned()),
            Progress::Discovered { nodes, .. } => telling.push(format!("discovered {nodes}")),
            Progress::Asked { batch, of, nodes } => telling.push(format!("{batch}/{of} {nodes}")),
            Progress::Finished(it) => telling.push(format!("{} of {}", it.ok, it.asked)),
            Progress::Refused { reason } => telling.push(reason.to_string()),
        }
    });
    let rpcutil = RpcutilClient::new(requester);
    let country = GetFactFact::try_from("country".to_owned()).expect("a fact");
    let asked = rpcutil.get_fact(&GetFactInput::new(country)).send().await;
    let mut replies = asked.expect("replies").replies;
    replies.sort_by(|one, other| one.sender.cmp(&other.sender));
    let values: Vec<_> = replies
        .into_iter()
        .map(|it| (it.sender, it.result.expect("an answer").value))
        .collect();
    assert_eq!(
        values,
        [
            ("n1.example.net".to_owned(), Some(json!("mt"))),
            ("n2.example.net".to_owned(), Some(json!("de"))),
        ]
    );
    assert_eq!(
        *told.lock().expect("a lock"),
        ["found", "found", "discovered 2", "1/1 2", "2 of 2"]
    );

    let failed = rpcutil.inventory().send().await.expect("replies").replies;
    let codes: Vec<_> = failed
        .iter()
        .map(|it| it.result.as_ref().expect_err("a failure").code)
        .collect();
    assert_eq!(codes, [StatusCode::Aborted; 2]);

    let denied = rpcutil
        .daemon_stats()
        .send()
        .await
        .expect("replies")
        .replies;
    for reply in denied {
        assert_eq!(
            reply.result.expect_err("denied").message,
            "You are not authorized to call this agent or action"
        );
    }
}

#[tokio::test]
async fn batches_and_limits_ask_some_at_a_time() {
    let Some(site) = Site::start().await else {
        return;
    };
    let batches = Batches {
        size: NonZeroUsize::MIN,
        sleep: Duration::from_millis(10),
    };
    let nodes = names(&["n1.example.net", "n2.example.net", "n1.example.net"]);
    let requester = Requester::new(site.client().await, nodes).batches(batches);
    let mut responses = requester
        .ask(&call("ping", json!({})))
        .await
        .expect("asked");
    let mut senders = Vec::new();
    let mut asked = vec![responses.statistics().asked];
    while let Some(response) = responses.next().await.expect("asked") {
        assert_eq!(response.standing, Standing::Expected);
        assert_eq!(response.reply.data, json!({"pong": 1}));
        senders.push(response.sender);
        asked.push(responses.statistics().asked);
    }
    assert_eq!(senders, ["n1.example.net", "n2.example.net"]);
    assert_eq!(asked, [1, 1, 2]);
    let told = responses.statistics();
    assert_eq!((told.responses, told.ok, told.failed), (2, 2, 0));
    assert!(told.silent.is_empty() && told.unexpected.is_empty());

    let some = requester.limit(Limit::Percent(50), Pick::First);
    let mut responses = some
        .ask(&call("inventory", json!({})))
        .await
        .expect("asked");
    let response = responses.next().await.expect("asked").expect("a node");
    assert_eq!(response.sender, "n1.example.net");
    assert_eq!(response.reply.status, Status::Aborted);
    assert_eq!(responses.next().await, Ok(None));
    assert_eq!(responses.statistics().failed, 1);
}

#[tokio::test]
async fn a_device_signs_once_for_all_batches() {
    let authority = Authority::new("authority", (2024, 2036));
    let organization = Organization::Certificates(Box::new(authority));
    let Some(site) = Site::of(organization).await else {
        return;
    };
    let batches = Batches {
        size: NonZeroUsize::MIN,
        sleep: Duration::from_millis(10),
    };
    let (client, device) = site.client_with_device().await;
    let both = ["n1.example.net", "n2.example.net"];
    let requester = Requester::new(client, names(&both)).batches(batches);
    let ping = call("ping", json!({}));
    let mut responses = requester.ask(&ping).await.expect("asked");
    while responses.next().await.expect("asked").is_some() {}
    assert_eq!((responses.statistics().ok, device.signed()), (2, 1));

    // What counts for hours is not signed.
    let slow = requester.timeout(Duration::from_secs(3 * 3600));
    let failure = slow.ask(&ping).await.err().map(|it| it.to_string());
    let expect = "2 batches take 21720 s, and a request that is signed once counts for 18000 s at most; take larger ones";
    assert_eq!(failure.as_deref(), Some(expect));
}

#[tokio::test]
async fn who_is_not_there_is_said() {
    let Some(site) = Site::start().await else {
        return;
    };
    let batches = Batches {
        size: NonZeroUsize::MIN,
        sleep: Duration::ZERO,
    };
    let requester = Requester::new(site.client().await, names(&["n9", "n8"]))
        .batches(batches)
        .timeout(SHORT);
    let mut responses = requester
        .ask(&call("ping", json!({})))
        .await
        .expect("asked");
    assert_eq!(responses.next().await, Ok(None));
    let told = responses.statistics();
    assert_eq!((told.asked, told.responses), (2, 0));
    assert_eq!(told.silent, ["n8", "n9"]);
    assert!(told.duration >= 2 * SHORT);
}

#[tokio::test]
async fn a_broadcast_reaches_all_and_a_service_one() {
    let Some(site) = Site::start().await else {
        return;
    };
    let client = site.client().await;
    let all = Requester::new(client.clone(), Targets::Broadcast(Filter::default()));
    let mut responses = all.ask(&call("ping", json!({}))).await.expect("asked");
    let mut senders = Vec::new();
    for _ in 0..2 {
        let response = responses.next().await.expect("asked").expect("a node");
        senders.push(response.sender);
    }
    senders.sort();
    assert_eq!(senders, ["n1.example.net", "n2.example.net"]);
    drop(responses);

    let echo = SERVICE.actions.iter().next().expect("an action");
    let data: Data = [("word".to_owned(), json!("hello"))].into_iter().collect();
    let service = Invocation::new(&SERVICE, echo, data);
    let mut responses = all.ask(&service).await.expect("asked");
    let response = responses.next().await.expect("asked").expect("a node");
    assert_eq!(response.reply.data, json!({"word": "hello"}));
    assert_eq!(responses.next().await, Ok(None));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused() {
    let Some(site) = Site::start().await else {
        return;
    };
    let client = site.client().await;
    let ask = async |targets, invocation: Invocation| {
        let requester = Requester::new(client.clone(), targets);
        requester.ask(&invocation).await.expect_err("refused")
    };
    let large = call("get_fact", json!({"fact": "x".repeat(1 << 20)}));
    assert!(matches!(
        ask(names(&["n1"]), large).await,
        ClientError::TooLarge {
            most: 1_048_576,
            ..
        }
    ));
    let ping = || call("ping", json!({}));
    for name in ["*", "a.>", "", "a b"] {
        let error = ask(names(&["n1", name]), ping()).await;
        assert!(matches!(error, ClientError::Name(_)), "{name}: {error}");
    }
    assert_eq!(ask(names(&[]), ping()).await, ClientError::NobodyFound);

    let careful = crate::Profile {
        filter_required: true,
        ..Organization::Tokens.profile()
    };
    let careful = Client::new(client.connection().clone(), careful);
    let everybody = Requester::new(careful, Targets::Broadcast(Filter::default()));
    let error = everybody.ask(&ping()).await.expect_err("refused");
    assert_eq!(error, ClientError::Unfiltered);
}

#[tokio::test]
async fn without_a_broker_nobody_waits_for_ever() {
    let nowhere = Connection::open(dial("127.0.0.1:1", "client")).await;
    let profile = crate::Profile {
        connect_timeout: SHORT,
        ..Organization::Tokens.profile()
    };
    let client = Client::new(nowhere.expect("a connection"), profile);
    let error = Discovery::default().nodes(&client, |_| ()).await;
    assert!(matches!(error, Err(ClientError::NoBroker { .. })));
}

#[tokio::test]
async fn requests_outlive_a_broker() {
    let Some(mut site) = Site::start().await else {
        return;
    };
    let client = site.client().await;
    let first = Discovery::default().enough(2);
    assert_eq!(first.nodes(&client, |_| ()).await.map(|it| it.len()), Ok(2));
    site.broker.restart();
    // Nodes return when they like: those that have not yet are asked again.
    let asked = async {
        loop {
            let again = Discovery::default().enough(2).timeout(SHORT);
            if again
                .nodes(&client, |_| ())
                .await
                .is_ok_and(|it| it.len() == 2)
            {
                return;
            }
        }
    };
    tokio::time::timeout(LONG, asked).await.expect("in time");
}

#[tokio::test]
async fn version_1_is_spoken_by_whoever_has_a_certificate() {
    let authority = Box::new(Authority::new("organization", (2024, 2036)));
    let Some(site) = Site::of(Organization::Certificates(authority)).await else {
        return;
    };
    let found = Targets::Discovered(Discovery::default().enough(2));
    let requester = Requester::new(site.client().await, found);
    let fact = call("get_fact", json!({"fact": "country"}));
    let mut responses = requester.ask(&fact).await.expect("asked");
    assert_eq!(responses.request().len(), 32);
    let mut values = Vec::new();
    while let Some(response) = responses.next().await.expect("asked") {
        assert!(!response.signed);
        values.push(response.reply.data["value"].to_string());
    }
    values.sort();
    assert_eq!(values, ["\"de\"", "\"mt\""]);
}

#[tokio::test]
async fn asking_can_be_interrupted_and_goes_on() {
    let Some(site) = Site::start().await else {
        return;
    };
    let batches = Batches {
        size: NonZeroUsize::MIN,
        sleep: Duration::from_millis(20),
    };
    let nodes = names(&["n1.example.net", "n2.example.net"]);
    let requester = Requester::new(site.client().await, nodes).batches(batches);
    let mut responses = requester
        .ask(&call("ping", json!({})))
        .await
        .expect("asked");
    let mut senders = Vec::new();
    loop {
        let next = tokio::time::timeout(Duration::from_millis(1), responses.next());
        match next.await {
            Err(_) => {}
            Ok(Ok(Some(response))) => senders.push(response.sender),
            Ok(over) => break assert_eq!(over, Ok(None)),
        }
    }
    assert_eq!(senders, ["n1.example.net", "n2.example.net"]);
}

#[tokio::test]
async fn a_window_ends_when_nobody_else_answers() {
    let Some(site) = Site::start().await else {
        return;
    };
    let client = site.client().await;
    let patient = Discovery::default().timeout(60 * LONG).window(SHORT);
    let found = tokio::time::timeout(LONG, patient.nodes(&client, |_| ())).await;
    assert!(!found.expect("in time").expect("nodes").is_empty());
}

#[tokio::test]
async fn replies_can_be_left_to_somebody_else() {
    let Some(site) = Site::start().await else {
        return;
    };
    let other = open(&site.broker, "other").await;
    let subject = "choria.reply.other";
    let mut replies = other.subscribe(subject, None).await.expect("subscribed");
    other.flush().await.expect("flushed");
    let nodes = names(&["n1.example.net"]);
    let requester = Requester::new(site.client().await, nodes).reply_to(subject);
    let mut responses = requester
        .ask(&call("ping", json!({})))
        .await
        .expect("asked");
    assert_eq!(responses.next().await, Ok(None));
    let reply = tokio::time::timeout(LONG, replies.next()).await;
    let payload = reply.expect("in time").expect("a reply").payload;
    let believed = ReplyVerifier::default().verify(
        &payload,
        Some(responses.request()),
        jiff::Timestamp::now(),
    );
    assert_eq!(believed.expect("a reply").reply.sender, "n1.example.net");
}
