//! `file`: looks at a file, or keeps its content.

use super::super::Scene;
use super::values;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, Severity};
use crate::model::File;
use crate::text::quoted;

/// What has to be there for content to be kept.
const MATES: [&str; 3] = ["owner", "group", "mode"];

pub(super) fn check(scene: &Scene<'_>, it: &File, cx: &mut Cx) {
    complete(scene, cx);
    mode(scene, it, cx);
}

fn complete(scene: &Scene<'_>, cx: &mut Cx) {
    let lacking: Vec<_> = MATES
        .into_iter()
        .filter(|it| !scene.has_property(it))
        .collect();
    if !scene.has_property("contents") {
        let given = MATES.into_iter().filter(|it| scene.has_property(it));
        let given: Vec<_> = given.collect();
        if let Some(first) = given.first() {
            let have = if given.len() > 1 { "have" } else { "has" };
            let message = format!(
                "{} of {} {have} no effect",
                quoted(given.iter().copied()),
                scene.title()
            );
            let finding =
                Finding::new(Code::IgnoredProperty, scene.property(first), message).at(Part::Key);
            cx.findings
                .add(finding.help("without `contents` the file is only looked at"));
        }
        return;
    }
    let help = "`contents` is only written together with `owner`, `group` and `mode`";
    match lacking.as_slice() {
        [] => {}
        ["group"] => values::incomplete(scene, "owner", "group", help, cx),
        ["owner"] => values::incomplete(scene, "group", "owner", help, cx),
        _ => {
            let lacking: Vec<_> = lacking.iter().map(|it| format!("`{it}`")).collect();
            let message = format!(
                "`contents` of {} needs {}, which {} missing",
                scene.title(),
                lacking.join(" and "),
                if lacking.len() > 1 { "are" } else { "is" }
            );
            let finding =
                Finding::new(Code::Incomplete, scene.property("contents"), message).at(Part::Key);
            cx.findings.add(finding.help(help));
        }
    }
}

fn mode(scene: &Scene<'_>, it: &File, cx: &mut Cx) {
    let Some(template) = it.mode.as_ref().filter(|it| it.is_literal()) else {
        return;
    };
    let mode = template.source.trim();
    let place = scene.property("mode");
    let octal = mode.strip_prefix("0o").unwrap_or(mode);
    let value = u32::from_str_radix(octal, 8)
        .ok()
        .filter(|_| !octal.starts_with('+'));
    let finding = match value {
        _ if mode.is_empty() => return,
        None | Some(0o10000..) => {
            let message = format!(
                "`mode` of {} is `{mode}`, which is not octal",
                scene.title()
            );
            Finding::new(Code::FileMode, place, message)
                .help("write four octal digits in quotes, such as \"0644\"")
        }
        Some(value) if !octal.starts_with('0') => {
            // Compat: go-choria aagent/watchers/filewatcher: without a leading 0 the digits are decimal there.
            let message = format!(
                "`mode` of {} is `{mode}`, which go-choria reads as decimal",
                scene.title()
            );
            Finding::new(Code::FileMode, place, message)
                .severity(Severity::Warning)
                .help(format!("write \"{value:04o}\", which is octal everywhere"))
        }
        Some(_) => return,
    };
    cx.findings.add(finding);
}
