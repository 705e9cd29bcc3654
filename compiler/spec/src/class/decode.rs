//! From the tree to the class.

use chorister_ir::{CheckDefaults, List, Pair as Annotation, Parameter, Remediation, Text};
use chorister_yaml::{Entry as Pair, Node};

use super::keys::{REMEDIATE, TOP};
use super::parameter::parameters;
use super::policy;
use super::run::{Run, placeholders, run};
use crate::diagnostic::{Code, Finding, Part, Path, at};
use crate::form::{Placeholders, Reader};
use crate::outline::{Mark, Named};
use crate::text::{brief, quoted, similar};

/// Longest name of a class.
const MAX_NAME: usize = 50;

/// The states in which a remediation can run.
const STATES: [&str; 4] = ["WARNING", "CRITICAL", "UNKNOWN", "OK"];

/// A class as far as it could be read.
pub(super) struct Read {
    pub(super) name: Option<Named>,
    pub(super) version: String,
    pub(super) description: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) run: Option<Run>,
    pub(super) defaults: CheckDefaults,
}

/// Reads the whole file.
pub(super) fn class(reader: &mut Reader<'_>, root: &Node) -> Read {
    let mut read = Read {
        name: None,
        version: "1.0.0".to_owned(),
        description: String::new(),
        parameters: Vec::new(),
        run: None,
        defaults: CheckDefaults::DEFAULT,
    };
    let entries = reader.mapping(root, &at![], &TOP);
    if let Some(node) = root.get("parameters").filter(|it| !it.is_null()) {
        read.parameters = parameters(reader, node, &at!["parameters"]);
    }
    let parameters = read.parameters.clone();
    let mut names = placeholders(&parameters);
    let defaults = &mut read.defaults;
    for Pair { key, value, .. } in entries {
        let path = at![key.text.clone()];
        match key.text.as_str() {
            "class" => read.name = name(reader, value, &path),
            "version" => {
                read.version = crate::distribution::version(reader, value, &path);
            }
            "description" => read.description = reader.text(value, &path).unwrap_or_default(),
            "run" => read.run = run(&mut names, reader, value, &path),
            "interval" => {
                defaults.interval = policy::time(reader, value, &path).unwrap_or(defaults.interval);
            }
            "timeout" => {
                defaults.timeout = policy::time(reader, value, &path).unwrap_or(defaults.timeout);
            }
            "retry" => {
                defaults.retry = policy::retry(reader, value, &path).over(defaults.retry);
            }
            "flapping" => defaults.flapping = policy::flapping_of_class(reader, value, &path),
            "active" => defaults.active = policy::active(reader, value, &path),
            "depends_on" => {
                let checks = policy::names(reader, value, &path);
                defaults.depends_on = checks.into_iter().map(Text::Owned).collect();
            }
            "remediate" => defaults.remediate = remediate(reader, &mut names, value, &path),
            "annotations" => {
                let texts = policy::annotations(reader, value, &path).into_iter();
                defaults.annotations = texts
                    .map(|(key, value)| Annotation {
                        key: Text::Owned(key),
                        value: Text::Owned(value),
                    })
                    .collect();
            }
            "publish" => {
                defaults.publish = policy::publish(reader, value, &path).over(defaults.publish);
            }
            _ => {}
        }
    }
    require(reader, root, entries);
    if read.run.is_some() {
        names.report_unused(reader, &at!["parameters"]);
    }
    times(reader, &read.defaults);
    read
}

fn require(reader: &mut Reader<'_>, root: &Node, entries: &[Pair]) {
    let has = |key: &str| entries.iter().any(|it| it.key.text == key);
    if root.as_mapping().is_none() {
        return;
    }
    for (key, example) in [("class", "class: queue"), ("run", "run: {builtin: disk}")] {
        if !has(key) {
            let message = format!("a check class needs `{key}`");
            let finding = Finding::new(Code::MissingKey, at![], message).at(Part::Start);
            reader
                .findings
                .add(finding.help(format!("add `{example}`")));
        }
    }
}

fn name(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<Named> {
    let text = reader.text(node, path)?;
    let fits = text.len() <= MAX_NAME
        && text.starts_with(|it: char| it.is_ascii_lowercase())
        && text
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_');
    if !fits {
        let message = format!("`{text}` cannot name a check class");
        let finding = Finding::new(Code::InvalidName, path.clone(), message);
        let help =
            "a class's name begins with a small letter and has small letters, digits and `_`";
        reader.findings.add(finding.help(help));
        return None;
    }
    Some(Named {
        text,
        place: Mark {
            span: node.span,
            path: path.to_string(),
        },
    })
}

/// `remediate: {command: [...], states: [CRITICAL], interval: 15m, attempts: 3}`.
fn remediate(
    reader: &mut Reader<'_>,
    names: &mut Placeholders<'_>,
    node: &Node,
    path: &Path,
) -> Option<Remediation> {
    let mut command = None;
    let mut read = Remediation {
        command: List::EMPTY,
        states: List::Static(&[Text::Borrowed("CRITICAL")]),
        interval: Remediation::INTERVAL,
        timeout: Remediation::TIMEOUT,
        attempts: None,
    };
    let entries = reader.mapping(node, path, &REMEDIATE);
    for Pair { key, value, .. } in entries {
        let path = path.join(key.text.clone());
        match key.text.as_str() {
            "command" => command = names.command(reader, value, &path),
            "states" => read.states = states(reader, value, &path),
            "interval" => {
                read.interval = policy::time(reader, value, &path).unwrap_or(read.interval);
            }
            "timeout" => read.timeout = policy::time(reader, value, &path).unwrap_or(read.timeout),
            "attempts" => read.attempts = policy::attempts(reader, value, &path),
            _ => {}
        }
    }
    let is_missing = !entries.iter().any(|it| it.key.text == "command");
    if is_missing && node.as_mapping().is_some() {
        let finding = Finding::new(
            Code::MissingKey,
            path.clone(),
            "`remediate` needs a `command`",
        );
        let help = "add what is run, such as `command: [/usr/bin/systemctl, restart, queue]`";
        reader.findings.add(finding.at(Part::Start).help(help));
    }
    read.command = command?;
    Some(read)
}

fn states(reader: &mut Reader<'_>, node: &Node, path: &Path) -> List<Text> {
    let mut states = Vec::new();
    for (item, path) in reader.list(node, path) {
        let Some(state) = reader.text(item, &path) else {
            continue;
        };
        if STATES.contains(&state.as_str()) {
            states.push(Text::Owned(state));
            continue;
        }
        let message = format!("a check is never remediated in `{state}`");
        let upper = state.to_ascii_uppercase();
        let help =
            match similar(&state, STATES).or_else(|| STATES.into_iter().find(|it| *it == upper)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("states are {}", quoted(STATES)),
            };
        let finding = Finding::new(Code::RemediateState, path, message);
        reader.findings.add(finding.help(help));
    }
    states.into()
}

/// Reports times that do not fit together.
fn times(reader: &mut Reader<'_>, defaults: &CheckDefaults) {
    let CheckDefaults {
        interval,
        timeout,
        retry,
        ..
    } = defaults;
    if timeout >= interval {
        let message = format!(
            "a run may take {}, and the next one begins after {}",
            brief(*timeout),
            brief(*interval)
        );
        let finding = Finding::new(Code::CheckTimes, at!["timeout"], message);
        reader
            .findings
            .add(finding.help("make `timeout` shorter than `interval`"));
    }
    if let Some(again) = retry.interval.filter(|it| it > interval) {
        let message = format!(
            "a doubtful result is looked at again after {}, later than the {} of every check",
            brief(again),
            brief(*interval)
        );
        let finding = Finding::new(Code::CheckTimes, at!["retry", "interval"], message);
        reader
            .findings
            .add(finding.help("make it shorter than `interval`"));
    }
}
