//! Real servers on the loopback interface, with certificates made for the occasion.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::peers::same;
use crate::tests::{Probe, check, request, run};

const DAY: Duration = Duration::from_hours(24);

/// Answers a request; a path may be a status, `/echo` or anything else.
fn answer(stream: &mut (impl Read + Write)) {
    let mut head = String::new();
    let mut reader = BufReader::new(&mut *stream);
    while reader.read_line(&mut head).is_ok_and(|it| it > 2) {}
    let path = head
        .split(' ')
        .nth(1)
        .unwrap_or("/")
        .trim_start_matches('/')
        .to_owned();
    let reply = match path.parse::<u16>() {
        Ok(status @ 300..=399) => {
            format!("HTTP/1.1 {status} X\r\nLocation: /hello\r\nContent-Length: 0\r\n\r\n")
        }
        Ok(status) => format!("HTTP/1.1 {status} X\r\nContent-Length: 3\r\n\r\nbad"),
        Err(_) if path == "echo" => format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}",
            head.len()
        ),
        Err(_) => "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world".to_owned(),
    };
    // Clients may have seen enough.
    let _ = stream
        .write_all(reply.as_bytes())
        .and_then(|()| stream.flush());
}

fn plain() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(&mut stream.unwrap());
        }
    });
    url
}

/// A server with a certificate that ends some time from now, and the file that vouches for it.
fn secured(left: Duration) -> (String, tempfile::NamedTempFile) {
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let now = crate::request::clock();
    parameters.not_before = (now - DAY).into();
    parameters.not_after = (now + left).into();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), certificate.pem()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            answer(&mut stream);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (url, file)
}

fn ask(url: &str, more: &str) -> Probe {
    check(HTTP, &format!(r#"{{"url": "{url}"{more}}}"#))
}

#[test]
fn an_answer_says_how_long_and_how_much() {
    let probe = ask(&plain(), "");
    assert!(probe.value("time") > 0.0);
    assert!((probe.value("size") - 11.0).abs() < 0.1);
    probe
        .is(Status::Ok)
        .says("HTTP OK: HTTP/1.1 200 - 11 bytes in 0.");
}

#[test]
fn the_status_is_judged() {
    let server = plain();
    let status = |path: &str, more: &str, expect| {
        ask(&format!("{server}/{path}"), more).is(expect);
    };
    status("404", "", Status::Warning);
    status("500", "", Status::Critical);
    status("404", r#", "status": ["200", "404"]"#, Status::Ok);
    status("404", r#", "status": "4xx""#, Status::Ok);
    status("hello", r#", "status": ["3xx", 204]"#, Status::Unknown);
    status("hello", r#", "status": ["3xx", "204"]"#, Status::Critical);
}

#[test]
fn redirections_are_followed_or_judged() {
    let url = format!("{}/302", plain());
    ask(&url, "").is(Status::Ok).says("HTTP/1.1 200");
    ask(&url, r#", "redirects": "ok""#)
        .is(Status::Ok)
        .says("HTTP/1.1 302");
    ask(&url, r#", "redirects": "warning""#).is(Status::Warning);
    ask(&url, r#", "redirects": "sometimes""#).is(Status::Unknown);
}

#[test]
fn the_body_is_searched() {
    let server = plain();
    ask(
        &server,
        r#", "contains": "hello", "regex": "w.rld$", "regex_absent": "bye""#,
    )
    .is(Status::Ok);
    ask(&server, r#", "contains": "bye""#)
        .is(Status::Critical)
        .says("string not found");
    ask(&server, r#", "regex": "^world""#)
        .is(Status::Critical)
        .says("pattern not found");
    ask(&server, r#", "regex_absent": "hel+o""#)
        .is(Status::Critical)
        .says("pattern found");
}

#[test]
fn what_is_asked_is_what_was_said() {
    let url = format!("{}/echo", plain());
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "open sesame\n").unwrap();
    let more = format!(
        r#", "headers": ["X-One: 1"], "username": "ali", "password": {{"file": {:?}}}, "regex": "(?i)x-one: 1""#,
        secret.path()
    );
    ask(&url, &more).is(Status::Ok);
    // ali:open sesame
    let more = more.replace("(?i)x-one: 1", "Basic YWxpOm9wZW4gc2VzYW1l");
    ask(&url, &more).is(Status::Ok);
    ask(&url, r#", "headers": "no header""#)
        .is(Status::Unknown)
        .says("`no header`");
    ask(
        &url,
        r#", "username": "ali", "password": {"file": "/nowhere"}"#,
    )
    .is(Status::Unknown)
    .says("/nowhere");
}

#[test]
fn nobody_there_and_no_url() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    ask(&format!("http://127.0.0.1:{port}"), "")
        .is(Status::Critical)
        .says("Connection refused");
    ask("gopher://localhost", "").is(Status::Unknown);
}

#[test]
fn slow_servers_are_judged_and_not_waited_for() {
    ask(&plain(), r#", "warn": "1ns""#).is(Status::Warning);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let parameters = format!(r#"{{"url": "http://{}"}}"#, silent.local_addr().unwrap());
    let mut request = request(Path::new("/"), &parameters);
    request.timeout = Duration::from_millis(50);
    run(HTTP, request)
        .is(Status::Critical)
        .says("no answer within 50ms");
}

#[test]
fn certificates_are_judged_by_their_end() {
    let (url, file) = secured(30 * DAY);
    let trusted = format!(r#", "ca_file": {:?}"#, file.path());
    let probe = ask(&url, &trusted);
    assert!((probe.value("certificate") - (30 * DAY).as_secs_f64()).abs() < 3600.0);
    probe
        .is(Status::Ok)
        .says("certificate ends in 29 days")
        .says(";1209600:;259200:");
    ask(&url, &format!(r#"{trusted}, "certificate_warn": "31d""#)).is(Status::Warning);
    ask(&url, &format!(r#"{trusted}, "certificate_crit": "31d""#)).is(Status::Critical);
}

#[test]
fn strangers_are_not_trusted_unless_told_so() {
    let (url, _file) = secured(30 * DAY);
    ask(&url, "").is(Status::Critical).says("tls");
    ask(&url, r#", "insecure": true"#).is(Status::Ok);
    ask(&url, r#", "insecure": true, "certificate_crit": "31d""#).is(Status::Critical);
    ask(
        &url.replace("localhost", "127.0.0.1"),
        r#", "insecure": true"#,
    )
    .is(Status::Ok);
}

#[test]
fn a_certificate_that_has_ended_is_critical() {
    let (url, file) = secured(Duration::ZERO);
    ask(&url, &format!(r#", "ca_file": {:?}"#, file.path())).is(Status::Critical);
}

#[test]
fn check_http_says_the_same() {
    let server = plain();
    let port = server.rsplit_once(':').unwrap().1;
    let agree = |path: &str, ours: &str, theirs: &[&str]| {
        let arguments = [&["-H", "127.0.0.1", "-p", port, "-u", path][..], theirs].concat();
        same(
            HTTP,
            &format!(r#"{{"url": "{server}{path}"{ours}}}"#),
            "check_http",
            &arguments,
        );
    };
    agree("/", "", &[]);
    agree("/404", "", &[]);
    agree("/500", "", &[]);
    agree("/404", r#", "status": "404""#, &["-e", "404"]);
    agree("/", r#", "status": "404""#, &["-e", "404"]);
    agree("/", r#", "contains": "hello""#, &["-s", "hello"]);
    agree("/", r#", "contains": "bye""#, &["-s", "bye"]);
    agree("/", r#", "regex": "w.rld""#, &["-r", "w.rld"]);
    agree("/", r#", "regex": "^w.rld$""#, &["-r", "^w.rld$"]);
    agree(
        "/",
        r#", "regex_absent": "w.rld""#,
        &["-r", "w.rld", "--invert-regex"],
    );
    agree("/302", r#", "redirects": "ok""#, &["-f", "ok"]);
    agree("/302", r#", "redirects": "warning""#, &["-f", "warning"]);
    agree("/302", r#", "redirects": "critical""#, &["-f", "critical"]);
    agree("/", r#", "warn": "1ns""#, &["-w", "0.000000001"]);
    agree("/", r#", "crit": "1ns""#, &["-c", "0.000000001"]);
}

#[test]
fn check_http_says_the_same_of_certificates() {
    let (url, _file) = secured(30 * DAY);
    let port = url.rsplit_once(':').unwrap().1;
    for (warn, crit) in [(20, 10), (31, 10), (40, 31)] {
        let ours = format!(
            r#"{{"url": "{url}", "insecure": true, "certificate_warn": "{warn}d", "certificate_crit": "{crit}d"}}"#
        );
        let days = format!("{warn},{crit}");
        same(
            HTTP,
            &ours,
            "check_http",
            &[
                "-S",
                "--sni",
                "-H",
                "localhost",
                "-I",
                "127.0.0.1",
                "-p",
                port,
                "-C",
                &days,
            ],
        );
    }
}
