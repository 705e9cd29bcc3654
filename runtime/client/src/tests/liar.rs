//! A node that lies, and one that says too much.

use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use chorister_bus::{Connection, Subscription};
use chorister_proto::testing::mutate;
use chorister_proto::{Request, SecureRequest, Transport, body};
use chorister_security::Signer;
use chorister_security::testing::{Authority, Wanted, certified};
use jiff::Timestamp;
use serde_json::json;

use super::site::{LONG, Organization, Site, dial, node_signer, open};
use crate::{Client, ClientError, Discovery, Invocation, Requester, Standing, Targets};

const LIAR: &str = "liar.example.net";

/// Somebody who has the token of a node, and hears what it is asked.
struct Liar {
    connection: Connection,
    requests: Subscription,
    signer: Signer,
}

/// What was asked.
struct Asked {
    transport: Transport,
    request: Request,
}

impl Liar {
    async fn start(site: &Site) -> Self {
        let connection = open(&site.broker, LIAR).await;
        let subject = "choria.node.liar.example.net";
        let requests = connection
            .subscribe(subject, None)
            .await
            .expect("subscribed");
        connection.flush().await.expect("flushed");
        Self {
            connection,
            requests,
            signer: node_signer(LIAR, '5'),
        }
    }

    async fn asked(&mut self) -> Asked {
        let message = self.requests.next().await.expect("a request");
        let transport = Transport::decode(&message.payload).expect("a transport");
        let secure = SecureRequest::decode(&transport.data).expect("a secure request");
        let request = Request::decode(&secure.request).expect("a request");
        Asked { transport, request }
    }

    fn reply(&self, asked: &Asked, sender: &str, change: impl FnOnce(&mut Request)) -> Vec<u8> {
        let mut request = asked.request.clone();
        change(&mut request);
        let result = body::Reply::ok("ping", json!({}));
        let reply = request.reply(sender, Timestamp::now(), result.encode());
        let transport = self.signer.reply_transport(&reply, &asked.transport);
        transport.expect("signed").encode()
    }

    async fn send(&self, asked: &Asked, payload: Vec<u8>) {
        let to = asked.transport.reply_to.clone().expect("a subject");
        self.connection.publish(to, payload).await.expect("sent");
    }
}

fn ping(client: Client) -> (Requester, Invocation) {
    let targets = Targets::Nodes(vec![LIAR.to_owned()]);
    let action = &chorister_std::rpcutil::DDL.actions;
    let action = action.iter().find(|it| it.name == "ping");
    let ping = Invocation::new(
        &chorister_std::rpcutil::DDL,
        action.expect("an action"),
        chorister_ddl::Data::new(),
    );
    (Requester::new(client, targets), ping)
}

#[tokio::test]
async fn only_true_replies_to_this_request_count_and_once() {
    let Some(site) = Site::start().await else {
        return;
    };
    let mut liar = Liar::start(&site).await;
    let (requester, ping) = ping(site.client().await);
    let mut responses = requester.ask(&ping).await.expect("asked");
    let asked = liar.asked().await;
    let truth = liar.reply(&asked, LIAR, |_| ());
    let mut changed = truth.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let lies = [
        Vec::new(),
        b"garbage".to_vec(),
        vec![b'['; 500_000],
        changed,
        truth[..middle].to_vec(),
        liar.reply(&asked, LIAR, |it| it.id = "another".to_owned()),
        liar.reply(&asked, "n1.example.net", |_| ()),
    ];
    let count = lies.len();
    for lie in lies {
        liar.send(&asked, lie).await;
    }
    // Another node, with a token of its own, that was not asked.
    let stranger = Liar {
        signer: node_signer("stranger", '6'),
        connection: liar.connection.clone(),
        requests: liar.requests,
    };
    let unexpected = stranger.reply(&asked, "stranger", |_| ());
    stranger.send(&asked, unexpected.clone()).await;
    stranger.send(&asked, unexpected).await;
    stranger.send(&asked, truth).await;
    let first = responses.next().await.expect("asked").expect("a reply");
    assert_eq!(
        (&*first.sender, first.standing),
        ("stranger", Standing::Unexpected)
    );
    let second = responses.next().await.expect("asked").expect("a reply");
    assert_eq!(
        (&*second.sender, second.standing),
        (LIAR, Standing::Expected)
    );
    assert_eq!(responses.next().await, Ok(None));
    let told = responses.statistics();
    assert_eq!((told.refused, told.duplicates, told.lost), (count, 1, 0));
    assert_eq!(told.unexpected, ["stranger"]);
    assert!(told.silent.is_empty());
}

#[tokio::test]
async fn a_flood_neither_hangs_nor_fills_the_client() {
    let Some(site) = Site::start().await else {
        return;
    };
    let mut liar = Liar::start(&site).await;
    let (requester, ping) = ping(site.client().await);
    let requester = requester.timeout(Duration::from_millis(500));
    let mut responses = requester.ask(&ping).await.expect("asked");
    let asked = liar.asked().await;
    let payload = vec![b'x'; 900_000];
    let flood = tokio::spawn(async move {
        loop {
            liar.send(&asked, payload.clone()).await;
        }
    });
    // Nobody looks meanwhile: what has no room is lost, and counted.
    while responses.statistics().lost == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let over = tokio::time::timeout(LONG, responses.next()).await;
    assert_eq!(over.expect("in time"), Ok(None));
    assert_eq!(responses.statistics().silent, [LIAR]);
    flood.abort();
}

#[tokio::test]
async fn results_that_are_none_are_failures() {
    let Some(site) = Site::start().await else {
        return;
    };
    let mut liar = Liar::start(&site).await;
    let (requester, ping) = ping(site.client().await);
    let mut responses = requester.ask(&ping).await.expect("asked");
    let asked = liar.asked().await;
    let reply = asked.request.reply(LIAR, Timestamp::now(), b"[1]".to_vec());
    let transport = liar.signer.reply_transport(&reply, &asked.transport);
    liar.send(&asked, transport.expect("signed").encode()).await;
    let response = responses.next().await.expect("asked").expect("a reply");
    assert_eq!(response.reply.status, body::Status::UnknownError);
    assert_eq!(responses.next().await, Ok(None));
    assert_eq!(responses.statistics().failed, 1);
}

#[tokio::test]
async fn mutated_replies_end_nothing() {
    let Some(site) = Site::start().await else {
        return;
    };
    let mut liar = Liar::start(&site).await;
    let (requester, ping) = ping(site.client().await);
    let mut responses = requester.ask(&ping).await.expect("asked");
    let asked = liar.asked().await;
    let mut random = fastrand::Rng::with_seed(6);
    let mut below = |limit: usize| random.usize(..limit.max(1));
    for _ in 0..500 {
        // What somebody else signed is never the truth, however it is changed.
        let mut lie = liar.reply(&asked, "n1.example.net", |_| ());
        mutate(&mut below, &mut lie);
        liar.send(&asked, lie).await;
    }
    liar.send(&asked, liar.reply(&asked, LIAR, |_| ())).await;
    let response = responses.next().await.expect("asked").expect("a reply");
    assert_eq!(response.sender, LIAR);
    assert_eq!(responses.statistics().refused, 500);
}

#[tokio::test]
async fn a_name_that_is_none_is_not_found() {
    let Some(site) = Site::start().await else {
        return;
    };
    let connection = open(&site.broker, LIAR).await;
    let subject = "choria.broadcast.agent.discovery";
    let requests = connection
        .subscribe(subject, None)
        .await
        .expect("subscribed");
    connection.flush().await.expect("flushed");
    let mut liar = Liar {
        connection,
        requests,
        signer: node_signer("a.>", '7'),
    };
    let lying = tokio::spawn(async move {
        let asked = liar.asked().await;
        let reply = asked
            .request
            .reply("a.>", Timestamp::now(), body::PONG.to_vec());
        let transport = liar.signer.reply_transport(&reply, &asked.transport);
        liar.send(&asked, transport.expect("signed").encode()).await;
    });
    let client = site.client().await;
    let found = Discovery::default().enough(3).nodes(&client, |_| ()).await;
    let mut found = found.expect("nodes");
    found.sort();
    assert_eq!(found, ["n1.example.net", "n2.example.net"]);
    lying.await.expect("no panic");
}

/// Somebody who lets clients in as brokers do, and then reads nothing any more. Gives where it listens.
fn deaf_broker() -> SocketAddr {
    const INFO: &[u8] = b"INFO {\"server_id\":\"deaf\",\"version\":\"2.10.0\",\"proto\":1,\
        \"host\":\"127.0.0.1\",\"port\":1,\"max_payload\":1048576,\"headers\":true}\r\n";
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.expect("a client");
            stream.write_all(INFO).expect("written");
            let mut said = Vec::new();
            while !said.ends_with(b"PING\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).expect("read");
                said.extend(byte);
            }
            stream.write_all(b"PONG\r\n").expect("written");
            kept.push(stream);
        }
    });
    address
}

#[tokio::test]
async fn a_broker_that_does_not_read_is_not_waited_for() {
    let dial = dial(&deaf_broker().to_string(), "client");
    let connection = Connection::open(dial).await.expect("a connection");
    let client = Client::new(connection, Organization::Tokens.profile());
    let (_, mut ping) = ping(client.clone());
    let nodes = (0..500).map(|it| format!("n{it}")).collect();
    ping.data
        .insert("text".to_owned(), json!("x".repeat(300_000)));
    let requester = Requester::new(client, Targets::Nodes(nodes)).timeout(Duration::from_secs(1));
    let asked = tokio::time::timeout(LONG, requester.ask(&ping)).await;
    let error = asked.expect("in time").expect_err("nobody reads");
    assert!(matches!(error, ClientError::NoBroker { .. }), "{error}");
}

#[tokio::test]
async fn answers_of_thousands_that_come_at_once_all_count() {
    const NODES: usize = 3000;
    let authority = Box::new(Authority::new("organization", (2024, 2036)));
    let signer = certified(&authority, &Wanted::default());
    let Some(site) = Site::of(Organization::Certificates(authority)).await else {
        return;
    };
    let connection = open(&site.broker, "fleet").await;
    let fleet = "choria.node.*.fleet.example.net";
    let requests = connection.subscribe(fleet, None).await;
    let mut fleet = Liar {
        requests: requests.expect("subscribed"),
        connection,
        signer,
    };
    fleet.connection.flush().await.expect("flushed");
    let names = (0..NODES).map(|it| format!("n{it}.fleet.example.net"));
    let names: Vec<_> = names.collect();
    let dial = dial(&site.broker.host(), "client");
    let connection = Connection::open_for_fleet(dial).await;
    let client = site.client_over(connection.expect("a connection"));
    let (_, ping) = ping(client.clone());
    let requester = Requester::new(client, Targets::Nodes(names.clone())).timeout(LONG);
    let mut responses = requester.ask(&ping).await.expect("asked");
    let asked = fleet.asked().await;
    // Nobody looks at them before all are there.
    for name in &names {
        let reply = fleet.reply(&asked, name, |_| ());
        fleet.send(&asked, reply).await;
    }
    fleet.connection.flush().await.expect("flushed");
    let mut count = 0;
    while responses.next().await.expect("asked").is_some() {
        count += 1;
    }
    let told = responses.statistics();
    assert_eq!((count, told.refused, told.lost), (NODES, 0, 0));
    assert!(told.silent.is_empty());
}
