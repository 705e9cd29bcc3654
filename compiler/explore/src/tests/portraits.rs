//! What is worth knowing of machines.

use core::time::Duration;

use super::explored;

#[test]
fn operators_have_their_own_transitions_and_states() {
    let spec = "m idle
transitions:
  - {name: start, from: [idle], destination: busy}
  - {name: stop, from: [busy], destination: idle}
  - {name: maintain, from: [idle, busy], destination: resting}
  - {name: resume, from: [resting], destination: idle}
watchers:
  - {name: a, type: timer, state_match: [idle], fail_transition: start, properties: {timer: 10m}}
  - {name: b, type: timer, state_match: [busy], fail_transition: stop, properties: {timer: 5m}}
";
    let (machines, found) = explored(&[spec]);
    let (machine, portrait) = (&machines[0], &found.portraits[0]);
    let operator: Vec<_> = portrait
        .operator
        .iter()
        .map(|it| machine.transition(*it))
        .collect();
    assert_eq!(operator, ["maintain", "resume"]);
    let by_hand: Vec<_> = portrait
        .by_hand
        .iter()
        .map(|it| machine.state(*it))
        .collect();
    assert_eq!(by_hand, ["resting"]);
    let quarter = Some(Duration::from_secs(900));
    assert_eq!(portrait.least_return, [quarter, quarter, None]);
}

#[test]
fn a_window_stays_open_for_a_while() {
    let spec = "m idle
transitions:
  - {name: start, from: [idle], destination: busy}
  - {name: stop, from: [busy], destination: idle}
watchers:
  - {name: s, type: schedule, state_match: [idle, busy], success_transition: start, fail_transition: stop,
     properties: {schedules: ['0 8 * * *'], duration: 1h}}
";
    let (_, found) = explored(&[spec]);
    let hour = Some(Duration::from_secs(3600));
    assert_eq!(found.portraits[0].least_return, [hour, hour]);
    assert!(found.findings.is_empty());
}
