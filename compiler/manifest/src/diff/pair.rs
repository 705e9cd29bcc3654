//! Which machine or watcher of the old manifest is which of the new one.

use std::collections::{BTreeMap, BTreeSet};

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
    let (old, new) = (numbered(old, &name), numbered(new, &name));
    let mut pairs: Vec<Pair<'a, T>> = Vec::new();
    pairs.extend(new.iter().filter_map(|(key, it)| {
        let (_, earlier) = old.iter().find(|it| it.0 == *key)?;
        Some((Some(*earlier), Some(*it)))
    }));
    let only = |all: &[Numbered<'a, T>], others: &[Numbered<'a, T>]| {
        let only = all
            .iter()
            .filter(|it| others.iter().all(|other| other.0 != it.0));
        only.map(|it| it.1).collect::<Vec<&'a T>>()
    };
    let (mut gone, mut added) = (only(&old, &new), only(&new, &old));
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

/// One of several, by its name and by how many of that name come before it: a check class may be called like a machine.
type Numbered<'a, T> = ((&'a str, usize), &'a T);

fn numbered<'a, T>(all: &'a [T], name: &impl Fn(&T) -> &String) -> Vec<Numbered<'a, T>> {
    let mut counts = BTreeMap::new();
    let numbered = all.iter().map(|it| {
        let count = counts.entry(name(it).as_str()).or_insert(0);
        *count += 1;
        ((name(it).as_str(), *count), it)
    });
    numbered.collect()
}

/// The part of all traits that both have.
fn similarity(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let all = one.union(other).count();
    if all == 0 {
        return 0.0;
    }
    one.intersection(other).count() as f64 / all as f64
}
