//! What is written, read by other people's code.

use core::time::Duration;

use chorister_fsm::{Notice, Outcome, Report};
use cloudevents::AttributesReader as _;
use proptest::prelude::*;
use serde_json::json;

use super::made::{
    Made, exec, file, machine, measured, metric, report, switch, timer, transition, watcher,
};
use crate::Event;

const ID: [u8; 16] = *b"\x01\x23\x45\x67\x89\xab\x4d\xef\x81\x23\x45\x67\x89\xab\xcd\xef";

fn read(made: &Made, notice: &Notice) -> cloudevents::Event {
    let text = made.json(notice, ID);
    let event: cloudevents::Event = serde_json::from_str(&text).unwrap();
    #[cfg(feature = "cloudevents")]
    assert_eq!(
        Event::new(&made.fleet, notice)
            .unwrap()
            .to_cloudevent(ID)
            .unwrap(),
        event
    );
    event
}

#[test]
fn an_event_is_a_cloudevent() {
    let mut made = Made::new("node1");
    let key = made.insert(
        machine("m", "1.0.0", ["go", "a", "b"], Vec::new()),
        [0; 16],
        "/m",
    );
    let notice = transition(key, "2026-01-02T03:04:05.678Z".parse().unwrap());
    let event = read(&made, &notice);
    assert_eq!(event.id(), "01234567-89ab-4def-8123-456789abcdef");
    assert_eq!(event.ty(), "io.choria.machine.v1.transition");
    assert_eq!(event.source().as_str(), "io.choria.machine");
    assert_eq!(event.subject(), Some("node1"));
    assert_eq!(event.datacontenttype(), Some("application/json"));
    assert_eq!(
        event.time().unwrap().to_rfc3339(),
        "2026-01-02T03:04:05+00:00"
    );
    let text = made.json(&notice, ID);
    assert!(text.contains(r#""time":"2026-01-02T03:04:05Z""#), "{text}");
    assert!(text.contains(r#""timestamp":1767323045,"#), "{text}");
}

#[test]
fn watchers_say_what_belongs_to_their_kind() {
    let mut made = Made::new("node1");
    let watchers = vec![
        watcher("x", exec("a <b> && c")),
        watcher("f", file("/abs/olute")),
        watcher("t", timer()),
        watcher("m", metric()),
        watcher("s", switch(&[("z", "1"), ("a", "2")])),
    ];
    let key = made.insert(
        machine("m", "1.0.0", ["go", "a", "b"], watchers),
        [0; 16],
        "/m",
    );
    let check = |at: u16, said: Report, expect: &str| {
        let text = made.json(&report(key, jiff::Timestamp::UNIX_EPOCH, at, said), ID);
        let found = text.split_once("\"name\":").unwrap().1;
        assert_eq!(found, format!("{expect}}}}}"));
    };
    let runtime = Duration::from_nanos(1_500);
    check(
        0,
        Report::Exec {
            outcome: Outcome::Success,
            runtime,
        },
        concat!(
            r#""x","command":"a \u003cb\u003e \u0026\u0026 c","#,
            r#""previous_outcome":"success","previous_run_time":1500"#
        ),
    );
    check(
        1,
        Report::File {
            outcome: Outcome::Changed,
        },
        r#""f","path":"/abs/olute","previous_outcome":"changed""#,
    );
    check(
        2,
        Report::Timer {
            state: Outcome::Running,
            length: Duration::from_secs(5),
        },
        r#""t","state":"running","timer":5000000000"#,
    );
    let measurement = measured(&[("b", "2"), ("a", "1")], &[("z", 1e21), ("a", -0.5)], 7);
    check(
        3,
        Report::Metric {
            measurement,
            runtime,
        },
        concat!(
            r#""m","metrics":{"labels":{"a":"1","b":"2"},"#,
            r#""metrics":{"a":-0.5,"choria_runtime_seconds":0.0000015,"z":1e+21},"time":7}"#
        ),
    );
    check(
        4,
        Report::HttpSwitch {
            status: Outcome::On,
        },
        r#""s","status":"on","is_on":true,"annotations":{"a":"2","z":"1"}"#,
    );
}

#[test]
fn an_event_of_a_machine_that_is_gone_has_no_names() {
    let mut made = Made::new("node1");
    let key = made.insert(
        machine("m", "1.0.0", ["go", "a", "b"], Vec::new()),
        [0; 16],
        "/m",
    );
    let notice = transition(key, jiff::Timestamp::UNIX_EPOCH);
    made.fleet = chorister_fsm::Fleet::new("node1");
    assert!(Event::new(&made.fleet, &notice).is_none());
}

proptest! {
    #[test]
    fn any_names_read_back(
        names in prop::array::uniform6(any::<String>()),
        metrics in prop::collection::btree_map(any::<String>(), -1e30..1e30_f64, 0..4),
    ) {
        let [identity, name, version, go, from, to] = names;
        let mut made = Made::new(&identity);
        let watchers = vec![watcher(&go, metric())];
        let key = made.insert(machine(&name, &version, [&go, &from, &to], watchers), [9; 16], "/m");
        let text = made.json(&transition(key, jiff::Timestamp::UNIX_EPOCH), ID);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&value["subject"], &json!(identity));
        prop_assert_eq!(&value["data"], &json!({
            "protocol": "io.choria.machine.v1.transition", "identity": identity,
            "id": "09090909-0909-0909-0909-090909090909", "version": version, "timestamp": 0,
            "machine": name, "transition": go, "from_state": from, "to_state": to,
        }));

        let pairs: Vec<_> = metrics.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let measurement = measured(&[], &pairs, 1);
        let said = Report::Metric { measurement, runtime: Duration::from_secs(1) };
        let text = made.json(&report(key, jiff::Timestamp::UNIX_EPOCH, 0, said), ID);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        for (name, number) in metrics {
            prop_assert_eq!(value["data"]["metrics"]["metrics"][&name].as_f64(), Some(number));
        }
    }
}
