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

#[tokio::test]
async fn the_broker_is_the_one_that_is_connected() {
    let homes = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let [Some(one), Some(two)] = homes.each_ref().map(|it| Broker::start(it.path(), "")) else {
        return;
    };
    let mut dial = dial(&one);
    dial.brokers.configured.extend(two.host().parse());
    let node = Connection::open(dial).await.expect("a connection");
    let (mut here, mut there) = (one, two);
    for _ in 0..3 {
        let at = format!("nats://{}", here.host());
        until(
            &node,
            |it| matches!(it, Link::Up { broker, .. } if *broker == at),
        )
        .await;
        here.kill();
        until(&node, |it| {
            !up(it) || matches!(it, Link::Up { broker, .. } if *broker != at)
        })
        .await;
        let at = format!("nats://{}", there.host());
        until(
            &node,
            |it| matches!(it, Link::Up { broker, .. } if *broker == at),
        )
        .await;
        here.restart();
        core::mem::swap(&mut here, &mut there);
    }
}

#[tokio::test]
async fn what_a_broker_does_not_let_us_do_is_known_until_it_does() {
    let home = tempfile::tempdir().expect("a folder");
    let conf = |denied: &str| {
        format!(
            "authorization {{ users: [ {{ user: node, password: x, permissions: {{ {denied} }} }} ] }}"
        )
    };
    let denied = r#"publish: { deny: "a.b" }, subscribe: { deny: "c.>" }"#;
    let Some(mut broker) = Broker::start(home.path(), &conf(denied)) else {
        return;
    };
    let mut dial = dial(&broker);
    dial.credentials = Credentials::Password {
        user: "node".to_owned(),
        password: "x".to_owned(),
    };
    let node = Connection::open(dial).await.expect("a connection");
    let _heard = node.subscribe("c.d", None).await.expect("asked for");
    until(&node, up).await;
    node.publish("a.b", "x").await.expect("sent");
    let mut violations = node.violations();
    let told = violations.wait_for(|it| it.iter().count() == 2);
    let told = tokio::time::timeout(LONG, told).await.expect("in time");
    let told = told.expect("the connection lives").to_string();
    for part in ["Subscription to \"c.d\"", "Publish to \"a.b\""] {
        assert!(told.contains(part), "{told}");
    }

    let path = home.path().join("nats-server.conf");
    let text = std::fs::read_to_string(&path).expect("a configuration");
    std::fs::write(&path, text.replace(&conf(denied), &conf(""))).expect("written");
    broker.kill();
    broker.restart();
    let over = violations.wait_for(Violations::is_empty);
    let over = tokio::time::timeout(LONG, over).await.expect("in time");
    drop(over.expect("the connection lives"));
}

struct Long;

impl Token for Long {
    fn current(&self) -> Result<(String, Option<std::sync::Arc<dyn Sign>>), String> {
        Ok(("x".repeat(5_000), None))
    }
}

#[tokio::test]
async fn a_token_that_no_broker_takes_is_told_with_what_to_do() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(broker) = Broker::start(home.path(), "") else {
        return;
    };
    let mut dial = dial(&broker);
    dial.credentials = Credentials::Token(std::sync::Arc::new(Long));
    let node = Connection::open(dial).await.expect("a connection");
    let refused = until(&node, |it| {
        matches!(it, Link::Connecting { attempts: 1.., .. })
    });
    let refused = format!("{:?}", refused.await);
    assert!(refused.contains("`max_control_line`"), "{refused}");
}
