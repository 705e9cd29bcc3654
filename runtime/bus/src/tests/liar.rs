//! Brokers that lie, and such that stop in the middle.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use chorister_system::tls::Trust;

use super::*;

const INFO: &[u8] = b"INFO {\"server_id\":\"liar\",\"version\":\"2.10.0\",\"proto\":1,\
    \"host\":\"127.0.0.1\",\"port\":1,\"max_payload\":1048576,\"headers\":true}\r\n";

/// Somebody who treats each client in his own way, the first in the first one, and all later ones in the last. Gives where
/// he listens.
fn broker(ways: Vec<fn(TcpStream) -> std::io::Result<()>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let way = ways.get(number).or_else(|| ways.last()).copied();
            if let (Some(way), Ok(stream)) = (way, stream) {
                std::thread::spawn(move || way(stream));
            }
        }
    });
    address
}

/// Lets a client in as brokers do.
fn let_in(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(INFO)?;
    read_to(stream, b"PING\r\n")?;
    stream.write_all(b"PONG\r\n")
}

/// Reads up to something that the client says.
fn read_to(stream: &mut TcpStream, end: &[u8]) -> std::io::Result<()> {
    let mut said = Vec::new();
    while !said.ends_with(end) {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        said.extend(byte);
    }
    Ok(())
}

/// Lets a client in, and then is as he should be.
fn honest(mut stream: TcpStream) -> std::io::Result<()> {
    let_in(&mut stream)?;
    loop {
        read_to(&mut stream, b"\r\n")?;
        stream.write_all(b"PONG\r\n")?;
    }
}

/// Says nothing and keeps the line.
fn silent(mut stream: TcpStream) -> std::io::Result<()> {
    stream.read_to_end(&mut Vec::new()).map(drop)
}

/// Begins an introduction that never ends.
fn endless(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(b"INFO {\"server_id\":\"")?;
    loop {
        stream.write_all(&[b'x'; 4096])?;
        std::thread::sleep(Duration::from_millis(20));
    }
}

async fn comes_through(ways: Vec<fn(TcpStream) -> std::io::Result<()>>) {
    let mut dial = dial_at(&broker(ways).to_string());
    dial.timeout = Duration::from_secs(2);
    let node = Connection::open(dial).await.expect("a connection");
    until(&node, up).await;
}

#[tokio::test]
async fn introductions_that_are_none_are_followed_by_another_try() {
    comes_through(vec![
        |_| Ok(()),
        silent,
        endless,
        |mut it| it.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        |mut it| it.write_all(b"INFO {\"server_id\":\r\n"),
        |mut it| it.write_all(&[0xff; 10_000]),
        |mut it| {
            it.write_all(INFO)?;
            it.write_all(b"-ERR 'Authorization Violation'\r\n")
        },
        honest,
    ])
    .await;
}

#[tokio::test]
async fn messages_that_are_none_cost_a_connection_and_no_more() {
    let address = broker(vec![
        // Nobody has subscribed to this.
        |mut it| {
            let_in(&mut it)?;
            it.write_all(b"MSG a.b 99 2\r\nhi\r\nMSG a.b 1 2\r\nnot two\r\n")?;
            silent(it)
        },
        |mut it| {
            let_in(&mut it)?;
            it.write_all(b"MSG a.b 1 18446744073709551616\r\nx\r\n")?;
            silent(it)
        },
        |mut it| {
            let_in(&mut it)?;
            it.write_all(b"HMSG a.b 1 99 12\r\nNATS/1.0\r\n\r\n\r\n")?;
            silent(it)
        },
        // Half of one.
        |mut it| {
            let_in(&mut it)?;
            it.write_all(b"MSG a.b 1 1000\r\nhalf")
        },
        |mut it| {
            let_in(&mut it)?;
            read_to(&mut it, b"PUB a.b 4\r\ntrue\r\n")?;
            it.write_all(b"MSG a.b 1 4\r\ntrue\r\n")?;
            silent(it)
        },
    ]);
    let node = Connection::open(dial_at(&address.to_string()))
        .await
        .expect("a connection");
    let mut heard = node.subscribe("a.b", None).await.expect("subscribed");
    let speak = async {
        loop {
            drop(node.publish("a.b", "true").await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let listen = async {
        while let Some(message) = heard.next().await {
            if message.payload == "true" {
                return;
            }
        }
    };
    let heard = tokio::time::timeout(LONG, async {
        tokio::select! {
            () = speak => {}
            () = listen => {}
        }
    });
    heard.await.expect("the truth in time");
}

#[tokio::test]
async fn a_handshake_that_is_cut_is_tried_again() {
    let home = tempfile::tempdir().expect("a folder");
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let path = home.path().join("ca.pem");
    let pem = params.self_signed(&key).expect("signed").pem();
    std::fs::write(&path, pem).expect("written");
    let address = broker(vec![
        // After the greeting of TLS began.
        |mut it| {
            it.write_all(INFO)?;
            it.read_exact(&mut [0; 20])
        },
        // In the middle of what the broker says of itself.
        |mut it| {
            it.write_all(INFO)?;
            it.read_exact(&mut [0; 20])?;
            it.write_all(&[0x16, 0x03, 0x03, 0x00, 0x7a, 0x02, 0x00, 0x00])
        },
        // Who speaks no TLS, and would like to know who we are.
        |mut it| {
            it.write_all(INFO)?;
            it.write_all(b"PING\r\n")?;
            read_to(&mut it, b"CONNECT ")
        },
    ]);
    let mut dial = dial_at(&address.to_string());
    dial.trust = Some(Trust::File(path));
    dial.timeout = Duration::from_secs(2);
    let node = Connection::open(dial).await.expect("a connection");
    let tried = until(&node, |it| {
        assert!(!up(it), "nobody is let in without TLS");
        matches!(it, Link::Connecting { attempts: 3.., .. })
    });
    tried.await;
}

#[tokio::test]
async fn nobody_waits_for_a_broker_that_reads_nothing() {
    let address = broker(vec![|mut it| {
        let_in(&mut it)?;
        std::thread::sleep(LONG * 10);
        Ok(())
    }]);
    let mut dial = dial_at(&address.to_string());
    dial.timeout = Duration::from_secs(2);
    let node = Connection::open(dial).await.expect("a connection");
    until(&node, up).await;
    let fill = async {
        loop {
            if let Err(error) = node.publish("a.b", vec![b'x'; 500_000]).await {
                return error;
            }
        }
    };
    let error = tokio::time::timeout(LONG, fill).await.expect("in time");
    assert_eq!(error, PublishError::TimedOut);
    let more = [("Nats-Msg-Id", "1")];
    assert_eq!(
        node.publish_with("a.b", &more, "x").await,
        Err(PublishError::TimedOut)
    );
    assert_eq!(node.flush().await, Err(PublishError::TimedOut));
    let subscribed = node.subscribe("a.c", None).await;
    assert_eq!(subscribed.err(), Some(PublishError::TimedOut));
    let asked = node.request("a.d", "", Duration::from_millis(10)).await;
    assert_eq!(asked.err(), Some(PublishError::TimedOut));
    let closed = node.close(Duration::from_millis(10));
    tokio::time::timeout(LONG, closed).await.expect("in time");
}

/// Regression: who kept the connection waited for the library, which answers nothing without a broker; events were lost
/// meanwhile, and the node took itself for unconnected from then on.
#[tokio::test]
async fn a_broker_that_flaps_and_complains_is_up_when_it_is() {
    let address = broker(vec![
        |mut it| {
            let mut said = INFO.to_vec();
            it.write_all(&said)?;
            read_to(&mut it, b"PING\r\n")?;
            // All at once: the library hears of the end before it does anything else.
            said = b"PONG\r\n".to_vec();
            said.extend(b"-ERR 'Something Else'\r\n".repeat(62));
            it.write_all(&said)
        },
        honest,
    ]);
    let node = Connection::open(dial_at(&address.to_string()))
        .await
        .expect("a connection");
    let back = |it: &Link| matches!(it, Link::Up { reconnects: 1, .. });
    until(&node, back).await;
    node.publish("a.b", "x").await.expect("published");
    node.flush().await.expect("flushed");
    assert!(node.is_up());
    let attempts = node.attempts();
    assert_eq!((attempts.reconnections, attempts.closed), (1, 1));
}
