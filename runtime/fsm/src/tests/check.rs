//! Checks: results, soft states, dependencies, remedies and maintenance.

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use chorister_ir::{
    Active, Exec, Flapping, Machine, Nagios, Policy, Probe, Publish, Retry, WatcherKind,
};
use chorister_lang::cron::Cron;
use chorister_lang::nagios::Status;

use super::lab::{Build, Lab, every, literal, machine};
use crate::{
    Check, CheckProbe, Exit, Fired, Instance, JobResult, MachineKey, Maintenance, Remedy, offset,
};

const RESULTS: [&str; 4] = ["UNKNOWN", "OK", "WARNING", "CRITICAL"];
const KNOWN: [&str; 5] = ["UNKNOWN", "OK", "WARNING", "CRITICAL", "FORCE_CHECK"];

/// The machine of every check, with a watcher of these properties.
pub(super) fn scout(nagios: Nagios) -> Machine {
    let rows: &[(&str, &[&str], &str)] = &[
        ("UNKNOWN", &KNOWN, "UNKNOWN"),
        ("OK", &KNOWN, "OK"),
        ("WARNING", &KNOWN, "WARNING"),
        ("CRITICAL", &KNOWN, "CRITICAL"),
        ("FORCE_CHECK", &RESULTS, "FORCE_CHECK"),
        ("MAINTENANCE", &KNOWN, "MAINTENANCE"),
        ("RESUME", &["MAINTENANCE"], "UNKNOWN"),
    ];
    machine("scout", rows)
        .watch("check", &RESULTS, ["", ""], WatcherKind::Nagios(nagios))
        .watch(
            "remediate",
            &["CRITICAL"],
            ["UNKNOWN", ""],
            WatcherKind::Exec(Exec {
                remedies: true,
                ..Exec::DEFAULT
            }),
        )
}

pub(super) fn queue() -> Check {
    Check {
        name: "queue".into(),
        class: "queue".into(),
        probe: CheckProbe::Plugin {
            argv: vec!["check_queue".to_owned(), "-w".to_owned(), "5".to_owned()],
            environment: Vec::new(),
        },
        interval: Duration::from_secs(60),
        timeout: Duration::from_secs(10),
        retry: Retry {
            attempts: 1,
            interval: None,
        },
        flapping: None,
        active: None,
        depends_on: Vec::new(),
        remedy: None,
        annotations: Arc::from([]),
        publish: Publish {
            policy: Policy::All,
            summary: None,
        },
    }
}

pub(super) fn add(lab: &mut Lab, check: Check) -> MachineKey {
    let machine = check.machine(&scout(Nagios::DEFAULT));
    let mut instance = Instance::new([7; 16], Path::new("/checks").into());
    instance.check = Some(Arc::new(check));
    lab.with(|fleet, cx| fleet.insert(machine, instance, cx))
}

/// Lets time pass up to the next run, and ends it.
fn result(lab: &mut Lab, code: i32, output: &str) {
    while lab.jobs.is_empty() {
        let wakeup = lab.fleet.next_wakeup(lab.now).expect("something to do");
        lab.run(wakeup.saturating_sub(lab.now.mono));
    }
    lab.end_printing(code, output);
}

fn plugin(command: &str) -> Nagios {
    Nagios {
        probe: Probe::Plugin(literal(command)),
        ..Nagios::DEFAULT
    }
}

#[test]
fn each_status_fires_the_transition_of_its_name() {
    let mut lab = Lab::new();
    let machine = scout(plugin("/bin/check -w 5"));
    let mut watchers = machine.watchers.to_vec();
    watchers.truncate(1);
    let machine = Machine {
        watchers: watchers.into(),
        ..machine
    }
    .tune(every(60));
    let key = lab.insert(machine);
    for (code, state) in [(0, "OK"), (1, "WARNING"), (2, "CRITICAL"), (3, "UNKNOWN")] {
        result(&mut lab, code, "text|a=1s");
        assert_eq!(lab.state(key), state);
        let check = lab.fleet.machine(key).unwrap().check_state().unwrap();
        assert_eq!(check.status.unwrap().as_str(), state);
        assert_eq!(check.plugin.as_ref(), "/bin/check -w 5");
        assert_eq!(check.measures().iter().next(), Some(("a", "s", 1.0)));
    }
}

#[test]
fn what_is_no_status_is_unknown_and_says_why() {
    let mut lab = Lab::new();
    let key = add(&mut lab, queue());
    let ends = [
        (Exit::Code(4), "none of 0 to 3: half"),
        (Exit::Signal(9), "ended by signal 9: half"),
        (Exit::Timeout, "no result within 10s: half"),
        (Exit::Failed("not there".to_owned()), "not there: half"),
    ];
    for (exit, text) in ends {
        lab.run_secs(60);
        let runtime = Duration::from_millis(20);
        lab.end_as(JobResult::Exec {
            exit,
            output: b" half\n".to_vec(),
            runtime,
        });
        let check = lab.fleet.machine(key).unwrap().check_state().unwrap();
        assert_eq!(check.status, Some(Status::Unknown));
        assert!(check.output.ends_with(text), "{}", check.output);
    }
}

#[test]
fn bad_results_are_soft_until_the_last_attempt() {
    let mut lab = Lab::new();
    let retry = Retry {
        attempts: 3,
        interval: Some(Duration::from_secs(10)),
    };
    let key = add(&mut lab, Check { retry, ..queue() });
    result(&mut lab, 0, "fine");
    lab.run_secs(60);
    for attempt in 1..3 {
        lab.end(2);
        assert_eq!(lab.state(key), "OK");
        let check = lab.fleet.machine(key).unwrap().check_state().unwrap();
        assert_eq!(check.attempt, Some((attempt, 3)));
        lab.run_secs(10);
    }
    lab.end(2);
    assert_eq!(lab.state(key), "CRITICAL");
    // From one problem to another, and back, nothing waits.
    result(&mut lab, 1, "");
    assert_eq!(lab.state(key), "WARNING");
    result(&mut lab, 0, "");
    assert_eq!(lab.state(key), "OK");
}

#[test]
fn a_check_is_skipped_while_what_it_depends_on_is_critical() {
    let mut lab = Lab::new();
    let parent = add(
        &mut lab,
        Check {
            name: "host".into(),
            ..queue()
        },
    );
    result(&mut lab, 2, "down");
    let depends_on = vec!["host".into()];
    let key = add(
        &mut lab,
        Check {
            depends_on,
            ..queue()
        },
    );
    lab.run_secs(30);
    let check = lab.fleet.machine(key).unwrap().check_state().unwrap();
    assert_eq!(check.skipped.as_deref(), Some("host is CRITICAL"));
    assert_eq!(check.status, None);
    // An operator is not kept from looking.
    lab.jobs.clear();
    lab.fire(key, "FORCE_CHECK");
    lab.end(0);
    assert_eq!(lab.state(key), "OK");
    lab.fire(parent, "FORCE_CHECK");
    result(&mut lab, 0, "up");
    lab.jobs.clear();
    lab.run_secs(60);
    let starts = lab.jobs.iter().any(|job| job.id.machine == key);
    assert!(starts, "{:?}", lab.jobs);
}

#[test]
fn checks_that_depend_on_each_other_do_not_wait_for_each_other() {
    let mut lab = Lab::new();
    let mut depending = |name: &'static str, on: &'static str| {
        let depends_on = vec![on.into()];
        let name = name.into();
        add(
            &mut lab,
            Check {
                name,
                depends_on,
                ..queue()
            },
        )
    };
    let all = [
        depending("self", "self"),
        depending("one", "other"),
        depending("other", "one"),
    ];
    lab.run_secs(30);
    while !lab.jobs.is_empty() {
        lab.end(2);
    }
    lab.run_secs(60);
    for key in all {
        assert_eq!(lab.state(key), "CRITICAL");
        assert!(lab.jobs.iter().any(|job| job.id.machine == key), "{key:?}");
    }
}

#[test]
fn a_check_runs_in_its_active_hours() {
    let mut lab = Lab::starting("2026-11-20T21:58:30Z");
    let active = Some(Active {
        schedule: Cron::parse("* 6-21 * * mon-fri").unwrap(),
        timezone: None,
    });
    let key = add(&mut lab, Check { active, ..queue() });
    result(&mut lab, 0, "");
    lab.run_secs(150);
    while !lab.jobs.is_empty() {
        lab.end(0);
    }
    lab.run_secs(600);
    assert!(lab.jobs.is_empty());
    let check = lab.fleet.machine(key).unwrap().check_state().unwrap();
    assert_eq!(check.skipped.as_deref(), Some("outside its active hours"));
    assert_eq!(lab.state(key), "OK");
}

#[test]
fn a_remedy_runs_as_often_as_it_may_and_the_check_looks_soon_after() {
    let mut lab = Lab::new();
    let check = Check {
        retry: Retry {
            attempts: 1,
            interval: Some(Duration::from_secs(5)),
        },
        remedy: Some(Remedy {
            argv: vec!["restart".to_owned(), "queue".to_owned()],
            interval: Duration::from_secs(20),
            attempts: Some(2),
            timeout: Duration::from_secs(10),
        }),
        ..queue()
    };
    let key = add(&mut lab, check);
    for _ in 0..2 {
        result(&mut lab, 2, "");
        assert_eq!(lab.state(key), "CRITICAL");
        assert!(
            lab.take()
                .contains(&"queue#remediate starts restart queue".to_owned())
        );
        lab.end(0);
        assert_eq!(lab.state(key), "UNKNOWN");
        lab.run_secs(5);
        // A quiet minute, so that no transition has to wait for another.
        lab.pass(Duration::from_secs(3_600));
        assert_eq!(lab.jobs.len(), 1);
    }
    lab.end(2);
    lab.run_secs(40);
    let remedies = lab.take();
    assert!(
        !remedies.iter().any(|it| it.contains("restart")),
        "{remedies:?}"
    );
    // As soon as it is well, the remedy may be tried again.
    result(&mut lab, 0, "");
    result(&mut lab, 2, "");
    assert_eq!(lab.jobs.len(), 1);
}

#[test]
fn maintenance_outlives_a_restart_and_ends_by_itself() {
    let mut lab = Lab::new();
    let key = add(&mut lab, queue());
    result(&mut lab, 2, "broken");
    let maintenance = Maintenance {
        until: Some("2026-11-20T13:00:00Z".parse().unwrap()),
        reason: "a new disk".to_owned(),
        owner: "ops".to_owned(),
    };
    let fired = lab.with(|fleet, cx| fleet.maintain(key, maintenance.clone(), cx));
    assert!(matches!(fired, Fired::Done { .. }));
    assert_eq!(lab.state(key), "MAINTENANCE");
    lab.restart(Duration::from_secs(600));
    let key = lab.fleet.named("queue").unwrap();
    let view = lab.fleet.machine(key).unwrap();
    assert_eq!(view.state_name(), "MAINTENANCE");
    assert_eq!(view.maintenance(), Some(&maintenance));
    assert_eq!(view.check_state().unwrap().output.as_ref(), "broken");
    lab.run_secs(40 * 60);
    assert!(lab.jobs.is_empty(), "nothing runs in maintenance");
    lab.run_secs(11 * 60);
    assert_eq!(lab.state(key), "UNKNOWN");
    assert_eq!(lab.fleet.machine(key).unwrap().maintenance(), None);
    assert_eq!(lab.jobs.len(), 1);
}

#[test]
fn a_result_that_comes_after_maintenance_began_changes_nothing() {
    let mut lab = Lab::new();
    let key = add(&mut lab, queue());
    lab.run_secs(60);
    lab.fire(key, "MAINTENANCE");
    lab.take();
    lab.end(2);
    assert_eq!(lab.state(key), "MAINTENANCE");
    let lines = lab.take();
    assert_eq!(
        lines.first().map(String::as_str),
        Some("queue#check critical")
    );
}

#[test]
fn a_forced_check_runs_although_another_is_under_way() {
    let mut lab = Lab::new();
    let key = add(&mut lab, queue());
    lab.run_secs(60);
    lab.fire(key, "FORCE_CHECK");
    lab.end(0);
    // The first began before it was forced.
    assert_eq!(lab.state(key), "FORCE_CHECK");
    lab.end(1);
    assert_eq!(lab.state(key), "WARNING");
}

#[test]
fn times_come_from_the_name_and_stay_over_a_restart() {
    let mut lab = Lab::new();
    add(&mut lab, queue());
    let offset = offset("node1", "queue", "check", Duration::from_secs(60));
    let on_time = |lab: &Lab| {
        let wall = lab.now.wall.as_nanosecond() as u128;
        wall % 60_000_000_000 == offset.as_nanos()
    };
    result(&mut lab, 0, "");
    for _ in 0..3 {
        result(&mut lab, 0, "");
        assert!(on_time(&lab));
    }
    lab.restart(Duration::from_secs(7));
    result(&mut lab, 0, "");
    assert!(on_time(&lab));
    // What should have run while nothing did runs soon.
    lab.restart(Duration::from_secs(3_600));
    let wakeup = lab.fleet.next_wakeup(lab.now).unwrap();
    assert!(wakeup <= Duration::from_secs(30), "{wakeup:?}");
}

#[test]
fn only_what_the_policy_wants_is_published() {
    let counts = |policy, summary| {
        let mut lab = Lab::new();
        let publish = Publish { policy, summary };
        add(&mut lab, Check { publish, ..queue() });
        for code in [0, 0, 2, 2, 0, 0] {
            result(&mut lab, code, "");
        }
        let lines = lab.take();
        let told = lines.iter().filter(|it| it.starts_with("queue#check"));
        told.filter(|it| !it.contains("starts") && !it.ends_with("(quietly)"))
            .count()
    };
    assert_eq!(counts(Policy::All, None), 6);
    assert_eq!(counts(Policy::Changes, None), 3);
    assert_eq!(counts(Policy::Failing, None), 3);
    // The second comes less than a minute after the first.
    assert_eq!(counts(Policy::Changes, Some(Duration::from_secs(60))), 5);
}

#[test]
fn a_check_that_changes_all_the_time_is_flapping() {
    let mut lab = Lab::new();
    let flapping = Some(Flapping {
        window: 5,
        high: 50.0,
        low: 25.0,
    });
    let key = add(
        &mut lab,
        Check {
            flapping,
            ..queue()
        },
    );
    let mut seen = Vec::new();
    for code in [0, 0, 2, 0, 0, 0, 0] {
        result(&mut lab, code, "");
        let check = lab.fleet.machine(key).unwrap().check_state().unwrap();
        seen.push(check.flapping);
    }
    assert_eq!(seen, [false, false, false, true, true, true, false]);
}

#[test]
fn fifteen_results_are_remembered_and_share_their_labels() {
    let mut lab = Lab::new();
    let key = add(&mut lab, queue());
    for at in 0..20 {
        result(&mut lab, 0, &format!("fine|len={at}c;1;2"));
    }
    let check = lab.fleet.machine(key).unwrap().check_state().unwrap();
    assert_eq!(check.history.len(), 15);
    assert_eq!(check.measures().iter().next(), Some(("len", "c", 19.0)));
    assert!(check.valid_until.unwrap() > lab.now.wall);
    assert!(!check.is_stale(lab.now.wall));
}
