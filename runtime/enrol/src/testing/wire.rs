//! As much of HTTP over TLS as it takes.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

/// What a client asks.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// What it is told.
pub(super) struct Said {
    status: u16,
    body: Body,
}

pub(super) enum Body {
    Bytes(Vec<u8>),
    /// One that never ends.
    Endless,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    fn read(stream: &mut impl BufRead) -> io::Result<Self> {
        let mut line = || {
            let mut line = String::new();
            stream
                .read_line(&mut line)
                .map(|_| line.trim_end().to_owned())
        };
        let first = line()?;
        let mut words = first.split(' ').map(ToOwned::to_owned);
        let mut headers = Vec::new();
        loop {
            let line = line()?;
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut asked = Self {
            method: words.next().unwrap_or_default(),
            path: words.next().unwrap_or_default(),
            headers,
            body: Vec::new(),
        };
        let length = asked
            .header("content-length")
            .and_then(|it| it.parse().ok());
        stream
            .take(length.unwrap_or(0))
            .read_to_end(&mut asked.body)?;
        Ok(asked)
    }
}

impl Said {
    pub(super) fn ok(body: Body) -> Self {
        Self { status: 200, body }
    }

    pub(super) fn json(status: u16, body: &Value) -> Self {
        let body = Body::Bytes(body.to_string().into_bytes());
        Self { status, body }
    }

    /// As Kubernetes says no.
    pub(super) fn failure(status: u16, message: &str) -> Self {
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": status,
        });
        Self::json(status, &body)
    }

    fn write(&self, stream: &mut impl Write) -> io::Result<()> {
        let status = self.status;
        write!(stream, "HTTP/1.1 {status} Said\r\nconnection: close\r\n")?;
        match &self.body {
            Body::Bytes(body) => {
                write!(stream, "content-length: {}\r\n\r\n", body.len())?;
                stream.write_all(body)?;
            }
            Body::Endless => {
                write!(stream, "\r\n")?;
                loop {
                    stream.write_all(&[b' '; 1 << 14])?;
                }
            }
        }
        stream.flush()
    }
}

/// Answers one connection after the other, until the process ends.
pub(super) fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    answer: impl Fn(&Asked) -> Said + Send + 'static,
) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Who goes away in the middle is nobody's problem here.
            let _ = one(stream, &tls, &answer);
        }
    });
}

fn one(
    stream: TcpStream,
    tls: &Arc<ServerConfig>,
    answer: &impl Fn(&Asked) -> Said,
) -> io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(tls)).map_err(io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    let asked = Asked::read(&mut stream)?;
    let stream = stream.get_mut();
    answer(&asked).write(stream)?;
    stream.conn.send_close_notify();
    stream.flush()
}
