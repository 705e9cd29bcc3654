//! `archive`: keeps an unpacked archive in place.

use core::time::Duration;

use super::super::Scene;
use super::values;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, Severity};
use crate::model::Archive;

pub(super) fn check(scene: &Scene<'_>, it: &Archive, cx: &mut Cx) {
    source(scene, it, cx);
    for (key, checksum) in [
        ("checksum", &it.checksum),
        ("verify_checksum", &it.verify_checksum),
    ] {
        if let Some(checksum) = checksum {
            values::sha256(scene, key, checksum, cx);
        }
    }
    creates(scene, it, cx);
    target(scene, it, cx);
    verify(scene, it, cx);
    let has = |key| scene.has_property(key);
    if has("username") && !has("password") {
        values::incomplete(scene, "username", "password", "the download needs both", cx);
    }
    if has("password") && !has("username") {
        values::ignored(
            scene,
            "password",
            "it is only sent together with a `username`",
            cx,
        );
    }
    timeout(scene, it, cx);
    values::governor(scene, it.governor.as_ref(), cx);
}

fn source(scene: &Scene<'_>, it: &Archive, cx: &mut Cx) {
    let Some(template) = &it.source else { return };
    let url = template.source.trim();
    let place = scene.property("source");
    if url.is_empty() || url.starts_with("{{") {
        return;
    }
    let host = url
        .split_once("://")
        .map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    match host {
        Some((scheme, rest)) if scheme == "https" || scheme == "http" => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            if host.is_empty() || (template.is_literal() && host.contains(char::is_whitespace)) {
                let message = format!(
                    "`source` of {} is `{url}`, a URL without a host",
                    scene.title()
                );
                cx.findings
                    .add(Finding::new(Code::InvalidUrl, place, message));
            } else if scheme == "http" {
                let message = format!(
                    "`source` of {} is downloaded without encryption",
                    scene.title()
                );
                let finding = Finding::new(Code::Insecure, place, message);
                cx.findings
                    .add(finding.help("use https: then nobody reads along or learns the password"));
            }
        }
        Some((scheme, _)) => {
            let message = format!(
                "`source` of {} is a URL with `{scheme}`, which cannot be downloaded",
                scene.title()
            );
            cx.findings
                .add(Finding::new(Code::InvalidUrl, place, message).help("use https or http"));
        }
        None if template.is_literal() => {
            let message = format!("`source` of {} is `{url}`, which is no URL", scene.title());
            let finding = Finding::new(Code::InvalidUrl, place, message);
            cx.findings
                .add(finding.help(format!("write `https://{}`", url.trim_start_matches('/'))));
        }
        None => {}
    }
    if it.insecure == Some(true) {
        let message = format!(
            "{} does not verify the certificate of the server",
            scene.title()
        );
        let finding = Finding::new(Code::Insecure, scene.property("insecure"), message);
        cx.findings
            .add(finding.help("remove `insecure`, or let the node trust the server's certificate"));
    }
}

fn creates(scene: &Scene<'_>, it: &Archive, cx: &mut Cx) {
    let Some(name) = it.creates.as_deref().filter(|it| !it.is_empty()) else {
        return;
    };
    if name.contains('/') || name == "." || name == ".." {
        let message = format!(
            "`creates` of {} is `{name}`, which is not the name of one directory",
            scene.title()
        );
        let finding = Finding::new(Code::ArchivePath, scene.property("creates"), message);
        let last = name
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let help = match last {
            "" | "." | ".." => "name the directory that the archive holds".to_owned(),
            last => format!("name the directory that the archive holds, such as `{last}`"),
        };
        cx.findings.add(finding.help(help));
    }
}

fn target(scene: &Scene<'_>, it: &Archive, cx: &mut Cx) {
    let Some(target) = it.target.as_deref().filter(|it| !it.is_empty()) else {
        return;
    };
    let place = scene.property("target");
    if target.split('/').any(|it| it == "..") || target.chars().all(|it| it == '/') {
        let message = format!(
            "`target` of {} is `{target}`, which is no directory to unpack into",
            scene.title()
        );
        let finding = Finding::new(Code::ArchivePath, place, message);
        cx.findings
            .add(finding.help("name a directory by its absolute path, without `..`"));
    } else if !target.starts_with('/') {
        let message = format!(
            "`target` of {} is `{target}`, which is relative",
            scene.title()
        );
        let finding = Finding::new(Code::ArchivePath, place, message).severity(Severity::Warning);
        cx.findings.add(
            finding.help(
                "where that is depends on where the node was started: write an absolute path",
            ),
        );
    }
}

fn verify(scene: &Scene<'_>, it: &Archive, cx: &mut Cx) {
    let has = |key| scene.has_property(key);
    if has("verify") && !has("verify_checksum") {
        let help = "the file of checksums is only trusted by its own SHA-256";
        values::incomplete(scene, "verify", "verify_checksum", help, cx);
    }
    if has("verify_checksum") && !has("verify") {
        let message = format!(
            "`verify_checksum` of {} needs `verify`, which is missing",
            scene.title()
        );
        let finding = Finding::new(Code::Incomplete, scene.property("verify_checksum"), message);
        let help = "name the file of checksums in the archive, such as `verify: SHA256SUMS`";
        cx.findings
            .add(finding.at(Part::Key).severity(Severity::Warning).help(help));
    }
    let outside = |it: &&str| it.starts_with('/') || it.split('/').any(|it| it == "..");
    if let Some(name) = it.verify.as_deref().filter(outside) {
        let message = format!(
            "`verify` of {} is `{name}`, which is not a file in the archive",
            scene.title()
        );
        cx.findings.add(Finding::new(
            Code::ArchivePath,
            scene.property("verify"),
            message,
        ));
    }
}

fn timeout(scene: &Scene<'_>, it: &Archive, cx: &mut Cx) {
    let least = Duration::from_secs(5);
    match it.timeout {
        Some(timeout) if timeout < least && !timeout.is_zero() => {
            let message = format!(
                "`timeout` of {} is {}, and counts as 5s",
                scene.title(),
                scene.spelt("timeout", timeout)
            );
            let finding = Finding::new(Code::DurationRange, scene.property("timeout"), message);
            cx.findings.add(
                finding
                    .severity(Severity::Warning)
                    .help("write `5s`, the minimum"),
            );
        }
        timeout => values::timeout(scene, timeout, scene.watcher.interval, cx),
    }
}
