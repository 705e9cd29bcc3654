//! `expression`: decides by expressions over facts and machine data.

use chorister_lang::expr::Root;

use super::super::Scene;
use super::values;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, Severity};
use crate::model::Expression;

pub(super) fn check(scene: &Scene<'_>, it: &Expression, cx: &mut Cx) {
    let has = |key| scene.has_property(key);
    if !has("success_when") && !has("fail_when") {
        let help = "write at least one of them, such as `success_when: data.used < 80`";
        values::missing(scene, "`success_when` or `fail_when`", help, cx);
        return;
    }
    for (when, transition) in [
        ("success_when", "success_transition"),
        ("fail_when", "fail_transition"),
    ] {
        if scene.has(transition) && !has(when) {
            let message = format!("{} never fires its `{transition}`", scene.title());
            let finding =
                Finding::new(Code::NeverFires, scene.key(transition), message).at(Part::Key);
            cx.findings.add(finding.help(format!(
                "it is fired when `{when}` is true, which is missing"
            )));
        }
    }
    for (key, compiled) in [
        ("success_when", &it.success_when),
        ("fail_when", &it.fail_when),
    ] {
        let mut reads = compiled.iter().flat_map(|it| &it.reads);
        // Compat: go-choria aagent/watchers/expressionwatcher: `facts` is raw bytes there.
        if let Some(read) = reads.find(|it| it.root == Root::Facts && !it.path.is_empty()) {
            let message = format!(
                "go-choria cannot read `facts.{}` in an expression",
                read.path
            );
            let finding = Finding::new(Code::Portability, scene.property(key), message)
                .at(Part::Within(read.span.clone()))
                .severity(Severity::Note);
            cx.findings
                .add(finding.help(format!("`get_fact(\"{}\")` works in both", read.path)));
        }
    }
}
