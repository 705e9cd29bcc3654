//! The loop with drivers that are told what to answer, in paused time.

mod checks;
mod memory;
mod network;
mod survival;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chorister_fsm::{Exit, Job, JobResult, MachineKey, Work};
use chorister_ir::{
    Edge, Edges, Exec, List, Machine, StateId, TransitionDef, TransitionId, Watcher, WatcherKind,
};
use chorister_lang::template::Template;
use serde_json::Value;

use super::*;
use crate::sink::Json;
use crate::{Budget, Driver, DriverKind, Fired, HandleError, JobContext, JobFuture, Update};

/// Keeps the events that it was told.
#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<Value>>>);

impl Sink for Record {
    fn event(&mut self, event: &chorister_events::Event<'_>, json: &mut Json<'_>) {
        let event = serde_json::from_slice(json.line(event)).unwrap();
        self.0.lock().unwrap().push(event);
    }
}

impl Record {
    /// The events so far, each as a few words.
    fn told(&self) -> Vec<String> {
        let events = self.0.lock().unwrap();
        let tell = |event: &Value| {
            let data = &event["data"];
            let text = |key: &str| data[key].as_str().unwrap_or("-").to_owned();
            match data["transition"].as_str() {
                Some(name) => format!("{name}: {} -> {}", text("from_state"), text("to_state")),
                None => format!("{} {}", text("name"), text("previous_outcome")),
            }
        };
        events.iter().map(tell).collect()
    }
}

/// A machine with states A and B, `go` and `back` between them, and what else is given.
fn machine(name: &'static str, watchers: Vec<Watcher>) -> Machine {
    let transition = |name: &'static str| TransitionDef {
        name: name.into(),
        ..TransitionDef::DEFAULT
    };
    let edge = |from, transition, to| Edge {
        from: StateId(from),
        transition: TransitionId(transition),
        to: StateId(to),
    };
    Machine {
        name: name.into(),
        description: "".into(),
        version: "1.0.0".into(),
        initial: StateId(0),
        splay_start: Duration::ZERO,
        states: vec!["A".into(), "B".into()].into(),
        transitions: vec![transition("go"), transition("back")].into(),
        edges: Edges::Table(vec![edge(0, 0, 1), edge(1, 1, 0)].into()),
        watchers: watchers.into(),
    }
}

/// A command that runs each minute in state A and goes to B when it succeeds.
fn exec(command: &'static str) -> Watcher {
    Watcher {
        name: "check".into(),
        active_in: [StateId(0)].into_iter().collect(),
        foreign: List::EMPTY,
        on_success: Some(TransitionId(0)),
        on_failure: None,
        interval: Some(Duration::from_secs(60)),
        announce_interval: None,
        kind: WatcherKind::Exec(Exec {
            command: Template::parse(command).unwrap(),
            ..Exec::DEFAULT
        }),
    }
}

/// Answers by the command: its exit status, or `panic`, or `hang`.
const FAKE: Driver = Driver::new(DriverKind::Exec, fake);

/// How many fake jobs were cancelled.
static CANCELLED: AtomicUsize = AtomicUsize::new(0);

fn fake(job: Job, mut cx: JobContext) -> JobFuture {
    Box::pin(async move {
        let Work::Exec(command) = job.work else {
            panic!("not a command")
        };
        match command.argv[0].as_str() {
            "panic" => panic!("told to"),
            "hang" => {
                cx.cancelled().await;
                CANCELLED.fetch_add(1, Ordering::SeqCst);
                done(Exit::Signal(15))
            }
            code => done(Exit::Code(code.parse().unwrap())),
        }
    })
}

fn done(exit: Exit) -> JobResult {
    JobResult::Exec {
        exit,
        output: Vec::new(),
        runtime: Duration::ZERO,
    }
}

/// An engine that runs beside the test until it is told to stop.
struct Running {
    handle: EngineHandle,
    record: Record,
    engine: tokio::task::JoinHandle<()>,
}

impl Running {
    fn start(state_dir: &Path, drivers: &[Driver]) -> Self {
        Self::within(Budget::default(), state_dir, drivers)
    }

    fn within(budget: Budget, state_dir: &Path, drivers: &[Driver]) -> Self {
        let record = Record::default();
        let engine = Engine::builder("node", state_dir)
            .distribution("test", "1.2.3")
            .random(Seeded::new(1))
            .drivers(drivers)
            .sink(record.clone())
            .budget(budget)
            .without_control()
            .build()
            .unwrap();
        let handle = engine.handle();
        Self {
            handle,
            record,
            engine: tokio::spawn(engine.run()),
        }
    }

    async fn stop(self) {
        self.handle.stop().await;
        self.engine.await.unwrap();
    }

    async fn insert(&self, machine: Machine) -> MachineKey {
        self.handle.insert(machine, "/".into()).await.unwrap()
    }
}

/// Lets the time pass in which everything happens that is going to.
async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_result_is_published_and_fires_its_transition() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[FAKE]);
    running.insert(machine("m", vec![exec("0")])).await;
    pass(59).await;
    assert!(running.record.told().is_empty());
    pass(2).await;
    assert_eq!(running.record.told(), ["check success", "go: A -> B"]);
    let status = running.handle.machine("m").await.unwrap().unwrap();
    assert_eq!(
        (status.state.as_str(), &*status.available_transitions),
        ("B", &["back".to_owned()][..])
    );
    // It was asked to run in the new state too, where it is not active.
    assert_eq!(status.watchers[0].outcome, "skipped");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_driver_is_an_error_of_that_run() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[FAKE]);
    running.insert(machine("m", vec![exec("panic")])).await;
    pass(121).await;
    assert_eq!(running.record.told(), ["check error", "check error"]);
    assert_eq!(running.handle.status().await.unwrap().counts.panics, 2);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_watcher_without_its_driver_is_an_error_of_each_run() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[]);
    running.insert(machine("m", vec![exec("0")])).await;
    pass(61).await;
    assert_eq!(running.record.told(), ["check error"]);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_hangs_is_cancelled_when_its_machine_goes() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[FAKE]);
    let key = running.insert(machine("m", vec![exec("hang")])).await;
    pass(61).await;
    assert_eq!(running.handle.status().await.unwrap().jobs, 1);
    let before = CANCELLED.load(Ordering::SeqCst);
    assert_eq!(running.handle.remove(key).await, Ok(true));
    pass(1).await;
    assert!(CANCELLED.load(Ordering::SeqCst) > before);
    assert_eq!(running.handle.status().await.unwrap().jobs, 0);
    assert_eq!(running.handle.remove(key).await, Ok(false));
    assert!(running.record.told().is_empty());
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_jobs_and_answers_nobody_any_more() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[FAKE]);
    running.insert(machine("m", vec![exec("hang")])).await;
    pass(61).await;
    let before = CANCELLED.load(Ordering::SeqCst);
    let handle = running.handle.clone();
    running.stop().await;
    assert!(CANCELLED.load(Ordering::SeqCst) > before);
    assert_eq!(handle.status().await, Err(HandleError::Stopped));
}

#[tokio::test(start_paused = true)]
async fn whoever_watches_asks_for_what_has_changed() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[]);
    let (handle, all): (_, Arc<[String]>) = (&running.handle, Arc::from([]));
    let names = |update: &Update| {
        let names = update.machines.iter().map(|it| it.name.clone());
        names.collect::<Vec<_>>()
    };
    running.insert(machine("m", vec![])).await;
    let other = running.insert(machine("n", vec![])).await;
    let mut revisions = handle.revisions().await.unwrap();
    let first = handle.update(0, all.clone()).await.unwrap();
    assert_eq!(
        (first.complete, names(&first)),
        (true, vec!["m".into(), "n".into()])
    );

    revisions.mark_unchanged();
    handle.fire("m", "go").await.unwrap();
    revisions.changed().await.unwrap();
    let second = handle.update(first.revision, all.clone()).await.unwrap();
    assert_eq!((second.complete, names(&second)), (false, vec!["m".into()]));
    assert_eq!(second.machines[0].last_transitions[0].transition, "go");

    handle.remove(other).await.unwrap();
    pass(1).await;
    let third = handle.update(second.revision, all).await.unwrap();
    assert_eq!((names(&third), third.removed), (vec![], vec!["n".into()]));
    let only: Arc<[String]> = Arc::from(["n".to_owned()]);
    assert_eq!(names(&handle.update(0, only).await.unwrap()), [""; 0]);
    let picture = handle.diagram("m").await.unwrap();
    assert_eq!(picture.states.len(), 2);
    assert!(handle.diagram("n").await.is_err());
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn transitions_are_fired_by_name() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[]);
    running.insert(machine("m", vec![])).await;
    let fire = |transition| running.handle.fire("m", transition);
    assert_eq!(
        fire("go").await,
        Ok(Fired::Done {
            state: "B".to_owned()
        })
    );
    assert_eq!(
        fire("go").await,
        Ok(Fired::Refused {
            state: "B".to_owned(),
            available: vec!["back".to_owned()]
        })
    );
    assert_eq!(
        fire("went").await.unwrap_err().to_string(),
        "machine `m` has no transition `went`"
    );
    assert_eq!(
        running
            .handle
            .fire("n", "go")
            .await
            .unwrap_err()
            .to_string(),
        "there is no machine `n`"
    );
    assert_eq!(
        fire("back").await,
        Ok(Fired::Done {
            state: "A".to_owned()
        })
    );
    assert!(matches!(fire("go").await, Ok(Fired::Delayed { .. })));
    pass(1).await;
    assert_eq!(
        running.record.told(),
        ["go: A -> B", "back: B -> A", "go: A -> B"]
    );
    assert_eq!(
        running.handle.switch("m", "lamp", true).await,
        Err(HandleError::NoSwitch {
            machine: "m".to_owned(),
            watcher: "lamp".to_owned()
        })
    );
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_second_machine_of_a_name_is_refused() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[]);
    let first = running.insert(machine("m", vec![])).await;
    let second = running
        .handle
        .insert(machine("m", vec![]), "/tmp".into())
        .await;
    let taken = HandleError::NameTaken {
        name: "m".to_owned(),
        directory: "/".into(),
    };
    assert_eq!(second, Err(taken.clone()));
    let other = running.insert(machine("n", vec![])).await;
    assert_eq!(
        running
            .handle
            .replace(other, machine("m", vec![]), "/".into())
            .await,
        Err(taken)
    );
    assert!(running.handle.machine("n").await.unwrap().is_some());
    // Its own name is free for its successor.
    let next = running
        .handle
        .replace(first, machine("m", vec![]), "/tmp".into())
        .await
        .unwrap();
    assert_ne!(next, first);
    assert_eq!(
        running
            .handle
            .machine("m")
            .await
            .unwrap()
            .unwrap()
            .directory,
        "/tmp"
    );
    assert_eq!(running.handle.status().await.unwrap().machines, 2);
    running.stop().await;
}

#[tokio::test]
async fn corrupt_data_are_a_problem_that_is_shown() {
    let state = tempfile::tempdir().unwrap();
    let directory = state.path().join("machines/m");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("machine_data.json"), "nonsense").unwrap();
    let running = Running::start(state.path(), &[]);
    running.insert(machine("m", vec![])).await;
    let status = running.handle.status().await.unwrap();
    assert_eq!(status.problems.len(), 1);
    assert_eq!(
        (&*status.problems[0].source, &*status.problems[0].subject),
        ("data", "m")
    );
    running.stop().await;
}

#[tokio::test]
async fn problems_come_and_go() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[]);
    let problems = async || {
        let status = running.handle.status().await.unwrap();
        status
            .problems
            .into_iter()
            .map(|it| (it.subject, it.text))
            .collect::<Vec<_>>()
    };
    let report = async |text: Option<&str>| {
        running
            .handle
            .report("loader", "/x", text.map(str::to_owned))
            .await
            .unwrap();
    };
    report(Some("broken")).await;
    report(Some("still broken")).await;
    assert_eq!(
        problems().await,
        [("/x".to_owned(), "still broken".to_owned())]
    );
    report(None).await;
    assert_eq!(problems().await, []);
    running.stop().await;
}

#[tokio::test]
async fn only_one_engine_uses_a_state_directory() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[]);
    let second = Engine::builder("node", state.path())
        .distribution("test", "1")
        .build();
    let error = second.err().unwrap().to_string();
    let expect = format!(
        "test runs already with the state directory {}",
        state.path().display()
    );
    assert_eq!(error, expect);
    running.stop().await;
    Engine::builder("node", state.path()).build().unwrap();
}

#[tokio::test]
async fn facts_are_there_from_the_first_moment() {
    let state = tempfile::tempdir().unwrap();
    let engine = Engine::builder("node", state.path())
        .facts(Arc::new(serde_json::json!({"role": "web"})))
        .build()
        .unwrap();
    assert_eq!(engine.fleet.facts()["role"], "web");
    let handle = engine.handle();
    assert_eq!(handle.facts_seen().borrow()["role"], "web");
}

#[tokio::test]
async fn overrides_that_are_not_there_are_a_problem() {
    let state = tempfile::tempdir().unwrap();
    let engine = Engine::builder("node", state.path())
        .overrides("/no/such/overrides")
        .build()
        .unwrap();
    assert_eq!(engine.problems.len(), 1);
}

#[cfg(not(feature = "http"))]
#[tokio::test]
async fn an_address_without_a_server_is_refused() {
    let state = tempfile::tempdir().unwrap();
    let address: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    let engine = Engine::builder("node", state.path()).http(address).build();
    assert!(matches!(engine.err().unwrap(), StartError::NoHttp));
}

#[tokio::test(start_paused = true)]
async fn commands_beyond_the_budget_start_later() {
    let state = tempfile::tempdir().unwrap();
    let budget = Budget {
        forks_per_second: Some(1),
        ..Budget::default()
    };
    let running = Running::within(budget, state.path(), &[FAKE]);
    for name in ["a", "b", "c"] {
        running.insert(machine(name, vec![exec("0")])).await;
    }
    tokio::time::sleep(Duration::from_millis(60_500)).await;
    assert_eq!(running.record.told(), ["check success", "go: A -> B"]);
    let status = running.handle.status().await.unwrap();
    assert_eq!((status.budget.forks.waiting, status.counts.jobs), (2, 1));
    assert_eq!(status.problems[0].subject, "forks");
    let machine = running.handle.machine("c").await.unwrap().unwrap();
    assert!(machine.watchers[0].waiting && !machine.watchers[0].running);
    pass(2).await;
    assert_eq!(running.record.told().len(), 6);
    pass(120).await;
    let status = running.handle.status().await.unwrap();
    assert_eq!((status.budget.forks.delayed, status.problems), (2, vec![]));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn announcements_beyond_the_budget_are_not_published() {
    let state = tempfile::tempdir().unwrap();
    let budget = Budget {
        events_per_second: Some(2),
        ..Budget::default()
    };
    let running = Running::within(budget, state.path(), &[FAKE]);
    let watchers = ["a", "b", "c"].map(|name| Watcher {
        name: name.into(),
        announce_interval: Some(Duration::from_secs(60)),
        interval: None,
        ..exec("0")
    });
    let mut watchers = watchers.to_vec();
    watchers.push(exec("0"));
    running.insert(machine("m", watchers)).await;
    tokio::time::sleep(Duration::from_millis(60_500)).await;
    assert_eq!(
        running.record.told(),
        ["a unknown", "b unknown", "check success", "go: A -> B"]
    );
    let events = running.handle.status().await.unwrap().budget.events;
    assert_eq!((events.shed, events.over), (1, 2));
    running.stop().await;
}
