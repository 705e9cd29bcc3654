//! A server that gives prepared answers, each on a connection of its own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

// Self-signed, for `localhost` and 127.0.0.1; used by nothing but these tests.
const CERTIFICATE: &[u8] = include_bytes!("certificate.der");
const KEY: &[u8] = include_bytes!("key.der");

pub(super) struct Server {
    /// Where it listens, without a path.
    pub(super) url: String,
    pub(super) requests: Receiver<String>,
}

pub(super) fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(super) fn redirect(to: &str) -> Vec<u8> {
    let head = "HTTP/1.1 302 Found\r\nconnection: close\r\ncontent-length: 0\r\nlocation:";
    format!("{head} {to}\r\n\r\n").into_bytes()
}

/// Serves HTTP. When the answers are used up, connections stay open and silent.
pub(super) fn http(answers: Vec<Vec<u8>>) -> Server {
    serve("http", answers, false, |stream| Box::new(stream))
}

/// Serves HTTP and never closes a connection, whatever was announced on it.
pub(super) fn stalling(answer: Vec<u8>) -> Server {
    serve("http", vec![answer], true, |stream| Box::new(stream))
}

/// Serves HTTPS with a certificate that nobody trusts.
pub(super) fn https(answers: Vec<Vec<u8>>) -> Server {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivateKeyDer::try_from(KEY).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key)
        .unwrap();
    let config = Arc::new(config);
    serve("https", answers, false, move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        Box::new(StreamOwned::new(connection, stream))
    })
}

trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

fn serve(
    scheme: &str,
    answers: Vec<Vec<u8>>,
    stall: bool,
    wrap: impl Fn(TcpStream) -> Box<dyn Stream> + Send + 'static,
) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("{scheme}://{}", listener.local_addr().unwrap());
    let (report, requests) = channel();
    thread::spawn(move || {
        let mut answers = answers.into_iter();
        let mut open = Vec::new();
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let mut stream = wrap(stream);
            let Some(request) = head(&mut *stream) else {
                continue;
            };
            // The test may have ended.
            let _ = report.send(request);
            let answer = answers.next();
            if let Some(answer) = &answer {
                let _ = stream.write_all(answer).and_then(|()| stream.flush());
            }
            if stall || answer.is_none() {
                open.push(stream);
            }
        }
    });
    Server { url, requests }
}

fn head(stream: &mut dyn Stream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.extend_from_slice(&byte),
            _ => return None,
        }
    }
    String::from_utf8(head).ok()
}
