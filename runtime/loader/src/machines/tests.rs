//! A directory, an engine, and what an operator sees.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use chorister_engine::{Engine, MachineStatus, Problem, drivers};

use super::*;
use crate::follow::{Follow, RESCAN};

const DRIVERS: &[Driver] = &[drivers::EXEC];

/// A machine of this name and version that does nothing by itself.
fn idle(name: &str, version: &str) -> String {
    format!(
        "name: {name}\nversion: {version}\ninitial_state: A\n\
         transitions:\n\
         - {{name: go, from: [A], destination: B}}\n\
         - {{name: back, from: [B], destination: A}}\n\
         watchers:\n\
         - name: wait\n  type: timer\n  state_match: [B]\n  fail_transition: back\n  properties: {{timer: 1h}}\n"
    )
}

/// A loader that is told when to look, and its engine.
struct Node {
    root: tempfile::TempDir,
    _state: tempfile::TempDir,
    loader: Loader,
    engine: EngineHandle,
    task: tokio::task::JoinHandle<()>,
}

impl Node {
    fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        let state = tempfile::tempdir().unwrap();
        let engine = Engine::builder("node", state.path())
            .drivers(DRIVERS)
            .without_control()
            .build()
            .unwrap();
        let handle = engine.handle();
        let loader = Loader::new(root.path().to_owned(), DRIVERS, handle.clone());
        Self {
            root,
            _state: state,
            loader,
            engine: handle,
            task: tokio::spawn(engine.run()),
        }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn remove(&self, path: &str) {
        let path = self.root.path().join(path);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    /// Looks, and says which machines run then.
    async fn look(&mut self) -> Vec<String> {
        self.loader.look().await.unwrap();
        self.machines()
            .await
            .iter()
            .map(|it| format!("{} {}", it.name, it.version))
            .collect()
    }

    async fn machines(&self) -> Vec<MachineStatus> {
        self.engine.machines().await.unwrap()
    }

    async fn problems(&self) -> Vec<Problem> {
        self.engine.status().await.unwrap().problems
    }

    /// The only problem, about this path.
    async fn problem(&self, path: &str) -> String {
        let problems = self.problems().await;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(Path::new(&problems[0].subject), self.root.path().join(path));
        problems[0].text.clone()
    }

    async fn stop(self) {
        self.engine.stop().await;
        self.task.await.unwrap();
    }
}

#[tokio::test]
async fn machines_come_and_change_and_go() {
    let mut node = Node::start();
    assert_eq!(node.look().await, [""; 0]);
    node.write("one/machine.yaml", &idle("first", "1.0.0"));
    node.write("two/machine.json", r#"{"name":"second","version":"1.0.0","initial_state":"A",
        "transitions":[{"name":"go","from":["A"],"destination":"B"},{"name":"back","from":["B"],"destination":"A"}],
        "watchers":[{"name":"w","type":"timer","state_match":["B"],"fail_transition":"back","properties":{"timer":"1h"}}]}"#);
    node.write("no-machine/readme", "");
    assert_eq!(node.look().await, ["first 1.0.0", "second 1.0.0"]);
    node.engine.fire("second", "go").await.unwrap();
    let before = node.machines().await;

    node.write("one/machine.yaml", &idle("first", "1.1.0"));
    assert_eq!(node.look().await, ["first 1.1.0", "second 1.0.0"]);
    let after = node.machines().await;
    assert_ne!(after[0].id, before[0].id);
    // The other has not noticed.
    assert_eq!((&after[1].id, &*after[1].state), (&before[1].id, "B"));

    node.remove("one");
    assert_eq!(node.look().await, ["second 1.0.0"]);
    assert_eq!(node.problems().await, []);
    node.stop().await;
}

#[tokio::test]
async fn a_bad_machine_leaves_the_old_one_running() {
    let mut node = Node::start();
    node.write("one/machine.yaml", &idle("first", "1.0.0"));
    node.look().await;
    node.engine.fire("first", "go").await.unwrap();
    node.write(
        "one/machine.yaml",
        &idle("first", "2.0.0").replace("fail_transition: back", "fail_transition: bakc"),
    );
    assert_eq!(node.look().await, ["first 1.0.0"]);
    assert_eq!(node.machines().await[0].state, "B");
    let problem = node.problem("one").await;
    assert!(
        problem.contains("bakc") && problem.contains("one/machine.yaml:11"),
        "{problem}"
    );
    assert!(problem.ends_with("what ran before goes on"), "{problem}");

    node.write("one/machine.yaml", &idle("first", "2.0.1"));
    assert_eq!(node.look().await, ["first 2.0.1"]);
    assert_eq!(node.problems().await, []);
    node.stop().await;
}

#[tokio::test]
async fn a_bad_machine_stops_no_other() {
    let mut node = Node::start();
    node.write("bad/machine.yaml", "name: [");
    node.write("good/machine.yaml", &idle("good", "1.0.0"));
    fs::create_dir(node.root.path().join("latin")).unwrap();
    fs::write(
        node.root.path().join("latin/machine.yaml"),
        b"name: caf\xe9\n",
    )
    .unwrap();
    assert_eq!(node.look().await, ["good 1.0.0"]);
    let problems = node.problems().await;
    assert_eq!(problems.len(), 2);
    assert!(problems[1].text.contains("UTF-8"), "{problems:?}");
    node.remove("bad");
    node.remove("latin");
    node.look().await;
    assert_eq!(node.problems().await, []);
    node.stop().await;
}

#[tokio::test]
async fn the_second_of_a_name_waits_for_the_first_to_go() {
    let mut node = Node::start();
    node.write("a/machine.yaml", &idle("same", "1.0.0"));
    node.write("b/machine.yaml", &idle("same", "2.0.0"));
    assert_eq!(node.look().await, ["same 1.0.0"]);
    let expect = format!(
        "a machine named `same` runs already, from {}",
        node.root.path().join("a").display()
    );
    assert_eq!(node.problem("b").await, expect);
    assert_eq!(node.look().await, ["same 1.0.0"]);
    node.remove("a");
    assert_eq!(node.look().await, ["same 2.0.0"]);
    assert_eq!(node.problems().await, []);
    node.stop().await;
}

#[tokio::test]
async fn a_script_that_changes_restarts_its_machine_but_not_for_ever() {
    let mut node = Node::start();
    node.write("one/machine.yaml", &idle("first", "1.0.0"));
    node.write("one/check.sh", "#!/bin/sh\n");
    node.look().await;
    let mut ids = vec![node.machines().await[0].id.clone()];
    for round in 0..5 {
        node.write("one/check.sh", &format!("#!/bin/sh\n# {round}\n"));
        node.look().await;
        ids.push(node.machines().await[0].id.clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
    // The specification always counts.
    node.write("one/machine.yaml", &idle("first", "1.0.1"));
    assert_eq!(node.look().await, ["first 1.0.1"]);
    node.stop().await;
}

#[tokio::test]
async fn a_specification_that_is_being_replaced_is_waited_for() {
    let mut node = Node::start();
    node.write("one/machine.yaml", &idle("first", "1.0.0"));
    node.look().await;
    let id = node.machines().await[0].id.clone();
    node.remove("one/machine.yaml");
    let looked = node.loader.look().await.unwrap();
    assert!(looked.unsettled);
    node.write("one/machine.yaml", &idle("first", "1.0.0"));
    assert_eq!(node.look().await, ["first 1.0.0"]);
    assert_eq!(node.machines().await[0].id, id);

    node.remove("one/machine.yaml");
    node.look().await;
    assert_eq!(node.look().await, [""; 0]);
    node.stop().await;
}

#[tokio::test]
async fn links_to_machines_are_followed() {
    let mut node = Node::start();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(
        elsewhere.path().join("machine.yaml"),
        idle("linked", "1.0.0"),
    )
    .unwrap();
    let link = node.root.path().join("link");
    symlink(elsewhere.path(), &link).unwrap();
    assert_eq!(node.look().await, ["linked 1.0.0"]);
    assert_eq!(Path::new(&node.machines().await[0].directory), link);
    fs::remove_file(&link).unwrap();
    symlink("/no/such/machine", &link).unwrap();
    assert_eq!(node.look().await, [""; 0]);
    assert_eq!(node.problem("link").await, "the link leads nowhere");
    fs::remove_file(&link).unwrap();
    node.look().await;
    assert_eq!(node.problems().await, []);
    node.stop().await;
}

#[tokio::test]
async fn what_is_not_linked_is_refused() {
    let mut node = Node::start();
    let file = idle("files", "1.0.0").replace(
        "watchers:\n",
        "watchers:\n- name: look\n  type: file\n  success_transition: go\n  state_match: [A]\n  properties: {path: /etc/hosts}\n",
    );
    node.write("one/machine.yaml", &file);
    assert_eq!(node.look().await, [""; 0]);
    let expect = "watcher `look` is of type file, which this distribution was built without";
    assert_eq!(node.problem("one").await, expect);
    node.stop().await;
}

#[tokio::test]
async fn a_directory_that_vanishes_stops_its_machines_and_says_so() {
    let mut node = Node::start();
    node.write("one/machine.yaml", &idle("first", "1.0.0"));
    node.look().await;
    fs::remove_dir_all(node.root.path()).unwrap();
    assert_eq!(node.look().await, [""; 0]);
    assert!(
        node.problem("")
            .await
            .starts_with("the directory does not exist")
    );
    node.write("one/machine.yaml", &idle("first", "1.0.0"));
    assert_eq!(node.look().await, ["first 1.0.0"]);
    assert_eq!(node.problems().await, []);
    node.stop().await;
}

#[tokio::test]
async fn a_missing_directory_is_made() {
    let state = tempfile::tempdir().unwrap();
    let engine = Engine::builder("node", state.path())
        .without_control()
        .build()
        .unwrap();
    let root = state.path().join("machines.d");
    let handle = engine.handle();
    let mut loader = Loader::new(root.clone(), DRIVERS, handle.clone());
    let look = async {
        loader.look().await.unwrap();
        handle.stop().await;
    };
    tokio::join!(look, engine.run());
    assert_eq!(
        fs::metadata(root).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[tokio::test]
async fn changes_are_noticed_at_once() {
    let state = tempfile::tempdir().unwrap();
    let root = tempfile::tempdir().unwrap();
    let engine = Engine::builder("node", state.path())
        .without_control()
        .build()
        .unwrap();
    let handle = engine.handle();
    let running = tokio::spawn(engine.run());
    let loading = tokio::spawn(run(root.path().to_owned(), DRIVERS, handle.clone()));
    for version in ["1.0.0", "1.0.1", "1.0.2"] {
        fs::create_dir_all(root.path().join("one")).unwrap();
        fs::write(root.path().join("one/machine.yaml"), idle("first", version)).unwrap();
        let began = std::time::Instant::now();
        loop {
            let machine = handle.machine("first").await.unwrap();
            if machine.is_some_and(|it| it.version == version) {
                break;
            }
            // Far below the time after which it is looked at anyway.
            assert!(began.elapsed() < RESCAN / 2, "{version} was not noticed");
            tokio::task::yield_now().await;
        }
    }
    handle.stop().await;
    running.await.unwrap();
    loading.await.unwrap();
}
