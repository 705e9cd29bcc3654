//! What outlives a restart, a reload and a disk that does not work.

use std::path::PathBuf;

use chorister_ir::Timer;

use super::*;
use crate::{MachineStatus, StoreMode, store};

/// Opens a door in A, and shuts it again a minute after it was opened.
fn door() -> Machine {
    let mut door = machine("door", vec![]);
    door.watchers = vec![Watcher {
        name: "shutter".into(),
        active_in: [StateId(1)].into_iter().collect(),
        on_failure: Some(TransitionId(1)),
        interval: None,
        kind: WatcherKind::Timer(Timer {
            timer: Duration::from_secs(60),
            splay: false,
        }),
        ..exec("-")
    }]
    .into();
    door
}

async fn status(running: &Running, name: &str) -> MachineStatus {
    running.handle.machine(name).await.unwrap().unwrap()
}

/// Tells of each event whether the machine's new state was in the store when it was passed on.
#[derive(Clone)]
struct Witness {
    store: PathBuf,
    open: Vec<String>,
    sealed: Vec<String>,
    seen: Arc<Mutex<Vec<(String, bool)>>>,
}

impl Sink for Witness {
    fn event(&mut self, event: &chorister_events::Event<'_>, json: &mut Json<'_>) {
        let event: Value = serde_json::from_slice(json.line(event)).unwrap();
        let state = event["data"]["to_state"].as_str().unwrap_or_default();
        self.open.push(state.to_owned());
    }

    fn seal(&mut self) {
        self.sealed.append(&mut self.open);
    }

    fn settle(&mut self) {
        for state in self.sealed.drain(..) {
            let is_kept = store::remembered(&self.store)["m"].machine.state == state;
            self.seen.lock().unwrap().push((state, is_kept));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_goes_on_where_it_was() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[]);
    running.insert(door()).await;
    pass(5).await;
    running.handle.fire("door", "go").await.unwrap();
    let before = status(&running, "door").await;
    running.stop().await;

    let running = Running::start(state.path(), &[]);
    running.insert(door()).await;
    let after = status(&running, "door").await;
    assert_eq!((&*after.state, &after.id), ("B", &before.id));
    assert_eq!(after.last_transitions, before.last_transitions);
    assert_eq!(after.stays["A"].count, 1);
    pass(61).await;
    assert_eq!(status(&running, "door").await.state, "A");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_reload_keeps_state_and_timers() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[]);
    let first = running.insert(door()).await;
    running.handle.fire("door", "go").await.unwrap();
    pass(40).await;
    let mut changed = door();
    changed.version = "1.0.1".into();
    running
        .handle
        .replace(first, changed, "/".into())
        .await
        .unwrap();
    assert_eq!(status(&running, "door").await.state, "B");
    pass(15).await;
    assert_eq!(status(&running, "door").await.state, "B");
    pass(10).await;
    assert_eq!(status(&running, "door").await.state, "A");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_state_that_is_no_more_costs_no_data() {
    let state = tempfile::tempdir().unwrap();
    let own = tempfile::tempdir().unwrap();
    std::fs::write(own.path().join("machine_data.json"), r#"{"k":1}"#).unwrap();
    let running = Running::start(state.path(), &[]);
    let key = running
        .handle
        .insert(door(), own.path().into())
        .await
        .unwrap();
    running.handle.fire("door", "go").await.unwrap();
    let mut changed = door();
    changed.states = vec!["A".into(), "AJAR".into()].into();
    std::fs::remove_file(own.path().join("machine_data.json")).unwrap();
    running
        .handle
        .replace(key, changed, own.path().into())
        .await
        .unwrap();
    let after = status(&running, "door").await;
    assert_eq!(after.state, "A");
    assert!(!after.stays.contains_key("B"));
    running.stop().await;
    let kept = store::remembered(&state.path().join(store::FILE));
    assert_eq!(kept["door"].machine.data["k"], 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_what_is_not_written() {
    let state = tempfile::tempdir().unwrap();
    let witness = Witness {
        store: state.path().join(store::FILE),
        open: Vec::new(),
        sealed: Vec::new(),
        seen: Arc::default(),
    };
    let engine = Engine::builder("node", state.path())
        .sink(witness.clone())
        .without_control()
        .build()
        .unwrap();
    let handle = engine.handle();
    let engine = tokio::spawn(engine.run());
    handle
        .insert(machine("m", vec![]), "/".into())
        .await
        .unwrap();
    for transition in ["go", "back", "go"] {
        handle.fire("m", transition).await.unwrap();
        pass(61).await;
    }
    handle.stop().await;
    engine.await.unwrap();
    let seen = witness.seen.lock().unwrap();
    let expect = ["B", "A", "B"].map(|it| (it.to_owned(), true));
    assert_eq!(*seen, expect);
}

#[tokio::test(start_paused = true)]
async fn data_are_imported_once() {
    let state = tempfile::tempdir().unwrap();
    let own = tempfile::tempdir().unwrap();
    let ours = state.path().join("machines/m/machine_data.json");
    std::fs::create_dir_all(ours.parent().unwrap()).unwrap();
    std::fs::write(&ours, r#"{"k":"ours"}"#).unwrap();
    std::fs::write(own.path().join("machine_data.json"), r#"{"k":"own"}"#).unwrap();
    for _ in 0..2 {
        let running = Running::start(state.path(), &[]);
        let insert = running
            .handle
            .insert(machine("m", vec![]), own.path().into());
        insert.await.unwrap();
        running.stop().await;
        let kept = store::remembered(&state.path().join(store::FILE));
        assert_eq!(kept["m"].machine.data["k"], "ours");
        assert!(!ours.exists());
    }
    assert!(own.path().join("machine_data.json").exists());
}

#[tokio::test(start_paused = true)]
async fn machines_run_without_a_disk_and_are_written_when_it_is_back() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join(store::FILE);
    std::fs::create_dir(&path).unwrap();
    let running = Running::start(state.path(), &[]);
    running.insert(machine("m", vec![])).await;
    running.handle.fire("m", "go").await.unwrap();
    pass(1).await;
    assert_eq!(running.record.told().len(), 1);
    let status = running.handle.status().await.unwrap();
    assert_eq!(status.store.mode, StoreMode::Memory);
    let [problem] = &*status.problems else {
        panic!("{:?}", status.problems)
    };
    assert_eq!(problem.source, "store");
    assert_eq!(problem.subject, path.display().to_string());

    std::fs::remove_dir(&path).unwrap();
    pass(11).await;
    let status = running.handle.status().await.unwrap();
    assert_eq!(status.store.mode, StoreMode::Durable);
    assert!(status.problems.is_empty());
    assert_eq!(store::remembered(&path)["m"].machine.state, "B");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_makes_no_sense_is_moved_aside_and_reported() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join(store::FILE);
    std::fs::write(&path, "this is not a store\n".repeat(1000)).unwrap();
    let running = Running::start(state.path(), &[]);
    running.insert(machine("m", vec![])).await;
    let status = running.handle.status().await.unwrap();
    assert_eq!(status.store.mode, StoreMode::Durable);
    let [problem] = &*status.problems else {
        panic!("{:?}", status.problems)
    };
    assert!(problem.subject.contains("/store.corrupt-"), "{problem:?}");
    assert!(std::fs::metadata(&problem.subject).is_ok());
    running.stop().await;
    assert_eq!(store::remembered(&path)["m"].machine.state, "A");
}
