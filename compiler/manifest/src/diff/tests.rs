//! Differences between small manifests, and between random ones.

use core::time::Duration;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::{Cause, Digest, Edge, Kind, Subscription, Watcher, Why};

fn exec(name: &str, command: &str, interval: u64) -> Watcher {
    Watcher {
        name: name.to_owned(),
        active_in: vec!["OK".to_owned(), "CRITICAL".to_owned()],
        foreign: Vec::new(),
        interval: Some(Duration::from_secs(interval)),
        announce: None,
        on_success: Some("good".to_owned()),
        on_failure: Some("bad".to_owned()),
        kind: Kind::Exec {
            command: command.to_owned(),
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(10),
            parse_as_data: false,
            suppress_success_announce: false,
            gather_initial_state: false,
            disown: false,
            governor: None,
        },
    }
}

fn edge(from: &str, transition: &str, to: &str) -> Edge {
    Edge {
        from: from.to_owned(),
        transition: transition.to_owned(),
        to: to.to_owned(),
    }
}

fn machine(name: &str) -> Machine {
    Machine {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        initial: "OK".to_owned(),
        splay_start: Duration::ZERO,
        states: vec!["OK".to_owned(), "CRITICAL".to_owned()],
        edges: vec![
            edge("OK", "bad", "CRITICAL"),
            edge("CRITICAL", "good", "OK"),
        ],
        watchers: vec![exec("check", "/usr/bin/check", 300)],
        subscriptions: Vec::new(),
        operator: Vec::new(),
        capabilities: Capabilities::default(),
    }
}

fn manifest(machines: Vec<Machine>) -> Manifest {
    Manifest::of("node", "1.0.0", machines)
}

/// What differs once something is done to a machine, in words; estimates aside.
fn changed(change: impl FnOnce(&mut Machine)) -> Vec<String> {
    let (old, mut new) = (machine("m"), machine("m"));
    change(&mut new);
    let changes = diff(&manifest(vec![old]), &manifest(vec![new]));
    let told = changes
        .iter()
        .filter(|it| !it.what.starts_with("estimated"));
    told.map(Change::words).collect()
}

fn need(what: &str) -> Need {
    Need {
        what: what.to_owned(),
        by: vec![Cause {
            machine: "m".to_owned(),
            watcher: "w".to_owned(),
            why: Why::ManagedFile,
        }],
    }
}

#[test]
fn intervals_are_told_with_what_they_were() {
    let words = changed(|it| it.watchers[0].interval = Some(Duration::from_secs(30)));
    assert_eq!(words, ["`check` runs every 30s (was 5m)"]);
    let words = changed(|it| it.watchers[0].interval = None);
    assert_eq!(words, ["`check` no longer runs every 5m"]);
}

#[test]
fn rights_come_first() {
    let words = changed(|it| {
        it.watchers[0].active_in.clear();
        it.states.push("MAINTENANCE".to_owned());
        it.operator.push("pause".to_owned());
        it.capabilities.write.push(need("/etc/motd"));
    });
    assert_eq!(
        words,
        [
            "can now write /etc/motd",
            "`pause` is now left to operators",
            "MAINTENANCE is a new state",
            "`check` is active in every state (was CRITICAL, OK)",
        ]
    );
}

#[test]
fn edges_have_two_ends() {
    let words = changed(|it| {
        it.edges[0].to = "OK".to_owned();
        it.edges.push(edge("OK", "good", "OK"));
    });
    assert_eq!(
        words,
        [
            "`bad` leads from OK to OK (was CRITICAL)",
            "`good` now leads from OK to OK",
        ]
    );
}

#[test]
fn values_that_may_be_secret_are_not_told() {
    let words = changed(|it| {
        if let Kind::Exec {
            environment,
            disown,
            ..
        } = &mut it.watchers[0].kind
        {
            environment.insert("TOKEN".to_owned(), Digest::of("s3cret"));
            *disown = true;
        }
    });
    assert_eq!(
        words,
        [
            "`check` leaves its command running: now yes",
            "`check` now sets TOKEN",
        ]
    );
}

#[test]
fn a_check_class_may_be_called_like_a_machine() {
    let class = Machine {
        states: vec!["UNKNOWN".to_owned()],
        ..machine("load")
    };
    let both = Manifest::of("node", "1.0.0", vec![machine("load"), class]);
    assert_eq!(diff(&both, &both), []);
}

#[test]
fn order_and_versions_are_no_behaviour() {
    let words = changed(|it| {
        it.version = "2.0.0".to_owned();
        it.states.reverse();
        it.edges.reverse();
        it.watchers[0].active_in.reverse();
    });
    assert_eq!(words, [""; 0]);
}

#[test]
fn what_is_renamed_is_compared_with_what_it_was() {
    let words = changed(|it| {
        it.name = "n".to_owned();
        it.watchers[0].name = "look".to_owned();
        it.watchers[0].interval = Some(Duration::from_secs(60));
    });
    assert_eq!(
        words,
        [
            "is the machine that was called m",
            "`look` is the watcher that was called `check`",
            "`look` runs every 1m (was 5m)",
        ]
    );
}

#[test]
fn machines_come_and_go() {
    let mut other = machine("other");
    other.states = vec!["X".to_owned()];
    other.edges.clear();
    other.watchers.clear();
    other.initial = "X".to_owned();
    other.capabilities.exec.push(need("/bin/rm"));
    let changes = diff(&manifest(vec![machine("m")]), &manifest(vec![other]));
    let words: Vec<_> = changes
        .iter()
        .filter_map(|it| Some((it.machine.as_deref()?, it.words())))
        .collect();
    assert_eq!(
        words,
        [
            ("other", "can now run /bin/rm".to_owned()),
            ("other", "is a new machine".to_owned()),
            ("m", "is gone".to_owned()),
        ]
    );
}

#[test]
fn a_distribution_has_roles_budgets_and_estimates() {
    let old = manifest(vec![machine("m")]);
    let mut new = manifest(vec![machine("m")]);
    new.machines[0].watchers[0].interval = Some(Duration::from_secs(1));
    new.loads_machines = Some("/etc/machines".to_owned());
    new.hosts_agents = Some("/etc/agents".to_owned());
    new.budget.rss = Some(12 << 20);
    new.limits.exec = Some(vec!["/bin/sh".to_owned()]);
    let changes = diff(&old, &new);
    let words: Vec<_> = changes
        .iter()
        .filter(|it| it.machine.is_none())
        .map(Change::words)
        .collect();
    assert_eq!(
        words,
        [
            "its machines may run /bin/sh (was whatever they need)",
            "now hosts agents from /etc/agents",
            "now loads machines from /etc/machines",
            "the budget for memory is now 12 MiB",
            "publishes about 1 events a second (was 0.003)",
            "runs about 1 commands a second (was 0.003)",
        ]
    );
}

fn names() -> impl Strategy<Value = String> {
    select(vec!["a", "b", "c", "d"]).prop_map(str::to_owned)
}

fn watchers() -> impl Strategy<Value = Watcher> {
    let states = prop::collection::vec(names(), 0..3);
    let fires = prop::option::of(names());
    (names(), names(), 1..4_u64, states, fires).prop_map(
        |(name, command, interval, states, fires)| {
            let mut watcher = exec(&name, &command, interval);
            watcher.active_in = states;
            watcher.on_success = fires;
            watcher
        },
    )
}

fn random_machines() -> impl Strategy<Value = Machine> {
    let edges = prop::collection::vec((names(), names(), names()), 0..6);
    let by = prop::collection::vec((names(), names(), names()), 0..2);
    let parts = (
        names(),
        prop::collection::btree_set(names(), 1..4),
        edges,
        prop::collection::vec(watchers(), 0..4),
        by,
        prop::collection::btree_set(names(), 0..3),
    );
    parts.prop_map(|(name, states, edges, mut watchers, by, rights)| {
        watchers.sort_by(|one, other| one.name.cmp(&other.name));
        watchers.dedup_by(|one, other| one.name == other.name);
        let mut edges: Vec<_> = edges
            .iter()
            .map(|(from, by, to)| edge(from, by, to))
            .collect();
        edges.sort();
        edges.dedup_by(|one, other| {
            (&one.from, &one.transition) == (&other.from, &other.transition)
        });
        let subscriptions = by
            .into_iter()
            .map(|(transition, machine, event)| Subscription {
                transition,
                machine,
                event,
            });
        let mut machine = machine(&name);
        machine.states = states.into_iter().collect();
        machine.edges = edges;
        machine.watchers = watchers;
        machine.subscriptions = subscriptions.collect();
        machine.capabilities.read = rights.iter().map(|it| need(it)).collect();
        machine
    })
}

fn manifests() -> impl Strategy<Value = Manifest> {
    prop::collection::vec(random_machines(), 0..4).prop_map(|mut machines| {
        machines.sort_by(|one, other| one.name.cmp(&other.name));
        machines.dedup_by(|one, other| one.name == other.name);
        manifest(machines)
    })
}

/// A change without names, which are those of one side.
type Nameless = (
    Topic,
    &'static str,
    Option<String>,
    Option<String>,
    Option<String>,
);

fn nameless(changes: &[Change], swapped: bool) -> Vec<Nameless> {
    let mut all: Vec<Nameless> = changes
        .iter()
        .map(|it| {
            let (old, new) = (it.old.clone(), it.new.clone());
            let (old, new) = if swapped { (new, old) } else { (old, new) };
            (it.topic, it.what, it.of.clone(), old, new)
        })
        .collect();
    all.sort();
    all
}

proptest! {
    #[test]
    fn nothing_differs_from_itself(manifest in manifests()) {
        prop_assert_eq!(diff(&manifest, &manifest), vec![]);
    }

    #[test]
    fn what_is_added_one_way_is_removed_the_other(old in manifests(), new in manifests()) {
        let (there, back) = (diff(&old, &new), diff(&new, &old));
        prop_assert_eq!(nameless(&there, false), nameless(&back, true));
        for change in there {
            prop_assert!(!change.words().is_empty() && !change.words().contains('\n'));
        }
    }

    #[test]
    fn what_is_the_same_is_not_told(old in manifests(), new in manifests()) {
        if diff(&old, &new).is_empty() {
            let names = |of: &Manifest| of.machines.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
            prop_assert_eq!(names(&old), names(&new));
        }
    }
}
