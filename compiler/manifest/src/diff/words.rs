//! Differences as people say them.

use core::time::Duration;

use chorister_lang::duration::{format_go, parse_go};
use serde_json::Value;

use super::aspect::Aspect;
use super::{Change, Sign};

/// A difference in words, without the machine.
pub(super) fn of(change: &Change) -> String {
    let sign = change.sign();
    let old = change.old.as_deref().unwrap_or_default();
    let new = change.new.as_deref().unwrap_or_default();
    let one = if sign == Sign::Removed { old } else { new };
    if let Some(watcher) = &change.watcher {
        return match (change.what, sign) {
            ("watcher", Sign::Added) => format!("`{watcher}` is a new watcher"),
            ("watcher", _) => format!("`{watcher}` is gone"),
            ("watcher_name", _) => format!("`{new}` is the watcher that was called `{old}`"),
            _ => format!("`{watcher}` {}", property(change, old, new)),
        };
    }
    let may = |verb: &str| match sign {
        Sign::Added => format!("can now {verb} {one}"),
        _ => format!("can no longer {verb} {one}"),
    };
    let granted = |verb: &str| match sign {
        Sign::Added => format!("its machines may now {verb} {new}"),
        Sign::Removed => format!("its machines may no longer {verb} {old}"),
        Sign::Changed => format!("its machines may {verb} {new} (was {old})"),
    };
    let is = |what: &str| match sign {
        Sign::Added => format!("{what} is now {new}"),
        Sign::Removed => format!("{what} is no longer set (was {old})"),
        Sign::Changed => format!("{what} is {new} (was {old})"),
    };
    match change.what {
        "exec" => may("run"),
        "read" => may("read"),
        "write" => may("write"),
        "connect" => may("connect to"),
        "listen" => may("serve"),
        "grant_exec" => granted("run"),
        "grant_read" => granted("read"),
        "grant_write" => granted("write"),
        "grant_connect" => granted("connect to"),
        "unknown" if sign == Sign::Added => format!("new and not known: {new}"),
        "unknown" => format!("no more a question: {old}"),
        "loads_machines" => match sign {
            Sign::Added => format!("now loads machines from {new}"),
            Sign::Removed => format!("no longer loads machines from {old}"),
            Sign::Changed => format!("loads machines from {new} (was {old})"),
        },
        "hosts_agents" => match sign {
            Sign::Added => format!("now hosts agents from {new}"),
            Sign::Removed => format!("no longer hosts agents from {old}"),
            Sign::Changed => format!("hosts agents from {new} (was {old})"),
        },
        "enforce" if sign == Sign::Added => "capabilities are now enforced".to_owned(),
        "enforce" => "capabilities are no longer enforced".to_owned(),
        "operator" if sign == Sign::Added => format!("`{new}` is now left to operators"),
        "operator" => format!("`{old}` is no longer left to operators"),
        "role" if sign == Sign::Added => format!("is now a {new}"),
        "role" => format!("is no longer a {old}"),
        "machine" if sign == Sign::Added => "is a new machine".to_owned(),
        "machine" => "is gone".to_owned(),
        "name" => format!("is the machine that was called {old}"),
        "state" if sign == Sign::Added => format!("{new} is a new state"),
        "state" => format!("{old} is no state any more"),
        "initial" => format!("starts in {new} (was {old})"),
        "edge" => edge(change, sign, old, new),
        "subscription" => {
            let (fired, by) = one.split_once(" by ").unwrap_or((one, ""));
            let again = if sign == Sign::Added {
                "now"
            } else {
                "no longer"
            };
            format!("`{fired}` is {again} fired by {by}")
        }
        "splay_start" => match sign {
            Sign::Added => format!("now starts late by up to {new}"),
            Sign::Removed => format!("no longer starts late (by up to {old})"),
            Sign::Changed => format!("starts late by up to {new} (was {old})"),
        },
        "budget_rss" => is("the budget for memory"),
        "budget_events" => is("the budget for events a second"),
        "budget_forks" => is("the budget for commands a second"),
        "estimated_events" => format!("publishes about {new} events a second (was {old})"),
        "estimated_forks" => format!("runs about {new} commands a second (was {old})"),
        "estimated_memory" => format!("needs about {new} of memory (was {old})"),
        what => is(what),
    }
}

fn edge(change: &Change, sign: Sign, old: &str, new: &str) -> String {
    let of = change.of.as_deref().unwrap_or_default();
    let (from, transition) = of.split_once(" --").unwrap_or((of, ""));
    match sign {
        Sign::Added => format!("`{transition}` now leads from {from} to {new}"),
        Sign::Removed => format!("`{transition}` no longer leads from {from} to {old}"),
        Sign::Changed => format!("`{transition}` leads from {from} to {new} (was {old})"),
    }
}

/// What is different about a watcher.
fn property(change: &Change, old: &str, new: &str) -> String {
    let Aspect { verb, .. } = Aspect::named(change.what);
    let entry = change.of.as_deref();
    match (entry, change.sign()) {
        // Their values are digests, which tell nobody anything.
        (Some(entry), Sign::Added) if change.what == "environment" => format!("now {verb} {entry}"),
        (Some(entry), Sign::Removed) if change.what == "environment" => {
            format!("no longer {verb} {entry}")
        }
        (Some(entry), Sign::Changed) if change.what == "environment" => {
            format!("{verb} {entry} to another value")
        }
        (Some("contents"), Sign::Added) => format!("now {verb} contents"),
        (Some("contents"), Sign::Removed) => format!("no longer {verb} contents"),
        (Some("contents"), Sign::Changed) => format!("{verb} contents, which are others"),
        (Some(entry), Sign::Added) => format!("now {verb} {entry} {new}"),
        (Some(entry), Sign::Removed) => format!("no longer {verb} {entry} {old}"),
        (Some(entry), Sign::Changed) => format!("{verb} {entry} {new} (was {old})"),
        (None, _) if verb.ends_with(':') => {
            let is = if new.is_empty() { "no" } else { "yes" };
            format!("{verb} now {is}")
        }
        (None, Sign::Added) => format!("now {verb} {new}"),
        (None, Sign::Removed) => format!("no longer {verb} {old}"),
        (None, Sign::Changed) => format!("{verb} {new} (was {old})"),
    }
}

/// A property of a watcher on one line: an empty list is one of states, and means all of them.
pub(super) fn whole(property: &Value) -> String {
    match property {
        Value::Array(items) if items.is_empty() => "every state".to_owned(),
        other => value(other),
    }
}

/// A value of a manifest on one line.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => match parse_go(text) {
            Ok(nanoseconds) if text.ends_with('s') => u64::try_from(nanoseconds)
                .map_or_else(|_| line(text), |it| duration(Duration::from_nanos(it))),
            _ => line(text),
        },
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            if items.is_empty() {
                "nothing".to_owned()
            } else {
                items.join(", ")
            }
        }
        // Another machine and the state it has to be in.
        Value::Object(entries) => {
            let entries: Vec<String> = entries.values().map(self::value).collect();
            entries.join(" ")
        }
        other => other.to_string(),
    }
}

/// A text without line breaks.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `5m` and not `5m0s`.
pub(super) fn duration(duration: Duration) -> String {
    let text = format_go(duration);
    let short = match text.strip_suffix("m0s") {
        Some(rest) => format!("{rest}m"),
        None => text,
    };
    match short.strip_suffix("h0m") {
        Some(rest) => format!("{rest}h"),
        None => short,
    }
}
