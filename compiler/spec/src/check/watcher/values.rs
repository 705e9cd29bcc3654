//! What settings of several types have in common.

use core::time::Duration;

use chorister_lang::suggest;
use chorister_lang::template::Template;

use super::super::Scene;
use super::super::watchers::least_interval;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, Severity};
use crate::model::Kind;
use crate::text::{brief, quoted};

/// The timeout that applies where none is set.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Reports two properties that exclude each other, at the later one.
pub(super) fn exclusive(scene: &Scene<'_>, one: &'static str, other: &'static str, cx: &mut Cx) {
    let later = scene.later(one, other);
    let earlier = if later == one { other } else { one };
    let message = format!(
        "{} has both `{earlier}` and `{later}`, which exclude each other",
        scene.title()
    );
    let finding = Finding::new(Code::Exclusive, scene.property(later), message).at(Part::Key);
    let label = format!("`{earlier}` is given here");
    cx.findings.add(finding.help("remove one of them").label(
        scene.property(earlier),
        Part::Key,
        label,
    ));
}

/// Reports that `key` needs `missing`.
pub(super) fn incomplete(
    scene: &Scene<'_>,
    key: &'static str,
    missing: &str,
    help: &str,
    cx: &mut Cx,
) {
    let message = format!(
        "`{key}` of {} needs `{missing}`, which is missing",
        scene.title()
    );
    let finding = Finding::new(Code::Incomplete, scene.property(key), message).at(Part::Key);
    cx.findings.add(finding.help(help));
}

/// Reports that none of the properties of which one is needed is there.
pub(super) fn missing(scene: &Scene<'_>, what: &str, help: &str, cx: &mut Cx) {
    let (place, part) = scene.properties();
    let message = format!("{what} is missing in the properties of {}", scene.title());
    cx.findings.add(
        Finding::new(Code::MissingKey, place, message)
            .at(part)
            .help(help),
    );
}

/// Reports a property that has no effect.
pub(super) fn ignored(scene: &Scene<'_>, key: &'static str, why: &str, cx: &mut Cx) {
    let message = format!("`{key}` of {} has no effect", scene.title());
    let finding = Finding::new(Code::IgnoredProperty, scene.property(key), message).at(Part::Key);
    cx.findings.add(finding.help(why));
}

/// A value that must be one of a few.
pub(super) fn choice(
    scene: &Scene<'_>,
    key: &'static str,
    value: &str,
    choices: &[&str],
    cx: &mut Cx,
) {
    let written = scene.written(key).and_then(chorister_yaml::Node::text);
    let message = format!(
        "`{key}` of {} is `{}`, which is not one of the choices",
        scene.title(),
        written.unwrap_or(value)
    );
    let help = match suggest::closest(value, choices.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the choices are {}", quoted(choices.iter().copied())),
    };
    cx.findings
        .add(Finding::new(Code::UnknownChoice, scene.property(key), message).help(help));
}

/// A timeout, also the one that applies where none is set, has to be shorter than the interval.
pub(super) fn timeout(
    scene: &Scene<'_>,
    timeout: Option<Duration>,
    interval: Option<Duration>,
    cx: &mut Cx,
) {
    // An interval that is too short is reported as such.
    let Some(interval) = interval.filter(|it| *it >= least_interval(scene.kind)) else {
        return;
    };
    match timeout.filter(|it| !it.is_zero()) {
        Some(timeout) if timeout >= interval => {
            let message = format!(
                "`timeout` of {} is {}, not shorter than its interval of {}",
                scene.title(),
                scene.spelt("timeout", timeout),
                scene.spelt("interval", interval)
            );
            let finding = Finding::new(Code::TimeoutTooLong, scene.property("timeout"), message);
            cx.findings
                .add(finding.help("runs do not overlap: a slow one makes the next ones late"));
        }
        None if interval < DEFAULT_TIMEOUT
            && scene.kind != Kind::Archive
            && !scene.has_property("timeout") =>
        {
            let message = format!(
                "the interval of {} is {}, shorter than the default timeout of {}",
                scene.title(),
                scene.spelt("interval", interval),
                brief(DEFAULT_TIMEOUT)
            );
            let place = match scene.kind {
                Kind::Metric => scene.property("interval"),
                _ => scene.key("interval"),
            };
            cx.findings
                .add(Finding::new(Code::TimeoutTooLong, place, message).help("set `timeout`"));
        }
        _ => {}
    }
}

/// A timeout that is set but too short for anything to run.
pub(super) fn short_timeout(
    scene: &Scene<'_>,
    key: &'static str,
    timeout: Option<Duration>,
    cx: &mut Cx,
) {
    const LEAST: Duration = Duration::from_millis(10);
    if let Some(timeout) = timeout
        && !timeout.is_zero()
        && timeout < LEAST
    {
        let message = format!(
            "`{key}` of {} is {}, in which nothing can run",
            scene.title(),
            scene.spelt(key, timeout)
        );
        cx.findings.add(Finding::new(
            Code::DurationRange,
            scene.property(key),
            message,
        ));
    }
}

/// `governor_timeout` is about the governor.
pub(super) fn governor(scene: &Scene<'_>, name: Option<&Template>, cx: &mut Cx) {
    if scene.has_property("governor_timeout") && !scene.has_property("governor") {
        ignored(
            scene,
            "governor_timeout",
            "it is the time to wait for a `governor`, and there is none",
            cx,
        );
    }
    let literal = name.filter(|it| it.is_literal() && !it.source.is_empty());
    let legal = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
    if let Some(name) = literal.filter(|it| !it.source.chars().all(legal)) {
        let message = format!(
            "`governor` of {} is `{}`, which is not the name of a governor",
            scene.title(),
            name.source
        );
        let finding = Finding::new(Code::InvalidName, scene.property("governor"), message);
        cx.findings
            .add(finding.help("use letters, digits, `_` and `-`"));
    }
}

/// A property that this release checks but cannot act upon.
pub(super) fn unsupported(scene: &Scene<'_>, key: &'static str, help: &str, cx: &mut Cx) {
    let message = format!(
        "`{key}` of {} is checked, but this release cannot act upon it",
        scene.title()
    );
    let severity = if scene.options.build {
        Severity::Error
    } else {
        Severity::Warning
    };
    let finding = Finding::new(Code::UnsupportedType, scene.property(key), message).at(Part::Key);
    cx.findings.add(finding.severity(severity).help(help));
}

/// A SHA-256 in hexadecimal, unless it is computed.
pub(super) fn sha256(scene: &Scene<'_>, key: &'static str, template: &Template, cx: &mut Cx) {
    if template.is_literal() && !template.source.is_empty() {
        hexadecimal(scene, key, &template.source, "a SHA-256 checksum", cx);
    }
}

/// 64 hexadecimal digits.
pub(super) fn hexadecimal(
    scene: &Scene<'_>,
    key: &'static str,
    text: &str,
    what: &str,
    cx: &mut Cx,
) {
    const DIGITS: usize = 64;
    let odd = text.char_indices().find(|(_, it)| !it.is_ascii_hexdigit());
    let count = text.chars().count();
    let why = match odd {
        Some((_, odd)) => format!("it holds `{}`", odd.escape_debug()),
        None if count != DIGITS => format!("it has {count} characters"),
        None => return,
    };
    let message = format!(
        "`{key}` of {} is not {what} of {DIGITS} hexadecimal digits: {why}",
        scene.title()
    );
    let help = match (odd.is_none(), count) {
        (true, 32) => Some("this looks like an MD5 checksum; use that of `sha256sum`"),
        (true, 40) => Some("this looks like a SHA-1 checksum; use that of `sha256sum`"),
        (true, 128) => Some("this looks like a SHA-512 checksum; use that of `sha256sum`"),
        _ => text.strip_prefix("sha256:").map(|_| "leave `sha256:` away"),
    };
    let finding = Finding::new(Code::Checksum, scene.property(key), message);
    cx.findings.add(finding.maybe_help(help.map(str::to_owned)));
}
