//! When a check runs, when its result counts, and what is told of it: what classes and their checks say alike.

use core::time::Duration;

use chorister_ir::{
    Active, Flapping, FlappingSettings, Policy, PublishSettings, RetrySettings, Text,
};
use chorister_lang::cron::Cron;
use chorister_yaml::{Entry as Pair, Kind, Node};

use super::keys::{ACTIVE, FLAPPING, PUBLISH, RETRY};
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::form::Reader;
use crate::text::{is_zone_name, quoted, similar};

/// Most results that flapping looks at.
const LONGEST_WINDOW: u64 = 1000;

/// Most attempts and runs that are counted.
const MOST: u64 = 1000;

/// A time that is not nothing.
pub(crate) fn time(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<Duration> {
    let time = reader.duration(node, path)?;
    if time < Duration::from_millis(1) {
        let message = format!("`{path}` is less than a millisecond");
        let finding = Finding::new(Code::DurationRange, path.clone(), message);
        reader
            .findings
            .add(finding.help("write a time such as `30s` or `5m`"));
        return None;
    }
    Some(time)
}

/// A count between 1 and the most that anybody needs.
pub(crate) fn attempts(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<u32> {
    let count = reader.number(node, path, MOST)?;
    if count == 0 {
        let message = format!("`{path}` is 0; it has to be between 1 and {MOST}");
        reader
            .findings
            .add(Finding::new(Code::OutOfRange, path.clone(), message));
        return None;
    }
    u32::try_from(count).ok()
}

/// `retry: {attempts: 3, interval: 10s}`.
pub(crate) fn retry(reader: &mut Reader<'_>, node: &Node, path: &Path) -> RetrySettings {
    let mut retry = RetrySettings::default();
    for Pair { key, value, .. } in reader.mapping(node, path, &RETRY) {
        let path = path.join(key.text.clone());
        match key.text.as_str() {
            "attempts" => retry.attempts = attempts(reader, value, &path),
            "interval" => retry.interval = time(reader, value, &path),
            _ => {}
        }
    }
    retry
}

/// `flapping: {window: 20, high: 50%, low: 25%}`.
pub(crate) fn flapping(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &Path,
) -> Option<FlappingSettings> {
    let mut flapping = FlappingSettings::default();
    let errors = reader.findings.errors();
    for Pair { key, value, .. } in reader.mapping(node, path, &FLAPPING) {
        let path = path.join(key.text.clone());
        match key.text.as_str() {
            "window" => {
                let window = reader.number(value, &path, LONGEST_WINDOW);
                let window = window.and_then(|it| u16::try_from(it).ok());
                flapping.window = window;
                if let Some(window @ ..3) = window {
                    let message = format!("a window of {window} results shows no flapping");
                    let finding = Finding::new(Code::OutOfRange, path, message);
                    reader
                        .findings
                        .add(finding.help("look at 3 results or more"));
                }
            }
            "high" => flapping.high = percent(reader, value, &path),
            "low" => flapping.low = percent(reader, value, &path),
            _ => {}
        }
    }
    let is_good = reader.findings.errors() == errors && node.as_mapping().is_some();
    is_good.then_some(flapping)
}

/// The flapping of a class, which has to make sense by itself.
pub(crate) fn flapping_of_class(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &Path,
) -> Option<Flapping> {
    let flapping = flapping(reader, node, path)?.over(Flapping::DEFAULT);
    if let Some(message) = flapping.disorder() {
        let finding = Finding::new(Code::FlappingOrder, path.clone(), message).at(Part::Key);
        reader
            .findings
            .add(finding.help("`low` has to be less than `high`, as in `high: 50%, low: 25%`"));
    }
    Some(flapping)
}

fn percent(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<f64> {
    let text = reader.text_or_number(node, path)?;
    let number = text.trim().trim_end_matches('%').trim_end().parse::<f64>();
    let number = number.ok().filter(|it| (0.0..=100.0).contains(it));
    if number.is_none() {
        let message = format!("`{text}` is no share in percent");
        let finding = Finding::new(Code::OutOfRange, path.clone(), message);
        reader
            .findings
            .add(finding.help("write it from `0%` to `100%`"));
    }
    number
}

/// `active: {schedule: "* 6-22 * * mon-fri", timezone: Europe/Malta}`.
pub(crate) fn active(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<Active> {
    let (mut schedule, mut timezone) = (None, None);
    let entries = reader.mapping(node, path, &ACTIVE);
    for Pair { key, value, .. } in entries {
        let path = path.join(key.text.clone());
        match key.text.as_str() {
            "schedule" => schedule = cron(reader, value, &path),
            "timezone" => timezone = zone(reader, value, &path),
            _ => {}
        }
    }
    let is_missing = !entries.iter().any(|it| it.key.text == "schedule");
    if is_missing && node.as_mapping().is_some() {
        let finding = Finding::new(
            Code::MissingKey,
            path.clone(),
            "`active` needs a `schedule`",
        );
        let help =
            "add the minutes in which the check runs, such as `schedule: \"* 6-22 * * mon-fri\"`";
        reader.findings.add(finding.at(Part::Start).help(help));
    }
    Some(Active {
        schedule: schedule?,
        timezone,
    })
}

fn cron(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<Cron> {
    let text = reader.text(node, path)?;
    match Cron::parse(&text) {
        Ok(cron) if cron.is_impossible() => {
            let message =
                format!("`{text}` names a date that does not exist: the check never runs");
            reader
                .findings
                .add(Finding::new(Code::NeverRunsAt, path.clone(), message));
            Some(cron)
        }
        Ok(cron) => Some(cron),
        Err(error) => {
            let finding = Finding::new(Code::Cron, path.clone(), error.message);
            reader
                .findings
                .add(finding.at(Part::Within(error.span)).maybe_help(error.help));
            None
        }
    }
}

fn zone(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<Text> {
    let text = reader.text(node, path)?;
    if !is_zone_name(&text) {
        let message = format!("`{text}` is not the name of a time zone");
        let finding = Finding::new(Code::TimeZone, path.clone(), message);
        reader
            .findings
            .add(finding.help("write an IANA name, such as `Europe/Malta`"));
    }
    Some(Text::Owned(text))
}

/// `publish: changes`, or `publish: {policy: changes, summary: 1h}`.
pub(crate) fn publish(reader: &mut Reader<'_>, node: &Node, path: &Path) -> PublishSettings {
    let mut publish = PublishSettings::default();
    if node.kind() == Kind::Str {
        publish.policy = policy(reader, node, path);
        return publish;
    }
    for Pair { key, value, .. } in reader.mapping(node, path, &PUBLISH) {
        let path = path.join(key.text.clone());
        match key.text.as_str() {
            "policy" => publish.policy = policy(reader, value, &path),
            "summary" => publish.summary = time(reader, value, &path),
            _ => {}
        }
    }
    publish
}

fn policy(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<Policy> {
    let text = reader.text(node, path)?;
    let found = Policy::ALL.iter().find(|(name, _)| *name == text);
    if found.is_none() {
        let message = format!("nothing is published by `{text}`");
        let names = || Policy::ALL.iter().map(|(name, _)| *name);
        let help = match similar(&text, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", quoted(names())),
        };
        let finding = Finding::new(Code::UnknownChoice, path.clone(), message);
        reader.findings.add(finding.help(help));
    }
    found.map(|(_, policy)| *policy)
}

/// Names of checks.
pub(crate) fn names(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Vec<String> {
    if node.kind() == Kind::Str {
        return reader.text(node, path).into_iter().collect();
    }
    reader.texts(node, path)
}

/// Free text by key.
pub(crate) fn annotations(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &Path,
) -> Vec<(String, String)> {
    let Some(entries) = node.as_mapping() else {
        reader.wrong_type(node, path, "a mapping of texts");
        return Vec::new();
    };
    let texts = entries.iter().filter_map(|Pair { key, value, .. }| {
        let path = path.join(key.text.clone());
        // An empty text takes away what a class says.
        let text = match value.text() {
            Some("") => Some(String::new()),
            _ => reader.text(value, &path),
        };
        text.map(|it| (key.text.clone(), it))
    });
    texts.collect()
}
