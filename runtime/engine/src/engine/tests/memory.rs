//! What the flight recorder remembers, and over what.

use super::*;
use crate::recorder::{Origin, Why};

/// The causes of the states of a machine, the present one first.
fn causes(why: &Why) -> Vec<(String, &'static str)> {
    let cause = |it: &Origin| match it {
        Origin::Watcher(_) => "watcher",
        Origin::Operator => "operator",
        Origin::Machine { .. } => "machine",
        Origin::Started { restored: true, .. } => "restarted",
        Origin::Started { .. } => "started",
        Origin::Unknown => "unknown",
    };
    why.passages
        .iter()
        .map(|it| (it.state.clone(), cause(&it.because.cause)))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_cause_is_known_after_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[FAKE]);
    running.insert(machine("m", vec![exec("0")])).await;
    pass(61).await;
    running.stop().await;

    let running = Running::start(state.path(), &[FAKE]);
    running.insert(machine("m", vec![exec("0")])).await;
    let why = running.handle.why("m", None).await.unwrap();
    let expect = [("B", "restarted"), ("B", "watcher"), ("A", "started")];
    assert_eq!(
        causes(&why),
        expect.map(|(state, cause)| (state.to_owned(), cause))
    );
    let Origin::Watcher(observed) = &why.passages[1].because.cause else {
        panic!("a watcher");
    };
    assert_eq!((&*observed.watcher, observed.exit), ("check", Some(0)));
    let status = running.handle.status().await.unwrap();
    assert!(status.recorder.entries >= 3, "{:?}", status.recorder);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_is_not_there_has_no_past() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[]);
    let expect = HandleError::NoMachine {
        name: "m".to_owned(),
    };
    assert_eq!(running.handle.why("m", None).await, Err(expect.clone()));
    let since = jiff::Timestamp::UNIX_EPOCH;
    assert_eq!(running.handle.record("m", since).await, Err(expect));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_past_is_a_test() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(state.path(), &[FAKE]);
    running.insert(machine("m", vec![exec("3")])).await;
    pass(61).await;
    running.handle.fire("m", "go").await.unwrap();
    pass(5).await;
    let since = jiff::Timestamp::UNIX_EPOCH;
    let recording = running.handle.record("m", since).await.unwrap();
    assert_eq!(recording.doubts, [""; 0]);
    for line in [
        "state: A",
        "watcher: {check: {exit: 3}}",
        "event: go",
        "{event: io.choria.machine.v1.transition, transition: go, to_state: B, times: 1}",
        "{ran: check, times: 1}",
    ] {
        assert!(
            recording.test.contains(line),
            "{line} in\n{}",
            recording.test
        );
    }
    running.stop().await;
}
