//! Events on their way to streams of a real broker that goes away again and again.

use std::collections::BTreeSet;
use std::sync::Arc;

use chorister_outbox::{Courier, Limits, Line, Spool, event_id};
use tokio::time::{sleep, timeout};

use super::*;

/// How often the broker is killed.
const KILLS: usize = 20;

/// A connection to a broker without TLS.
async fn connect(broker: &Broker) -> Connection {
    let dial = Dial {
        name: "viewer".to_owned(),
        brokers: Brokers {
            configured: vec![broker.host().parse().expect("an address")],
            ..Brokers::default()
        },
        credentials: Credentials::None,
        trust: None,
        identity: None,
        inbox: None,
        timeout: LONG,
        ping: LONG,
    };
    Connection::open(dial).await.expect("a connection")
}

/// Asks the broker's streams; tried again while there is no broker.
pub(super) async fn ask(connection: &Connection, what: &str, body: Value) -> Value {
    loop {
        let subject = format!("$JS.API.STREAM.{what}");
        let answer = connection.request(subject, body.to_string(), LONG).await;
        if let Ok(answer) = answer {
            return serde_json::from_slice(&answer.payload).expect("JSON");
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Has the broker keep events as brokers of such networks do.
async fn keep_events(connection: &Connection) {
    for (name, subject) in [
        ("CHORIA_MACHINE", "choria.machine.>"),
        ("CHORIA_EVENTS", "choria.lifecycle.>"),
    ] {
        let stream = json!({"name": name, "subjects": [subject], "storage": "file"});
        let made = ask(connection, &format!("CREATE.{name}"), stream).await;
        assert!(made.get("error").is_none(), "{made}");
    }
}

/// The ids of all events that a stream has, in order.
async fn kept(connection: &Connection, stream: &str) -> Vec<String> {
    let all = kept_with(connection, stream).await;
    all.iter().map(|it| event_id(&it.2).to_owned()).collect()
}

/// The subjects, headers and payloads of all messages that a stream has, in order.
pub(super) async fn kept_with(
    connection: &Connection,
    stream: &str,
) -> Vec<(String, String, Vec<u8>)> {
    let info = ask(connection, &format!("INFO.{stream}"), json!({})).await;
    let last = info["state"]["last_seq"].as_u64().expect("a number");
    let mut all = Vec::new();
    for sequence in 1..=last {
        let body = json!({"seq": sequence});
        let found = ask(connection, &format!("MSG.GET.{stream}"), body).await;
        let part = |name: &str| found["message"][name].as_str().unwrap_or_default();
        let headers = String::from_utf8(base64(part("hdrs"))).expect("text");
        all.push((part("subject").to_owned(), headers, base64(part("data"))));
    }
    all
}

pub(super) fn base64(text: &str) -> Vec<u8> {
    let digit = |it: u8| match it {
        b'A'..=b'Z' => it - b'A',
        b'a'..=b'z' => it - b'a' + 26,
        b'0'..=b'9' => it - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.trim_end_matches('=').bytes().map(digit).collect();
    let bytes = digits.chunks(4).flat_map(|four| {
        let bits = four
            .iter()
            .fold(0_u32, |bits, it| bits << 6 | u32::from(*it));
        let bits = bits << (6 * (4 - four.len()));
        bits.to_be_bytes()[1..four.len()].to_vec()
    });
    bytes.collect()
}

fn put(spool: &Spool, number: usize) {
    let id = format!("event-{number}");
    let payload = format!(r#"{{"specversion":"1.0","id":"{id}","data":{{"number":{number}}}}}"#);
    spool.put(Line {
        subject: "choria.machine.transition",
        id: &id,
        payload: payload.as_bytes(),
    });
}

#[test]
fn nothing_is_lost_or_doubled_while_the_broker_is_killed_again_and_again() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(mut broker) = Broker::start(home.path(), "") else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let viewer = connect(&broker).await;
        keep_events(&viewer).await;
        let spool = Spool::open(home.path().join("events"), Limits::default());
        let spool = Arc::new(spool.expect("a spool"));
        let connection = connect(&broker).await;
        let courier = tokio::spawn(Courier::run(Arc::clone(&spool), connection.clone()));
        let mut next = 0;
        for kill in 0..KILLS {
            // Some while the broker is there, some while it goes, some while it is away.
            for burst in 0..6 {
                for _ in 0..25 {
                    put(&spool, next);
                    next += 1;
                }
                if burst == 3 {
                    broker.kill();
                }
                tokio::task::yield_now().await;
            }
            broker.restart();
            // Half of the time there is something left to be told when it goes again.
            if kill % 2 == 0 {
                let told = timeout(LONG, spool.emptied()).await;
                assert!(told.is_ok(), "{:?}", spool.tally());
            }
        }
        let told = timeout(LONG, spool.emptied()).await;
        assert!(told.is_ok(), "{:?}", spool.tally());
        let ids = kept(&viewer, "CHORIA_MACHINE").await;
        let different: BTreeSet<&String> = ids.iter().collect();
        assert_eq!((ids.len(), different.len()), (next, next));
        let tally = spool.tally();
        assert_eq!(
            (tally.told, tally.dropped, tally.waiting),
            (next as u64, 0, 0)
        );
        courier.abort();
    });
}

#[test]
fn without_a_stream_events_go_to_whoever_listens() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(broker) = Broker::start(home.path(), "") else {
        return;
    };
    run(async {
        let viewer = connect(&broker).await;
        let spool = Spool::open(home.path().join("events"), Limits::default());
        let spool = Arc::new(spool.expect("a spool"));
        let connection = connect(&broker).await;
        tokio::spawn(Courier::run(Arc::clone(&spool), connection.clone()));
        // Nobody listens.
        put(&spool, 0);
        spool.emptied().await;
        // Somebody who is no stream does.
        let mut heard = viewer
            .subscribe("choria.>", None)
            .await
            .expect("subscribed");
        // What comes back shows that the broker knows of the subscription.
        viewer.publish("choria.ready", "").await.expect("published");
        assert_eq!(
            heard.next().await.expect("a message").subject,
            "choria.ready"
        );
        put(&spool, 1);
        put(&spool, 2);
        for id in ["event-1", "event-2"] {
            let message = heard.next().await.expect("a message");
            assert_eq!(event_id(&message.payload), id);
            assert_eq!(message.reply, None, "it is known that there is no stream");
        }
        spool.emptied().await;
        assert_eq!(spool.tally().told, 3);
    });
}

/// A node that has one machine which goes from one state to the other and back.
const MACHINE: &str = r#"
name: blinker
version: 1.0.0
initial_state: off
transitions:
  - {name: on, from: [off], destination: on}
  - {name: off, from: [on], destination: off}
watchers:
  - name: wait_on
    type: timer
    state_match: [off]
    fail_transition: on
    properties: {timer: 1s}
  - name: wait_off
    type: timer
    state_match: [on]
    fail_transition: off
    properties: {timer: 1s}
"#;

#[test]
fn a_node_tells_everything_whatever_is_killed() {
    let Some(mut site) = Site::start() else {
        return;
    };
    let machines = site.file("machines");
    fs::create_dir_all(machines.join("blinker")).expect("made");
    fs::write(machines.join("blinker/machine.yaml"), MACHINE).expect("written");
    let configuration = site.with_certificates("");
    let truth = site.file("events.jsonl");
    let [machines, configuration, events] =
        [&machines, &configuration, &truth].map(|it| it.display().to_string());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let client = site.client("mcollective", site.alice()).await;
        keep_events(&client.connection).await;
        let arguments = [
            "--config",
            &configuration,
            "--machines",
            &machines,
            "--events",
            &events,
        ];
        let mut node = Node::start(&binary("chorister"), &arguments);
        let said = || {
            let text = fs::read_to_string(&truth).unwrap_or_default();
            let ids = text.lines().map(|it| event_id(it.as_bytes()).to_owned());
            ids.collect::<Vec<_>>()
        };
        let mut sure = Vec::new();
        for _ in 0..3 {
            sleep(Duration::from_secs(2)).await;
            site.broker.kill();
            // A node that is killed has not written everywhere what it did last.
            sure = said();
            sleep(Duration::from_secs(1)).await;
            node.kill_and_start_again();
            site.broker.restart();
        }
        let least = said().len() + 2;
        assert!(!sure.is_empty());
        while said().len() < least {
            sleep(Duration::from_millis(100)).await;
        }
        // A node that stops before it is connected tells the rest when it is back.
        while lives(&client.connection, "startup").await < 4 {
            sleep(Duration::from_millis(100)).await;
        }
        node.signal("TERM");
        node.wait();
        let told = kept(&client.connection, "CHORIA_MACHINE").await;
        let different: BTreeSet<&String> = told.iter().collect();
        assert_eq!(told.len(), different.len(), "none is told twice");
        let after = said().split_off(least - 2);
        let all = sure.iter().chain(&after);
        let missing: Vec<&String> = all.filter(|it| !told.contains(it)).collect();
        assert!(
            missing.is_empty(),
            "{missing:?} of {}\n{}",
            told.len(),
            node.log()
        );
        assert_eq!(lives(&client.connection, "startup").await, 4);
        assert_eq!(lives(&client.connection, "shutdown").await, 1);
    });
}

/// How often nodes told that this happened to them.
async fn lives(connection: &Connection, what: &str) -> usize {
    let subject = format!("choria.lifecycle.event.{what}.server");
    let all = kept_with(connection, "CHORIA_EVENTS").await;
    all.iter().filter(|it| it.0 == subject).count()
}
