//! Time lines for people.

use super::*;
use crate::{Scripted, rows};

/// The rows as text, without their tones.
fn text(world: &World) -> String {
    let mut text = String::new();
    for row in rows(world.setup(), world.timeline()) {
        let _ = write!(
            text,
            "{:>4} {} {} {}",
            row.at.as_secs(),
            row.subject,
            row.mark,
            row.text
        );
        if row.times > 1 {
            let _ = write!(text, " x{} until {}", row.times, row.until.as_secs());
        }
        if !row.detail.is_empty() {
            let _ = write!(text, " ({})", row.detail);
        }
        text.push('\n');
    }
    text
}

#[test]
fn what_repeats_is_said_once_and_the_cause_stands_beside_the_change() {
    let mut world = world(&[CHECK]);
    let machine = world.machine(0).unwrap().clone();
    let look = machine.watcher_named("look").unwrap();
    for minute in 1..=4 {
        world.run_until(secs(60 * minute));
        world.outcome(0, look, Scripted::exit(0));
    }
    world.run_until(secs(300));
    world.outcome(0, look, Scripted::exit(2));
    world.fire(0, machine.transition_named("RESUME").unwrap());
    world.restart(secs(30));
    world.run_until(secs(400));
    world.fire(0, machine.transition_named("STOP").unwrap());
    assert_eq!(
        text(&world),
        "   0 check ○ starts as UNKNOWN
  60 check ● UNKNOWN → OK (OK, by look: success)
 120 check#look ✓ success x3 until 240
 300 check ● OK → CRITICAL (CRITICAL, by look: the command ended with status 2)
 300 check ⊘ RESUME is not offered here (by an operator)
 300 node ⚡ the node stops, for 30s
 330 check ○ goes on as CRITICAL
 400 check ● CRITICAL → MAINTENANCE (STOP, by an operator)
"
    );
}

#[test]
fn what_comes_from_outside_and_what_waits_is_said() {
    let mut world = world(&[CHECK]);
    let machine = world.machine(0).unwrap().clone();
    let [stop, resume] = ["STOP", "RESUME"].map(|it| machine.transition_named(it).unwrap());
    world.set_facts(serde_json::json!({"a": 1}));
    world.announce_foreign("other", "boom");
    world.jump_clock(jiff::SignedDuration::from_mins(-90));
    for transition in [stop, resume, stop] {
        world.fire(0, transition);
    }
    world.run_until(secs(10));
    let text = text(&world);
    let begins = "   0 check ○ starts as UNKNOWN
   0 node ▸ the facts change
   0 node ▸ other completes boom
   0 node ⚡ the clock is set by -1h30m
   0 check ● UNKNOWN → MAINTENANCE (STOP, by an operator)
   0 check ● MAINTENANCE → UNKNOWN (RESUME, by an operator)
   0 check … STOP waits ";
    assert!(text.starts_with(begins), "{text}");
    assert!(
        text.ends_with("check ● UNKNOWN → MAINTENANCE (STOP, by an operator)\n"),
        "{text}"
    );
}
