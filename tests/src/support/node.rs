//! A running distribution, its events and its command line.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{cargo_metadata, root};

/// How long a test waits for something that has to happen; nothing is measured by it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Builds one of our binaries and tells where it is.
pub(crate) fn binary(name: &str) -> PathBuf {
    build("--bin", name).join(name)
}

/// Builds one of our examples and tells where it is.
pub(crate) fn example(name: &str) -> PathBuf {
    build("--example", name).join("examples").join(name)
}

/// Builds a program, once for all tests of this process, and tells the folder of all.
///
/// Together with the workspace, so that what the tests were built from serves it too.
fn build(kind: &str, name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if !built.contains(name) {
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--workspace", kind, name])
            .current_dir(root())
            .status()
            .expect("cargo runs");
        assert!(status.success(), "{name} does not build");
        built.insert(name.to_owned());
    }
    drop(built);
    let target = cargo_metadata()["target_directory"]
        .as_str()
        .expect("cargo knows its target folder")
        .to_owned();
    Path::new(&target).join("debug")
}

/// A node that runs until this value is dropped.
pub(crate) struct Node {
    binary: PathBuf,
    arguments: Vec<String>,
    child: Child,
    events: Receiver<Value>,
    /// Everything received so far, for messages.
    seen: Vec<Value>,
    state: tempfile::TempDir,
    log: tempfile::NamedTempFile,
}

impl Node {
    /// Starts a binary with `run`, a state directory of its own and these arguments; events are read unless
    /// the arguments send them elsewhere.
    pub(crate) fn start(binary: &Path, arguments: &[&str]) -> Self {
        let state = tempfile::tempdir().expect("a temporary directory");
        let log = tempfile::NamedTempFile::new().expect("a temporary file");
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        let (child, events) = spawn(binary, &arguments, state.path(), &log);
        Self {
            binary: binary.to_owned(),
            arguments,
            child,
            events,
            seen: Vec::new(),
            state,
            log,
        }
    }

    /// Ends the process without warning, and starts it again in the same state directory.
    pub(crate) fn kill_and_start_again(&mut self) {
        self.signal("KILL");
        self.wait();
        let state = self.state.path();
        (self.child, self.events) = spawn(&self.binary, &self.arguments, state, &self.log);
    }

    /// Waits for an event that fits.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(event) => {
                    self.seen.push(event.clone());
                    if fits(&event) {
                        return event;
                    }
                }
                Err(_) => panic!("no {what}; events: {:#?}\nlog: {}", self.seen, self.log()),
            }
        }
    }

    /// Waits for a transition of a machine.
    #[track_caller]
    pub(crate) fn wait_for_transition(&mut self, machine: &str, transition: &str) -> Value {
        self.wait_for(&format!("transition {transition} of {machine}"), |event| {
            event["data"]["machine"] == machine && event["data"]["transition"] == transition
        })
    }

    /// Asks until the answer fits.
    #[track_caller]
    pub(crate) fn ask_until(&self, arguments: &[&str], fits: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let output = self.ask(arguments);
            let answer = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
            if output.status.success() && fits(&answer) {
                return answer;
            }
            assert!(
                Instant::now() < until,
                "{arguments:?} answers {answer:#}\nlog: {}",
                self.log()
            );
            std::thread::yield_now();
        }
    }

    /// Runs the distribution's own command line against this node.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Output {
        Command::new(&self.binary)
            .args(arguments)
            .arg("--state-dir")
            .arg(self.state.path())
            .output()
            .expect("the binary starts")
    }

    /// Where the node keeps its state.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    /// What the node wrote to standard error.
    pub(crate) fn log(&self) -> String {
        let mut text = String::new();
        let mut file = self.log.reopen().expect("a second handle");
        file.read_to_string(&mut text).expect("a log of text");
        text
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(status.success());
    }

    /// Waits for the end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("the child is ours")
    }
}

/// Starts a process and reads its events.
fn spawn(
    binary: &Path,
    arguments: &[String],
    state: &Path,
    log: &tempfile::NamedTempFile,
) -> (Child, Receiver<Value>) {
    let mut command = Command::new(binary);
    command.args(["run", "--state-dir"]).arg(state);
    // What is configured has a name of its own.
    if !arguments.iter().any(|it| it == "--config") {
        command.args(["--identity", "node.example.net"]);
    }
    if !arguments.iter().any(|it| it == "--events") {
        command.args(["--events", "jsonl"]);
    }
    let mut child = command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(log.reopen().expect("a second handle"))
        .spawn()
        .expect("the binary starts");
    let output = child.stdout.take().expect("its output");
    let (send, events) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let event = serde_json::from_str(&line).unwrap_or_else(|_| Value::String(line));
            if send.send(event).is_err() {
                return;
            }
        }
    });
    (child, events)
}

impl Drop for Node {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
