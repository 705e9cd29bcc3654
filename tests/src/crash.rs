//! A node that is killed at any moment, again and again, and what it remembers each time.
//!
//! The node is this test binary itself, started with [`CHILD`] in its environment. Its machines walk through the
//! states 0, 1, 2 …, one step for each answer that they get, so that what was remembered can be compared with what
//! was told: a step that somebody heard of never comes again.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use chorister_engine::sink::Jsonl;
use chorister_engine::{Engine, EngineHandle, Fired, Seeded};
use chorister_fsm::Random as _;
use chorister_ir::{Edge, Edges, List, Machine, StateId, TransitionDef, TransitionId};
use serde_json::Value;

/// Where the node that is going to be killed keeps everything, and the number of its life.
const CHILD: &str = "CHORISTER_CRASH";

/// How often nodes are killed, on each of two state directories.
const KILLS: usize = 550;

/// The longest life, in microseconds, of those that are ended by the clock; most are shorter.
const LONGEST: u64 = 45_000;

/// The most bytes that are told in those lives that are ended when so much was told.
const MOST: u64 = 6_000;

/// When a life is ended in which nothing is told.
const PATIENCE: Duration = Duration::from_secs(60);

const MACHINES: usize = 6;

/// States that a machine walks through before it begins again; more than it comes to, so that no edge comes too
/// often.
const STATES: u16 = 2_000;

fn walker(at: usize) -> Machine {
    let edge = |from: u16| Edge {
        from: StateId(from),
        transition: TransitionId(0),
        to: StateId((from + 1) % STATES),
    };
    Machine {
        name: format!("walker-{at}").into(),
        description: "".into(),
        version: "1.0.0".into(),
        initial: StateId(0),
        splay_start: Duration::ZERO,
        states: (0..STATES)
            .map(|it| it.to_string().into())
            .collect::<Vec<_>>()
            .into(),
        transitions: vec![TransitionDef {
            name: "step".into(),
            ..TransitionDef::DEFAULT
        }]
        .into(),
        edges: Edges::Table((0..STATES).map(edge).collect::<Vec<_>>().into()),
        watchers: List::EMPTY,
    }
}

/// Files of one life, each of its own, so that a line that is cut off spoils no other.
fn files(directory: &Path, life: &str) -> [PathBuf; 2] {
    ["events", "answers"].map(|it| directory.join(format!("{it}-{life}")))
}

/// Not a test by itself: the node.
#[test]
fn the_node_that_is_killed() {
    let Ok(told) = std::env::var(CHILD) else {
        return;
    };
    let (directory, life) = told.rsplit_once(':').unwrap();
    let [events, answers] = files(Path::new(directory), life);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let engine = Engine::builder("node", Path::new(directory).join("state"))
            .sink(Jsonl::file(events).unwrap())
            .without_control()
            .build()
            .unwrap();
        let handle = engine.handle();
        let walks = (0..MACHINES).map(|at| tokio::spawn(walk(handle.clone(), at, answers.clone())));
        let walks: Vec<_> = walks.collect();
        engine.run().await;
        drop(walks);
    });
}

async fn walk(handle: EngineHandle, at: usize, answers: PathBuf) {
    let name = format!("walker-{at}");
    handle.insert(walker(at), "/".into()).await.unwrap();
    let mut answers = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(answers)
        .unwrap();
    loop {
        match handle.fire(&name, "step").await.unwrap() {
            Fired::Done { state } => {
                let line = format!("{name} {state}\n");
                answers.write_all(line.as_bytes()).unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
}

/// When a life ends.
enum End {
    /// So long after its beginning.
    After(Duration),
    /// When so many bytes were told.
    Told(u64),
}

impl End {
    fn wait(&self, events: &Path) {
        let bytes = match self {
            Self::After(duration) => return std::thread::sleep(*duration),
            Self::Told(bytes) => *bytes,
        };
        let began = std::time::Instant::now();
        let told = || fs::metadata(events).map_or(0, |it| it.len());
        while told() < bytes && began.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

/// A state directory, and where each machine was last known to be.
struct Trial {
    directory: tempfile::TempDir,
    known: BTreeMap<String, u16>,
    /// The lives since each machine was last heard of.
    quiet: BTreeMap<String, u16>,
    told: usize,
}

impl Trial {
    fn run(seed: u64) -> usize {
        let mut random = Seeded::new(seed);
        let mut trial = Self {
            directory: tempfile::tempdir().unwrap(),
            known: BTreeMap::new(),
            quiet: BTreeMap::new(),
            told: 0,
        };
        for life in 0..KILLS {
            // However slow the machine is, every other life is long enough to tell something.
            let end = match life % 2 {
                0 => End::After(Duration::from_micros(random.below(LONGEST))),
                _ => End::Told(1 + random.below(MOST)),
            };
            trial.live(&life.to_string(), end);
        }
        let state = trial.directory.path().join("state");
        let names = fs::read_dir(state).unwrap();
        let aside = names.filter(|it| {
            let name = it.as_ref().unwrap().file_name();
            name.to_string_lossy().contains("corrupt")
        });
        assert_eq!(aside.count(), 0, "a store was given up");
        trial.told
    }

    fn live(&mut self, life: &str, end: End) {
        let told = format!("{}:{life}", self.directory.path().display());
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::the_node_that_is_killed", "--nocapture"])
            .env(CHILD, told)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        end.wait(&files(self.directory.path(), life)[0]);
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(log.is_empty() && output.status.code().is_none(), "{log}");
        self.check(life);
    }

    /// Compares what was told in this life with what was told before, and takes note of it.
    fn check(&mut self, life: &str) {
        let [events, answers] = files(self.directory.path(), life);
        let events = fs::read_to_string(&events).unwrap_or_default();
        let answers = fs::read_to_string(&answers).unwrap_or_default();
        let mut ends: BTreeMap<String, u16> = BTreeMap::new();
        for quiet in self.quiet.values_mut() {
            *quiet += 1;
        }
        for line in whole_lines(&events) {
            let event: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| event["data"][key].as_str().unwrap().to_owned();
            let [from, to] = ["from_state", "to_state"].map(|it| text(it).parse::<u16>().unwrap());
            let machine = text("machine");
            let before = ends.get(&machine).or_else(|| self.known.get(&machine));
            let before = *before.unwrap_or(&0);
            // One step may have been written and not told in each life since.
            let most = match ends.get(&machine) {
                Some(_) => 0,
                None => *self.quiet.get(&machine).unwrap_or(&STATES),
            };
            let ahead = (from + STATES - before) % STATES;
            assert!(
                ahead <= most,
                "life {life}: {machine} was in {before} and left {from}"
            );
            ends.insert(machine, to);
            self.told += 1;
        }
        for line in whole_lines(&answers) {
            let (machine, state) = line.split_once(' ').unwrap();
            let state: u16 = state.parse().unwrap();
            let known = ends.entry(machine.to_owned()).or_insert(state);
            // Where the event was lost with the process, the answer counts.
            if (state + STATES - *known) % STATES == 1 {
                *known = state;
            }
        }
        self.quiet.extend(ends.keys().map(|it| (it.clone(), 0)));
        self.known.extend(ends);
        for file in files(self.directory.path(), life) {
            let _ = fs::remove_file(file);
        }
    }
}

/// The lines that were written to their ends.
fn whole_lines(text: &str) -> impl Iterator<Item = &str> {
    let end = text.rfind('\n').map_or(0, |at| at + 1);
    text[..end].lines()
}

#[test]
fn a_thousand_kills_take_back_nothing_that_was_told() {
    let trials = [1, 2].map(|seed| std::thread::spawn(move || Trial::run(seed)));
    let told = trials.map(|it| it.join().unwrap());
    // Otherwise it was killed too early to say anything.
    assert!(told.iter().all(|it| *it > KILLS), "{told:?}");
}

#[test]
fn a_full_disk_stops_no_machine() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let limited = directory.path().join("limited");
    let scout = crate::support::node::binary("scout");
    // No file may grow beyond a few thousand bytes.
    let script = format!(
        "#!/bin/sh\ntrap '' XFSZ\nulimit -S -f 16\nexec '{}' \"$@\"\n",
        scout.display()
    );
    fs::write(&limited, script).unwrap();
    fs::set_permissions(&limited, fs::Permissions::from_mode(0o755)).unwrap();
    let mut node = crate::support::node::Node::start(&limited, &[]);
    node.wait_for("an event about the store", |event| {
        event["type"] == "io.chorister.v1.problem" && event["data"]["source"] == "store"
    });
    node.wait_for_transition("night_watch", "alarm");
    let status = node.ask_until(&["status", "--json"], |it| it["store"]["mode"] == "memory");
    let problems = status["problems"].as_array().expect("a list");
    assert!(
        problems.iter().any(|it| it["source"] == "store"),
        "{status}"
    );
    node.signal("TERM");
    assert!(node.wait().success(), "{}", node.log());
}
