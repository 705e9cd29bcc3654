//! The difference between two manifests in behaviour: what is done, when, and with what rights.
//!
//! Descriptions, versions and the order of things are no behaviour. A machine or a watcher that only has another
//! name is told as renamed, and compared with what it was.

mod aspect;
mod pair;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Capabilities, Estimate, Machine, Manifest, Need, estimate, figure};
use aspect::Aspect;

/// What kind of behaviour differs; in the order of importance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// What may be run, read, written and connected to.
    Capabilities,
    /// The transitions that are left to operators.
    Operator,
    /// Command lines, their environment, downloads and managed content.
    Commands,
    /// Machines that are there or not.
    Machines,
    /// States and edges.
    States,
    /// Watchers: whether they are there, when they are active, what they fire and look at.
    Watchers,
    /// Intervals, timers, timeouts and schedules.
    Timings,
    /// Transitions of other machines that fire transitions.
    Subscriptions,
    /// Budgets, and what is estimated to be used.
    Budgets,
}

/// Whether something is new, gone or different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    /// Only in the new one.
    Added,
    /// Only in the old one.
    Removed,
    /// In both, and not the same.
    Changed,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Name of the machine, that in the new manifest where it was renamed; `None` for the distribution.
    pub machine: Option<String>,
    /// Of what kind it is.
    pub topic: Topic,
    /// Name of the watcher, that in the new manifest where it was renamed.
    pub watcher: Option<String>,
    /// What is different, as a stable key: `interval`, `write`, `state`.
    pub what: &'static str,
    /// Which of several: a variable, a state, the start and the name of an edge.
    pub of: Option<String>,
    /// The value in the old manifest.
    pub old: Option<String>,
    /// The value in the new manifest.
    pub new: Option<String>,
}

/// The difference between two manifests, machine by machine, what matters most first.
#[must_use]
pub fn diff(old: &Manifest, new: &Manifest) -> Vec<Change> {
    let mut differ = Differ::default();
    differ.distribution(old, new);
    for pair in pair::machines(&old.machines, &new.machines) {
        match pair {
            (Some(old), Some(new)) => differ.machine(old, new),
            (old, new) => differ.whole(old, new),
        }
    }
    let mut changes = differ.changes;
    changes.sort();
    let mut first: BTreeMap<Option<String>, Topic> = BTreeMap::new();
    for change in &changes {
        first.entry(change.machine.clone()).or_insert(change.topic);
    }
    changes.sort_by_cached_key(|it| (first.get(&it.machine).copied(), it.machine.clone()));
    changes
}

#[derive(Default)]
struct Differ {
    changes: Vec<Change>,
    machine: Option<String>,
}

// === impl Change ===

impl Change {
    /// Whether it is new, gone or different.
    #[must_use]
    pub fn sign(&self) -> Sign {
        match (&self.old, &self.new) {
            (None, _) => Sign::Added,
            (_, None) => Sign::Removed,
            _ => Sign::Changed,
        }
    }

    /// The difference in words, without the machine.
    #[must_use]
    pub fn words(&self) -> String {
        words::of(self)
    }
}

// === impl Topic ===

impl Topic {
    /// All of them, in the order of importance.
    pub const ALL: [Self; 9] = [
        Self::Capabilities,
        Self::Operator,
        Self::Commands,
        Self::Machines,
        Self::States,
        Self::Watchers,
        Self::Timings,
        Self::Subscriptions,
        Self::Budgets,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Capabilities => "capabilities",
            Self::Operator => "operator",
            Self::Commands => "commands",
            Self::Machines => "machines",
            Self::States => "states",
            Self::Watchers => "watchers",
            Self::Timings => "timings",
            Self::Subscriptions => "subscriptions",
            Self::Budgets => "budgets",
        }
    }
}

// === impl Differ ===

impl Differ {
    fn distribution(&mut self, old: &Manifest, new: &Manifest) {
        let roles = |of: &Manifest| of.roles.iter().cloned().collect();
        self.sets(Topic::Machines, "role", &roles(old), &roles(new));
        for (loads, one, other) in [
            ("loads_machines", &old.loads_machines, &new.loads_machines),
            ("hosts_agents", &old.hosts_agents, &new.hosts_agents),
        ] {
            self.add(Topic::Capabilities, loads, one.clone(), other.clone());
        }
        let enforced = |of: &Manifest| of.limits.enforce.then(|| "enforced".to_owned());
        self.add(Topic::Capabilities, "enforce", enforced(old), enforced(new));
        for (what, one, other) in [
            ("grant_exec", &old.limits.exec, &new.limits.exec),
            ("grant_read", &old.limits.read, &new.limits.read),
            ("grant_write", &old.limits.write, &new.limits.write),
            ("grant_connect", &old.limits.connect, &new.limits.connect),
        ] {
            self.grants(what, one.as_deref(), other.as_deref());
        }
        let (one, other) = (&old.budget, &new.budget);
        let text = |count: Option<u32>| count.map(|it| it.to_string());
        let size = |bytes: Option<u64>| bytes.map(figure::mebibytes);
        self.add(Topic::Budgets, "budget_rss", size(one.rss), size(other.rss));
        let (one, other) = (text(one.events_per_second), text(other.events_per_second));
        self.add(Topic::Budgets, "budget_events", one, other);
        let (one, other) = (old.budget.forks_per_second, new.budget.forks_per_second);
        self.add(Topic::Budgets, "budget_forks", text(one), text(other));
        self.estimates(&estimate(old), &estimate(new));
    }

    /// What is granted; nothing said grants whatever is needed, which is no list.
    fn grants(&mut self, what: &'static str, old: Option<&[String]>, new: Option<&[String]>) {
        if let (Some(old), Some(new)) = (old, new) {
            let items = |of: &[String]| of.iter().cloned().collect();
            return self.sets(Topic::Capabilities, what, &items(old), &items(new));
        }
        let text = |of: Option<&[String]>| match of {
            None => "whatever they need".to_owned(),
            Some([]) => "nothing".to_owned(),
            Some(items) => items.join(", "),
        };
        self.add(Topic::Capabilities, what, Some(text(old)), Some(text(new)));
    }

    fn estimates(&mut self, old: &Estimate, new: &Estimate) {
        let rate = |rate: f64| Some(figure::per_second(rate));
        for (what, old, new) in [
            ("estimated_events", &old.events, &new.events),
            ("estimated_forks", &old.forks, &new.forks),
        ] {
            self.add(Topic::Budgets, what, rate(old.steady), rate(new.steady));
        }
        let size = |bytes: u64| Some(figure::mebibytes(bytes));
        let (old, new) = (size(old.memory), size(new.memory));
        self.add(Topic::Budgets, "estimated_memory", old, new);
    }

    /// A machine that only one of them has, and what may be done with it.
    fn whole(&mut self, old: Option<&Machine>, new: Option<&Machine>) {
        let Some(machine) = new.or(old) else { return };
        self.machine = Some(machine.name.clone());
        let name = |of: Option<&Machine>| of.map(|it| it.name.clone());
        self.add(Topic::Machines, "machine", name(old), name(new));
        let none = Capabilities::default();
        let needs =
            |of: Option<&Machine>| of.map_or_else(|| none.clone(), |it| it.capabilities.clone());
        self.capabilities(&needs(old), &needs(new));
        let operator =
            |of: Option<&Machine>| of.into_iter().flat_map(|it| it.operator.clone()).collect();
        self.sets(Topic::Operator, "operator", &operator(old), &operator(new));
        self.machine = None;
    }

    fn machine(&mut self, old: &Machine, new: &Machine) {
        self.machine = Some(new.name.clone());
        let names = (Some(old.name.clone()), Some(new.name.clone()));
        self.add(Topic::Machines, "name", names.0, names.1);
        self.capabilities(&old.capabilities, &new.capabilities);
        let operator = |of: &Machine| of.operator.iter().cloned().collect();
        self.sets(Topic::Operator, "operator", &operator(old), &operator(new));
        let states = |of: &Machine| of.states.iter().cloned().collect();
        self.sets(Topic::States, "state", &states(old), &states(new));
        let initial = |of: &Machine| Some(of.initial.clone());
        self.add(Topic::States, "initial", initial(old), initial(new));
        let edges = |of: &Machine| -> BTreeMap<String, String> {
            let edges = of.edges.iter();
            edges
                .map(|it| (format!("{} --{}", it.from, it.transition), it.to.clone()))
                .collect()
        };
        self.maps(Topic::States, "edge", None, &edges(old), &edges(new));
        let splay =
            |of: &Machine| (!of.splay_start.is_zero()).then(|| words::duration(of.splay_start));
        self.add(Topic::Timings, "splay_start", splay(old), splay(new));
        let subscriptions = |of: &Machine| -> BTreeSet<String> {
            let all = of.subscriptions.iter();
            all.map(|it| format!("{} by {}#{}", it.transition, it.machine, it.event))
                .collect()
        };
        let (one, other) = (subscriptions(old), subscriptions(new));
        self.sets(Topic::Subscriptions, "subscription", &one, &other);
        for (old, new) in pair::watchers(&old.watchers, &new.watchers) {
            let Some(either) = new.or(old) else { continue };
            let name = |of: Option<&crate::Watcher>| of.map(|it| it.name.clone());
            let (one, other) = (name(old), name(new));
            let what = if old.is_some() && new.is_some() {
                "watcher_name"
            } else {
                "watcher"
            };
            self.push(Topic::Watchers, Some(&either.name), what, None, one, other);
            if let (Some(old), Some(new)) = (old, new) {
                self.watcher(&new.name, &pair::properties(old), &pair::properties(new));
            }
        }
        self.machine = None;
    }

    fn capabilities(&mut self, old: &Capabilities, new: &Capabilities) {
        let names = |needs: &[Need]| needs.iter().map(|it| it.what.clone()).collect();
        for (what, old, new) in [
            ("exec", &old.exec, &new.exec),
            ("read", &old.read, &new.read),
            ("write", &old.write, &new.write),
            ("connect", &old.connect, &new.connect),
            ("listen", &old.listen, &new.listen),
        ] {
            self.sets(Topic::Capabilities, what, &names(old), &names(new));
        }
        // That a program does more than is known is no news beside the news that it is run.
        let is_program = |of: &Capabilities, what: &str| {
            let mut programs = of.exec.iter();
            programs.any(|it| what.contains(&format!("`{}`", it.what)))
        };
        let unknown = |of: &Capabilities| -> BTreeSet<String> {
            let all = of.unknown.iter().filter(|it| !is_program(of, &it.what));
            all.map(|it| format!("{} (`{}`)", it.what, it.by.watcher))
                .collect()
        };
        self.sets(Topic::Capabilities, "unknown", &unknown(old), &unknown(new));
    }

    /// The properties of a watcher, one by one.
    fn watcher(&mut self, name: &str, old: &Map<String, Value>, new: &Map<String, Value>) {
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let (old, new) = (old.get(key), new.get(key));
            let aspect = Aspect::named(key);
            match (old, new) {
                (Some(Value::Object(_)) | None, Some(Value::Object(_)) | None) => {
                    let entries = |of: Option<&Value>| -> BTreeMap<String, String> {
                        let entries = of.and_then(Value::as_object).into_iter().flatten();
                        entries
                            .map(|(key, value)| (key.clone(), words::value(value)))
                            .collect()
                    };
                    let (old, new) = (entries(old), entries(new));
                    self.maps(aspect.topic, aspect.key, Some(name), &old, &new);
                }
                (old, new) => {
                    let text = |it: Option<&Value>| it.map(words::whole);
                    let (old, new) = (text(old), text(new));
                    self.push(aspect.topic, Some(name), aspect.key, None, old, new);
                }
            }
        }
    }

    fn sets(
        &mut self,
        topic: Topic,
        what: &'static str,
        old: &BTreeSet<String>,
        new: &BTreeSet<String>,
    ) {
        for gone in old.difference(new) {
            self.add(topic, what, Some(gone.clone()), None);
        }
        for added in new.difference(old) {
            self.add(topic, what, None, Some(added.clone()));
        }
    }

    fn maps(
        &mut self,
        topic: Topic,
        what: &'static str,
        watcher: Option<&str>,
        old: &BTreeMap<String, String>,
        new: &BTreeMap<String, String>,
    ) {
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let (old, new) = (old.get(key).cloned(), new.get(key).cloned());
            self.push(topic, watcher, what, Some(key.clone()), old, new);
        }
    }

    fn add(&mut self, topic: Topic, what: &'static str, old: Option<String>, new: Option<String>) {
        self.push(topic, None, what, None, old, new);
    }

    /// Takes note of two values where they are not the same.
    fn push(
        &mut self,
        topic: Topic,
        watcher: Option<&str>,
        what: &'static str,
        of: Option<String>,
        old: Option<String>,
        new: Option<String>,
    ) {
        if old != new {
            self.changes.push(Change {
                machine: self.machine.clone(),
                topic,
                watcher: watcher.map(str::to_owned),
                what,
                of,
                old,
                new,
            });
        }
    }
}
