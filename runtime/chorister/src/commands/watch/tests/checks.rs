//! The dashboard of checks.

use chorister_engine::{
    CheckResult, CheckStatus, MachineStatus, Maintenance, MaintenanceStatus, Measure, Order,
    Standing, Steered,
};

use super::*;
use crate::commands::checks::tests::check;

/// A machine that is this check since 40.
fn machine(name: &str, check: CheckStatus) -> MachineStatus {
    MachineStatus {
        state: check.status.as_str().to_owned(),
        since: 40,
        check: Some(Box::new(check)),
        ..status(name)
    }
}

/// Results of these codes, with values that grow.
fn history(codes: &str) -> Vec<CheckResult> {
    let results = codes.chars().enumerate().map(|(at, code)| CheckResult {
        time: at as i64,
        status: match code {
            'o' => Standing::Ok,
            'w' => Standing::Warning,
            'c' => Standing::Critical,
            _ => Standing::Unknown,
        },
        value: Some(at as f64 * 2.5),
    });
    results.collect()
}

fn measure(label: &str, value: f64) -> Measure {
    Measure {
        label: label.to_owned(),
        unit: "%".to_owned(),
        value,
    }
}

/// A dashboard of checks in every kind of trouble.
fn app() -> App {
    let disk = CheckStatus {
        history: history("oooooooooo"),
        perfdata: vec![measure("/", 22.5), measure("/home", 61.0)],
        annotations: [("runbook", "https://example.net/disk"), ("team", "storage")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        ..check(
            Standing::Ok,
            "DISK OK - free space: / 77%|/=22.5%;80;90 /home=61%",
        )
    };
    let queue = CheckStatus {
        class: Some("queue".to_owned()),
        history: history("ooowwoccuocccccc"),
        attempt: Some((2, 3)),
        flapping: true,
        ..check(
            Standing::Critical,
            "QUEUE CRITICAL - 912 messages wait\noldest: 3h\n|len=912",
        )
    };
    let mail = CheckStatus {
        next_check: None,
        valid_until: None,
        maintenance: Some(MaintenanceStatus {
            since: 90,
            until: Some(7_303),
            reason: "moves to new disks".to_owned(),
            owner: "ann".to_owned(),
        }),
        ..check(Standing::Maintenance, "SMTP OK - 0.012 s")
    };
    let ntp = CheckStatus {
        valid_until: Some(101),
        ..check(Standing::Ok, "NTP OK - offset 3 ms")
    };
    let new = CheckStatus {
        result: None,
        last_check: None,
        valid_until: None,
        history: Vec::new(),
        ..check(Standing::Unknown, "")
    };
    let checks = [
        ("disk", disk),
        ("queue", queue),
        ("mail", mail),
        ("ntp", ntp),
        ("new", new),
    ];
    let mut app = App::new(Charset::Unicode, "ann".to_owned());
    let machines = checks.map(|(name, check)| machine(name, check));
    let asked = app.on(
        Event::Update(Box::new(Update {
            revision: 1,
            node: node(Vec::new()),
            complete: true,
            removed: Vec::new(),
            machines: machines.into(),
        })),
        NOW,
    );
    assert_eq!(asked, []);
    app
}

fn names(app: &App) -> Vec<&str> {
    app.shown().map(|it| it.name.as_str()).collect()
}

#[test]
fn checks_are_listed_with_the_worst_first() {
    let app = app();
    assert_eq!(app.screen, Screen::Checks);
    check_golden("checks.txt", &app, 80, 24);
    check_golden("checks-wide.txt", &app, 200, 30);
    check_golden("checks-narrow.txt", &app, 40, 10);
}

#[test]
fn a_check_is_shown_with_all_that_is_known_of_it() {
    let mut app = app();
    press(&mut app, "\n");
    assert_eq!(app.screen, Screen::Check);
    check_golden("check.txt", &app, 80, 24);
    press(&mut app, "nnnn");
    app.charset = Charset::Ascii;
    check_golden("check-ascii.txt", &app, 80, 24);
}

#[test]
fn checks_are_sorted_and_filtered() {
    let mut app = app();
    assert_eq!(names(&app), ["queue", "new", "ntp", "mail", "disk"]);
    press(&mut app, "s");
    assert_eq!(names(&app), ["disk", "mail", "new", "ntp", "queue"]);
    press(&mut app, "a");
    assert_eq!(names(&app), ["new", "ntp", "queue"]);
    press(&mut app, "/MESSAGES\n");
    assert_eq!(names(&app), ["queue"]);
    press(&mut app, "\u{1b}a");
    assert_eq!(names(&app).len(), 5);
}

#[test]
fn a_check_is_forced_and_resumed_at_once() {
    let mut app = app();
    let steer = |order| Action::Steer {
        order,
        check: "queue".to_owned(),
    };
    assert_eq!(press(&mut app, "f"), [steer(Order::Force)]);
    assert_eq!(press(&mut app, "r"), [steer(Order::Resume)]);
    let steered = Steered {
        check: "queue".to_owned(),
        outcome: Ok(Fired::Done {
            state: "FORCE_CHECK".to_owned(),
        }),
    };
    app.on(Event::Steered(Ok(vec![steered])), NOW);
    assert!(screen(&app, 80, 24).contains("queue is now FORCE_CHECK"));
    app.on(Event::Steered(Err("the node is gone".to_owned())), NOW);
    assert!(screen(&app, 80, 24).contains("the node is gone"));
}

#[test]
fn maintenance_asks_why_and_for_how_long() {
    let mut app = app();
    assert_eq!(press(&mut app, "mnew disks\n"), []);
    check_golden("maintenance.txt", &app, 80, 24);
    // One hour becomes 1hx, which is no time.
    assert_eq!(press(&mut app, "x\n"), []);
    assert!(matches!(&app.dialog, Some(Dialog::Maintain(form)) if form.problem.is_some()));
    app.on(Event::Key(Key::Backspace), NOW);
    let until = jiff::Timestamp::from_second(NOW + 3_600).unwrap();
    let order = |until| {
        Order::Maintain(Maintenance {
            until,
            reason: "new disks".to_owned(),
            owner: "ann".to_owned(),
        })
    };
    let steer = |until| Action::Steer {
        order: order(until),
        check: "queue".to_owned(),
    };
    assert_eq!(press(&mut app, "\n"), [steer(Some(until))]);
    assert_eq!(app.dialog, None);
    // Without a length it has no end.
    press(&mut app, "mnew disks\n");
    for _ in 0..2 {
        app.on(Event::Key(Key::Backspace), NOW);
    }
    assert_eq!(press(&mut app, "\n"), [steer(None)]);
    assert_eq!(press(&mut app, "m\u{1b}"), []);
    assert_eq!(app.dialog, None);
}

#[test]
fn machines_are_a_key_away() {
    let mut app = app();
    let asked = app.on(Event::Key(Key::Tab), NOW);
    assert_eq!(asked, [Action::Draw("queue".to_owned())]);
    assert_eq!((app.screen, names(&app)[0]), (Screen::Machines, "disk"));
    app.on(Event::Key(Key::Tab), NOW);
    assert_eq!(press(&mut app, "d"), [Action::Draw("queue".to_owned())]);
    assert_eq!(app.screen, Screen::Machine);
}

#[test]
fn time_makes_results_stale() {
    let mut app = app();
    assert_eq!(app.counts().stale, 1);
    app.on(Event::Tick, 231);
    // Not the one in maintenance, and not the one that has never run.
    assert_eq!(app.counts().stale, 3);
}

#[test]
fn no_terminal_is_too_small_for_checks() {
    let mut app = app();
    for keys in ["", "\n", "m", "\u{1b}\u{1b}?"] {
        press(&mut app, keys);
        for width in 0..60 {
            for height in 0..8 {
                screen(&app, width, height);
            }
        }
    }
}
