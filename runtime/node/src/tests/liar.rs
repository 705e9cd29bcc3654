//! A broker that lies to a node, and one message that is true.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;

const INFO: &[u8] = b"INFO {\"server_id\":\"liar\",\"version\":\"2.10.0\",\"proto\":1,\
    \"host\":\"127.0.0.1\",\"port\":1,\"max_payload\":1048576,\"headers\":true}\r\n";

const DISCOVERY: &str = "choria.broadcast.agent.discovery";
const OWN: &str = "choria.node.n1.example.net";
const TO: &str = "choria.reply.liar.0";

/// What the liar sends to a node, one after the other.
enum Lie {
    /// A message, by the subscription to one subject, that says it came by another.
    Message {
        by: &'static str,
        subject: &'static str,
        payload: Vec<u8>,
    },
    /// Half a message, and then nobody is there any more.
    Half,
}

/// Somebody who speaks as brokers do. Gives where he listens, and what the node answers.
fn liar(lies: Vec<Lie>) -> (SocketAddr, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (answers, answered) = channel();
    std::thread::spawn(move || {
        let mut lies = lies.into_iter();
        for stream in listener.incoming() {
            // That one of the two goes away is what half of this is about.
            let _ = stream.and_then(|it| Conversation::begin(it)?.go_on(&mut lies, &answers));
        }
    });
    (address, answered)
}

/// One connection of the node.
struct Conversation {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
    /// The numbers of subscriptions by their subjects.
    known: BTreeMap<String, String>,
}

impl Conversation {
    fn begin(mut stream: TcpStream) -> std::io::Result<Self> {
        stream.write_all(INFO)?;
        let reader = BufReader::new(stream.try_clone()?);
        Ok(Self {
            stream,
            reader,
            known: BTreeMap::new(),
        })
    }

    /// Tells lies until one of them ends it.
    fn go_on(
        mut self,
        lies: &mut impl Iterator<Item = Lie>,
        answers: &Sender<Vec<u8>>,
    ) -> std::io::Result<()> {
        while ![DISCOVERY, OWN]
            .iter()
            .all(|it| self.known.contains_key(*it))
        {
            self.hear(answers)?;
        }
        for lie in lies {
            match lie {
                Lie::Message {
                    by,
                    subject,
                    payload,
                } => {
                    let number = &self.known[by];
                    let size = payload.len();
                    write!(self.stream, "MSG {subject} {number} {TO} {size}\r\n")?;
                    self.stream.write_all(&payload)?;
                    self.stream.write_all(b"\r\n")?;
                }
                Lie::Half => {
                    // The node has all that was said before.
                    self.stream.write_all(b"PING\r\n")?;
                    while self.hear(answers)? != "PONG" {}
                    let number = &self.known[OWN];
                    return write!(self.stream, "MSG {OWN} {number} {TO} 1000\r\nhalf");
                }
            }
        }
        loop {
            self.hear(answers)?;
        }
    }

    /// Does what a line of the node asks for, and gives its first word.
    fn hear(&mut self, answers: &Sender<Vec<u8>>) -> std::io::Result<String> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["PING"] => self.stream.write_all(b"PONG\r\n")?,
            ["SUB", subject, .., number] => {
                self.known
                    .insert((*subject).to_owned(), (*number).to_owned());
            }
            ["PUB" | "HPUB", to, .., size] => {
                let size = size.parse::<usize>().expect("a size");
                let mut payload = vec![0; size + 2];
                self.reader.read_exact(&mut payload)?;
                payload.truncate(size);
                if *to == TO {
                    drop(answers.send(payload));
                }
            }
            _ => {}
        }
        Ok(words
            .first()
            .map_or_else(String::new, |it| (*it).to_owned()))
    }
}

fn wire(signer: &Signer, request: &Request) -> Vec<u8> {
    signer
        .request_transport(request, TO)
        .expect("signed")
        .encode()
}

#[tokio::test]
async fn a_node_answers_the_truth_alone() {
    let issuer = seed('1');
    let signer = caller(&issuer);
    let ping = || request("discovery", body::PING);
    let (first, last) = (ping(), ping());
    let asked = signer.request_transport(&first, TO).expect("signed");
    let node = Signer::Token {
        seed: seed('3'),
        token: "unused".to_owned(),
        sign_replies: false,
    };
    let reply = first.reply("n1.example.net", Timestamp::now(), body::PONG.to_vec());
    let reply = node
        .reply_transport(&reply, &asked)
        .expect("signed")
        .encode();
    let mut future = ping();
    future.time = Timestamp::now() + Duration::from_secs(3600);
    let mut endless = ping();
    endless.ttl = 10_000_000;
    let on = |subject: &'static str, payload: Vec<u8>| Lie::Message {
        by: subject,
        subject,
        payload,
    };
    let by_other_ways = [
        (DISCOVERY, "choria.broadcast.agent.mirror"),
        (DISCOVERY, "other.broadcast.agent.discovery"),
        (OWN, "choria.node.n2.example.net"),
    ];
    let truth = wire(&signer, &first);
    let mut lies: Vec<Lie> = Vec::new();
    lies.extend(by_other_ways.map(|(by, subject)| Lie::Message {
        by,
        subject,
        payload: truth.clone(),
    }));
    lies.extend([
        // What the node says itself.
        on(DISCOVERY, reply),
        on(DISCOVERY, wire(&signer, &future)),
        on(DISCOVERY, wire(&signer, &endless)),
        on(DISCOVERY, wire(&caller(&seed('9')), &ping())),
        // More than the broker said that it takes.
        on(DISCOVERY, vec![b'['; 10 << 20]),
        on(OWN, Vec::new()),
        Lie::Half,
        on(DISCOVERY, truth.clone()),
        // Whatever is true is so once.
        on(DISCOVERY, truth.clone()),
        on(OWN, truth),
        on(DISCOVERY, wire(&signer, &last)),
    ]);
    let (address, answered) = liar(lies);
    let node = Node::start(config_at(&address.to_string(), &issuer).await);
    let answers = tokio::task::spawn_blocking(move || {
        [0, 1].map(|_| answered.recv_timeout(LONG).expect("an answer in time"))
    });
    let verifier = ReplyVerifier {
        trust: None,
        signed_only: false,
    };
    let answered: BTreeSet<String> = answers
        .await
        .expect("two answers")
        .iter()
        .map(|it| verifier.verify(it, None, Timestamp::now()))
        .map(|it| it.expect("a reply").reply.request)
        .collect();
    assert_eq!(answered, BTreeSet::from([first.id, last.id]));
    let counters = node.counters();
    let all = async {
        while counters.get(Count::Total) < 13 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, all).await.expect("all messages");
    let counted = [Count::Validated, Count::Unvalidated, Count::TtlExpired];
    assert_eq!(counted.map(|it| counters.get(it)), [2, 9, 2]);
}
