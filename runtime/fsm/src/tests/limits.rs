//! Machines that would never rest.

use core::time::Duration;

use chorister_ir::StateId;

use super::lab::{Build, Lab, exec, machine, two_states};
use crate::Fired;

#[test]
fn an_edge_that_is_taken_again_soon_waits_without_blocking_others() {
    let mut lab = Lab::new();
    let rows: &[(&str, &[&str], &str)] = &[
        ("go", &["a"], "b"),
        ("back", &["b", "c"], "a"),
        ("other", &["a"], "c"),
    ];
    let key = lab.insert(machine("m", rows));
    lab.fire(key, "go");
    lab.fire(key, "back");
    lab.take();
    let by = Duration::from_millis(25);
    assert_eq!(lab.fire(key, "go"), Fired::Delayed { by });
    lab.pass(Duration::from_millis(5));
    assert_eq!(
        lab.fire(key, "go"),
        Fired::Delayed {
            by: Duration::from_millis(20)
        }
    );
    lab.saw(&[]);
    lab.run(Duration::from_millis(20));
    lab.saw(&["m: a -go-> b"]);

    lab.run_secs(61);
    lab.fire(key, "back");
    lab.fire(key, "go");
    lab.run_secs(1);
    lab.fire(key, "back");
    lab.run_secs(1);
    lab.take();
    assert!(matches!(lab.fire(key, "go"), Fired::Delayed { .. }));
    assert_eq!(lab.fire(key, "other"), Fired::Done { to: StateId(2) });
    lab.run_secs(10);
    lab.saw(&["m: a -other-> c"]);
    let counters = lab.fleet.machine(key).unwrap().counters();
    assert_eq!((counters.dropped, counters.coalesced), (1, 1));
}

#[test]
fn the_delay_is_spread_by_a_half_either_way() {
    for (die, expect) in [(0, 12_500), (500, 25_000), (999, 37_475)] {
        let mut lab = Lab::new();
        lab.die.0 = die;
        let key = lab.insert(two_states("m"));
        lab.fire(key, "go");
        lab.fire(key, "back");
        assert_eq!(
            lab.fire(key, "go"),
            Fired::Delayed {
                by: Duration::from_micros(expect)
            }
        );
    }
}

#[test]
fn machines_that_answer_each_other_at_once_slow_down() {
    let mut lab = Lab::new();
    let one = two_states("one")
        .subscribe("go", "two", "back")
        .subscribe("back", "two", "go");
    let two = two_states("two")
        .subscribe("go", "one", "go")
        .subscribe("back", "one", "back");
    let one = lab.insert(one);
    lab.insert(two);
    lab.fire(one, "go");
    let at_once = lab.take().len();
    assert!(at_once < 10, "{at_once}");
    lab.run_secs(3_600);
    let in_an_hour = lab.take().iter().filter(|it| it.contains("->")).count();
    assert!(in_an_hour < 4 * 3_600 / 5 + 100, "{in_an_hour}");
}

#[test]
fn a_livelock_of_quick_commands_slows_down() {
    let mut lab = Lab::new();
    let machine = two_states("m")
        .watch("there", &["a"], ["go", ""], exec("true"))
        .watch("back", &["b"], ["back", ""], exec("true"));
    let key = lab.insert(machine);
    lab.fire(key, "go");
    lab.take();
    let mut steps = 0;
    while lab.now.mono < Duration::from_secs(600) {
        while !lab.jobs.is_empty() {
            lab.end(0);
        }
        lab.run(Duration::from_millis(10));
        steps += lab.take().iter().filter(|it| it.contains("->")).count();
    }
    assert!((100..300).contains(&steps), "{steps}");
}

#[test]
fn a_quiet_minute_forgives() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m"));
    for _ in 0..20 {
        assert!(matches!(lab.fire(key, "go"), Fired::Done { .. }));
        lab.run_secs(31);
        assert!(matches!(lab.fire(key, "back"), Fired::Done { .. }));
        lab.run_secs(30);
    }
}
