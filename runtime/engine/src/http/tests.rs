use core::time::Duration;

use chorister_ir::{
    Edges, HttpSwitch, List, Machine, Metric, StateId, StateSet, Watcher, WatcherKind,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::Engine;

/// A machine with the switch `lamp`, the switch `locked` that cannot be turned, and the metric `load`.
fn machine() -> Machine {
    let watcher = |name: &'static str, active_in, kind| Watcher {
        name: name.into(),
        active_in,
        foreign: List::EMPTY,
        on_success: None,
        on_failure: None,
        interval: None,
        announce_interval: None,
        kind,
    };
    let switch = |disable_when| {
        WatcherKind::HttpSwitch(HttpSwitch {
            disable_when,
            ..HttpSwitch::DEFAULT
        })
    };
    let here: StateSet = [StateId(0)].into_iter().collect();
    let there: StateSet = [StateId(1)].into_iter().collect();
    Machine {
        name: "my house".into(),
        description: "".into(),
        version: "1.0.0".into(),
        initial: StateId(0),
        splay_start: Duration::ZERO,
        states: vec!["HERE".into(), "THERE".into()].into(),
        transitions: List::EMPTY,
        edges: Edges::Table(List::EMPTY),
        watchers: vec![
            watcher("lamp", StateSet::EVERY, switch(None)),
            watcher("locked", StateSet::EVERY, switch(Some(here))),
            watcher("away", there, switch(None)),
            watcher(
                "load",
                StateSet::EVERY,
                WatcherKind::Metric(Metric::DEFAULT),
            ),
        ]
        .into(),
    }
}

/// Sends a request to a node with that machine, and gives the status and the body of the answer.
async fn ask(requests: &[String]) -> Vec<(u16, String)> {
    let state = tempfile::tempdir().unwrap();
    let engine = Engine::builder("node", state.path())
        .without_control()
        .build()
        .unwrap();
    let handle = engine.handle();
    let running = tokio::spawn(engine.run());
    handle.insert(machine(), "/".into()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, handle.clone()));
    let mut answers = Vec::new();
    for request in requests {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        answers.push((status, body.to_owned()));
    }
    server.abort();
    handle.stop().await;
    running.await.unwrap();
    answers
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
}

fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

async fn check(requests: &[String], expect: &[(u16, &str)]) {
    let answers = ask(requests).await;
    let answers: Vec<_> = answers
        .iter()
        .map(|(status, body)| (*status, body.as_str()))
        .collect();
    assert_eq!(answers, expect);
}

const LAMP: &str = "/choria/machine/switch/v1/my%20house/lamp";
const HOME: &str = "/choria/homeassistant/switch/v1/my%20house/lamp";

#[tokio::test]
async fn a_switch_says_what_it_is_now() {
    let requests = [
        post(LAMP, r#"{"on":true}"#),
        get(HOME),
        post(LAMP, r#"{"on":false}"#),
        get(HOME),
        post(HOME, "ON"),
        get(HOME),
        post(HOME, "OFF"),
    ];
    let expect = [
        (200, r#"{"is_on":true}"#),
        (200, "ON"),
        (200, r#"{"is_on":false}"#),
        (200, "OFF"),
        (200, "ON"),
        (200, "ON"),
        (200, "OFF"),
    ];
    check(&requests, &expect).await;
}

#[tokio::test]
async fn a_switch_shows_the_data_of_its_event() {
    let answers = ask(&[get(LAMP), post(LAMP, r#"{"on":true}"#), get(LAMP)]).await;
    let shown: serde_json::Value = serde_json::from_str(&answers[0].1).unwrap();
    assert_eq!(
        (&shown["is_on"], &shown["is_off"]),
        (&false.into(), &false.into())
    );
    let shown: serde_json::Value = serde_json::from_str(&answers[2].1).unwrap();
    assert_eq!(
        (&shown["is_on"], &shown["status"]),
        (&true.into(), &"on".into())
    );
    assert_eq!(
        shown["detail"]["protocol"],
        "io.choria.machine.watcher.httpswitch.v1.state"
    );
    assert_eq!(shown["detail"]["name"], "lamp");
}

#[tokio::test]
async fn a_switch_that_cannot_be_turned_says_so() {
    let path = |watcher: &str| format!("/choria/machine/switch/v1/my%20house/{watcher}");
    let requests = [
        post(&path("locked"), r#"{"on":true}"#),
        post(&path("away"), r#"{"on":true}"#),
    ];
    let expect = [
        (500, "the switch is disabled now"),
        (500, "the switch is not active now"),
    ];
    check(&requests, &expect).await;
}

#[tokio::test]
async fn a_metric_is_empty_until_it_is_measured() {
    let path = |watcher: &str| format!("/choria/machine/metric/v1/my%20house/{watcher}");
    let expect = [
        (200, r#"{"labels":{},"metrics":{},"time":0}"#),
        (400, "metric not found"),
    ];
    check(&[get(&path("load")), get(&path("lamp"))], &expect).await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let switch = "/choria/machine/switch/v1";
    let requests = [
        get(&format!("{switch}/my%20house/load")),
        get(&format!("{switch}/my%20house/none")),
        post(&format!("{switch}/none/lamp"), r#"{"on":true}"#),
        get("/"),
        get(&format!("{switch}/my%20house")),
        get(&format!("{switch}/my%zzhouse/lamp")),
        format!("DELETE {LAMP} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    ];
    let none = (400, "switch not found");
    let page = (404, "404 page not found");
    check(&requests, &[none, none, none, page, page, page, page]).await;
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let requests = [
        post(LAMP, "nonsense"),
        post(LAMP, r#"{"on":"yes"}"#),
        post(HOME, "on"),
        post(LAMP, &"x".repeat(100_000)),
        get(LAMP).replace("Host: x", "Host: x\r\nOrigin: http://evil.example"),
    ];
    let answers = ask(&requests).await;
    let statuses: Vec<_> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [400, 400, 400, 413, 403]);
}
