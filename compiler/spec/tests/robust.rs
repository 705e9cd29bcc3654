//! Whatever the text is: no panic, and no machine where there is an error.

use chorister_spec::scenario::Suite;
use chorister_spec::{Options, Severity, Source, machine, render};
use proptest::prelude::*;

const MACHINE: &str = r#"name: worker
version: 1.0.0
initial_state: STOPPED
declare: {facts: {os.family: string}, data: {used: integer}}
transitions:
  - name: start
    from: [STOPPED, BROKEN]
    destination: RUNNING
    subscribe: [{machine_name: other, event: done}]
  - {name: stop, from: [RUNNING], destination: STOPPED}
watchers:
  - name: starter
    type: exec
    state_match: [STOPPED]
    foreign_state_required: [{machine_name: other, state: OK}]
    interval: 1m
    announce_interval: 5m
    success_transition: start
    properties:
      command: ./start.sh {{ lookup "facts.os.family" "x" }} 'a b'
      environment: [A=1, "B={{ lookup \"data.used\" 1 }}"]
      timeout: 20s
  - name: hours
    type: schedule
    fail_transition: stop
    properties: {duration: 1h, start_splay: 10m, schedules: ["0 8 * * mon-fri", "*/5 9 1 1 *"]}
  - name: judge
    type: expression
    properties: {success_when: 'data.used < 80 && get_fact("a.b") == nil'}
  - name: motd
    type: file
    properties: {path: /etc/motd, contents: hi, owner: root, group: root, mode: "0644"}
  - name: alive
    type: gossip
    properties: {registration: {cluster: a, service: b, protocol: c, ip: 192.0.2.1, port: 80}}
tests:
  - name: starts
    given: {state: STOPPED, facts: {os: {family: x}}, data: {used: 1}, at: 2026-03-29T00:30:00Z, timezone: UTC, seed: 3}
    until: 1h
    steps:
      - {at: 1m, watcher: {starter: {exit: 0, stdout: x, runtime: 5s}, motd: {outcome: changed}}}
      - {after: 1m, event: stop}
      - {after: 1m, transition: {machine: other, event: done}}
      - {clock: -1h}
      - {after: 1d, restart: true}
    expect:
      - {at: 1m, state: RUNNING}
      - {event: io.choria.machine.v1.transition, to_state: RUNNING, within: 5m, times: 2}
      - {ran: starter, times: 1}
      - {never: {state: BROKEN}}
      - {eventually: {state: STOPPED}, within: 10m}
"#;

/// What people and generators put in the wrong place.
const BITS: &[&str] = &[
    "",
    " ",
    "\n",
    "\t",
    "[",
    "]",
    "{",
    "}",
    "{{",
    "}}",
    ":",
    ": ",
    "- ",
    "\"",
    "'",
    "*",
    "&a ",
    "<<: ",
    "|",
    ">-",
    "null",
    "0",
    "-1",
    "9999999999999999999999",
    "1e400",
    "0.01d",
    "é",
    "\u{0}",
    "\u{feff}",
    "STOPPED",
    "exec",
    "%",
    "#",
    "---\n",
];

fn check_anything(text: &str) {
    for lenient in [false, true] {
        for format in ["x.yaml", "x.json"] {
            let source = Source::new(format, text);
            let checked = machine::check(
                &source,
                &Options {
                    lenient,
                    build: false,
                },
            );
            let errors = checked
                .diagnostics
                .iter()
                .any(|it| it.severity == Severity::Error);
            assert!(!(errors && checked.machine.is_some()), "{text}");
            assert!(!errors || checked.tests.is_empty() || lenient, "{text}");
            for script in [false, true] {
                let suite = Suite::read(&source);
                let tests = match script {
                    true => suite.check_script(&[&checked]),
                    false => suite.check(&[&checked]),
                };
                let failed = tests
                    .diagnostics
                    .iter()
                    .any(|it| it.severity == Severity::Error);
                assert!(!failed || tests.tests.is_empty(), "{text}");
            }
            let _ = render::text(&checked.diagnostics, &[source], render::Color::Always);
            let _ = render::json(&checked.diagnostics);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn broken_machines_do_not_break_the_checker(
        edits in prop::collection::vec((0..MACHINE.len(), 0..12_usize, prop::sample::select(BITS)), 1..5)
    ) {
        let mut text = MACHINE.to_owned();
        for (at, length, bit) in edits {
            let start = floor(&text, at);
            let end = floor(&text, start + length);
            text.replace_range(start..end, bit);
        }
        check_anything(&text);
    }

    #[test]
    fn any_text_can_be_checked(text in "\\PC{0,60}") {
        check_anything(&text);
    }
}

/// The last place at or before `at` where a character begins.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|it| text.is_char_boundary(*it))
        .unwrap_or(0)
}
