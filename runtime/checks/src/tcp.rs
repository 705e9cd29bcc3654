//! `tcp`: whether somebody answers at a port.

use std::time::Instant;

use chorister_lang::nagios::Status;
use chorister_system::dial::{self, Family};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::NativeCheck;
use crate::parameter::Span;
use crate::report::{Report, Title, worst};
use crate::request::{Request, critical};
use crate::response::{Patience, address};

/// Connects, and may say something and listen.
pub const TCP: NativeCheck = NativeCheck {
    name: "tcp",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move { request.answer(Title("TCP", " - "), look(&request)).await })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    #[serde(default = "here")]
    host: String,
    port: u16,
    send: Option<String>,
    expect: Option<String>,
    warn: Option<Span>,
    crit: Option<Span>,
}

fn here() -> String {
    "localhost".to_owned()
}

/// How much of an answer is read, in bytes.
const MOST: usize = 64 << 10;

/// How many characters of an answer are shown.
const SHOWN: usize = 80;

async fn look(request: &Request) -> Result<Report, Report> {
    let parameters: Parameters = request.parameters()?;
    let Parameters { host, port, .. } = &parameters;
    let patience = Patience::new(parameters.warn, parameters.crit, request.timeout);
    let began = Instant::now();
    let within = async {
        let mut stream = dial::tcp(&address(host, *port), Family::Any, None, request.timeout)
            .await
            .map_err(|error| {
                critical(format_args!(
                    "connect to address {host} and port {port}: {error}"
                ))
            })?;
        converse(&mut stream, &parameters).await
    };
    let said = tokio::time::timeout(request.timeout, within).await;
    let said = said.map_err(|_| patience.lost())??;
    let time = began.elapsed();
    let mut text = format!(
        "{:.3} second response time on {host} port {port}",
        time.as_secs_f64()
    );
    let mut statuses = vec![patience.judge(time)];
    if let Some(unexpected) = said {
        statuses.push(Status::Warning);
        text = format!("unexpected response: {unexpected} - {text}");
    }
    Ok(Report::new(worst(statuses), text).with(patience.measured(time)))
}

/// Says what is to be said, and listens until what is expected has come. The answer is what came instead.
async fn converse(
    stream: &mut TcpStream,
    parameters: &Parameters,
) -> Result<Option<String>, Report> {
    if let Some(text) = &parameters.send {
        let sent = stream.write_all(unescape(text).as_bytes()).await;
        sent.map_err(|error| critical(format_args!("sending failed: {error}")))?;
    }
    let Some(expect) = &parameters.expect else {
        return Ok(None);
    };
    let expect = unescape(expect);
    let mut heard = Vec::new();
    while heard.len() < MOST {
        let read = stream.read_buf(&mut heard).await;
        let read = read.map_err(|error| critical(format_args!("receiving failed: {error}")))?;
        let text = String::from_utf8_lossy(&heard);
        if text.contains(&expect) {
            return Ok(None);
        }
        if read == 0 {
            break;
        }
    }
    if heard.is_empty() {
        return Err(critical("no data received from host"));
    }
    let heard = String::from_utf8_lossy(&heard);
    let shown = heard.trim().chars().take(SHOWN);
    Ok(Some(
        shown
            .map(|it| if it.is_control() { ' ' } else { it })
            .collect(),
    ))
}

/// Reads `\r`, `\n`, `\t` and `\\`; another backslash stands for itself.
fn unescape(text: &str) -> String {
    let mut unescaped = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        let meant = match (it, chars.peek()) {
            ('\\', Some('r')) => Some('\r'),
            ('\\', Some('n')) => Some('\n'),
            ('\\', Some('t')) => Some('\t'),
            ('\\', Some('\\')) => Some('\\'),
            _ => None,
        };
        if meant.is_some() {
            chars.next();
        }
        unescaped.push(meant.unwrap_or(it));
    }
    unescaped
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::tests::{Probe, check, request, run};

    /// A server that says something to one client, after it was told something.
    fn serve(hears: &'static str, says: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut heard = vec![0; hears.len()];
            client.read_exact(&mut heard).unwrap();
            assert_eq!(heard, hears.as_bytes());
            client.write_all(says.as_bytes()).unwrap();
        });
        port
    }

    fn ask(port: u16, more: &str) -> Probe {
        check(
            TCP,
            &format!(r#"{{"host": "127.0.0.1", "port": {port}{more}}}"#),
        )
    }

    #[test]
    fn whoever_accepts_is_there() {
        let probe = ask(serve("", ""), "");
        assert!(probe.value("time") > 0.0);
        probe
            .is(Status::Ok)
            .says("second response time on 127.0.0.1 port ")
            .says("s;;;0;60");
    }

    #[test]
    fn nobody_there_is_critical() {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        ask(port, "")
            .is(Status::Critical)
            .says("Connection refused");
        check(TCP, r#"{"host": "no-such-host.invalid", "port": 1}"#).is(Status::Critical);
        check(TCP, r#"{"port": 70000}"#).is(Status::Unknown);
    }

    #[test]
    fn slow_answers_are_judged() {
        ask(serve("", ""), r#", "warn": "1ns""#)
            .is(Status::Warning)
            .says("s;0.000000001;;0;60");
        ask(serve("", ""), r#", "warn": "1ns", "crit": "2ns""#).is(Status::Critical);
    }

    #[test]
    fn it_speaks_and_listens() {
        let talk = r#", "send": "PING\\r\\n", "expect": "PONG""#;
        ask(serve("PING\r\n", "+PONG\r\n"), talk).is(Status::Ok);
        ask(serve("PING\r\n", "-ERR no\r\n"), talk)
            .is(Status::Warning)
            .says("unexpected response: -ERR no - ");
        ask(serve("PING\r\n", ""), talk)
            .is(Status::Critical)
            .says("no data received");
    }

    #[test]
    fn whoever_keeps_silent_is_critical() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let parameters = format!(r#"{{"host": "127.0.0.1", "port": {port}, "expect": "hello"}}"#);
        let mut request = request(std::path::Path::new("/"), &parameters);
        request.timeout = Duration::from_millis(50);
        run(TCP, request)
            .is(Status::Critical)
            .says("no answer within 50ms");
    }

    #[test]
    fn escapes_are_read() {
        assert_eq!(unescape(r"a\r\n\t\\n\x\"), "a\r\n\t\\n\\x\\");
    }
}
