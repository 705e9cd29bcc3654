//! `dns`: whether a name is known, and as what.

use core::time::Duration;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use chorister_lang::nagios::Status;
use chorister_system::dns::{RecordType, query, resolve, servers};
use serde::Deserialize;

use crate::NativeCheck;
use crate::parameter::{Many, Span};
use crate::report::{Report, Title, worst};
use crate::request::{Request, critical, unknown};
use crate::response::Patience;

/// Asks about a name.
pub const DNS: NativeCheck = NativeCheck {
    name: "dns",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move { request.answer(Title("DNS", ": "), look(&request)).await })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    name: String,
    #[serde(rename = "type", default = "address")]
    kind: String,
    server: Option<String>,
    expect: Option<Many<String>>,
    warn: Option<Span>,
    crit: Option<Span>,
}

fn address() -> String {
    "A".to_owned()
}

/// How often a server is asked that does not answer: questions and answers get lost.
const ATTEMPTS: u32 = 3;

async fn look(request: &Request) -> Result<Report, Report> {
    let parameters: Parameters = request.parameters()?;
    let kind = RecordType::named(&parameters.kind.to_uppercase());
    let kind = kind.ok_or_else(|| {
        unknown(format_args!(
            "`{}` is not a type of records",
            parameters.kind
        ))
    })?;
    let patience = Patience::new(parameters.warn, parameters.crit, request.timeout);
    let began = Instant::now();
    let asked = tokio::time::timeout(request.timeout, ask(&parameters, kind, request.timeout));
    let answers = match asked.await {
        Ok(Ok(answers)) => answers,
        Ok(Err(error)) if error.kind() != io::ErrorKind::TimedOut => {
            return Err(critical(format_args!("{}: {error}", parameters.name)));
        }
        Ok(Err(_)) | Err(_) => return Err(patience.lost()),
    };
    let time = began.elapsed();
    Ok(judge(&parameters, &answers, time, &patience))
}

fn judge(
    parameters: &Parameters,
    answers: &[String],
    time: Duration,
    patience: &Patience,
) -> Report {
    let name = &parameters.name;
    let mut status = patience.judge(time);
    let mut text = format!("{:.3} seconds response time", time.as_secs_f64());
    if answers.is_empty() {
        status = Status::Critical;
        text = format!("{name} has no {} record - {text}", parameters.kind);
    } else {
        text.push_str(&format!(". {name} returns {}", answers.join(",")));
    }
    let expected = parameters.expect.iter().flat_map(|it| &it.0);
    let missing: Vec<&str> = expected
        .filter(|it| !answers.iter().any(|answer| same(answer, it)))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        status = worst([status, Status::Critical]);
        text = format!("expected {} - {text}", missing.join(","));
    }
    Report::new(status, text).with(patience.measured(time))
}

/// Whether two answers say the same: names are equal in any case, with or without a dot at their end.
fn same(a: &str, b: &str) -> bool {
    let bare = |text: &str| text.strip_suffix('.').unwrap_or(text).to_lowercase();
    bare(a) == bare(b)
}

async fn ask(
    parameters: &Parameters,
    kind: RecordType,
    deadline: Duration,
) -> io::Result<Vec<String>> {
    let server = match &parameters.server {
        Some(server) => server_at(server)?,
        None => match kind {
            RecordType::A => return addresses(&parameters.name, deadline, IpAddr::is_ipv4).await,
            RecordType::Aaaa => {
                return addresses(&parameters.name, deadline, IpAddr::is_ipv6).await;
            }
            _ => system_server()?,
        },
    };
    let mut trouble = io::Error::from(io::ErrorKind::TimedOut);
    for _ in 0..ATTEMPTS {
        match query(server, &parameters.name, kind, deadline / ATTEMPTS).await {
            Ok(answer) if matches!(answer.code.as_str(), "NOERROR" | "NXDOMAIN") => {
                return Ok(answer.records);
            }
            Ok(answer) => trouble = io::Error::other(format!("{server} says {}", answer.code)),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => trouble = error,
            Err(error) => return Err(error),
        }
    }
    Err(trouble)
}

async fn addresses(
    name: &str,
    deadline: Duration,
    is_wanted: fn(&IpAddr) -> bool,
) -> io::Result<Vec<String>> {
    let found = resolve(name, deadline).await?;
    Ok(found
        .iter()
        .filter(|it| is_wanted(it))
        .map(ToString::to_string)
        .collect())
}

/// A server as it is written: an address, with or without a port.
fn server_at(text: &str) -> io::Result<SocketAddr> {
    const PORT: u16 = 53;

    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = text
        .parse()
        .or_else(|_| bare.parse().map(|it| SocketAddr::new(it, PORT)));
    address.map_err(|_| {
        let text = format!("`{text}` is not the address of a server");
        io::Error::new(io::ErrorKind::InvalidInput, text)
    })
}

/// The first server that the system asks.
fn system_server() -> io::Result<SocketAddr> {
    let first = servers()?.into_iter().next();
    first.ok_or_else(|| io::Error::other("/etc/resolv.conf names no server"))
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;
    use crate::tests::{check, request, run};

    /// A server that knows one address, or none (`NXDOMAIN`), or does not want to say (`REFUSED`).
    fn serve(code: u8) -> u16 {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let mut packet = [0; 512];
            while let Ok((length, client)) = socket.recv_from(&mut packet) {
                let mut answer = packet[..length].to_vec();
                answer[2] |= 0x80;
                answer[3] = code;
                if code == 0 {
                    answer[7] = 1;
                    // The name of the question, A, IN, a minute, 192.0.2.7.
                    answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
                }
                socket.send_to(&answer, client).unwrap();
            }
        });
        port
    }

    fn ask_about(code: u8, more: &str) -> crate::tests::Probe {
        let server = format!("127.0.0.1:{}", serve(code));
        check(
            DNS,
            &format!(r#"{{"name": "www.example.org", "server": "{server}"{more}}}"#),
        )
    }

    #[test]
    fn an_answer_is_enough_unless_it_should_be_another() {
        ask_about(0, "")
            .is(Status::Ok)
            .says("seconds response time. www.example.org returns 192.0.2.7|time=");
        ask_about(0, r#", "expect": "192.0.2.7""#).is(Status::Ok);
        ask_about(0, r#", "expect": ["192.0.2.7", "192.0.2.8"]"#)
            .is(Status::Critical)
            .says("expected 192.0.2.8 - ");
    }

    #[test]
    fn no_answer_and_no_such_name_are_critical() {
        ask_about(3, "")
            .is(Status::Critical)
            .says("www.example.org has no A record");
        ask_about(5, "").is(Status::Critical).says("says REFUSED");
        ask_about(0, r#", "type": "AAAA""#).is(Status::Critical);
    }

    #[test]
    fn a_server_that_keeps_silent_is_critical() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = socket.local_addr().unwrap();
        let parameters = format!(r#"{{"name": "a.example", "server": "{server}"}}"#);
        let mut request = request(std::path::Path::new("/"), &parameters);
        request.timeout = Duration::from_millis(60);
        run(DNS, request)
            .is(Status::Critical)
            .says("no answer within 60ms");
    }

    #[test]
    fn the_system_knows_this_machine() {
        check(DNS, r#"{"name": "localhost"}"#)
            .is(Status::Ok)
            .says("localhost returns 127.0.0.1");
        check(DNS, r#"{"name": "localhost", "type": "WKS"}"#).is(Status::Unknown);
        check(DNS, r#"{"name": "localhost", "server": "elsewhere"}"#)
            .is(Status::Critical)
            .says("`elsewhere`");
    }

    #[test]
    fn names_are_compared_as_names() {
        assert!(same("10 Mail.Example.org.", "10 mail.example.org"));
        assert!(!same("10 mail.example.org", "20 mail.example.org"));
        assert_eq!(server_at("::1").unwrap().to_string(), "[::1]:53");
        assert_eq!(server_at("[::1]:5353").unwrap().to_string(), "[::1]:5353");
        assert_eq!(server_at("192.0.2.1").unwrap().to_string(), "192.0.2.1:53");
    }
}
