//! `kv`: follows a key of a key-value bucket.

use super::super::Scene;
use super::values;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding};
use crate::model::Kv;

pub(super) fn check(scene: &Scene<'_>, it: &Kv, cx: &mut Cx) {
    match it.mode.as_deref() {
        None | Some("" | "poll") => {}
        Some("watch") => {
            let message = format!(
                "`mode` of {} is `watch`, which does not work",
                scene.title()
            );
            let finding = Finding::new(Code::UnknownChoice, scene.property("mode"), message);
            cx.findings.add(finding.help("write `poll`"));
        }
        Some(other) => values::choice(scene, "mode", other, &["poll"], cx),
    }
    if !scene.has_property("key") {
        values::missing(
            scene,
            "`key`",
            "say which key of the bucket is followed",
            cx,
        );
    }
    if scene.has_property("hiera_config") {
        let help = "the value is kept as it is; look it up by its facts where it is used";
        values::unsupported(scene, "hiera_config", help, cx);
    }
    trigger(scene, it, cx);
    let bucket = it.bucket.as_deref().filter(|it| !it.is_empty());
    if let Some(bucket) = bucket.filter(|it| {
        !it.chars()
            .all(|it| it.is_ascii_alphanumeric() || "_-".contains(it))
    }) {
        let message = format!(
            "`bucket` of {} is `{bucket}`, which is not the name of a bucket",
            scene.title()
        );
        let finding = Finding::new(Code::InvalidName, scene.property("bucket"), message);
        cx.findings
            .add(finding.help("use letters, digits, `_` and `-`"));
    }
    let key = it
        .key
        .as_ref()
        .filter(|it| it.is_literal())
        .map(|it| it.source.as_ref());
    let legal = |it: &str| {
        it.chars()
            .all(|it| it.is_ascii_alphanumeric() || "-/_=.".contains(it))
            && !it.starts_with('.')
            && !it.ends_with('.')
    };
    if let Some(key) = key.filter(|it| !legal(it)) {
        let message = format!("`key` of {} is `{key}`, which is not a key", scene.title());
        let finding = Finding::new(Code::InvalidName, scene.property("key"), message);
        cx.findings
            .add(finding.help("use letters, digits, `-`, `/`, `_`, `=` and, between others, `.`"));
    }
}

/// Where the bucket's stream publishes values again.
fn trigger(scene: &Scene<'_>, it: &Kv, cx: &mut Cx) {
    let subject = it.republish_trigger.as_ref();
    let Some(subject) = subject.filter(|it| it.is_literal() && !it.source.is_empty()) else {
        return;
    };
    let subject = subject.source.as_ref();
    if subject.contains(char::is_whitespace) || subject.split('.').any(str::is_empty) {
        let message = format!(
            "`republish_trigger` of {} is `{subject}`, which is not a subject",
            scene.title()
        );
        let place = scene.property("republish_trigger");
        let finding = Finding::new(Code::InvalidName, place, message);
        cx.findings.add(
            finding.help("name the subject to which the stream of the bucket publishes again"),
        );
    }
}
