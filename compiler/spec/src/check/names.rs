//! Names and the version.

use std::collections::{HashMap, HashSet};

use chorister_yaml::{Node, Resolved, Scalar};

use super::{Graph, states};
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, Severity, at};
use crate::model::{Kind, Machine};

/// The longest name that RPC requests may carry.
const MAX_NAME: usize = 128;

/// The longest name that requests about checks may carry.
const MAX_CHECK_NAME: usize = 50;

pub(crate) fn check(machine: &Machine, root: &Node, cx: &mut Cx) {
    name(machine, cx);
    version(root, cx);
    watcher_names(machine, cx);
    missing_commas(machine, cx);
    states::conflicts(machine, cx);
}

fn name(machine: &Machine, cx: &mut Cx) {
    let Some(name) = machine.name.as_deref().filter(|it| !it.trim().is_empty()) else {
        return;
    };
    let place = at!["name"];
    let is_check = machine
        .watchers
        .iter()
        .any(|it| it.kind == Some(Kind::Nagios));
    let odd: Vec<char> = name
        .chars()
        .filter(|it| !it.is_ascii_alphanumeric() && !matches!(it, '_' | '-'))
        .collect();
    let finding = if let Some(odd) = odd.iter().find(|it| **it != '.') {
        let message = format!(
            "the name `{name}` holds {}, which the name of a machine cannot",
            character(*odd)
        );
        Finding::new(Code::InvalidName, place, message).help("use letters, digits, `_` and `-`")
    } else if !odd.is_empty() {
        let message = format!("the name `{name}` holds a dot");
        Finding::new(Code::InvalidName, place, message)
            .severity(Severity::Warning)
            .help(
                "overrides are looked up by a path in which a dot separates names: use `_` or `-`",
            )
    } else if !name.starts_with(|it: char| it.is_ascii_alphabetic()) {
        let message = format!("the name `{name}` does not begin with a letter");
        Finding::new(Code::InvalidName, place, message)
            .severity(Severity::Warning)
            .help("requests to machines take only names that begin with a letter")
    } else if name.len() > MAX_NAME {
        let message = format!("the name of the machine is longer than {MAX_NAME} characters");
        Finding::new(Code::InvalidName, place, message)
    } else if name.len() > MAX_CHECK_NAME && is_check {
        let message = format!("the name of the check is longer than {MAX_CHECK_NAME} characters");
        Finding::new(Code::InvalidName, place, message)
            .severity(Severity::Warning)
            .help("requests for the data of checks do not take longer names")
    } else {
        return;
    };
    cx.findings.add(finding);
}

fn character(it: char) -> String {
    if it == ' ' {
        "a space".to_owned()
    } else {
        format!("`{}`", it.escape_debug())
    }
}

fn version(root: &Node, cx: &mut Cx) {
    let Some(scalar) = root.get("version").and_then(Node::as_scalar) else {
        return;
    };
    let text = scalar.text.as_str();
    if text.trim().is_empty() {
        return;
    }
    let (core, rest) = match text.find(['-', '+']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let parts: Vec<_> = core.split('.').collect();
    let numeric = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    let place = at!["version"];
    if parts.len() == 3 && parts.iter().copied().all(numeric) {
        if !rest.is_empty() {
            let message = format!("version `{text}` has more than MAJOR.MINOR.PATCH");
            let finding =
                Finding::new(Code::InvalidVersion, place, message).severity(Severity::Warning);
            cx.findings.add(finding.help(format!(
                "requests that name a version cannot find it; write `{core}`"
            )));
        }
        return;
    }
    let sort = match scalar.resolve() {
        Resolved::Float(_) | Resolved::Int(_) => "is a number and",
        _ => "is",
    };
    let message = format!("version `{text}` {sort} not MAJOR.MINOR.PATCH");
    let fixed = fixed_version(scalar).map(|it| format!("write `{it}`"));
    let finding = Finding::new(Code::InvalidVersion, place, message);
    cx.findings
        .add(finding.maybe_help(fixed.or(Some("three numbers, such as `1.0.0`".to_owned()))));
}

/// A version that the author may have meant.
fn fixed_version(scalar: &Scalar) -> Option<String> {
    let text = scalar.text.trim().trim_start_matches(['v', 'V']);
    let parts: Vec<_> = text.split('.').collect();
    let numeric = parts
        .iter()
        .all(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
    match (numeric, parts.as_slice()) {
        (true, [major]) => Some(format!("{major}.0.0")),
        (true, [major, minor]) => Some(format!("{major}.{minor}.0")),
        (true, [major, minor, patch, ..]) => Some(format!("{major}.{minor}.{patch}")),
        _ => None,
    }
}

/// `[ONE TWO]` is a list of one name with a space in it: where both are states, a comma is missing.
fn missing_commas(machine: &Machine, cx: &mut Cx) {
    let transitions = || machine.transitions.iter().enumerate();
    let watchers = || machine.watchers.iter().enumerate();
    let from = transitions().map(|(at, it)| (at!["transitions", at, "from"], &it.from));
    let active = watchers().map(|(at, it)| (at!["watchers", at, "state_match"], &it.state_match));
    let states: HashSet<&str> = transitions()
        .flat_map(|(_, it)| it.from.iter().flatten().chain(&it.destination))
        .chain(&machine.initial_state)
        .map(String::as_str)
        .collect();
    for (place, names) in from.chain(active) {
        for (item, name) in names.iter().enumerate() {
            let Some(name) = name.as_deref().filter(|it| it.contains(' ')) else {
                continue;
            };
            let parts: Vec<_> = name.split_whitespace().collect();
            if parts.iter().all(|it| states.contains(it)) {
                let message = format!("`{name}` is the name of one state, with a space in it");
                let finding = Finding::new(Code::InvalidName, place.join(item), message);
                cx.findings
                    .add(finding.help(format!("a comma is missing: write `{}`", parts.join(", "))));
                cx.torn = true;
            }
        }
    }
}

fn watcher_names(machine: &Machine, cx: &mut Cx) {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (index, it) in machine.watchers.iter().enumerate() {
        let Some(name) = it.name.as_deref().filter(|it| !it.trim().is_empty()) else {
            continue;
        };
        let place = at!["watchers", index, "name"];
        if let Some(earlier) = first.get(name) {
            let message = format!("two watchers are called `{name}`");
            let finding = Finding::new(Code::DuplicateWatcher, place, message)
                .help("names of watchers are unique in a machine: give this one another name")
                .label(
                    at!["watchers", *earlier, "name"],
                    Part::Value,
                    "first used here",
                );
            cx.findings.add(finding);
            continue;
        }
        first.insert(name, index);
        if let Some(odd) = name.chars().find(|it| it.is_control() || *it == '/') {
            let message = format!("the name of watcher `{name}` holds {}", character(odd));
            cx.findings
                .add(Finding::new(Code::InvalidName, place, message));
        }
    }
}

/// States that differ in case only are two states, which is hardly ever meant.
pub(crate) fn similar_states(machine: &Machine, graph: &Graph<'_>, cx: &mut Cx) {
    let mut first: HashMap<String, &str> = HashMap::new();
    if let Some(name) = &machine.initial_state {
        first.insert(name.to_lowercase(), name);
    }
    let mut told: Vec<&str> = Vec::new();
    for (index, it) in machine.transitions.iter().enumerate() {
        let from = it
            .from
            .iter()
            .enumerate()
            .map(|(at, name)| (Some(at), name));
        for (item, name) in from.chain([(None, &it.destination)]) {
            let Some(name) = name.as_deref() else {
                continue;
            };
            let other = *first.entry(name.to_lowercase()).or_insert(name);
            if other == name
                || told.contains(&name)
                || [name, other]
                    .into_iter()
                    .filter_map(|it| graph.find(it))
                    .any(|it| graph.is_misspelt(it))
            {
                continue;
            }
            told.push(name);
            let place = match item {
                Some(item) => at!["transitions", index, "from", item],
                None => at!["transitions", index, "destination"],
            };
            let message = format!("states `{other}` and `{name}` differ in case only");
            let finding = Finding::new(Code::SimilarStates, place, message);
            cx.findings
                .add(finding.help(format!("they are two states; did you mean `{other}`?")));
        }
    }
}
