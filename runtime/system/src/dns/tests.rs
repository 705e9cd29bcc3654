use domain::base::Message;
use domain::rdata::{A, Cname, Mx, Txt};
use proptest::prelude::*;
use tokio::net::UdpSocket;

use super::*;

const LONG: Duration = Duration::from_secs(60);

/// Answers one question with what `answer` makes of it.
async fn ask(
    name: &str,
    kind: RecordType,
    answer: impl FnOnce(&Message<&[u8]>) -> Vec<u8> + Send + 'static,
) -> io::Result<Answer> {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    let serve = async move {
        let mut buffer = [0; 512];
        let (length, client) = server.recv_from(&mut buffer).await.unwrap();
        let question = Message::from_octets(&buffer[..length]).unwrap();
        // What belongs to another question is passed over.
        server.send_to(&[0; 12], client).await.unwrap();
        server.send_to(&answer(&question), client).await.unwrap();
    };
    let (answer, ()) = tokio::join!(query(address, name, kind, LONG), serve);
    answer
}

fn name(text: &str) -> Name<Vec<u8>> {
    Name::vec_from_str(text).unwrap()
}

#[tokio::test]
async fn only_records_of_the_type_count() {
    let answer = ask("www.example", RecordType::A, |question| {
        let mut reply = MessageBuilder::new_vec()
            .start_answer(question, Rcode::NOERROR)
            .unwrap();
        let web = name("www.example");
        let alias = Cname::new(name("web.example"));
        reply.push((&web, 60, alias)).unwrap();
        reply
            .push((name("web.example"), 60, A::from_octets(192, 0, 2, 1)))
            .unwrap();
        reply.finish()
    })
    .await
    .unwrap();
    assert_eq!(answer.records, ["192.0.2.1"]);
    assert_eq!((&*answer.code, answer.truncated), ("NOERROR", false));
}

#[tokio::test]
async fn names_and_texts_are_written_as_in_zone_files() {
    let answer = ask("example", RecordType::Mx, |question| {
        let mut reply = MessageBuilder::new_vec()
            .start_answer(question, Rcode::NOERROR)
            .unwrap();
        let mail = Mx::new(10, name("mail.example"));
        reply.push((name("example"), 60, mail)).unwrap();
        reply.finish()
    })
    .await
    .unwrap();
    assert_eq!(answer.records, ["10 mail.example."]);

    let answer = ask("example", RecordType::Txt, |question| {
        let mut reply = MessageBuilder::new_vec()
            .start_answer(question, Rcode::NOERROR)
            .unwrap();
        let text = Txt::from_octets(b"\x05a=\"b\"\x02\n\\".to_vec()).unwrap();
        reply.push((name("example"), 60, text)).unwrap();
        reply.finish()
    })
    .await
    .unwrap();
    assert_eq!(answer.records, ["a=\\\"b\\\"", "\\010\\\\"]);
}

#[tokio::test]
async fn nobody_there_and_nobody_known_differ() {
    let answer = ask("none.example", RecordType::A, |question| {
        MessageBuilder::new_vec()
            .start_answer(question, Rcode::NXDOMAIN)
            .unwrap()
            .finish()
    })
    .await
    .unwrap();
    assert_eq!((&*answer.code, answer.records.len()), ("NXDOMAIN", 0));

    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let short = Duration::from_millis(20);
    let error = query(address, "a.example", RecordType::A, short).await;
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn names_that_are_none_are_refused() {
    let server = "127.0.0.1:9".parse().unwrap();
    let long = "a".repeat(64);
    for (name, kind) in [
        ("a..b", RecordType::A),
        (&*long, RecordType::A),
        ("host.example", RecordType::Ptr),
    ] {
        let error = query(server, name, kind, LONG).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}");
    }
}

#[tokio::test]
async fn this_machine_knows_itself() {
    let found = resolve("localhost", LONG).await.unwrap();
    assert!(found.iter().any(IpAddr::is_loopback));
    assert!(resolve("no.such.host.invalid", LONG).await.is_err());
}

proptest! {
    #[test]
    fn no_answer_breaks_the_reader(bytes in proptest::collection::vec(any::<u8>(), 12..200)) {
        let message = Message::from_octets(&*bytes).unwrap();
        for kind in [RecordType::A, RecordType::Txt, RecordType::Caa, RecordType::Sshfp, RecordType::Srv] {
            let _ = read(&message, kind);
        }
    }
}
