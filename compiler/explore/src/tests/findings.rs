//! Small machines, and what is wrong with them.

use super::found;
use crate::{Limits, explore};

const NOTHING: [&str; 0] = [];

/// Two states and the way there and back.
const TWO: &str = "transitions:
  - {name: go, from: [a], destination: b}
  - {name: back, from: [b], destination: a}
";

#[test]
fn a_state_without_a_way_out_is_a_sink_with_the_shortest_way_into_it() {
    let spec = "m a
transitions:
  - {name: go, from: [a], destination: b}
  - {name: on, from: [b], destination: c}
  - {name: fall, from: [a], destination: c}
watchers:
  - {name: w, type: exec, state_match: [a], interval: 1m, success_transition: go, properties: {command: /bin/x}}
";
    // The way over `b` would need an operator too, and is longer.
    assert_eq!(found(&[spec]), ["sink c: a -fall (operator)-> c"]);
}

#[test]
fn a_self_transition_is_no_way_out() {
    let spec = "m a
transitions:
  - {name: go, from: [a], destination: b}
  - {name: stay, from: [b], destination: b}
watchers:
  - {name: w, type: exec, state_match: [b], interval: 1m, success_transition: stay, properties: {command: /bin/x}}
";
    assert_eq!(found(&[spec]), ["sink b, watched: a -go (operator)-> b"]);
}

#[test]
fn what_only_an_operator_can_leave_is_no_sink() {
    let spec = format!(
        "m a\n{TWO}watchers:\n  - {{name: t, type: timer, state_match: [a], fail_transition: go, properties: {{timer: 1h}}}}\n"
    );
    assert_eq!(found(&[&spec]), NOTHING);
}

fn pair(first: &str, second: &str) -> String {
    format!(
        "m a\n{TWO}watchers:\n  - {{name: x, state_match: [a], {first}}}\n  - {{name: y, state_match: [b], {second}}}\n"
    )
}

const QUICK: &str = "type: exec, success_transition: back, properties: {command: /bin/y}";

#[test]
fn commands_that_succeed_into_each_other_go_round() {
    let spec = pair(
        "type: exec, interval: 5m, success_transition: go, properties: {command: /bin/x}",
        QUICK,
    );
    assert_eq!(
        found(&[&spec]),
        [
            "round of 2 in 0ns: a -go (watcher x succeeds, after 5m)-> b -back (watcher y succeeds, at once)-> a \
          -go (watcher x succeeds, at once)-> b"
        ]
    );
}

#[test]
fn a_timer_of_a_minute_makes_a_round_slow_enough() {
    let timer = |length: &str| {
        pair(
            &format!("type: timer, fail_transition: go, properties: {{timer: {length}}}"),
            QUICK,
        )
    };
    assert_eq!(
        found(&[&timer("59s")]),
        [
            "round of 2 in 59s: a -go (watcher x is over, after 59s)-> b -back (watcher y succeeds, at once)-> a \
          -go (watcher x is over, after 59s)-> b"
        ]
    );
    assert_eq!(found(&[&timer("60s")]), NOTHING);
}

#[test]
fn one_thing_may_be_amiss_and_not_two() {
    let fails = "type: exec, interval: 1m, fail_transition: go, properties: {command: /bin/x}";
    assert_eq!(
        found(&[&pair(fails, QUICK)]),
        [
            "round of 2 in 0ns, meanwhile: a -go (watcher x fails, after 1m)-> b -back (watcher y succeeds, at once)-> a \
          -go (watcher x fails, at once)-> b"
        ]
    );
    let second = "type: exec, fail_transition: back, properties: {command: /bin/y}";
    assert_eq!(found(&[&pair(fails, second)]), NOTHING);
}

#[test]
fn the_same_question_is_not_answered_in_two_ways() {
    let first = "type: exec, interval: 1m, success_transition: go, properties: {command: is-dark}";
    let second = "type: exec, fail_transition: back, properties: {command: is-dark}";
    assert_eq!(found(&[&pair(first, second)]), NOTHING);
}

#[test]
fn a_file_does_not_change_by_being_looked_at() {
    let file = "type: file, success_transition: go, properties: {path: x}";
    assert_eq!(found(&[&pair(file, QUICK)]), NOTHING);
}

#[test]
fn a_formula_fires_again_only_after_a_state_in_which_nobody_asked() {
    let formula = |states: &str| {
        format!(
            "m a\n{TWO}watchers:\n  - {{name: x, type: expression, state_match: {states}, success_transition: go, \
                 properties: {{success_when: 'facts != nil'}}}}\n  - {{name: y, state_match: [b], {QUICK}}}\n"
        )
    };
    assert_eq!(
        found(&[&formula("[a]")]),
        [
            "round of 2 in 0ns, meanwhile: a -go (watcher x finds success_when true, after 10s)-> b -back (watcher y succeeds, \
          at once)-> a -go (watcher x finds success_when true, at once)-> b"
        ]
    );
    assert_eq!(found(&[&formula("[a, b]")]), NOTHING);
}

#[test]
fn jobs_and_equal_timers_race_but_formulas_do_not() {
    let spec = |first: &str, second: &str| {
        format!(
            "m a\ntransitions:\n  - {{name: p, from: [a], destination: b}}\n  - {{name: q, from: [a], destination: c}}\n  \
                 - {{name: r, from: [b, c], destination: a}}\nwatchers:\n  - {{name: x, state_match: [a], {first}}}\n  \
                 - {{name: y, state_match: [a], {second}}}\n"
        )
    };
    let timer = |event: &str, length: &str| {
        format!("type: timer, fail_transition: {event}, properties: {{timer: {length}}}")
    };
    let race = "race in a to b or c: a -p (watcher x is over, after 1h)-> b -r (operator)-> a";
    assert_eq!(
        found(&[&spec(&timer("p", "1h"), &timer("q", "1h"))]),
        [race]
    );
    assert_eq!(
        found(&[&spec(&timer("p", "1h"), &timer("q", "2h"))]),
        NOTHING
    );
    let formula = |event: &str| {
        format!(
            "type: expression, success_transition: {event}, properties: {{success_when: 'true'}}"
        )
    };
    assert_eq!(found(&[&spec(&formula("p"), &formula("q"))]), NOTHING);
    let exec = |key: &str, event: &str, command: &str| {
        format!("type: exec, interval: 1m, {key}: {event}, properties: {{command: {command}}}")
    };
    let jobs = |key: &str, command: &str| {
        spec(
            &exec("success_transition", "p", "/bin/x"),
            &exec(key, "q", command),
        )
    };
    assert_eq!(
        found(&[&jobs("fail_transition", "/bin/y")]),
        ["race in a to b or c, unusual: a -p (watcher x succeeds, after 1m)-> b -r (operator)-> a"]
    );
    assert_eq!(found(&[&jobs("fail_transition", "/bin/x")]), NOTHING);
}

/// A machine that opens every hour and shuts ten minutes later.
const DOOR: &str = "door shut
transitions:
  - {name: open, from: [shut], destination: wide}
  - {name: close, from: [wide], destination: shut}
watchers:
  - {name: hour, type: timer, state_match: [shut], fail_transition: open, properties: {timer: 1h}}
  - {name: ten, type: timer, state_match: [wide], fail_transition: close, properties: {timer: 10m}}
";

#[test]
fn machines_that_hear_each_other_go_round_together() {
    let machine = |own: &str, [go, back]: [&str; 2]| {
        format!(
            "{own} a\ntransitions:\n  - {{name: go, from: [a], destination: b, subscribe: [{{machine_name: {go}]}}\n  \
                 - {{name: back, from: [b], destination: a, subscribe: [{{machine_name: {back}]}}\nwatchers:\n  \
                 - {{name: w, type: exec, interval: 1h, properties: {{command: /bin/x}}}}\n"
        )
    };
    let one = machine("one", ["two, event: back}", "two, event: go}"]);
    let two = machine("two", ["one, event: go}", "one, event: back}"]);
    assert_eq!(
        found(&[&one, &two]),
        [
            "round of 4 in 0ns: one: a -go (operator)-> b, two: a -go (after go of one)-> b, one: b -back (after go of two)-> a, \
          two: b -back (after back of one)-> a, one: a -go (after back of two)-> b, two: a -go (after go of one)-> b"
        ]
    );
}

#[test]
fn a_listener_is_driven_and_does_not_go_round_itself() {
    let light = "light off
transitions:
  - {name: go_on, from: [off], destination: lit, subscribe: [{machine_name: door, event: open}]}
  - {name: go_off, from: [lit], destination: off, subscribe: [{machine_name: door, event: close}]}
watchers:
  - {name: w, type: exec, interval: 1h, properties: {command: /bin/x}}
";
    assert_eq!(found(&[DOOR, light]), NOTHING);
    let quick = DOOR
        .replace("type: timer", "type: exec")
        .replace("fail_", "success_")
        .replace("timer: 1h", "command: /bin/x")
        .replace("timer: 10m", "command: /bin/y");
    let rounds = found(&[&quick, light]);
    assert_eq!(rounds.len(), 1, "{rounds:#?}");
}

#[test]
fn two_transitions_that_one_event_fires_race() {
    let light = "light off
transitions:
  - {name: dim, from: [off], destination: dimmed, subscribe: [{machine_name: door, event: open}]}
  - {name: go_on, from: [off], destination: lit, subscribe: [{machine_name: door, event: open}]}
  - {name: go_off, from: [lit, dimmed], destination: off, subscribe: [{machine_name: door, event: close}]}
watchers:
  - {name: w, type: exec, interval: 1h, properties: {command: /bin/x}}
";
    assert_eq!(
        found(&[DOOR, light]),
        ["race in off to dimmed or lit: shut -open (watcher hour is over, after 1h)-> wide"]
    );
}

#[test]
fn what_is_not_known_may_do_anything() {
    let light = "light off
transitions:
  - {name: go_on, from: [off], destination: lit, subscribe: [{machine_name: elsewhere, event: open}]}
  - {name: go_off, from: [lit], destination: broken, subscribe: [{machine_name: elsewhere, event: close}]}
watchers:
  - {name: w, type: exec, interval: 1h, properties: {command: /bin/x}, state_match: [off],
     foreign_state_required: [{machine_name: elsewhere, state: odd}]}
";
    assert_eq!(
        found(&[light]),
        [
            "sink broken: off -go_on (after open of elsewhere)-> lit -go_off (after close of elsewhere)-> broken"
        ]
    );
}

#[test]
fn more_than_the_limit_is_not_looked_at() {
    let owned = super::machines(&[DOOR]);
    let found = explore(&[&owned[0]], Limits { states: 2 });
    assert!(!found.is_complete());
    assert_eq!(found.explored, 2);
}
