//! Announcements.

use core::time::Duration;

use super::lab::{Build, Lab, every, exec, two_states};

#[test]
fn a_watcher_speaks_in_every_state_even_before_it_ran() {
    let mut lab = Lab::new();
    let machine = two_states("m")
        .watch("w", &["b"], ["", ""], exec("x"))
        .tune(every(90))
        .tune(|it| it.announce_interval = Some(Duration::from_secs(60)));
    let key = lab.insert(machine);
    lab.run_secs(60);
    lab.saw(&["m#w unknown (announced)"]);
    lab.run_secs(60);
    lab.saw(&["m#w skipped (announced)"]);
    lab.fire(key, "go");
    lab.take();
    lab.end(0);
    lab.take();
    lab.run_secs(60);
    lab.saw(&["m#w starts x", "m#w success (announced)"]);
}

#[test]
fn a_late_tick_does_not_repeat_what_was_missed() {
    let mut lab = Lab::new();
    let machine = two_states("m")
        .watch("w", &["b"], ["", ""], exec("x"))
        .tune(|it| it.announce_interval = Some(Duration::from_secs(60)));
    lab.insert(machine);
    lab.pass(Duration::from_secs(60 * 10 + 30));
    lab.with(crate::Fleet::tick);
    lab.saw(&["m#w unknown (announced)"]);
    // The period keeps its phase.
    assert_eq!(
        lab.fleet.next_wakeup(lab.now),
        Some(Duration::from_secs(60 * 11))
    );
}
