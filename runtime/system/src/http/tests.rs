use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::exchange::Stream;
use super::*;

const LONG: Duration = Duration::from_secs(60);

/// What servers answer, one connection after the other; the last for ever.
type Answers = &'static [&'static str];

/// Reads a request up to its body, as far as that was announced, and says what was read.
async fn serve(stream: &mut dyn Stream, answer: &[u8]) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else {
            return String::new();
        };
        head.push(byte);
    }
    let text = String::from_utf8(head).unwrap();
    let length = text.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.unwrap();
    // Clients may go away.
    let _ = stream.write_all(answer).await;
    text + &String::from_utf8(body).unwrap()
}

/// A server on the loopback interface: its `host:port`, and what it is asked.
async fn server(answers: Vec<Vec<u8>>) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, requests) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        for turn in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answer = answers.get(turn).or(answers.last()).unwrap();
            let asked = serve(&mut stream, answer).await;
            let _ = sender.send(asked);
        }
    });
    (address, requests)
}

async fn plain(answers: Answers) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    server(answers.iter().map(|it| it.as_bytes().to_vec()).collect()).await
}

#[tokio::test]
async fn an_answer_comes_back_with_its_headers_and_body() {
    let (address, mut requests) =
        plain(&["HTTP/1.1 404 Not Found\r\nX-One: 1\r\nX-One: 2\r\nContent-Length: 3\r\n\r\nabc"])
            .await;
    let ask = Request {
        method: "POST".to_owned(),
        headers: vec![("X-Mine".to_owned(), "yes".to_owned())],
        body: b"hello".to_vec(),
        ..Request::get(format!("http://me:secret@{address}/a?b"))
    };
    let answer = request(&ask, LONG).await.unwrap();
    assert_eq!(
        (answer.status, answer.body.unwrap()),
        (404, b"abc".to_vec())
    );
    let ones: Vec<_> = answer.headers.iter().filter(|it| it.0 == "x-one").collect();
    assert_eq!(ones.len(), 2);
    assert!(answer.certificate.is_none());
    let asked = requests.recv().await.unwrap();
    assert!(asked.starts_with("POST /a?b HTTP/1.1\r\n"), "{asked}");
    assert!(
        asked.contains(&format!("\r\nHost: {address}\r\n")),
        "{asked}"
    );
    assert!(asked.contains("\r\nX-Mine: yes\r\n"), "{asked}");
    assert!(
        asked.contains("\r\nAuthorization: Basic bWU6c2VjcmV0\r\n"),
        "{asked}"
    );
    assert!(asked.ends_with("\r\n\r\nhello"), "{asked}");
}

#[tokio::test]
async fn redirects_are_followed_until_there_are_too_many() {
    const AWAY: &str = "HTTP/1.1 302 Found\r\nLocation: ../x\r\nContent-Length: 0\r\n\r\n";
    const HERE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let (address, mut requests) = plain(&[AWAY, HERE]).await;
    let ask = Request {
        method: "POST".to_owned(),
        body: b"hello".to_vec(),
        ..Request::get(format!("http://{address}/a/b"))
    };
    assert_eq!(request(&ask, LONG).await.unwrap().status, 200);
    assert!(requests.recv().await.unwrap().starts_with("POST /a/b "));
    let second = requests.recv().await.unwrap();
    assert!(
        second.starts_with("GET /x ") && !second.contains("hello"),
        "{second}"
    );

    let (address, _requests) = plain(&[AWAY]).await;
    let url = format!("http://{address}/");
    let error = request(&Request::get(&url), LONG).await.unwrap_err();
    assert_eq!(error.to_string(), "stopped after 10 redirects");
    let ask = Request {
        redirects: 0,
        ..Request::get(url)
    };
    assert_eq!(request(&ask, LONG).await.unwrap().status, 302);
}

#[tokio::test]
async fn credentials_do_not_follow_to_another_host() {
    let (there, mut there_asked) = plain(&["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]).await;
    let port = there.rsplit(':').next().unwrap();
    let away = format!("HTTP/1.1 307 Elsewhere\r\nLocation: http://localhost:{port}/\r\n\r\n");
    let (here, _asked) = server(vec![away.into_bytes()]).await;
    let ask = Request {
        headers: vec![basic("me", "secret")],
        ..Request::get(format!("http://{here}/"))
    };
    assert_eq!(request(&ask, LONG).await.unwrap().status, 200);
    let asked = there_asked.recv().await.unwrap().to_lowercase();
    assert!(!asked.contains("authorization"), "{asked}");
}

#[tokio::test]
async fn packed_bodies_are_unpacked_up_to_the_limit() {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(&vec![0; 1 << 20]).unwrap();
    let packed = packer.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        packed.len()
    );
    let (address, _requests) = server(vec![[head.as_bytes(), &packed].concat()]).await;
    let ask = Request::get(format!("http://{address}/"));
    let answer = request(&ask, LONG).await.unwrap();
    assert_eq!(answer.body.unwrap().len(), 1 << 20);
    assert!(answer.headers.iter().all(|it| it.0 != "content-encoding"));
    let small = Request { most: 1000, ..ask };
    let answer = request(&small, LONG).await.unwrap();
    let part = answer.body.unwrap_err();
    assert!(matches!(part.why, HttpError::TooLarge(1000)));
}

#[tokio::test]
async fn endless_and_silent_servers_hold_nobody_up() {
    let endless = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &[b'x'; 100_000]].concat();
    let (address, _requests) = server(vec![endless]).await;
    let ask = Request {
        most: 50_000,
        ..Request::get(format!("http://{address}/"))
    };
    let answer = request(&ask, LONG).await.unwrap();
    let part = answer.body.unwrap_err();
    assert!(matches!(part.why, HttpError::TooLarge(_)) && part.read.len() > 50_000);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ask = Request::get(format!("http://{}/", listener.local_addr().unwrap()));
    let error = request(&ask, Duration::from_millis(50)).await.unwrap_err();
    assert!(matches!(error, HttpError::Late(_)), "{error}");

    let (address, _requests) = plain(&["no HTTP at all\r\n\r\n"]).await;
    let ask = Request::get(format!("http://{address}/"));
    let error = request(&ask, LONG).await.unwrap_err();
    assert!(matches!(error, HttpError::Exchange(_)), "{error}");
}

/// A server with a certificate of its own, and that certificate in PEM.
async fn secure_server() -> (String, String) {
    let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(mut stream) = acceptor.accept(stream).await {
                serve(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (format!("localhost:{port}"), own.cert.pem())
}

#[tokio::test]
async fn servers_have_to_be_vouched_for() {
    let (address, certificate) = secure_server().await;
    let url = format!("https://{address}/");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, certificate).unwrap();
    let with = |trust| Request {
        trust,
        ..Request::get(&url)
    };
    let answer = request(&with(Trust::File(file.clone())), LONG)
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    let validity = answer.certificate.unwrap();
    assert!(validity.not_before < validity.not_after);
    assert_eq!(
        request(&with(Trust::Nobody), LONG).await.unwrap().status,
        200
    );

    let (other, _) = secure_server().await;
    let ask = Request {
        url: format!("https://{other}/"),
        ..with(Trust::File(file))
    };
    let error = request(&ask, LONG).await.unwrap_err();
    assert!(matches!(error, HttpError::Tls(_)), "{error}");
    let error = request(&with(Trust::File("/none".into())), LONG).await;
    assert!(matches!(error.unwrap_err(), HttpError::Tls(_)));
}

#[tokio::test]
async fn proxies_are_asked_for_the_whole_url_or_for_a_way_through() {
    let (address, mut requests) = plain(&["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]).await;
    let ask = Request {
        proxy: Proxy::At(format!("http://me:secret@{address}")),
        ..Request::get("http://nowhere.invalid/path")
    };
    assert_eq!(request(&ask, LONG).await.unwrap().status, 200);
    let asked = requests.recv().await.unwrap();
    assert!(
        asked.starts_with("GET http://nowhere.invalid/path HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(asked.contains("\r\nProxy-Authorization: Basic "), "{asked}");

    let (address, mut requests) = plain(&["HTTP/1.1 403 Forbidden\r\n\r\n"]).await;
    let ask = Request {
        proxy: Proxy::At(address),
        ..Request::get("https://nowhere.invalid/path")
    };
    let error = request(&ask, LONG).await.unwrap_err().to_string();
    assert!(error.contains("403 Forbidden"), "{error}");
    let asked = requests.recv().await.unwrap();
    assert!(
        asked.starts_with("CONNECT nowhere.invalid:443 HTTP/1.1\r\n"),
        "{asked}"
    );
}
