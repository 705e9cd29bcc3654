//! Machines that listen to each other.

use super::lab::{Build, Lab, machine, two_states};

#[test]
fn subscribers_of_every_machine_are_fired_after_the_sender_is_done() {
    let mut lab = Lab::new();
    let one = lab.insert(two_states("one"));
    let two = lab.insert(two_states("two").subscribe("go", "one", "go"));
    let three = lab.insert(two_states("three").subscribe("go", "two", "go"));
    lab.fire(one, "go");
    lab.saw(&["one: a -go-> b", "two: a -go-> b", "three: a -go-> b"]);
    assert_eq!(
        [one, two, three].map(|it| lab.state(it).to_owned()),
        ["b", "b", "b"]
    );
}

#[test]
fn a_machine_hears_itself() {
    let mut lab = Lab::new();
    let rows: &[(&str, &[&str], &str)] = &[("go", &["a"], "b"), ("on", &["b"], "c")];
    let key = lab.insert(machine("m", rows).subscribe("on", "m", "go"));
    lab.fire(key, "go");
    lab.saw(&["m: a -go-> b", "m: b -on-> c"]);
}

#[test]
fn self_transitions_and_refused_ones_notify_nobody() {
    let mut lab = Lab::new();
    let one = lab.insert(two_states("one"));
    lab.insert(
        two_states("two")
            .subscribe("go", "one", "stay")
            .subscribe("go", "one", "back"),
    );
    lab.fire(one, "stay");
    lab.fire(one, "back");
    lab.saw(&["one: could not fire back while in a"]);
}

#[test]
fn a_subscriber_in_another_state_refuses() {
    let mut lab = Lab::new();
    let one = lab.insert(two_states("one"));
    let two = lab.insert(two_states("two").subscribe("back", "one", "go"));
    lab.fire(one, "go");
    lab.saw(&["one: a -go-> b", "two: could not fire back while in a"]);
    assert_eq!(lab.fleet.machine(two).unwrap().counters().refused, 1);
}

#[test]
fn removed_machines_neither_speak_nor_hear() {
    let mut lab = Lab::new();
    let one = lab.insert(two_states("one"));
    let two = lab.insert(two_states("two").subscribe("go", "one", "go"));
    lab.with(|fleet, cx| fleet.remove(two, cx));
    lab.fire(one, "go");
    lab.saw(&["one: a -go-> b"]);
    assert!(lab.fleet.subscribers.is_empty());
}

#[test]
fn of_two_machines_of_one_name_the_first_is_found_but_both_are_heard() {
    let mut lab = Lab::new();
    let first = lab.insert(two_states("m"));
    let second = lab.insert(two_states("m"));
    lab.insert(two_states("n").subscribe("go", "m", "go"));
    assert_eq!(lab.fleet.named("m"), Some(first));
    lab.fire(second, "go");
    lab.saw(&["m: a -go-> b", "n: a -go-> b"]);
    lab.with(|fleet, cx| fleet.remove(first, cx));
    assert_eq!(lab.fleet.named("m"), Some(second));
}
