//! Which machine or watcher of the old manifest is which of the new one.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{Machine, Watcher};

/// How much two have to be alike to be one that was renamed.
const ALIKE: f64 = 0.6;

/// One of the old and one of the new; either may be missing.
pub(super) type Pair<'a, T> = (Option<&'a T>, Option<&'a T>);

/// Machines of the same name, machines that were renamed, and the others.
pub(super) fn machines<'a>(old: &'a [Machine], new: &'a [Machine]) -> Vec<Pair<'a, Machine>> {
    pair(old, new, |it| &it.name, traits)
}

/// Watchers of the same name, watchers that were renamed, and the others.
pub(super) fn watchers<'a>(old: &'a [Watcher], new: &'a [Watcher]) -> Vec<Pair<'a, Watcher>> {
    pair(
        old,
        new,
        |it| &it.name,
        |it| {
            let properties = properties(it);
            properties
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect()
        },
    )
}

/// What a watcher is and does, by key; its name is none of it.
pub(super) fn properties(watcher: &Watcher) -> Map<String, Value> {
    // A structure of texts, numbers and lists always has a JSON form.
    let Ok(Value::Object(mut all)) = serde_json::to_value(watcher) else {
        return Map::new();
    };
    all.remove("name");
    // No state means every state, which is easily taken for none.
    all.entry("active_in")
        .or_insert_with(|| Value::from("every state"));
    // The order of states, machines and schedules means nothing.
    for value in all.values_mut() {
        if let Value::Array(items) = value {
            items.sort_by_cached_key(Value::to_string);
        }
    }
    all
}

/// What a machine is known by, apart from its name.
fn traits(machine: &Machine) -> BTreeSet<String> {
    let states = machine.states.iter().map(|it| format!("state {it}"));
    let edges = machine.edges.iter();
    let edges = edges.map(|it| format!("edge {} {} {}", it.from, it.transition, it.to));
    let watchers = machine.watchers.iter();
    let watchers =
        watchers.map(|it| format!("watcher {} {}", it.name, Value::Object(properties(it))));
    states.chain(edges).chain(watchers).collect()
}

fn pair<'a, T>(
    old: &'a [T],
    new: &'a [T],
    name: impl Fn(&T) -> &String,
    traits: impl Fn(&T) -> BTreeSet<String>,
) -> Vec<Pair<'a, T>> {
    let named = |all: &'a [T], wanted: &T| all.iter().find(|it| name(it) == name(wanted));
    let mut pairs: Vec<Pair<'a, T>> = new
        .iter()
        .filter_map(|it| Some((Some(named(old, it)?), Some(it))))
        .collect();
    let mut gone: Vec<&T> = old.iter().filter(|it| named(new, it).is_none()).collect();
    let mut added: Vec<&T> = new.iter().filter(|it| named(old, it).is_none()).collect();
    let mut likely = Vec::new();
    for one in &gone {
        let own = traits(one);
        for other in &added {
            let alike = similarity(&own, &traits(other));
            if alike >= ALIKE {
                likely.push((alike, *one, *other));
            }
        }
    }
    likely.sort_by(|one, other| {
        // The name of the one that is first decides, whichever side it is on.
        let names = |it: &(f64, &T, &T)| {
            let (old, new) = (name(it.1).clone(), name(it.2).clone());
            (old.clone().min(new.clone()), old.max(new))
        };
        other
            .0
            .total_cmp(&one.0)
            .then_with(|| names(one).cmp(&names(other)))
    });
    for (_, one, other) in likely {
        let of = |all: &[&T], it: &T| all.iter().position(|at| std::ptr::eq(*at, it));
        if let (Some(from), Some(to)) = (of(&gone, one), of(&added, other)) {
            gone.swap_remove(from);
            added.swap_remove(to);
            pairs.push((Some(one), Some(other)));
        }
    }
    pairs.extend(gone.into_iter().map(|it| (Some(it), None)));
    pairs.extend(added.into_iter().map(|it| (None, Some(it))));
    pairs
}

/// The part of all traits that both have.
fn similarity(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let all = one.union(other).count();
    if all == 0 {
        return 0.0;
    }
    one.intersection(other).count() as f64 / all as f64
}
