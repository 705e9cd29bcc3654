mod probes;
#[cfg(feature = "http-tls")]
mod tls;

use core::time::Duration;
use std::net::SocketAddr;

use chorister_fsm::{Exit, Job, JobResult};
use chorister_ir::{
    Edges, HttpSwitch, List, Machine, Metric, StateId, StateSet, Watcher, WatcherKind,
};
use chorister_lang::template::Template;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::drivers::HTTPSWITCH;
use crate::{Driver, DriverKind, Engine, JobContext, JobFuture};

/// Measures `{"metrics": {"one": 1}}` at once.
const MEASURE: Driver = Driver::new(DriverKind::Metric, measure);

fn measure(_: Job, _: JobContext) -> JobFuture {
    Box::pin(async {
        JobResult::Exec {
            exit: Exit::Code(0),
            output: br#"{"metrics":{"one":1},"labels":{"unit":"none"},"time":7}"#.to_vec(),
            runtime: Duration::ZERO,
        }
    })
}

/// A machine that is in HERE, with the switch `lamp`, the switch `locked` that is disabled, the switch `away` that
/// is active elsewhere, the metrics `load` and `idle` of which the second is measured elsewhere, and the metric
/// `hidden` that is not offered.
fn machine() -> Machine {
    let watcher = |name: &'static str, active_in, kind| Watcher {
        name: name.into(),
        active_in,
        foreign: List::EMPTY,
        on_success: None,
        on_failure: None,
        interval: Some(Duration::from_secs(60)),
        announce_interval: None,
        kind,
    };
    let switch = |disable_when| {
        WatcherKind::HttpSwitch(HttpSwitch {
            disable_when,
            ..HttpSwitch::DEFAULT
        })
    };
    let metric = |http| {
        WatcherKind::Metric(Metric {
            command: Template::parse("measure").unwrap(),
            http,
            ..Metric::DEFAULT
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
            watcher("away", there.clone(), switch(None)),
            watcher("load", StateSet::EVERY, metric(true)),
            watcher("idle", there, metric(true)),
            watcher("hidden", StateSet::EVERY, metric(false)),
        ]
        .into(),
    }
}

/// Any port of this computer.
const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A node with that machine, which serves HTTP.
struct Node {
    address: SocketAddr,
    handle: EngineHandle,
    running: tokio::task::JoinHandle<()>,
    _state: tempfile::TempDir,
}

impl Node {
    async fn start() -> Self {
        Self::listening(LOCAL.into()).await
    }

    async fn listening(listen: Listen) -> Self {
        Self::waiting_for(Vec::new(), listen).await
    }

    /// A node that is ready with these checks, none of which it has.
    async fn waiting_for(checks: Vec<String>, listen: Listen) -> Self {
        let state = tempfile::tempdir().unwrap();
        let engine = Engine::builder("node", state.path())
            .without_control()
            .drivers(&[HTTPSWITCH, MEASURE])
            .http(listen)
            .readiness(checks)
            .build()
            .unwrap();
        let address = engine.http_address().unwrap();
        let handle = engine.handle();
        let running = tokio::spawn(engine.run());
        handle.insert(machine(), "/".into()).await.unwrap();
        Self {
            address,
            handle,
            running,
            _state: state,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends a request on a connection of its own, and gives the answer.
    async fn ask(&self, request: &str) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        hear(stream).await
    }

    async fn stop(self) {
        self.handle.stop().await;
        self.running.await.unwrap();
    }
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

/// All that a connection says until it ends, as one answer.
async fn hear(mut stream: TcpStream) -> Answer {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    }
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

fn switch(watcher: &str) -> String {
    format!("/choria/machine/switch/v1/my%20house/{watcher}")
}

fn metric(watcher: &str) -> String {
    format!("/choria/machine/metric/v1/my%20house/{watcher}")
}

/// Sends requests to one node, one after the other, each with the status and the body that it expects.
async fn check(expect: &[(String, u16, &str)]) {
    let node = Node::start().await;
    for (request, status, body) in expect {
        let answer = node.ask(request).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (*status, *body),
            "{request}"
        );
    }
    node.stop().await;
}

const LAMP: &str = "/choria/machine/switch/v1/my%20house/lamp";
const HOME: &str = "/choria/homeassistant/switch/v1/my%20house/lamp";
const ON: &str = r#"{"on":true}"#;
const OFF: &str = r#"{"on":false}"#;

#[tokio::test]
async fn a_post_says_that_it_is_done_for_off_as_for_on() {
    check(&[
        (post(LAMP, ON), 200, r#"{"is_on":true}"#),
        (get(HOME), 200, "ON"),
        (post(LAMP, OFF), 200, r#"{"is_on":true}"#),
        (get(HOME), 200, "OFF"),
    ])
    .await;
}

#[tokio::test]
async fn home_assistant_means_off_by_all_that_is_not_on() {
    check(&[
        (post(HOME, "ON"), 200, "ON"),
        (get(HOME), 200, "ON"),
        (post(HOME, "OFF"), 200, "ON"),
        (get(HOME), 200, "OFF"),
        (post(HOME, "ON\n"), 200, "ON"),
        (get(HOME), 200, "ON"),
        (post(HOME, "0"), 200, "ON"),
        (get(HOME), 200, "OFF"),
    ])
    .await;
}

#[tokio::test]
async fn a_switch_shows_the_data_of_its_event() {
    let node = Node::start().await;
    let mut shown = Vec::new();
    for turned in [None, Some(ON), Some(OFF)] {
        if let Some(body) = turned {
            node.ask(&post(LAMP, body)).await;
        }
        let answer = node.ask(&get(LAMP)).await;
        assert!(answer.head.contains("content-type: application/json"));
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let detail = &body["detail"];
        assert_eq!(
            detail["protocol"],
            "io.choria.machine.watcher.httpswitch.v1.state"
        );
        assert_eq!(detail["machine"], "my house");
        assert_eq!(detail["name"], "lamp");
        shown.push((
            body["is_on"].as_bool().unwrap(),
            body["is_off"].as_bool().unwrap(),
            body["status"].as_str().unwrap().to_owned(),
        ));
    }
    node.stop().await;
    assert_eq!(shown[1], (true, false, "on".to_owned()));
    assert_eq!(shown[2], (false, true, "off".to_owned()));
    assert_eq!((shown[0].0, shown[0].1), (false, false));
}

#[tokio::test]
async fn a_switch_that_cannot_be_turned_says_so() {
    let home = HOME.replace("lamp", "locked");
    check(&[
        (
            post(&switch("locked"), ON),
            500,
            "the switch is disabled now",
        ),
        (post(&home, "ON"), 500, "the switch is disabled now"),
        (get(&home), 200, "OFF"),
        (
            post(&switch("away"), ON),
            500,
            "the switch is not active now",
        ),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_metric_is_empty_until_it_is_measured() {
    let node = Node::start().await;
    let answer = node.ask(&get(&metric("idle"))).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, r#"{"labels":{},"metrics":{},"time":0}"#)
    );
    // Longer than the interval.
    sleep(Duration::from_secs(61)).await;
    let answer = node.ask(&get(&metric("load"))).await;
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["labels"]["unit"], "none");
    assert_eq!(body["metrics"]["one"], 1.0);
    assert_eq!(body["time"], 7);
    node.stop().await;
}

#[tokio::test]
async fn what_is_no_metric_or_not_offered_is_not_found() {
    check(&[
        (get(&metric("lamp")), 400, "metric not found"),
        (get(&metric("hidden")), 400, "metric not found"),
        (get(&metric("none")), 400, "metric not found"),
    ])
    .await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let page = "404 page not found";
    check(&[
        (get(&switch("load")), 400, "switch not found"),
        (get(&switch("none")), 400, "switch not found"),
        (post(&switch("none"), ON), 400, "switch not found"),
        (post(&switch("load"), ON), 400, "switch not found"),
        (
            post("/choria/machine/switch/v1/none/lamp", ON),
            400,
            "switch not found",
        ),
        (get("/"), 404, page),
        (get("/choria/machine/switch/v1/lamp"), 404, page),
        (get("/choria/machine/switch/v1//lamp"), 404, page),
        (get("/choria/machine/switch/v1/a/b/c"), 404, page),
        (get(&switch("lamp").replace("%20", "%zz")), 404, page),
        (get(&switch("lamp").replace("%20", "%+f")), 404, page),
        (get(&switch("lamp").replace("%20", "%ff")), 404, page),
        (get(&switch("lam%")), 404, page),
        (get(LAMP).replace("GET", "DELETE"), 404, page),
        (post(&metric("load"), ON), 404, page),
    ])
    .await;
}

#[tokio::test]
async fn a_body_that_is_not_understood_turns_nothing() {
    let bad = r#"the body is not {"on": true} or {"on": false}"#;
    check(&[
        (post(LAMP, ON), 200, r#"{"is_on":true}"#),
        (post(LAMP, "nonsense"), 400, bad),
        (post(LAMP, ""), 400, bad),
        (post(LAMP, "{}"), 400, bad),
        (post(LAMP, r#"{"on":"no"}"#), 400, bad),
        (post(LAMP, "[false]"), 400, bad),
        (get(HOME), 200, "ON"),
    ])
    .await;
}

#[tokio::test]
async fn a_page_in_a_browser_turns_nothing() {
    let request = post(HOME, "ON").replace("Host: x", "Host: x\r\nOrigin: http://evil.example");
    check(&[(request, 403, "not for web pages"), (get(HOME), 200, "OFF")]).await;
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let node = Node::start().await;
    // The body is announced and never sent: nobody waits for it.
    let large = post(LAMP, "").replace("Length: 0", "Length: 4097");
    assert_eq!(node.ask(&large).await.status, 413);
    let pieces = format!(
        "{}1001\r\n{}\r\n0\r\n\r\n",
        post(LAMP, "").replace("Content-Length: 0", "Transfer-Encoding: chunked"),
        " ".repeat(4097)
    );
    assert_eq!(node.ask(&pieces).await.status, 413);
    let fits = format!("{ON}{}", " ".repeat(4096 - ON.len()));
    assert_eq!(node.ask(&post(LAMP, &fits)).await.status, 200);
    let mut stream = node.connect().await;
    let head = format!("GET /{} HTTP/1.1\r\n", "x".repeat(8 << 10));
    stream.write_all(&head.as_bytes()[..8 << 10]).await.unwrap();
    assert_eq!(hear(stream).await.status, 431);
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_gives_the_place_to_others() {
    let node = Node::start().await;
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS {
        idle.push(node.connect().await);
    }
    // This one is accepted when the first of them is given up.
    assert_eq!(node.ask(&get(HOME)).await.status, 200);
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_carries_several_requests_until_it_is_idle_for_too_long() {
    let node = Node::start().await;
    let mut stream = node.connect().await;
    let request = get(HOME).replace("Connection: close\r\n", "");
    stream
        .write_all(request.repeat(2).as_bytes())
        .await
        .unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2);
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up() {
    let node = Node::start().await;
    let request = post(LAMP, "").replace("Length: 0", "Length: 10");
    assert_eq!(node.ask(&request).await.status, 408);
    node.stop().await;
}

#[tokio::test]
async fn who_is_connected_does_not_hold_up_the_end() {
    let node = Node::start().await;
    let mut stream = node.connect().await;
    let request = get(HOME).replace("Connection: close\r\n", "");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 15];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    node.stop().await;
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"OFF"));
}

#[tokio::test]
async fn an_engine_that_has_stopped_is_not_available() {
    let node = Node::start().await;
    let handle = node.handle.clone();
    node.stop().await;
    let request = Request::get(LAMP)
        .body(http_body_util::Empty::<hyper::body::Bytes>::new())
        .unwrap();
    assert_eq!(switch::answer(request, &handle).await.status(), 503);
}
