//! What a test may say of events is what events really hold.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::Path;

use chorister_events::Event;
use chorister_fsm::{Happening, MachineKey, Measurement, Notice, Outcome, Report};
use chorister_ir::{StateId, TransitionId, WatcherId};
use chorister_spec::scenario::Suite;
use chorister_spec::{Options, Source, machine};

/// A machine with a watcher of every type that runs.
const EVERY: &str = "name: every\nversion: 1.0.0\ninitial_state: A\ntransitions:\n  \
    - {name: go, from: [A], destination: B}\n  - {name: back, from: [B], destination: A}\nwatchers:\n  \
    - {name: exec, type: exec, interval: 1m, success_transition: go, properties: {command: /bin/true}}\n  \
    - {name: file, type: file, success_transition: go, properties: {path: x}}\n  \
    - {name: schedule, type: schedule, success_transition: go, fail_transition: back, properties: {duration: 1h, schedules: ['0 8 * * *']}}\n  \
    - {name: timer, type: timer, fail_transition: go, properties: {timer: 1m}}\n  \
    - {name: metric, type: metric, properties: {command: /bin/true, interval: 1m}}\n  \
    - {name: expression, type: expression, success_transition: go, properties: {success_when: 'true'}}\n  \
    - {name: archive, type: archive, properties: {source: 'https://x.example/a.tgz', checksum: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', creates: a, target: /srv}}\n  \
    - {name: httpswitch, type: httpswitch, success_transition: go, fail_transition: back}\n";

#[test]
fn every_field_of_every_event_can_be_expected() {
    let spec = Source::new("every.machine.yaml", EVERY);
    let checked = machine::check(&spec, &Options::default());
    let definition = checked.machine.clone().unwrap();
    let outcome = Outcome::Success;
    let runtime = core::time::Duration::from_secs(1);
    let reports = [
        Report::Exec { outcome, runtime },
        Report::File { outcome },
        Report::Schedule { state: Outcome::On },
        Report::Timer {
            state: Outcome::Running,
            length: runtime,
        },
        Report::Metric {
            measurement: Measurement::default().into(),
            runtime,
        },
        Report::Expression { outcome },
        Report::Archive {
            source: "x".into(),
            outcome,
            runtime,
        },
        Report::HttpSwitch {
            status: Outcome::On,
        },
    ];
    let transition = Happening::Transition {
        transition: TransitionId(0),
        from: StateId(0),
        to: StateId(1),
    };
    let watchers = reports.into_iter().zip(0..).map(|(report, at)| {
        let watcher = WatcherId(at);
        Happening::Watcher {
            watcher,
            report,
            announced: false,
        }
    });
    for happening in watchers.chain([transition]) {
        let notice = Notice {
            machine: MachineKey::default(),
            time: jiff::Timestamp::UNIX_EPOCH,
            happening,
        };
        let event = Event {
            identity: "node",
            machine: &definition,
            instance: [0; 16],
            directory: Path::new("/"),
            notice: &notice,
        };
        let mut text = Vec::new();
        event.write_json([0; 16], &mut text);
        let event: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let kind = event["type"].as_str().unwrap();
        let published: BTreeSet<&str> = event["data"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(known(kind, &checked), published, "{kind}");
    }
}

/// The fields that may be expected of an event, as the help about one that may not says.
fn known<'a>(kind: &str, checked: &chorister_spec::Checked) -> BTreeSet<&'a str> {
    let text =
        format!("tests:\n  - name: x\n    expect:\n      - {{event: {kind}, zzzzzzzz: 1}}\n");
    let tests = Suite::read(&Source::new("x.test.yaml", text)).check(&[checked]);
    let [finding] = tests.diagnostics.as_slice() else {
        panic!("{:?}", tests.diagnostics);
    };
    let help = finding.help.clone().unwrap().leak();
    help.split('`').skip(1).step_by(2).collect()
}
