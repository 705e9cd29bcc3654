//! Lines for people.

use core::time::Duration;

use chorister_fsm::{Happening, Level, Outcome, Remark, Report};
use chorister_ir::WatcherId;
use jiff::tz::TimeZone;

use super::made::{
    Made, exec, machine, measured, metric, report, switch, timer, transition, watcher,
};
use crate::{Console, Event};

/// A machine, and one line of each sort.
fn lines(colour: bool) -> String {
    let mut made = Made::new("node1");
    let watchers = vec![
        watcher("dusk", exec("./is-dark --lux 40\n\x1b[2J")),
        watcher("glow", timer()),
        watcher("power", metric()),
        watcher("switch", switch(&[])),
    ];
    let key = made.insert(
        machine("lamp", "1.0.0", ["turn_on", "off", "on"], watchers),
        [0; 16],
        "/m",
    );
    let time = "2026-11-20T13:03:07Z".parse().unwrap();
    let zone = TimeZone::fixed(jiff::tz::offset(1));
    let mut console = Console::new(zone, colour);
    let definition = made.fleet.machine(key).unwrap().definition();
    console.widen(definition);
    let exec = |outcome, millis| Report::Exec {
        outcome,
        runtime: Duration::from_millis(millis),
    };
    let timer = |state| Report::Timer {
        state,
        length: Duration::from_secs(3_725),
    };
    let measurement = measured(&[], &[("watt", 581.6799), ("on", 12.0)], 7);
    let mut notices = vec![
        report(key, time, 0, exec(Outcome::Success, 12)),
        transition(key, time),
        report(key, time, 1, timer(Outcome::Running)),
        report(key, time, 1, timer(Outcome::Stopped)),
        report(key, time, 0, exec(Outcome::Error, 61_000)),
        report(
            key,
            time,
            2,
            Report::Metric {
                measurement,
                runtime: Duration::from_micros(4_321),
            },
        ),
        report(
            key,
            time,
            3,
            Report::HttpSwitch {
                status: Outcome::On,
            },
        ),
        report(key, time, 0, exec(Outcome::Skipped, 0)),
    ];
    if let Some(Happening::Watcher { announced, .. }) =
        notices.last_mut().map(|it| &mut it.happening)
    {
        *announced = true;
    }
    let mut text = String::new();
    for notice in &notices {
        console.write(&Event::new(&made.fleet, notice).unwrap(), &mut text);
    }
    let remark = Remark {
        machine: key,
        watcher: Some(WatcherId(0)),
        level: Level::Warning,
        text: "the command ended with status 1".into(),
    };
    console.write_remark(time, definition, &remark, &mut text);
    text
}

#[test]
fn columns_stand_below_each_other() {
    let expect = "\
14:03:07  lamp#dusk         ✓ exec success in 12 ms  ./is-dark --lux 40 \u{fffd}[2J
14:03:07  lamp              ● off → on  by turn_on
14:03:07  lamp#glow         ◔ timer running for 1h2m
14:03:07  lamp#glow         ○ timer stopped
14:03:07  lamp#dusk         ✗ exec error in 1m1s  ./is-dark --lux 40 \u{fffd}[2J
14:03:07  lamp#power        ≡ metric in 4 ms  on=12 watt=581.68
14:03:07  lamp#switch       ◉ httpswitch on
14:03:07  lamp#dusk         · exec skipped  ./is-dark --lux 40 \u{fffd}[2J  (announced)
14:03:07  lamp#dusk         ! the command ended with status 1
";
    assert_eq!(lines(false), expect);
}

#[test]
fn colours_change_nothing_else() {
    let text = lines(true);
    let mut bare = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("\x1b[") {
        bare.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    bare.push_str(rest);
    assert_eq!(bare, lines(false));
    assert!(
        text.contains("\x1b[31m✗ exec error in 1m1s\x1b[0m"),
        "{text:?}"
    );
}
