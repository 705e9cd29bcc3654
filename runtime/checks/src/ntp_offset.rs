//! `ntp_offset`: how far the clock is off.

mod packet;

use core::time::Duration;
use std::io;

use chorister_lang::nagios::{Measurement, Range, Status};
use chorister_system::dial::{self, Family};
use serde::Deserialize;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::NativeCheck;
use crate::parameter::Span;
use crate::report::{Limits, Report, Title, rounded, worst};
use crate::request::{Request, clock, critical};
use crate::response::address;

use packet::{Reply, SIZE, Timestamp};

/// Asks a time server, by the simple network time protocol (RFC 4330).
pub const NTP_OFFSET: NativeCheck = NativeCheck {
    name: "ntp_offset",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move { request.answer(Title("NTP", ": "), look(&request)).await })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    server: String,
    #[serde(default = "port")]
    port: u16,
    warn: Option<Span>,
    crit: Option<Span>,
    stratum: Option<u8>,
    #[serde(default = "samples")]
    samples: u8,
}

const fn port() -> u16 {
    123
}

const fn samples() -> u8 {
    4
}

/// The most questions asked in one run.
const MOST: u8 = 8;

const WARN: Span = Span(Duration::from_millis(500));
const CRIT: Span = Span(Duration::from_secs(2));

/// What a question led to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample {
    /// What has to be added to our clock, in seconds.
    offset: f64,
    /// How long the way there and back took, in seconds.
    delay: f64,
    stratum: u8,
}

async fn look(request: &Request) -> Result<Report, Report> {
    let parameters: Parameters = request.parameters()?;
    let count = parameters.samples.clamp(1, MOST);
    // A question that got lost leaves time for the others.
    let patience = request.timeout / (u32::from(count) + 1);
    let mut best: Option<Sample> = None;
    let mut trouble = None;
    let server = address(&parameters.server, parameters.port);
    match dial::udp(&server, Family::Any, None, request.timeout).await {
        Ok(socket) => {
            for _ in 0..count {
                match timeout(patience, ask(&socket)).await {
                    Ok(Ok(sample)) if best.is_none_or(|it| sample.delay < it.delay) => {
                        best = Some(sample);
                    }
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => trouble = Some(error.to_string()),
                    Err(_) => trouble = Some("no response".to_owned()),
                }
            }
        }
        Err(error) => trouble = Some(error.to_string()),
    }
    best.map(|it| judge(&parameters, &it)).ok_or_else(|| {
        let why = trouble.unwrap_or_default();
        critical(format_args!(
            "{} as a time server: {why}",
            parameters.server
        ))
    })
}

async fn ask(socket: &UdpSocket) -> io::Result<Sample> {
    let sent = Timestamp::from(clock());
    socket.send(&packet::question(sent)).await?;
    let mut answer = [0; SIZE];
    loop {
        let length = socket.recv(&mut answer).await?;
        let received = Timestamp::from(clock());
        // What does not answer this question is another's, or a late one.
        if length == SIZE
            && let Some(reply) = Reply::read(&answer, sent)
        {
            return sample(&reply?, sent, received);
        }
    }
}

fn sample(reply: &Reply, sent: Timestamp, received: Timestamp) -> io::Result<Sample> {
    if reply.stratum == 0 {
        let text = format!("it refuses ({})", reply.reference);
        return Err(io::Error::other(text));
    }
    if !reply.synchronised {
        return Err(io::Error::other("its own clock is not synchronised"));
    }
    let there = reply.received.since(sent);
    let back = reply.sent.since(received);
    Ok(Sample {
        offset: f64::midpoint(there, back),
        delay: (there - back).max(0.0),
        stratum: reply.stratum,
    })
}

fn judge(parameters: &Parameters, sample: &Sample) -> Report {
    let within = |span: Span| {
        let most = span.0.as_secs_f64();
        Some(Range {
            start: -most,
            end: most,
            inside: false,
        })
    };
    let limits = Limits {
        warn: within(parameters.warn.unwrap_or(WARN)),
        crit: within(parameters.crit.unwrap_or(CRIT)),
    };
    let strata = Limits {
        warn: parameters.stratum.map(|it| Range::up_to(it.into())),
        crit: None,
    };
    let stratum = f64::from(sample.stratum);
    let status: Status = worst([limits.judge(sample.offset), strata.judge(stratum)]);
    let text = format!(
        "Offset {:.6} secs, stratum {}",
        sample.offset, sample.stratum
    );
    Report::new(status, text)
        .with(limits.of(Measurement::new("offset", rounded(sample.offset), "s")))
        .with(Measurement::new("delay", rounded(sample.delay), "s").at_least(0.0))
        .with(
            strata
                .of(Measurement::new("stratum", stratum, ""))
                .at_least(0.0)
                .at_most(16.0),
        )
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::tests::{request, run};

    /// A server whose clock is ahead; it answers as long as it is asked.
    struct Server {
        port: u16,
    }

    impl Server {
        fn start(change: fn(&mut [u8; SIZE]), ahead: f64) -> Self {
            let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            let port = socket.local_addr().unwrap().port();
            std::thread::spawn(move || {
                let mut question = [0; SIZE];
                while let Ok((_, client)) = socket.recv_from(&mut question) {
                    let now = Timestamp::from(clock()).plus(ahead);
                    let mut answer = packet::answer(&question, now, 2);
                    change(&mut answer);
                    socket.send_to(&answer, client).unwrap();
                }
            });
            Self { port }
        }

        fn check(&self, more: &str) -> crate::tests::Probe {
            let parameters = format!(r#"{{"server": "127.0.0.1", "port": {}{more}}}"#, self.port);
            let mut request = request(std::path::Path::new("/"), &parameters);
            request.timeout = Duration::from_secs(20);
            run(NTP_OFFSET, request)
        }
    }

    #[test]
    fn a_clock_that_is_right_is_ok() {
        let probe = Server::start(|_| (), 0.0).check(r#", "warn": "5s", "crit": "10s""#);
        assert!(probe.value("offset").abs() < 5.0 && probe.value("delay") >= 0.0);
        probe
            .is(Status::Ok)
            .says("NTP OK: Offset ")
            .says(";-5:5;-10:10")
            .says("stratum=2");
    }

    #[test]
    fn a_clock_that_is_behind_or_ahead_is_not() {
        let probe = Server::start(|_| (), 100.0).check("");
        assert!((probe.value("offset") - 100.0).abs() < 1.0);
        probe.is(Status::Critical);
        Server::start(|_| (), -50.0)
            .check(r#", "warn": "30s", "crit": "1m""#)
            .is(Status::Warning);
        Server::start(|_| (), 0.0)
            .check(r#", "stratum": 1, "warn": 60, "crit": 90"#)
            .is(Status::Warning);
    }

    #[test]
    fn check_ntp_time_says_the_same() {
        for (ahead, warn, crit) in [
            (0.0, 60, 120),
            (100.0, 60, 120),
            (-100.0, 60, 120),
            (200.0, 60, 120),
        ] {
            let server = Server::start(|_| (), ahead);
            let port = server.port.to_string();
            let (lower, upper) = (warn.to_string(), crit.to_string());
            let arguments = ["-H", "127.0.0.1", "-p", &port, "-w", &lower, "-c", &upper];
            let ours = format!(
                r#"{{"server": "127.0.0.1", "port": {port}, "warn": {warn}, "crit": {crit}}}"#
            );
            crate::peers::same(NTP_OFFSET, &ours, "check_ntp_time", &arguments);
        }
    }

    #[test]
    fn a_server_that_does_not_know_is_no_help() {
        let refuse = |answer: &mut [u8; SIZE]| {
            answer[1] = 0;
            answer[12..16].copy_from_slice(b"RATE");
        };
        Server::start(refuse, 0.0)
            .check("")
            .is(Status::Critical)
            .says("it refuses (RATE)");
        let unsynchronised = |answer: &mut [u8; SIZE]| answer[0] |= 0b1100_0000;
        Server::start(unsynchronised, 0.0)
            .check("")
            .is(Status::Critical)
            .says("not synchronised");
    }

    #[test]
    fn answers_to_other_questions_are_not_heard() {
        let parameters = r#"{"server": "127.0.0.1", "samples": 1, "port": "#;
        let server = Server::start(|answer| answer[24] ^= 1, 0.0);
        let mut request = request(
            std::path::Path::new("/"),
            &format!("{parameters}{}}}", server.port),
        );
        request.timeout = Duration::from_millis(50);
        run(NTP_OFFSET, request)
            .is(Status::Critical)
            .says("no response");
    }

    #[test]
    fn the_way_back_is_as_long_as_the_way_there() {
        let at = |seconds: f64| Timestamp::from(UNIX_EPOCH).plus(seconds);
        let reply = Reply {
            stratum: 1,
            synchronised: true,
            reference: String::new(),
            received: at(105.1),
            sent: at(105.2),
        };
        let sample = sample(&reply, at(100.0), at(100.3)).unwrap();
        assert!(
            (sample.offset - 5.0).abs() < 1e-6 && (sample.delay - 0.2).abs() < 1e-6,
            "{sample:?}"
        );
    }
}
