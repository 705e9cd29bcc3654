//! From text to the IR: ids, edges, defaults, and what the options change.

#![allow(clippy::unwrap_used)]

use core::time::Duration;

use chorister_ir::{Edge, Machine, StateId, TransitionId, WatcherKind};
use chorister_spec::{Checked, Code, Options, Severity, Source, ddl, machine};

const HEAD: &str = "name: worker\nversion: 1.0.0\ninitial_state: STOPPED\n";
const TRANSITIONS: &str = "transitions:\n  - {name: start, from: [STOPPED], destination: RUNNING}\n  \
                           - {name: stop, from: [RUNNING], destination: STOPPED}\n";

fn check(text: &str, options: Options) -> Checked {
    machine::check(&Source::new("worker.machine.yaml", text), &options)
}

fn lower(text: &str) -> Machine {
    let checked = check(text, Options::default());
    checked
        .machine
        .unwrap_or_else(|| panic!("{:#?}", checked.diagnostics))
}

/// The machine with one watcher of this type and these settings.
fn watcher(kind: &str, properties: &str) -> chorister_ir::Watcher {
    let text = format!(
        "{HEAD}{TRANSITIONS}watchers:\n  - {{name: it, type: {kind}, fail_transition: stop, \
         state_match: [RUNNING], properties: {{{properties}}}}}\n"
    );
    lower(&text).watchers.first().unwrap().clone()
}

#[test]
fn ids_follow_the_first_mention_with_the_initial_state_first() {
    let machine = lower(
        "name: m\nversion: 1.0.0\ninitial_state: C\ntransitions:\n  \
         - {name: y, from: [A, B], destination: C}\n  - {name: x, from: [C], destination: A}\n  \
         - {name: y, from: [C], destination: B}\nwatchers:\n  \
         - {name: w, type: exec, interval: 1m, properties: {command: ./w.sh}}\n",
    );
    assert_eq!(machine.states.to_vec(), ["C", "A", "B"]);
    let names: Vec<_> = machine
        .transitions
        .iter()
        .map(|it| it.name.as_ref())
        .collect();
    assert_eq!(names, ["y", "x"]);
    let edge = |from, transition, to| Edge {
        from: StateId(from),
        transition: TransitionId(transition),
        to: StateId(to),
    };
    let expect = [edge(0, 0, 2), edge(0, 1, 1), edge(1, 0, 0), edge(2, 0, 0)];
    assert_eq!(machine.edge_list().collect::<Vec<_>>(), expect);
}

#[test]
fn of_two_entries_for_one_event_and_state_the_last_wins() {
    let machine = lower(&format!(
        "{HEAD}{TRANSITIONS}  - {{name: start, from: [STOPPED], destination: STOPPED}}\nwatchers:\n  \
         - {{name: w, type: exec, interval: 1m, properties: {{command: ./w.sh}}}}\n"
    ));
    assert_eq!(machine.next(StateId(0), TransitionId(0)), Some(StateId(0)));
}

#[test]
fn absent_settings_have_their_defaults() {
    let file = watcher("file", "path: /etc/motd");
    assert_eq!(file.interval, Some(Duration::from_secs(5)));
    let judge = watcher("expression", "fail_when: 'get_fact(\"x\") == 1'");
    assert_eq!(judge.interval, Some(Duration::from_secs(10)));
    let exec = watcher("exec", "command: ./run.sh");
    assert_eq!(exec.interval, None);
    let WatcherKind::Exec(exec) = exec.kind else {
        panic!("{exec:?}")
    };
    assert_eq!(exec.timeout, Duration::from_secs(10));
    let metric = watcher("metric", "command: ./run.sh, interval: 2m");
    assert_eq!(metric.interval, Some(Duration::from_secs(120)));
    assert_eq!(
        watcher("metric", "command: ./run.sh").interval,
        Some(Duration::from_secs(1))
    );
    let WatcherKind::Timer(timer) = watcher("timer", "timer: 10ms").kind else {
        panic!()
    };
    assert_eq!(timer.timer, Duration::from_secs(1));
    let WatcherKind::Schedule(hours) = watcher("schedule", "schedules: 0 8 * * *").kind else {
        panic!()
    };
    assert_eq!(
        (hours.schedules.len(), hours.duration),
        (1, Duration::from_secs(60))
    );
}

#[test]
fn a_check_keeps_its_interval() {
    let machine = lower(&format!(
        "{HEAD}{TRANSITIONS}watchers:\n  - {{name: check, type: nagios, interval: 1m, properties: {{plugin: ./w.sh}}}}\n"
    ));
    let check = machine.watchers.first().unwrap();
    assert_eq!(check.interval, Some(Duration::from_secs(60)));
}

#[test]
fn a_timeout_of_nothing_is_the_default() {
    let WatcherKind::Exec(exec) = watcher("exec", "command: ./run.sh, timeout: 0").kind else {
        panic!()
    };
    assert_eq!(exec.timeout, Duration::from_secs(10));
}

#[test]
fn a_mode_without_quotes_keeps_its_digits() {
    let content = "path: /etc/motd, contents: x, owner: root, group: root";
    for (written, expect) in [("0644", "0644"), ("\"0600\"", "0600")] {
        let WatcherKind::File(file) = watcher("file", &format!("{content}, mode: {written}")).kind
        else {
            panic!()
        };
        assert_eq!(file.content.unwrap().mode.source, expect);
    }
}

#[test]
fn properties_are_found_in_any_case() {
    let WatcherKind::Exec(exec) = watcher("exec", "Command: ./run.sh, TimeOut: 5s").kind else {
        panic!()
    };
    assert_eq!(
        (exec.command.source.as_ref(), exec.timeout.as_secs()),
        ("./run.sh", 5)
    );
}

#[test]
fn lenient_takes_what_upstream_ignores() {
    let text = format!(
        "{HEAD}owner: web\n{TRANSITIONS}watchers:\n  - name: w\n    type: exec\n    statematch: [STOPPED]\n    \
         interval: 1m\n    command: ./x.sh\n    properties: {{command: ./w.sh, gossfile: x}}\n"
    );
    let strict = check(&text, Options::default());
    assert!(strict.machine.is_none());
    let lenient = check(
        &text,
        Options {
            lenient: true,
            build: true,
        },
    );
    assert!(
        lenient
            .diagnostics
            .iter()
            .all(|it| it.severity == Severity::Warning)
    );
    let machine = lenient.machine.unwrap();
    // What was misspelt stays unread: upstream runs the watcher in every state.
    assert!(machine.watchers.first().unwrap().active_in.is_every());
}

#[test]
fn lenient_still_wants_what_is_required() {
    let text = format!(
        "{HEAD}{TRANSITIONS}watchers:\n  - {{name: w, type: exec, interval: 1m, properties: {{comand: ./w.sh}}}}\n"
    );
    let checked = check(
        &text,
        Options {
            lenient: true,
            build: false,
        },
    );
    assert!(
        checked
            .diagnostics
            .iter()
            .any(|it| it.code == Code::MissingKey)
    );
    assert!(checked.machine.is_none());
}

#[test]
fn types_that_do_not_run_are_warnings_until_they_are_built() {
    let text = format!(
        "{HEAD}{TRANSITIONS}watchers:\n  - {{name: w, type: ccm_manifest, interval: 5m, properties: {{manifest_file: m.yaml}}}}\n"
    );
    for (build, severity) in [(false, Severity::Warning), (true, Severity::Error)] {
        let checked = check(
            &text,
            Options {
                lenient: false,
                build,
            },
        );
        let [finding] = checked.diagnostics.as_slice() else {
            panic!("{checked:?}")
        };
        assert_eq!(
            (finding.code, finding.severity),
            (Code::UnsupportedType, severity)
        );
        assert!(checked.machine.is_none());
    }
}

#[test]
fn findings_are_in_the_order_of_the_file_and_have_paths() {
    let text = "name: worker\nversion: 1\ninitial_state: A\ntransitions:\n  \
                - {name: go, from: [A], destination: B}\n  - {name: back, from: [B], destination: A}\nwatchers:\n  \
                - {name: w, type: exec, interval: 10, success_transition: gone, properties: {command: ./w.sh}}\n";
    let checked = check(text, Options::default());
    let paths: Vec<_> = checked
        .diagnostics
        .iter()
        .map(|it| it.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "version",
            "watchers[0].interval",
            "watchers[0].success_transition"
        ]
    );
}

#[test]
fn a_lenient_reader_takes_descriptions_that_other_nodes_load() {
    let text = "metadata: {name: disk, description: Disks, author: a, license: b, version: 1.0.0-rc1, url: c, timeout: 5}
actions:
  - action: clean
    description: Cleans
    display: sometimes
    input:
      depth: {prompt: a, description: b, type: integer, optional: true, default: abc}
      mode: {prompt: a, description: b, type: list, optional: true, default: slow, list: [fast]}
      none: {prompt: a, description: b, type: list, optional: true, list: []}
      odd: {prompt: a, description: b, type: thing, optional: true}
      path: {prompt: a, description: b, type: string, optional: true, validation: '^(a', maxlength: 10}
    output: {freed: {description: a, display_as: b}}
    aggregate: [{function: median, args: [freed]}, {function: summary, args: []}]
  - {action: clean, description: Again, input: {}, output: {}}
";
    let source = Source::new("disk.ddl.yaml", text);
    assert!(ddl::check(&source, &Options::default()).has_errors());
    for build in [false, true] {
        let lenient = Options {
            lenient: true,
            build,
        };
        let checked = ddl::check(&source, &lenient);
        let agent = checked
            .agent()
            .unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
        let names = agent.actions.iter().map(|it| it.name.as_ref());
        assert_eq!(names.collect::<Vec<_>>(), ["clean"]);
        let action = agent.action("clean").unwrap();
        assert_eq!((action.inputs.len(), action.aggregates.len()), (5, 1));
    }
}

#[test]
fn an_unknown_type_is_one_finding() {
    let text = "metadata: {name: queue, description: a, author: b, license: c, version: 1.0.0, url: d, timeout: 5}
query: {prompt: a, description: b, type: strnig, optional: true, default: x, maxlength: 20, validation: shellsafe}
output: {length: {description: a, display_as: b, type: integer}}
";
    let checked = ddl::check(&Source::new("queue.ddl.yaml", text), &Options::default());
    let codes: Vec<_> = checked.diagnostics.iter().map(|it| it.code).collect();
    assert_eq!(codes, [Code::DdlType], "{:#?}", checked.diagnostics);
}
