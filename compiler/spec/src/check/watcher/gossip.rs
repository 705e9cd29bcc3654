//! `gossip`: publishes a message again and again.

use core::net::IpAddr;

use super::super::Scene;
use super::values;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part};
use crate::model::{Gossip, Registration};

pub(super) fn check(scene: &Scene<'_>, it: &Gossip, cx: &mut Cx) {
    let has = |key| scene.has_property(key);
    if has("registration") {
        if let Some(key) = ["subject", "payload"].into_iter().find(|it| has(it)) {
            values::exclusive(scene, key, "registration", cx);
        }
    } else if !has("subject") && !has("payload") {
        let help = "write `subject` and `payload`, or a `registration`";
        values::missing(scene, "`subject` or `registration`", help, cx);
    } else if !has("payload") {
        values::incomplete(scene, "subject", "payload", "say what is published", cx);
    } else if !has("subject") {
        values::incomplete(scene, "payload", "subject", "say where it is published", cx);
    }
    subject(scene, it, cx);
    if let Some(registration) = &it.registration {
        registered(scene, registration, cx);
    }
}

fn subject(scene: &Scene<'_>, it: &Gossip, cx: &mut Cx) {
    let Some(template) = &it.subject else { return };
    let subject = template.source.as_ref();
    // Compat: go-choria aagent/watchers/gossipwatcher: looks at the text before it is expanded, so that a space in
    // an action is one in the subject.
    let odd = subject
        .chars()
        .find(|it| matches!(it, '^' | '*' | '>') || it.is_whitespace());
    let why = match odd {
        Some(' ') if !template.is_literal() => "a template in it must not hold a space".to_owned(),
        Some(odd) if odd.is_whitespace() => "it holds a space".to_owned(),
        Some(odd) => format!("it holds `{odd}`"),
        None if subject.contains("..") || subject.starts_with('.') || subject.ends_with('.') => {
            "a part between two dots is empty".to_owned()
        }
        None => return,
    };
    let message = format!(
        "`subject` of {} is `{subject}`, which cannot be published to: {why}",
        scene.title()
    );
    let finding = Finding::new(Code::GossipSubject, scene.property("subject"), message);
    cx.findings
        .add(finding.help("write words joined by dots, such as `web.ams.alive`"));
}

fn registered(scene: &Scene<'_>, it: &Registration, cx: &mut Cx) {
    let place = |key: &'static str| scene.property("registration").join(key);
    for (key, name) in [
        ("cluster", &it.cluster),
        ("service", &it.service),
        ("protocol", &it.protocol),
    ] {
        let Some(name) = name.as_deref().filter(|it| !it.is_empty()) else {
            continue;
        };
        let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
        if !name.starts_with(|it: char| it.is_ascii_alphabetic()) || !name.chars().all(plain) {
            let message = format!(
                "`{key}` of the registration of {} is `{name}`, which cannot be part of a subject",
                scene.title()
            );
            let finding = Finding::new(Code::Registration, place(key), message);
            cx.findings
                .add(finding.help("begin with a letter, and use letters, digits, `_` and `-`"));
        }
    }
    if let Some(ip) = it
        .ip
        .as_deref()
        .filter(|it| !it.is_empty() && it.parse::<IpAddr>().is_err())
    {
        let message = format!(
            "`ip` of the registration of {} is `{ip}`, which is not an IP address",
            scene.title()
        );
        cx.findings
            .add(Finding::new(Code::Registration, place("ip"), message));
    }
    if it.port == Some(0) {
        let message = format!(
            "`port` of the registration of {} is 0, which is not a port",
            scene.title()
        );
        cx.findings.add(
            Finding::new(Code::Registration, place("port"), message).help("ports are 1 to 65535"),
        );
    }
    let bad = |it: &&str| {
        it.is_empty() || it.contains(['*', '^', '>', ' ']) || it.split('.').any(str::is_empty)
    };
    if let Some(prefix) = it.prefix.as_deref().filter(bad) {
        let message = format!(
            "`prefix` of the registration of {} is `{prefix}`, which cannot begin a subject",
            scene.title()
        );
        cx.findings
            .add(Finding::new(Code::Registration, place("prefix"), message).at(Part::Value));
    }
}
