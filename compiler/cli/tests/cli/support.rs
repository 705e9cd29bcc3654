//! Runs the tool in a folder of its own and compares what it says with a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A machine without a finding.
pub(crate) const LAMP: &str = "\
name: lamp
description: Goes on and off
version: 1.0.0
initial_state: UNLIT
transitions:
  - name: turn_on
    description: It got dark
    from: [UNLIT]
    destination: LIT
  - name: turn_off
    from: [LIT]
    destination: UNLIT
  - name: MAINTENANCE
    from: [UNLIT, LIT]
    destination: MAINTENANCE
  - name: RESUME
    from: [MAINTENANCE]
    destination: UNLIT
watchers:
  - name: dusk
    type: exec
    state_match: [UNLIT]
    interval: 1m
    success_transition: turn_on
    properties: {command: /usr/local/bin/is-dark --room 'a | b'}
  - name: dawn
    type: timer
    state_match: [LIT]
    fail_transition: turn_off
    properties: {timer: 5m}
";

/// A folder with files, in which the tool runs.
#[derive(Debug)]
pub(crate) struct Place(TempDir);

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            place.write(path, text);
        }
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// The tool, ready to run here, without what the environment says about colour.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_choristerc"));
        command
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env_remove("NO_COLOR");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run {
            code: status.code(),
            out: text(stdout),
            err: text(stderr),
        }
    }

    /// Runs the tool and compares everything it says with a file beside these tests.
    #[track_caller]
    pub(crate) fn check(&self, arguments: &[&str], expect: &str) {
        let Run { code, out, err } = self.run(arguments);
        let code = code.map_or_else(|| "signal".to_owned(), |it| it.to_string());
        let mut said = format!("$ choristerc {}\n[exit {code}]\n", arguments.join(" "));
        for (name, text) in [("stdout", &out), ("stderr", &err)] {
            if !text.is_empty() {
                said.push_str(&format!("[{name}]\n{text}"));
            }
        }
        compare(&said, expect);
    }
}

/// Compares a text with that of a file; `BLESS=1` writes the file instead.
#[track_caller]
pub(crate) fn compare(said: &str, expect: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/expect")
        .join(expect);
    if std::env::var_os("BLESS").is_some_and(|it| it == "1") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, said).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        said == expected,
        "{} differs; BLESS=1 rewrites it. Now:\n{said}",
        path.display()
    );
}

/// Data that is shared by the project and its judges; read in place.
pub(crate) fn shared(what: &str) -> Option<PathBuf> {
    let named = std::env::var_os("CHORISTER_SHARED");
    let folder = named.as_ref().map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    let promised = named.is_some() || std::env::var("CI").is_ok_and(|it| it == "true");
    assert!(!promised, "shared data is absent at {}", folder.display());
    eprintln!("not tested, shared data is absent: {what}");
    None
}
