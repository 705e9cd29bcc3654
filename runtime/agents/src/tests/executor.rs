//! `executor`, with jobs that are real processes.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::SystemTime;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::node::{Fake, ask};
use crate::executor::start;

const ENABLED: &str = "plugin.choria.executor.enabled";
const SPOOL: &str = "plugin.choria.executor.spool";

/// A process that does not end by itself; it ends with this.
struct Sleep(Child);

impl Sleep {
    fn start() -> Self {
        Self(Command::new("sleep").arg("100000").spawn().unwrap())
    }

    fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A node with an empty spool, and whoever asks it may call this action.
fn site(allowed: &[&'static str]) -> (TempDir, Fake) {
    let spool = tempfile::tempdir().unwrap();
    let mut fake = Fake::default()
        .with_setting(ENABLED, true, false)
        .with_setting(SPOOL, spool.path().display().to_string(), false);
    fake.allowed = allowed.to_vec();
    (spool, fake)
}

/// A job as upstream writes it, which was started by an action of the agent `disk`.
fn write(spool: &Path, id: &str, action: &str, start: &str, process: Option<u32>) {
    let folder = spool.join(id);
    fs::create_dir(&folder).unwrap();
    let spec = json!({
        "command": format!("/opt/{action}"), "args": ["-f", "/tmp/a b"],
        "environment": {"TOKEN": "hunter2"}, "stdout": "/etc/passwd", "stderr": "", "pid": "/proc/1/stat",
        "heartbeat": 0, "id": id, "identity": "n1.example.net", "caller": "choria=rip.mcollective",
        "agent": "disk", "action": action, "requestid": "0123", "start": start,
        "terminate": "0001-01-01T00:00:00Z",
    });
    fs::write(folder.join("spec.json"), spec.to_string()).unwrap();
    if let Some(process) = process {
        fs::write(folder.join("stdout"), "hello").unwrap();
        fs::write(folder.join("stderr"), "").unwrap();
        fs::write(folder.join("pid"), process.to_string()).unwrap();
    }
}

async fn status(fake: &Fake, id: &str) -> Value {
    let answer = ask(fake, start(), "status", json!({"id": id})).await;
    answer.unwrap()
}

async fn signal(fake: &Fake, id: &str, signal: i64) -> Result<Value, String> {
    let given = json!({"id": id, "signal": signal});
    let answer = ask(fake, start(), "signal", given).await;
    answer.map_err(|(_, message, _)| message)
}

async fn list(fake: &Fake, given: Value) -> Vec<String> {
    let answer = ask(fake, start(), "list", given).await.unwrap();
    let jobs = answer["jobs"].as_array().unwrap().iter();
    jobs.map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn it_is_there_where_it_is_wanted_and_has_a_spool() {
    let (_spool, fake) = site(&[]);
    assert!(start().is_active(&fake));
    assert!(!start().is_active(&fake.clone().with_setting(ENABLED, false, false)));
    assert!(!start().is_active(&fake.with_setting(SPOOL, Value::Null, false)));
}

#[tokio::test]
async fn what_a_job_runs_is_told_to_those_who_may_start_it() {
    let (spool, mut fake) = site(&["disk#clean"]);
    let process = Sleep::start();
    let id = process.0.id();
    write(
        spool.path(),
        "job1",
        "clean",
        "2026-11-21T12:00:00Z",
        Some(id),
    );
    let mut expect = json!({
        "command": "/opt/clean", "args": "-f /tmp/a b", "started": true, "running": true,
        "start_time": "2026-11-21T12:00:00Z",
        "exit_code": -1, "exit_reason": "", "agent": "disk", "action": "clean", "requestid": "0123",
        "caller": "choria=rip.mcollective", "pid": id, "stdout_bytes": 5, "stderr_bytes": 0,
    });
    assert_eq!(status(&fake, "job1").await, expect);
    fake.allowed = vec!["disk#look", "executor#status"];
    expect["command"] = "Not authorized".into();
    expect["args"] = "".into();
    assert_eq!(status(&fake, "job1").await, expect);
}

#[tokio::test]
async fn signals_are_sent_for_those_who_may_start_the_job_and_for_nobody_else() {
    let (spool, mut fake) = site(&["disk#look", "executor#signal"]);
    let mut process = Sleep::start();
    let id = process.0.id();
    write(
        spool.path(),
        "job1",
        "clean",
        "2026-11-21T12:00:00Z",
        Some(id),
    );
    assert_eq!(
        signal(&fake, "job1", 15).await.unwrap_err(),
        "You are not authorized to call this disk#clean"
    );
    assert!(process.is_running());
    fake.allowed = vec!["disk#clean"];
    for none in [0, -1, 4711, i64::MAX] {
        let error = signal(&fake, "job1", none).await.unwrap_err();
        assert!(error.starts_with("Could not send signal: "), "{error}");
    }
    assert!(process.is_running());
    let answer = signal(&fake, "job1", 15).await.unwrap();
    assert_eq!(answer["pid"], id);
    assert_eq!(process.0.wait().unwrap().signal(), Some(15));
    assert_eq!(
        signal(&fake, "job1", 15).await.unwrap_err(),
        "Job job1 is not running"
    );
    let told = status(&fake, "job1").await;
    assert_eq!(
        (&told["running"], &told["exit_code"], &told["exit_reason"]),
        (
            &json!(false),
            &json!(-1),
            &json!("It ended without an exit code")
        )
    );
    let exit = spool.path().join("job1/exit");
    fs::write(exit, r#"{"code":2,"error":"exit status 2"}"#).unwrap();
    let told = status(&fake, "job1").await;
    assert_eq!(
        (&told["exit_code"], &told["exit_reason"]),
        (&json!(2), &json!("exit status 2"))
    );
}

#[tokio::test]
async fn a_process_that_got_the_number_of_a_job_later_is_left_alone() {
    let (spool, fake) = site(&["disk#clean"]);
    let mut process = Sleep::start();
    write(
        spool.path(),
        "job1",
        "clean",
        "2026-11-21T12:00:00Z",
        Some(process.0.id()),
    );
    let pid = File::options()
        .write(true)
        .open(spool.path().join("job1/pid"));
    let earlier = SystemTime::UNIX_EPOCH;
    pid.unwrap().set_modified(earlier).unwrap();
    assert_eq!(status(&fake, "job1").await["running"], false);
    assert_eq!(
        signal(&fake, "job1", 9).await.unwrap_err(),
        "Job job1 is not running"
    );
    assert!(process.is_running());
}

#[tokio::test]
async fn nothing_outside_the_spool_is_a_job() {
    let (home, fake) = site(&["disk#clean"]);
    write(home.path(), "job1", "clean", "2026-11-21T12:00:00Z", None);
    fs::create_dir(home.path().join("spool")).unwrap();
    let spool = home.path().join("spool").display().to_string();
    let fake = fake.with_setting(SPOOL, spool, false);
    for id in ["../job1", "..", ".", "a/b", "nope", "/", "job1\0"] {
        let answer = ask(&fake, start(), "status", json!({"id": id})).await;
        assert_eq!(
            answer.unwrap_err().1,
            "Could not load job: specification not found",
            "{id}"
        );
    }
    assert_eq!(list(&fake, json!({})).await, [""; 0]);
}

#[tokio::test]
async fn jobs_that_cannot_be_read_are_told_of_and_passed_over() {
    let (spool, fake) = site(&["disk#clean"]);
    for job in ["garbage", "huge", "kernel"] {
        write(spool.path(), job, "clean", "2026-11-21T12:00:00Z", None);
    }
    fs::write(spool.path().join("garbage/spec.json"), "{").unwrap();
    let huge = File::create(spool.path().join("huge/spec.json")).unwrap();
    huge.set_len(1 << 40).unwrap();
    fs::write(spool.path().join("kernel/pid"), "1").unwrap();
    for (job, why) in [
        ("garbage", "specification could not be loaded: EOF"),
        ("huge", "specification could not be loaded: it holds more"),
        ("kernel", "pid: it is not as it should be"),
    ] {
        let answer = ask(&fake, start(), "status", json!({"id": job})).await;
        let message = answer.unwrap_err().1;
        assert!(
            message.starts_with(&format!("Could not load job: {why}")),
            "{message}"
        );
    }
    write(spool.path(), "job1", "clean", "0001-01-01T00:00:00Z", None);
    assert_eq!(list(&fake, json!({})).await, ["job1"]);
    assert_eq!(status(&fake, "job1").await["started"], false);
}

#[tokio::test]
async fn jobs_are_listed_as_they_are_asked_for() {
    let (spool, fake) = site(&["disk#clean"]);
    let process = Sleep::start();
    let write = |id, action, start, process| write(spool.path(), id, action, start, process);
    write("third", "clean", "2026-11-21T12:00:03Z", None);
    write(
        "second",
        "look",
        "2026-11-21T12:00:02Z",
        Some(process.0.id()),
    );
    write("first", "clean", "2026-11-21T12:00:01Z", Some(u32::MAX));
    let second = "2026-11-21T12:00:02Z".parse::<jiff::Timestamp>();
    let second = second.unwrap().as_second();
    for (given, expect) in [
        (json!({}), &["first", "second", "third"][..]),
        (json!({"action": "clean"}), &["first", "third"]),
        (json!({"agent": "scout"}), &[]),
        (json!({"before": second}), &["first"]),
        (json!({"since": second}), &["third"]),
        (json!({"running": true}), &["second"]),
        (json!({"completed": true}), &["first"]),
        (json!({"completed": false}), &["second", "third"]),
        (json!({"identity": "n2.example.net"}), &[]),
        (
            json!({"caller": "choria=rip.mcollective", "requestid": "0123"}),
            &["first", "second", "third"],
        ),
        (json!({"command": "/opt/clean"}), &["first", "third"]),
        // Nobody learns of a command by guessing.
        (json!({"command": "/opt/look"}), &[]),
        (json!({"command": "Not authorized"}), &[]),
    ] {
        assert_eq!(list(&fake, given.clone()).await, expect, "{given}");
    }
    let answer = ask(&fake, start(), "list", json!({})).await.unwrap();
    assert_eq!(
        answer["jobs"][1],
        json!({
            "id": "second", "agent": "disk", "action": "look", "caller": "choria=rip.mcollective",
            "command": "Not authorized", "identity": "n1.example.net", "requestid": "0123", "running": true,
            "start": "2026-11-21T12:00:02Z", "terminate": null,
        })
    );
    assert_eq!(answer["jobs"][0]["command"], "/opt/clean");
}
