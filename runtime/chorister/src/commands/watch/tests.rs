mod checks;

use chorister_diagram::Charset;
use chorister_engine::{Fired, Problem, Status, Update};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use serde_json::json;

use super::app::{Action, App, Dialog, Event, Key, Screen};
use super::theme::Theme;
use super::view::render;
use crate::commands::portrait::tests::{lamp, status};

const NOW: i64 = 103;

fn node(problems: Vec<Problem>) -> Status {
    let node = json!({
        "name": "scout",
        "version": "0.1.0",
        "identity": "node1",
        "pid": 1,
        "started": 3,
        "machines": 2,
        "jobs": 0,
        "counts": {"transitions": 7, "events": 9, "events_lost": 0, "jobs": 0, "panics": 0},
        "problems": problems,
    });
    serde_json::from_value(node).unwrap()
}

fn update(names: &[&str]) -> Event {
    Event::Update(Box::new(Update {
        revision: 1,
        node: node(Vec::new()),
        complete: true,
        removed: Vec::new(),
        machines: names.iter().map(|it| status(it)).collect(),
    }))
}

/// A dashboard that knows two lamps.
fn app() -> App {
    let mut app = App::new(Charset::Unicode, "ann".to_owned());
    let asked = app.on(update(&["lamp", "street lamp"]), NOW);
    assert_eq!(asked, [Action::Draw("lamp".to_owned())]);
    app.on(Event::Diagram(Box::new(lamp())), NOW);
    app
}

fn press(app: &mut App, keys: &str) -> Vec<Action> {
    let keys = keys.chars().map(|it| match it {
        '\n' => Key::Enter,
        '\u{1b}' => Key::Escape,
        '↓' => Key::Down,
        char => Key::Char(char),
    });
    keys.flat_map(|it| app.on(Event::Key(it), NOW)).collect()
}

fn screen(app: &App, width: u16, height: u16) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let theme = Theme {
        has_colour: false,
        charset: app.charset,
    };
    render(app, area, &mut buffer, theme);
    let rows = buffer.content.chunks(usize::from(width).max(1));
    let rows = rows.map(|row| {
        let row: String = row.iter().map(Cell::symbol).collect();
        row.trim_end().to_owned() + "\n"
    });
    rows.collect()
}

/// Compares with a file beside this one; `BLESS=1` rewrites it.
#[track_caller]
fn check_golden(name: &str, app: &App, width: u16, height: u16) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/commands/watch/goldens")
        .join(name);
    let shown = screen(app, width, height);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &shown).unwrap();
    }
    let expect = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(shown, expect, "{name}: BLESS=1 rewrites it");
}

#[test]
fn machines_are_listed() {
    check_golden("list.txt", &app(), 80, 12);
    check_golden("beside.txt", &app(), 140, 24);
}

#[test]
fn a_machine_is_shown_with_its_picture() {
    let mut app = app();
    assert!(press(&mut app, "\n").is_empty());
    assert_eq!(app.screen, Screen::Machine);
    check_golden("machine.txt", &app, 80, 24);
    app.charset = Charset::Ascii;
    check_golden("machine-ascii.txt", &app, 80, 24);
}

#[test]
fn no_terminal_is_too_small() {
    let mut app = app();
    app.node = Some(node(vec![Problem {
        source: "facts".to_owned(),
        subject: "/etc/facts.yaml".to_owned(),
        text: "not YAML\nat all".to_owned(),
        since: 60,
    }]));
    for keys in ["", "?", "qp", "qt", "\u{1b}/x", "\u{1b}\n"] {
        press(&mut app, keys);
        for width in 0..60 {
            for height in 0..8 {
                screen(&app, width, height);
            }
        }
    }
}

#[test]
fn a_filter_chooses_what_it_shows() {
    let mut app = app();
    let asked = press(&mut app, "/STREET\n");
    assert_eq!(asked.last(), Some(&Action::Draw("street lamp".to_owned())));
    assert_eq!(app.shown().count(), 1);
    press(&mut app, "\u{1b}");
    assert_eq!(app.shown().count(), 2);
    press(&mut app, "/nothing");
    assert_eq!(app.machine(), None);
    check_golden("nothing.txt", &app, 60, 6);
}

#[test]
fn a_transition_is_fired_after_a_question() {
    let mut app = app();
    assert!(press(&mut app, "t").is_empty());
    check_golden("choose.txt", &app, 60, 14);
    assert!(press(&mut app, "↓\n").is_empty());
    check_golden("confirm.txt", &app, 60, 14);
    let fire = Action::Fire {
        machine: "lamp".to_owned(),
        transition: "turn_off".to_owned(),
    };
    assert_eq!(press(&mut app, "y"), [fire]);
    let fired = |outcome| Event::Fired {
        machine: "lamp".to_owned(),
        transition: "turn_off".to_owned(),
        outcome,
    };
    let state = "OFF".to_owned();
    app.on(fired(Ok(Fired::Done { state })), NOW);
    assert!(screen(&app, 60, 14).contains("lamp is now OFF"));
    app.on(Event::Tick, NOW + 60);
    assert_eq!(app.message, None);
}

#[test]
fn whoever_is_not_sure_fires_nothing() {
    let mut app = app();
    assert!(press(&mut app, "t\nn\u{1b}").is_empty());
    assert_eq!(app.dialog, None);
    assert!(press(&mut app, "?x").is_empty());
    press(&mut app, "p");
    assert_eq!(app.dialog, Some(Dialog::Problems));
}

#[test]
fn machines_come_and_go() {
    let mut app = app();
    press(&mut app, "↓");
    assert_eq!(app.chosen.as_deref(), Some("street lamp"));
    let change = |removed: &str, added: &str| {
        Event::Update(Box::new(Update {
            revision: 2,
            node: node(Vec::new()),
            complete: false,
            removed: vec![removed.to_owned()],
            machines: vec![status(added)],
        }))
    };
    let asked = app.on(change("street lamp", "torch"), NOW);
    assert_eq!(asked, []);
    let shown: Vec<&str> = app.shown().map(|it| it.name.as_str()).collect();
    assert_eq!(
        (shown, app.chosen.as_deref()),
        (vec!["lamp", "torch"], Some("lamp"))
    );
    app.on(Event::Lost("the node has stopped".to_owned()), NOW);
    assert!(screen(&app, 80, 6).contains("no answer"));
}

#[test]
fn the_end_is_an_action() {
    assert_eq!(press(&mut app(), "q"), [Action::Quit]);
    assert_eq!(app().on(Event::Quit, NOW), [Action::Quit]);
}
