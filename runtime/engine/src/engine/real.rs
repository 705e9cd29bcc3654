//! The loop with real commands, files and sinks.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chorister_fsm::Outcome;
use chorister_ir::{
    Edge, Edges, Exec, List, Machine, Metric, StateId, StateSet, TransitionDef, TransitionId,
    Watcher, WatcherKind,
};
use chorister_lang::template::Template;
use serde_json::Value;
use tempfile::TempDir;

use crate::sink::Jsonl;
use crate::{Engine, EngineHandle, drivers};

/// A machine whose watchers run as soon as `go` leads from A to B.
fn machine(watchers: Vec<Watcher>) -> Machine {
    Machine {
        name: "m".into(),
        description: "".into(),
        version: "1.0.0".into(),
        initial: StateId(0),
        splay_start: core::time::Duration::ZERO,
        states: vec!["A".into(), "B".into()].into(),
        transitions: vec![TransitionDef {
            name: "go".into(),
            ..TransitionDef::DEFAULT
        }]
        .into(),
        edges: Edges::Table(
            vec![Edge {
                from: StateId(0),
                transition: TransitionId(0),
                to: StateId(1),
            }]
            .into(),
        ),
        watchers: watchers.into(),
    }
}

fn watcher(name: &'static str, kind: WatcherKind) -> Watcher {
    Watcher {
        name: name.into(),
        active_in: [StateId(1)].into_iter().collect::<StateSet>(),
        foreign: List::EMPTY,
        on_success: None,
        on_failure: None,
        interval: None,
        announce_interval: None,
        kind,
    }
}

fn exec(command: &'static str) -> Exec {
    Exec {
        command: Template::parse(command).unwrap(),
        ..Exec::DEFAULT
    }
}

/// What a test may look at once the watchers have run and the engine has stopped.
struct Ran {
    state: TempDir,
    directory: TempDir,
}

impl Ran {
    /// Runs the watchers once, in a machine whose directory holds these files, and waits for their events.
    async fn of(watchers: Vec<Watcher>, files: &[(&str, &str, u32)]) -> Self {
        let ran = Self {
            state: TempDir::new().unwrap(),
            directory: TempDir::new().unwrap(),
        };
        for (name, text, mode) in files {
            let path = ran.directory.path().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(*mode)).unwrap();
        }
        let count = watchers.len();
        let engine = Engine::builder("node", ran.state.path())
            .drivers(&[drivers::EXEC, drivers::METRIC])
            .sink(Jsonl::file(ran.at("events")).unwrap())
            .facts(std::sync::Arc::new(serde_json::json!({"role": "web"})))
            .textfile_dir(ran.state.path())
            .build()
            .unwrap();
        let handle = engine.handle();
        let running = tokio::spawn(engine.run());
        handle
            .insert(machine(watchers), ran.directory.path().into())
            .await
            .unwrap();
        handle.fire("m", "go").await.unwrap();
        wait(&handle, count as u64 + 1).await;
        handle.stop().await;
        running.await.unwrap();
        ran
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.state.path().join(name)
    }

    /// The data of the events of watchers, in the order of their names.
    fn events(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.at("events")).unwrap();
        let events = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut data: Vec<_> = events
            .map(|mut it| it["data"].take())
            .filter(|it| !it["name"].is_null())
            .collect();
        data.sort_by_key(|it| it["name"].to_string());
        data
    }

    fn outcomes(&self) -> Vec<String> {
        let outcome = |it: Value| {
            it["previous_outcome"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        self.events().into_iter().map(outcome).collect()
    }
}

/// Waits until so many events were published.
async fn wait(handle: &EngineHandle, events: u64) {
    let began = std::time::Instant::now();
    while handle.status().await.unwrap().counts.events < events {
        assert!(began.elapsed().as_secs() < 100, "the events do not come");
        tokio::time::sleep(core::time::Duration::from_millis(2)).await;
    }
}

fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_command_knows_who_it_runs_for() {
    let script = "#!/bin/sh\n\
        env > env; pwd -P > pwd; cat $WATCHER_FACTS $WATCHER_DATA > files\n";
    let with = Exec {
        environment: vec![Template::parse("ROLE={{ lookup \"facts.role\" \"\" }}").unwrap()].into(),
        ..exec("tell.sh")
    };
    let ran = Ran::of(
        vec![watcher("w", WatcherKind::Exec(with))],
        &[("tell.sh", script, 0o755)],
    )
    .await;
    assert_eq!(ran.outcomes(), [Outcome::Success.as_str()]);
    let directory = ran.directory.path();
    let env = lines(&directory.join("env"));
    let names: Vec<_> = env
        .iter()
        .filter_map(|it| Some(it.split_once('=')?.0))
        .collect();
    // The shell adds the last two itself.
    let expect = [
        "CHORISTER_NODE",
        "MACHINE_NAME",
        "MACHINE_WATCHER_NAME",
        "PATH",
        "PWD",
        "ROLE",
        "WATCHER_DATA",
        "WATCHER_FACTS",
    ];
    let names: Vec<_> = names
        .into_iter()
        .filter(|it| !matches!(*it, "_" | "SHLVL" | "OLDPWD"))
        .collect();
    assert_eq!(names, expect);
    assert!(env.contains(&"MACHINE_NAME=m".to_owned()));
    assert!(env.contains(&"MACHINE_WATCHER_NAME=w".to_owned()));
    assert!(env.contains(&"ROLE=web".to_owned()));
    let path = env.iter().find(|it| it.starts_with("PATH=")).unwrap();
    assert!(
        path.ends_with(&format!(":{}", directory.display())),
        "{path}"
    );
    assert_eq!(
        lines(&directory.join("pwd")),
        [directory.canonicalize().unwrap().display().to_string()]
    );
    assert_eq!(
        std::fs::read_to_string(directory.join("files")).unwrap(),
        r#"{"role":"web"}{}"#
    );
    assert!(!ran.at("scratch").exists());
}

#[tokio::test]
async fn what_a_command_prints_becomes_data_that_are_kept() {
    let parse = Exec {
        parse_as_data: true,
        ..exec(r#"/bin/echo '{"k": {"n": 1}}'"#)
    };
    let ran = Ran::of(vec![watcher("w", WatcherKind::Exec(parse))], &[]).await;
    assert_eq!(ran.outcomes(), ["success"]);
    let kept = crate::store::remembered(&ran.at(crate::store::FILE));
    let data = serde_json::to_string(&kept["m"].machine.data).unwrap();
    assert_eq!(data, r#"{"k":{"n":1}}"#);
}

#[tokio::test]
async fn commands_that_cannot_work_are_errors() {
    let hasty = |command| Exec {
        timeout: core::time::Duration::from_millis(50),
        ..exec(command)
    };
    let watchers = vec![
        watcher("exits", WatcherKind::Exec(exec("/bin/false"))),
        watcher("hangs", WatcherKind::Exec(hasty("/bin/sleep 1000"))),
        watcher("missing", WatcherKind::Exec(exec("no-such-command"))),
        watcher("plain", WatcherKind::Exec(exec("./plain.sh"))),
        watcher("floods", WatcherKind::Exec(exec("/bin/cat /dev/zero"))),
    ];
    let ran = Ran::of(watchers, &[("plain.sh", "#!/bin/sh\n", 0o644)]).await;
    assert_eq!(ran.outcomes(), ["error"; 5]);
}

#[tokio::test]
async fn a_measurement_reaches_prometheus() {
    let metric = Metric {
        command: Template::parse("/bin/echo 'OK|users=3'").unwrap(),
        ..Metric::DEFAULT
    };
    let ran = Ran::of(vec![watcher("people", WatcherKind::Metric(metric))], &[]).await;
    let event = &ran.events()[0];
    assert_eq!(event["metrics"]["metrics"]["users"], 3.0);
    let path = ran.at(chorister_events::PROMETHEUS_FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("choria_machine_metric_watcher_people_users"),
        "{text}"
    );
    assert_eq!(
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777,
        0o644
    );
}
