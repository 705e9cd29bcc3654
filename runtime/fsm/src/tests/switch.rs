//! Switches and archives.

use core::time::Duration;

use chorister_ir::{Archive, HttpSwitch, StateSet, WatcherId, WatcherKind};

use super::lab::{Build, Lab, every, literal, machine, text, two_states};
use crate::{JobResult, MachineKey, Switched, Unpacked};

const ROWS: &[(&str, &[&str], &str)] = &[
    ("on", &["off"], "on"),
    ("off", &["on"], "off"),
    ("lock", &["on", "off"], "locked"),
    ("park", &["on", "off"], "parked"),
];

fn lamp(lab: &mut Lab) -> MachineKey {
    let bare = machine("lamp", ROWS);
    let set = |name: &str| Some(bare.state_named(name).into_iter().collect::<StateSet>());
    let kind = WatcherKind::HttpSwitch(HttpSwitch {
        on_when: set("on"),
        off_when: set("off"),
        disable_when: set("locked"),
        ..HttpSwitch::DEFAULT
    });
    lab.insert(bare.watch("sw", &["on", "off", "locked"], ["on", "off"], kind))
}

fn turn(lab: &mut Lab, key: MachineKey, on: bool) -> Switched {
    lab.with(|fleet, cx| fleet.switch(key, WatcherId(0), on, cx))
}

#[test]
fn it_shows_its_state_at_start_and_on_entering() {
    let mut lab = Lab::new();
    let key = lamp(&mut lab);
    lab.saw(&["lamp#sw off"]);
    lab.fire(key, "on");
    lab.saw(&["lamp: off -on-> on", "lamp#sw on"]);
    lab.fire(key, "park");
    lab.saw(&["lamp: on -park-> parked"]);
}

#[test]
fn turning_it_fires() {
    let mut lab = Lab::new();
    let key = lamp(&mut lab);
    lab.take();
    assert_eq!(turn(&mut lab, key, true), Switched::Done);
    lab.saw(&["lamp#sw on", "lamp: off -on-> on", "lamp#sw on"]);
}

#[test]
fn it_cannot_be_turned_where_it_is_disabled_or_not_active() {
    let mut lab = Lab::new();
    let key = lamp(&mut lab);
    lab.fire(key, "lock");
    lab.take();
    assert_eq!(turn(&mut lab, key, true), Switched::Disabled);
    let key = lamp(&mut lab);
    lab.fire(key, "park");
    lab.take();
    assert_eq!(turn(&mut lab, key, true), Switched::Inactive);
    let key = lab.insert(two_states("other"));
    assert_eq!(turn(&mut lab, key, true), Switched::NoSwitch);
    lab.saw(&[]);
}

#[test]
fn an_archive_is_looked_after_at_start_and_each_interval() {
    let mut lab = Lab::new();
    let kind = WatcherKind::Archive(Archive {
        source: literal("https://artifacts.example.net/app.tgz"),
        creates: text("app"),
        target: text("/srv"),
        ..Archive::DEFAULT
    });
    lab.insert(
        two_states("m")
            .watch("dl", &["a"], ["stay", "go"], kind)
            .tune(every(60)),
    );
    lab.saw(&["m#dl starts get https://artifacts.example.net/app.tgz"]);
    let mut end = |unpacked: Unpacked, expect: &[&str]| {
        lab.end_as(JobResult::Archive {
            unpacked,
            runtime: Duration::from_secs(1),
        });
        lab.saw(expect);
        lab.run_secs(60);
        lab.take();
    };
    end(Unpacked::Downloaded, &["m#dl downloaded"]);
    end(Unpacked::Verified, &["m#dl verified"]);
    end(
        Unpacked::Failed("no route".into()),
        &["m#dl: no route", "m#dl error", "m: a -go-> b"],
    );
}
