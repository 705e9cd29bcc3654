use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::drawing::Area;
use crate::tests::{diagram, lamp};
use crate::{Edge, State};

fn room(width: usize) -> Room {
    Room {
        width,
        height: 100,
        charset: Charset::Unicode,
    }
}

/// Compares with a file beside this one; `BLESS=1` rewrites it.
#[track_caller]
fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/draw/goldens")
        .join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expect = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expect, "{name}: BLESS=1 rewrites it");
}

fn check_machine() -> Diagram {
    diagram(
        "UNKNOWN,OK,WARNING,CRITICAL,FORCE_CHECK UNKNOWN UNKNOWN
         UNKNOWN,OK,WARNING,CRITICAL,FORCE_CHECK OK OK
         UNKNOWN,OK,WARNING,CRITICAL,FORCE_CHECK WARNING WARNING
         UNKNOWN,OK,WARNING,CRITICAL,FORCE_CHECK CRITICAL CRITICAL
         UNKNOWN,OK,WARNING,CRITICAL FORCE_CHECK FORCE_CHECK
         UNKNOWN,OK,WARNING,CRITICAL,FORCE_CHECK MAINTENANCE MAINTENANCE
         MAINTENANCE RESUME UNKNOWN",
    )
}

fn service() -> Diagram {
    diagram(
        "IDLE start FETCH
         FETCH ok UNPACK
         FETCH fail BACKOFF
         UNPACK ok VERIFY
         UNPACK fail BACKOFF
         VERIFY ok RUNNING
         VERIFY fail BACKOFF
         RUNNING stop IDLE
         BACKOFF retry FETCH
         BACKOFF give_up FAILED
         FAILED reset IDLE",
    )
}

#[test]
fn machines_have_pictures() {
    for (name, machine) in [
        ("lamp.txt", lamp()),
        ("check.txt", check_machine()),
        ("service.txt", service()),
    ] {
        check(name, &draw(&machine, &Marks::default(), room(120)).plain());
    }
}

#[test]
fn the_present_and_the_past_are_pointed_out() {
    let marks = Marks {
        current: Some(1),
        recent: vec![0],
        path: Vec::new(),
        notes: vec!["5m03s".to_owned(), "12s".to_owned(), String::new()],
    };
    let drawing = draw(&lamp(), &marks, room(80));
    let show = |ink: Ink, text: &str| match ink {
        Ink::Current => format!("[{text}]"),
        Ink::Recent => format!("<{text}>"),
        _ => text.to_owned(),
    };
    check("marked.txt", &drawing.text(show));
    let focus = drawing.focus.unwrap();
    assert_eq!((focus.height, focus.top > 5), (4, true), "{focus:?}");
    let low = Room {
        height: 15,
        ..room(80)
    };
    check("flat.txt", &draw(&lamp(), &marks, low).text(show));
}

#[test]
fn a_terminal_without_unicode_has_pictures_too() {
    let ascii = |width| Room {
        charset: Charset::Ascii,
        ..room(width)
    };
    let marks = Marks {
        current: Some(1),
        ..Marks::default()
    };
    for (name, width) in [("ascii.txt", 120), ("ascii-list.txt", 20)] {
        let text = draw(&lamp(), &marks, ascii(width)).plain();
        assert!(text.is_ascii(), "{text}");
        check(name, &text);
    }
}

#[test]
fn edges_to_nowhere_draw_nothing() {
    let mut broken = lamp();
    broken.edges[0].to = 99;
    let drawing = draw(&broken, &Marks::default(), room(120));
    assert!(drawing.plain().contains("├─ turn_on"));
}

#[test]
fn what_does_not_fit_is_a_list() {
    let drawing = draw(&lamp(), &Marks::default(), room(15));
    assert!(
        drawing.plain().contains("├─ turn_on"),
        "{}",
        drawing.plain()
    );
    let many: Vec<String> = (0..=MAX_STATES)
        .map(|it| format!("S{it} e S{}", it + 1))
        .collect();
    let drawing = draw(&diagram(&many.join("\n")), &Marks::default(), room(200));
    assert!(drawing.plain().contains("○ S60"));
}

fn machines() -> impl Strategy<Value = Diagram> {
    let names = prop::sample::select(vec!["A", "WARNING", "状態", "a b", "é", "\u{1b}[2J"]);
    (2..9_usize).prop_flat_map(move |count| {
        let states = prop::collection::vec(names.clone(), count);
        let events = prop::sample::select(vec!["go", "fehlgeschlagen", "再試行", "x"]);
        let edge = (0..count, 0..count, events, any::<bool>());
        let edges = prop::collection::vec(edge, 0..20);
        (states, edges).prop_map(|(states, edges)| Diagram {
            states: states
                .into_iter()
                .enumerate()
                .map(|(at, name)| State {
                    name: format!("{name}{at}"),
                    reachable: at % 3 != 2,
                    watchers: Vec::new(),
                })
                .collect(),
            edges: edges
                .into_iter()
                .map(|(from, to, event, fired)| Edge {
                    from,
                    to,
                    event: event.to_owned(),
                    causes: fired.then(|| "w succeeds".to_owned()).into_iter().collect(),
                })
                .collect(),
            ..Diagram::default()
        })
    })
}

fn marks() -> impl Strategy<Value = Marks> {
    let few = || prop::collection::vec(0..20_usize, 0..4);
    let notes = prop::collection::vec("[0-9a-z]{0,9}", 0..9);
    (prop::option::of(0..12_usize), few(), few(), notes).prop_map(
        |(current, recent, path, notes)| Marks {
            current,
            recent,
            path,
            notes,
        },
    )
}

fn overlap(one: Area, other: Area) -> bool {
    one.left < other.left + other.width
        && other.left < one.left + one.width
        && one.top < other.top + other.height
        && other.top < one.top + one.height
}

proptest! {
    #[test]
    fn every_state_and_event_is_seen(machine in machines(), marks in marks(), width in 1..200_usize) {
        let drawing = draw(&machine, &marks, room(width));
        let text = drawing.plain();
        prop_assert!(!text.chars().any(|it| it.is_control() && it != '\n'));
        for state in &machine.states {
            let name = crate::drawing::harmless(&state.name);
            prop_assert!(text.contains(&name), "{name}\n{text}");
        }
        for edge in &machine.edges {
            prop_assert!(text.contains(&edge.event) || text.contains(" +"), "{}\n{text}", edge.event);
        }
    }

    #[test]
    fn nothing_stands_on_anything_else(machine in machines(), marks in marks(), flat in any::<bool>()) {
        let group = Group::of(&machine);
        let look = Look { flat, charset: Charset::Unicode };
        let plan = plan::Plan::of(&machine, group.as_ref(), &marks, look);
        let placed = place(&plan.nodes(), &plan.links(), SPACING);
        let rows = rows::Rows::of(&plan, &placed);
        let labels = plan.lines.iter().zip(&rows.ways).map(|(line, way)| Area {
            top: way.label.1,
            left: way.label.0.saturating_sub(line.label_width() / 2),
            height: line.label.len(),
            width: line.label_width(),
        });
        let areas: Vec<Area> = rows.nodes.iter().copied().chain(labels).collect();
        for (at, one) in areas.iter().enumerate() {
            for other in &areas[..at] {
                prop_assert!(!overlap(*one, *other), "{one:?} {other:?}");
            }
        }
    }
}
