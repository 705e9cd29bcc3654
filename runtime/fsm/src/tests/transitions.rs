//! Firing, refusing, self transitions, epochs, the order of events.

use core::time::Duration;

use chorister_ir::{StateId, TransitionId};

use super::lab::{Adjust, Build, Lab, every, exec, machine, timer, two_states};
use crate::{Fired, Instance};

#[test]
fn a_transition_is_published() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m"));
    assert_eq!(lab.fire(key, "go"), Fired::Done { to: StateId(1) });
    assert_eq!(lab.state(key), "b");
    lab.saw(&["m: a -go-> b"]);
}

#[test]
fn what_a_state_does_not_offer_is_refused_and_counted() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m"));
    assert_eq!(lab.fire(key, "back"), Fired::Refused { state: StateId(0) });
    lab.saw(&["m: could not fire back while in a"]);
    assert_eq!(lab.fleet.machine(key).unwrap().counters().refused, 1);
}

#[test]
fn self_transitions_are_silent_unlimited_and_do_not_end_the_epoch() {
    let mut lab = Lab::new();
    let key = lab.insert(
        two_states("m")
            .watch("w", &["a"], ["go", ""], exec("x"))
            .tune(every(5)),
    );
    lab.run_secs(5);
    lab.saw(&["m#w starts x"]);
    for _ in 0..100 {
        assert_eq!(lab.fire(key, "stay"), Fired::Done { to: StateId(0) });
    }
    lab.saw(&[]);
    lab.end(0);
    lab.saw(&["m#w success", "m: a -go-> b"]);
}

#[test]
fn a_result_of_an_epoch_that_is_over_is_published_but_fires_nothing() {
    let mut lab = Lab::new();
    let machine = machine("m", &[("go", &["a", "b"], "b"), ("back", &["b"], "a")]);
    let key = lab.insert(
        machine
            .watch("w", &["a"], ["go", ""], exec("x"))
            .tune(every(5)),
    );
    lab.run_secs(5);
    lab.fire(key, "go");
    lab.run_secs(60);
    lab.fire(key, "back");
    lab.take();
    // The machine is in `a` again, where the result would have been welcome had it been asked for here.
    lab.end(0);
    let lines = lab.take();
    assert_eq!(lines[0], "m#w success");
    assert!(lines[1].contains("did not fire go"), "{lines:?}");
    assert_eq!(lab.state(key), "a");
    assert_eq!(lab.fleet.machine(key).unwrap().counters().stale, 1);
}

#[test]
fn the_cause_comes_first_and_timers_speak_before_the_transition() {
    let mut lab = Lab::new();
    let machine = two_states("m")
        .watch("after", &["b"], ["", ""], exec("y"))
        .watch("glow", &["b"], ["", "back"], timer(5))
        .watch("w", &["a"], ["go", ""], exec("x"))
        .tune(every(5));
    lab.insert(machine);
    lab.run_secs(5);
    lab.take();
    lab.end(0);
    lab.saw(&[
        "m#w success",
        "m#glow running 5s",
        "m: a -go-> b",
        "m#after starts y",
    ]);
}

#[test]
fn the_first_of_two_results_wins() {
    let mut lab = Lab::new();
    let machine = machine("m", &[("left", &["a"], "l"), ("right", &["a"], "r")])
        .watch("one", &[], ["left", ""], exec("x"))
        .tune(every(5))
        .watch("two", &[], ["right", ""], exec("y"))
        .tune(every(5));
    let key = lab.insert(machine);
    lab.run_secs(5);
    lab.end(0);
    lab.end(0);
    assert_eq!(lab.state(key), "l");
    assert_eq!(lab.fleet.machine(key).unwrap().counters().stale, 1);
}

#[test]
fn splay_delays_the_start_of_watchers_once() {
    let mut lab = Lab::new();
    let machine = two_states("m")
        .but(|it| it.splay_start = Duration::from_secs(10))
        .watch("t", &["a"], ["", "go"], timer(3));
    let key = lab.insert(machine);
    assert!(!lab.fleet.machine(key).unwrap().is_running());
    lab.run(Duration::from_millis(4_999));
    lab.saw(&[]);
    lab.run(Duration::from_millis(1));
    lab.saw(&["m#t running 3s"]);
    lab.run_secs(3);
    lab.saw(&["m#t stopped 3s", "m: a -go-> b"]);
}

#[test]
fn operators_may_fire_during_the_splay() {
    let mut lab = Lab::new();
    let machine = two_states("m")
        .but(|it| it.splay_start = Duration::from_secs(10))
        .watch("t", &["b"], ["", "back"], timer(3));
    let key = lab.insert(machine);
    lab.fire(key, "go");
    lab.saw(&["m: a -go-> b"]);
    lab.run_secs(5);
    lab.saw(&["m#t running 3s"]);
}

#[test]
fn a_machine_starts_in_the_state_it_is_given_if_it_has_it() {
    let mut lab = Lab::new();
    for (given, expect) in [
        (None, "a"),
        (Some(StateId(1)), "b"),
        (Some(StateId(9)), "a"),
    ] {
        let mut instance = Instance::new([0; 16], std::path::Path::new("/m").into());
        instance.state = given;
        let key = lab.with(|fleet, cx| fleet.insert(two_states("m"), instance, cx));
        assert_eq!(lab.state(key), expect);
    }
}

#[test]
fn removing_cancels_jobs_and_ends_everything() {
    let mut lab = Lab::new();
    let machine = two_states("m")
        .watch("w", &[], ["", ""], exec("x"))
        .tune(every(5))
        .watch("t", &[], ["", "go"], timer(60));
    let key = lab.insert(machine);
    lab.run_secs(5);
    lab.take();
    assert!(lab.with(|fleet, cx| fleet.remove(key, cx)));
    lab.saw(&["cancel WatcherId(0)"]);
    lab.end(0);
    assert!(!lab.with(|fleet, cx| fleet.remove(key, cx)));
    let fired = lab.with(|fleet, cx| fleet.fire(key, TransitionId(0), cx));
    assert_eq!(fired, Fired::NoMachine);
    lab.run_secs(600);
    lab.saw(&[]);
    assert!(lab.fleet.is_empty());
    assert_eq!(lab.fleet.next_wakeup(lab.now), None);
    // The place is used again, but an old key does not find the new machine.
    let new = lab.insert(two_states("n"));
    assert!(lab.fleet.machine(key).is_none());
    assert_eq!(lab.fleet.named("n"), Some(new));
    assert_eq!(lab.fleet.named("m"), None);
}

#[test]
fn a_machine_shows_what_it_is() {
    let mut lab = Lab::new();
    let key = lab.insert(
        two_states("m")
            .watch("w", &["a"], ["go", ""], exec("x"))
            .tune(every(5)),
    );
    let view = lab.fleet.machine(key).unwrap();
    assert_eq!(
        (view.name(), view.version(), view.state_name()),
        ("m", "1.0.0", "a")
    );
    assert_eq!(
        view.available().collect::<Vec<_>>(),
        [TransitionId(0), TransitionId(2)]
    );
    let watcher = view.watchers().next().unwrap();
    assert_eq!(watcher.outcome().as_str(), "unknown");
    assert_eq!(watcher.next_run(), Some(Duration::from_secs(5)));
    assert_eq!(watcher.last_run(), None);
    assert_eq!(lab.fleet.machines().count(), 1);
}
