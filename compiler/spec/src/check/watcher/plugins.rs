//! `plugins`: keeps other machines in place.

use super::super::Scene;
use super::values;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding};
use crate::model::Plugins;

pub(super) fn check(scene: &Scene<'_>, it: &Plugins, cx: &mut Cx) {
    if let Some(key) = it.public_key.as_deref().filter(|it| !it.is_empty()) {
        values::hexadecimal(scene, "public_key", key, "an ed25519 key", cx);
    }
    if let Some(prefix) = it
        .manager_machine_prefix
        .as_deref()
        .filter(|it| it.contains('_'))
    {
        let message = format!(
            "`manager_machine_prefix` of {} is `{prefix}`, which holds `_`",
            scene.title()
        );
        let finding = Finding::new(
            Code::InvalidName,
            scene.property("manager_machine_prefix"),
            message,
        );
        cx.findings
            .add(finding.help(format!("write `{}`", prefix.replace('_', ""))));
    }
}
