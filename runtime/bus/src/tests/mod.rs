mod accounts;
mod doors;
mod liar;

use core::time::Duration;

use chorister_peers::Broker;

use super::*;

pub(crate) fn dial(broker: &Broker) -> Dial {
    dial_at(&broker.host())
}

fn dial_at(address: &str) -> Dial {
    Dial {
        name: "node.example.net".to_owned(),
        brokers: Brokers {
            configured: vec![address.parse().expect("an address")],
            ..Brokers::default()
        },
        credentials: Credentials::None,
        trust: None,
        identity: None,
        inbox: Some("choria.reply.0123".to_owned()),
        timeout: Duration::from_secs(10),
        ping: Duration::from_secs(30),
    }
}

pub(crate) const LONG: Duration = Duration::from_secs(60);

async fn until(connection: &Connection, wanted: impl FnMut(&Link) -> bool) -> Link {
    let mut link = connection.link();
    let seen = tokio::time::timeout(LONG, link.wait_for(wanted)).await;
    seen.expect("in time")
        .expect("the connection lives")
        .clone()
}

fn up(link: &Link) -> bool {
    matches!(link, Link::Up { .. })
}

#[tokio::test]
async fn messages_and_answers_pass_a_real_broker() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(broker) = Broker::start(home.path(), "") else {
        return;
    };
    let one = Connection::open(dial(&broker)).await.expect("one");
    let two = Connection::open(dial(&broker)).await.expect("two");
    let mut heard = one
        .subscribe("choria.broadcast.>", None)
        .await
        .expect("subscribed");
    until(&one, up).await;
    let Link::Up {
        broker: at,
        reconnects,
    } = until(&two, up).await
    else {
        panic!("up");
    };
    assert_eq!((at, reconnects), (format!("nats://{}", broker.host()), 0));
    // A broker does one thing after the other: it knows what `one` listens to when it has answered.
    let nobody = one.request("nobody.here", "", LONG).await;
    assert_eq!(nobody.expect_err("nobody"), PublishError::NobodyListens);
    two.publish("choria.broadcast.agent.discovery", "ping")
        .await
        .expect("published");
    let message = heard.next().await.expect("a message");
    assert_eq!(message.subject, "choria.broadcast.agent.discovery");
    assert_eq!(message.payload, "ping");

    assert_eq!(
        two.publish("a.b", vec![0; 2 << 20]).await,
        Err(PublishError::TooLarge {
            size: 2 << 20,
            most: 1 << 20
        })
    );
    let nobody = two.request("nobody.here", "", LONG).await;
    assert_eq!(nobody.expect_err("nobody"), PublishError::NobodyListens);
    two.close(LONG).await;
    one.close(LONG).await;
    assert!(heard.next().await.is_none());
}

#[tokio::test]
async fn a_subscription_outlives_the_broker() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(mut broker) = Broker::start(home.path(), "") else {
        return;
    };
    let node = Connection::open(dial(&broker)).await.expect("a connection");
    let mut heard = node.subscribe("a.b", None).await.expect("subscribed");
    until(&node, up).await;
    broker.kill();
    until(&node, |it| matches!(it, Link::Down { .. })).await;
    assert_eq!(
        node.publish("a.b", "x").await,
        Err(PublishError::NotConnected)
    );
    broker.restart();
    let back = until(&node, up).await;
    assert!(matches!(back, Link::Up { reconnects: 1, .. }), "{back:?}");
    node.publish("a.b", "again").await.expect("published");
    assert_eq!(heard.next().await.expect("a message").payload, "again");
}

#[tokio::test]
async fn what_is_wrong_is_said_while_it_is_tried_again() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(broker) = Broker::start(home.path(), "authorization { token: \"s3cret\" }") else {
        return;
    };
    let node = Connection::open(dial(&broker)).await.expect("a connection");
    let refused = until(&node, |it| {
        matches!(it, Link::Connecting { attempts: 1.., .. })
    })
    .await;
    let Link::Connecting {
        reason: Some(reason),
        ..
    } = refused
    else {
        panic!("{refused:?}");
    };
    assert!(reason.contains("authorization violation"), "{reason}");
}

struct Secret;

impl Token for Secret {
    fn current(&self) -> Result<(String, Option<std::sync::Arc<dyn Sign>>), String> {
        Ok(("s3cret".to_owned(), None))
    }
}

#[tokio::test]
async fn a_token_opens_the_door() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(broker) = Broker::start(home.path(), "authorization { token: \"s3cret\" }") else {
        return;
    };
    let mut dial = dial(&broker);
    dial.credentials = Credentials::Token(std::sync::Arc::new(Secret));
    assert!(!format!("{dial:?}").contains("s3cret"));
    let node = Connection::open(dial).await.expect("a connection");
    until(&node, up).await;
}

#[tokio::test]
async fn a_stream_keeps_a_message_once() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(broker) = Broker::start(home.path(), "") else {
        return;
    };
    let node = Connection::open(dial(&broker)).await.expect("a connection");
    until(&node, up).await;
    let none = node
        .publish_to_stream("choria.machine.x", "1", "id-1", &[], LONG)
        .await;
    assert_eq!(none, Err(PublishError::NobodyListens));
    let made = node
        .request(
            "$JS.API.STREAM.CREATE.MACHINE",
            r#"{"name":"MACHINE","subjects":["choria.machine.>"],"retention":"limits","storage":"file","num_replicas":1,"max_consumers":-1,"max_msgs":-1,"max_bytes":-1,"max_age":0}"#,
            LONG,
        )
        .await
        .expect("an answer");
    assert!(
        !String::from_utf8_lossy(&made.payload).contains("error"),
        "{made:?}"
    );
    let sent = |id: &'static str| {
        node.publish_to_stream(
            "choria.machine.x",
            "1",
            id,
            &[("Choria-Priority", "4")],
            LONG,
        )
    };
    let kept = |sequence, duplicate| {
        Ok(Receipt {
            stream: "MACHINE".to_owned(),
            sequence,
            duplicate,
        })
    };
    assert_eq!(sent("id-1").await, kept(1, false));
    assert_eq!(sent("id-1").await, kept(1, true));
    assert_eq!(sent("id-2").await, kept(2, false));
}
