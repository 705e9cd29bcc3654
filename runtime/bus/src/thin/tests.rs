//! What brokers say, cut and changed in all ways, and a thin connection to a real one.

use chorister_peers::Broker;
use proptest::prelude::*;

use super::protocol::{Nonsense, Said, read};
use super::*;
use crate::Connection;
use crate::tests::{LONG, dial};

/// Where there is no limit on messages but this.
const MOST: usize = 1000;

/// Reads all that is said, with the bytes that are left.
fn all(mut bytes: &[u8]) -> (Vec<String>, usize) {
    let mut said = Vec::new();
    while let Ok(Some((one, size))) = read(bytes, MOST) {
        assert!(size > 0 && size <= bytes.len());
        said.push(format!("{one:?}"));
        bytes = &bytes[size..];
    }
    (said, bytes.len())
}

#[test]
fn what_is_said_is_read() {
    let message = |reply| Said::Message {
        subscription: 7,
        subject: "a.b",
        reply,
        payload: b"x\r\ny",
    };
    let cases: [(&[u8], Said<'_>); 8] = [
        (b"MSG a.b 7 4\r\nx\r\ny\r\n", message(None)),
        (b"msg\ta.b  7 c.d 4\nx\r\ny\r\n", message(Some("c.d"))),
        (b"PING\r\n", Said::Ping),
        (b"pong\n", Said::Pong),
        (b"+OK\r\n", Said::Ok),
        (
            b"-ERR 'Stale Connection'\r\n",
            Said::Error("Stale Connection"),
        ),
        (b"-ERR\r\n", Said::Error("")),
        (
            b"INFO {\"nonce\":\"n\"}\r\n",
            Said::Info("{\"nonce\":\"n\"}"),
        ),
    ];
    for (bytes, said) in cases {
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end], MOST), Ok(None), "{end} of {said:?}");
        }
        let more = [bytes, b"PING\r\n"].concat();
        assert_eq!(read(&more, MOST), Ok(Some((said, bytes.len()))));
    }
}

#[test]
fn what_is_not_said_by_brokers_is_refused() {
    let long = vec![b'a'; protocol::LINE];
    let cases: [(&[u8], Nonsense); 12] = [
        (b"\r\n", Nonsense::Unknown),
        (b"HMSG a 1 4 4\r\n", Nonsense::Unknown),
        (b"PUB a 1\r\nx\r\n", Nonsense::Unknown),
        (b"MSG\r\n", Nonsense::Unknown),
        (b"MSG a 1\r\n", Nonsense::Unknown),
        (b"MSG a b 1\r\nx\r\n", Nonsense::Unknown),
        (b"MSG a 1 r 1 1\r\nx\r\n", Nonsense::Unknown),
        (b"MSG a 1 -1\r\n", Nonsense::Unknown),
        (b"MSG a 1 1\r\nxyz", Nonsense::Unknown),
        (b"MSG a 1 1001\r\n", Nonsense::TooMuch),
        (b"PING\xff\r\n", Nonsense::Unknown),
        (&long, Nonsense::TooMuch),
    ];
    for (bytes, nonsense) in cases {
        assert_eq!(read(bytes, MOST), Err(nonsense), "{bytes:?}");
    }
}

#[test]
fn what_ends_a_line_is_no_subject() {
    let long = "a".repeat(4096);
    for text in ["", "a b", "a\r\nPUB b 0", "a\n", "a\0", "a\u{7f}", &long] {
        assert!(!is_subject(text), "{text:?}");
    }
    assert!(is_subject("choria.reply.>") && is_subject("ä"));
}

proptest! {
    /// Neither does anything break, nor does it matter where what is said was cut.
    #[test]
    fn it_does_not_matter_where_bytes_end(
        parts in proptest::collection::vec(prop_oneof![
            Just(b"PING\r\n".to_vec()),
            Just(b"MSG a 1 3\r\nabc\r\n".to_vec()),
            Just(b"MSG a 2 b 0\r\n\r\n".to_vec()),
            Just(b"+OK\r\n".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..20),
            "[A-Z+-]{0,4} [a-z0-9 ]{0,9}\r\n".prop_map(String::into_bytes),
        ], 0..12),
        cut in any::<proptest::sample::Index>(),
    ) {
        let bytes = parts.concat();
        let (whole, left) = all(&bytes);
        let (mut said, begun) = all(&bytes[..cut.index(bytes.len() + 1)]);
        let begun = cut.index(bytes.len() + 1) - begun;
        let (more, rest) = all(&bytes[begun..]);
        said.extend(more);
        prop_assert_eq!((said, rest), (whole, left));
    }
}

/// The next message of a queue.
async fn next(queue: &mut mpsc::Receiver<Box<Message>>) -> Box<Message> {
    let next = tokio::time::timeout(LONG, queue.recv());
    next.await.expect("in time").expect("a message")
}

async fn until_up(bus: &dyn Bus, times: u64) {
    let mut link = bus.link();
    let up = link.wait_for(|it| matches!(it, Link::Up { reconnects, .. } if *reconnects == times));
    let up = tokio::time::timeout(LONG, up).await;
    drop(up.expect("in time").expect("the connection lives"));
}

#[tokio::test]
async fn messages_pass_and_broken_connections_come_back() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(mut broker) = Broker::start(home.path(), "") else {
        return;
    };
    let thin = Thin::open(dial(&broker));
    let (to, mut heard) = mpsc::channel(8);
    let first = thin
        .listen("a.*", None, to.clone())
        .await
        .expect("a subject");
    until_up(&thin, 0).await;
    let second = thin.listen("b", Some("some"), to).await.expect("a subject");
    thin.flush().await.expect("flushed");
    for (subject, size) in [("a.b", 0), ("a.c", 10), ("b", 900_000)] {
        let payload = Bytes::from(vec![b'x'; size]);
        let sent = thin.publish(subject.to_owned(), payload.clone()).await;
        sent.expect("sent");
        let message = next(&mut heard).await;
        assert_eq!(
            (message.subject.as_str(), &message.payload),
            (subject, &payload)
        );
    }
    let large = thin
        .publish("b".to_owned(), Bytes::from(vec![0; 2 << 20]))
        .await;
    assert!(
        matches!(large, Err(PublishError::TooLarge { .. })),
        "{large:?}"
    );
    let lines = thin
        .publish("a.b 0\r\n\r\nPUB b".to_owned(), Bytes::new())
        .await;
    assert!(matches!(lines, Err(PublishError::Other(_))), "{lines:?}");

    broker.kill();
    let mut link = thin.link();
    let down = link.wait_for(|it| matches!(it, Link::Down { .. }));
    drop(
        tokio::time::timeout(LONG, down)
            .await
            .expect("in time")
            .expect("it lives"),
    );
    let sent = thin.publish("a.b".to_owned(), Bytes::new()).await;
    assert_eq!(sent, Err(PublishError::NotConnected));
    broker.restart();
    until_up(&thin, 1).await;
    let other = Connection::open(dial(&broker)).await.expect("a connection");
    other.client().await.expect("a broker");
    until_up(&other, 0).await;
    other.publish("b", "again").await.expect("sent");
    assert_eq!(next(&mut heard).await.payload, "again");

    drop(first);
    thin.flush().await.expect("flushed");
    for subject in ["a.b", "b"] {
        other.publish(subject, "last").await.expect("sent");
    }
    assert_eq!(next(&mut heard).await.subject, "b");
    drop(second);
    thin.close(LONG).await;
    assert_eq!(*thin.link().borrow(), Link::Closed);
}

#[tokio::test]
async fn a_broker_that_wants_a_password_gets_it() {
    let home = tempfile::tempdir().expect("a folder");
    let more = "authorization { user: me, password: secret }";
    let Some(broker) = Broker::start(home.path(), more) else {
        return;
    };
    let with = |password: &str| Dial {
        credentials: Credentials::Password {
            user: "me".to_owned(),
            password: password.to_owned(),
        },
        ..dial(&broker)
    };
    until_up(&Thin::open(with("secret")), 0).await;
    let refused = Thin::open(with("wrong"));
    let mut link = refused.link();
    let reason = link.wait_for(|it| matches!(it, Link::Connecting { attempts: 1.., .. }));
    let reason = tokio::time::timeout(LONG, reason).await.expect("in time");
    let reason = reason.expect("the connection lives").clone();
    assert!(
        format!("{reason:?}").contains("Authorization Violation"),
        "{reason:?}"
    );
}
