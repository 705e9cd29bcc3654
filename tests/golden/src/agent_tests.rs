//! What was printed of an agent is what was read, and does what its DDL says.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::Arc;
use std::time::Instant;

use chorister_ddl::{Agent, Call, Command, Finished, Fire, Host, Job, RawReply, StatusCode};
use chorister_ir::ddl::{Action, ActionRun, Ddl};
use chorister_spec::ddl::{self, Checked};
use chorister_spec::{Options, Source};
use serde_json::{Map, Value, json};

use crate::agents::{self, disk, jobs, obstacle_course, remote};
use crate::codegen::{Calling, Data, Failure, RequestContext};

pub(crate) fn read(name: &str, text: &str) -> Checked {
    let options = Options {
        build: true,
        ..Options::default()
    };
    ddl::check(&Source::new(name, text), &options)
}

#[test]
fn what_was_printed_is_what_was_read() {
    for (spec, _, compiled) in agents::ALL {
        let checked = read("spec.ddl.yaml", spec);
        assert_eq!(
            checked.agent(),
            Some(*compiled),
            "{:?}",
            checked.diagnostics
        );
    }
}

#[test]
fn tools_of_choria_read_the_same_agent() {
    for (spec, document, compiled) in agents::ALL {
        let checked = read("ddl.json", document);
        let again = checked.agent().expect("the document has no errors");
        assert_eq!(
            chorister_ddl::document(again),
            chorister_ddl::document(compiled)
        );
        let document: Value = serde_json::from_str(document).expect("it is JSON");
        assert_eq!(document, chorister_ddl::document(compiled), "{spec}");
    }
}

/// The result of a future that never waits.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

/// A node that answers for its commands and machines.
struct Node;

impl Host for Node {
    fn run(&self, command: Command, _: Instant) -> Calling<'_, Result<Finished, Failure>> {
        assert_eq!(command.environment, [("LC_ALL".to_owned(), "C".to_owned())]);
        let finished = Finished {
            exit_code: Some(0),
            stdout: format!("Avail\n{}\n", command.arguments.join(" ")),
            stderr: String::new(),
        };
        Box::pin(core::future::ready(Ok(finished)))
    }

    fn begin<'a>(
        &'a self,
        cx: &'a RequestContext,
        job: Job,
    ) -> Calling<'a, Result<String, Failure>> {
        let words = job.command.arguments.join(" ");
        let of = format!("{} {}#{}", cx.caller, job.agent, job.action);
        let id = format!("{of} {words} {:?}", job.timeout);
        Box::pin(core::future::ready(Ok(id)))
    }

    fn fire(&self, fire: Fire, _: Instant) -> Calling<'_> {
        let data = data(json!({"fired": fire.transition, "waits": fire.states}));
        Box::pin(core::future::ready(Ok(data)))
    }
}

/// An agent that tells what it was given.
struct Disk;

impl disk::DiskAgent for Disk {
    async fn usage(
        &self,
        cx: &RequestContext,
        input: disk::UsageInput,
    ) -> Result<disk::UsageOutput, Failure> {
        if input.path.is_empty() {
            return Err(Failure::aborted("there is nothing").with(&disk::UsageOutput::default()));
        }
        let given = serde_json::to_value(&input).map_err(|it| Failure::unknown(it.to_string()))?;
        Ok(disk::UsageOutput {
            used: Some(input.depth),
            share: input.scale,
            disks: Some(vec![input.path.to_string(), cx.caller.clone()]),
            since: Some(given),
            ..disk::UsageOutput::default()
        })
    }

    async fn ping(&self, _: &RequestContext) -> Result<disk::PingOutput, Failure> {
        Ok(disk::PingOutput {
            pong: Some(1_795_216_887.0),
        })
    }

    async fn raw(&self, _: &RequestContext) -> Result<Data, Failure> {
        Ok(data(json!({"whatever": 1})))
    }
}

fn data(value: Value) -> Data {
    match value {
        Value::Object(data) => data,
        _ => Map::new(),
    }
}

fn call(agent: &dyn Agent, action: &str, given: Value) -> Result<Value, (StatusCode, String)> {
    let mut cx = RequestContext::new(Instant::now(), Arc::new(Node));
    "choria=rip.mcollective".clone_into(&mut cx.caller);
    now(agent.call(&cx, action, data(given)))
        .map(Value::Object)
        .map_err(|it| (it.code, it.message))
}

#[test]
fn requests_reach_their_methods_as_values() {
    let service = disk::DiskService(Disk);
    let given =
        json!({"path": "/var", "follow": true, "unit": "%", "depth": 2.0, "process_results": true});
    let expect = json!({
        "used": 2, "share": 1.5, "state": "unknown", "full": false,
        "disks": ["/var", "choria=rip.mcollective"], "details": {},
        "since": {
            "path": "/var", "unit": "%", "depth": 2, "scale": 1.5, "follow": true, "note": "none", "owner": "root",
            "tags": {"team": "web"}, "more": {}, "ports": [1, 2],
        },
    });
    assert_eq!(call(&service, "usage", given), Ok(expect));
    // As a number of Go's is written, without a fraction.
    assert_eq!(
        call(&service, "ping", json!({})),
        Ok(json!({"pong": 1_795_216_887}))
    );
    assert_eq!(call(&service, "raw", json!({})), Ok(json!({"whatever": 1})));
}

#[test]
fn what_is_wrong_with_a_request_never_reaches_a_method() {
    let service = disk::DiskService(Disk);
    let refused = |action, given, code, text: &str| {
        assert_eq!(call(&service, action, given), Err((code, text.to_owned())));
    };
    refused(
        "usage",
        json!({"path": "a;b", "follow": true}),
        StatusCode::InvalidData,
        "Validation failed: validation failed for input 'path': may not contain ';'",
    );
    refused(
        "ping",
        json!({"x": 1}),
        StatusCode::InvalidData,
        "Validation failed: request contains inputs while none are declared in the DDL",
    );
    refused(
        "halt",
        json!({}),
        StatusCode::UnknownAction,
        "Unknown action halt for agent disk",
    );
    refused(
        "usage",
        json!({"path": "", "follow": true}),
        StatusCode::Aborted,
        "there is nothing",
    );
}

#[test]
fn declared_actions_are_done_by_the_node() {
    let service = disk::DiskService(Disk);
    let free = json!({"free": "/usr/bin/df --output=avail -- /var", "code": 0});
    assert_eq!(call(&service, "free", json!({"path": "/var"})), Ok(free));
    let clean = json!({"fired": "clean", "waits": ["CLEAN", "IDLE"]});
    assert_eq!(call(&service, "clean", json!({})), Ok(clean));
    let (code, text) = call(&service, "free", json!({"path": "var"})).expect_err("it is refused");
    // Compat: agents that are not written in Rust say 1 where values are wrong.
    assert_eq!(code, StatusCode::Aborted);
    assert_eq!(
        text,
        "Validation failed: validation failed for input 'path': input does not match '^/'"
    );
    let (_, text) = call(&remote::RemoteService, "resolve", json!({"name": "a"})).expect_err("no");
    assert_eq!(text, "External agents cannot be run here");
}

#[test]
fn a_command_in_the_background_is_answered_with_its_id() {
    let wiped = call(&jobs::JobsService, "wipe", json!({"path": "/var"}));
    let id = "choria=rip.mcollective jobs#wipe /usr/bin/wipe /var 7200s";
    assert_eq!(wiped, Ok(json!({"id": id})));
}

/// A network of two nodes, one of which is broken.
struct Network<A>(A);

impl<A: Agent> Call for Network<A> {
    type Error = core::convert::Infallible;

    async fn call(
        &self,
        ddl: &'static Ddl,
        action: &'static Action,
        given: Data,
        each: &mut (dyn FnMut(RawReply) + Send),
    ) -> Result<(), Self::Error> {
        assert!(core::ptr::eq(ddl, self.0.ddl()));
        let cx = RequestContext::new(Instant::now(), Arc::new(Node));
        for (sender, given) in [("n1", given), ("n2", data(json!({"nonsense": 1})))] {
            let (code, message, data) = match self.0.call(&cx, &action.name, given).await {
                Ok(data) => (StatusCode::Ok, "OK".to_owned(), data),
                Err(failure) => (failure.code, failure.message, failure.data),
            };
            each(RawReply {
                sender: sender.to_owned(),
                code,
                message,
                data,
            });
        }
        Ok(())
    }
}

#[test]
fn clients_ask_and_read_with_the_same_types() {
    let client = disk::DiskClient::new(Network(disk::DiskService(Disk)));
    let path = disk::UsagePath::try_from("/var".to_owned()).expect("it is a path");
    assert!(disk::UsagePath::try_from("$HOME".to_owned()).is_err());
    let input = disk::UsageInput {
        mode: Some(disk::UsageMode::Fast),
        ..disk::UsageInput::new(path, false)
    };
    let all = now(client.usage(&input).send()).expect("there is somebody");
    let [one, other] = all.replies.as_slice() else {
        panic!("two nodes answer")
    };
    let one = one.result.as_ref().expect("the first one is well");
    assert_eq!((one.used, one.state.as_str()), (Some(-1), "unknown"));
    assert_eq!(
        other.result.as_ref().map_err(|it| it.code),
        Err(StatusCode::InvalidData)
    );
    let sums: Vec<_> = all
        .summaries
        .iter()
        .map(|it| it.lines().join("|"))
        .collect();
    assert_eq!(
        sums,
        ["Not full: 1", "unknown on 1 nodes", "Average: -1.000"]
    );
}

#[test]
fn odd_names_keep_their_names_on_the_wire() {
    use obstacle_course::{SelfInput, SelfType};
    let word = |text: &str| obstacle_course::SelfInput2::try_from(text.to_owned()).expect("fits");
    let given = SelfInput::new(
        SelfType::Self2,
        true,
        1,
        word("a`b"),
        true,
        obstacle_course::SelfOutput2::InputA,
        true,
        true,
    );
    let wire = serde_json::to_value(&given).expect("it is written");
    let expect = json!({
        "type": "self", "self": true, "cx": 1, "input": "a`b", "data": true, "output": "input_a", "match": true, "fn": true,
    });
    assert_eq!(wire, expect);
    let native = |it: &&Action| it.run == ActionRun::Native;
    assert_eq!(
        obstacle_course::DDL.actions.iter().filter(native).count(),
        9
    );
}
