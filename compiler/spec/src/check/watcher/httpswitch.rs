//! `httpswitch`: a switch that people turn over HTTP.

use super::super::{Scene, watchers};
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::model::HttpSwitch;

pub(super) fn check(scene: &Scene<'_>, it: &HttpSwitch, cx: &mut Cx) {
    let lists = [
        ("on_when", &it.on_when),
        ("off_when", &it.off_when),
        ("disable_when", &it.disable_when),
    ];
    for (key, names) in lists {
        watchers::known_states(scene, names, &scene.property(key), key, cx);
    }
    for (index, name) in it.off_when.iter().enumerate() {
        let Some(name) = name else { continue };
        let Some(other) = it.on_when.iter().position(|it| it.as_ref() == Some(name)) else {
            continue;
        };
        let later = scene.later("on_when", "off_when");
        let (index, other_key, other) = match later {
            "on_when" => (other, "off_when", index),
            _ => (index, "on_when", other),
        };
        let message = format!(
            "state `{name}` is in `on_when` and in `off_when` of {}",
            scene.title()
        );
        let finding = Finding::new(Code::SwitchStates, item(scene, later, index), message);
        cx.findings.add(finding.label(
            item(scene, other_key, other),
            Part::Value,
            "also named here",
        ));
    }
    if !scene.has("success_transition") && !scene.has("fail_transition") {
        let message = format!(
            "{} fires nothing: it has neither `success_transition` nor `fail_transition`",
            scene.title()
        );
        let finding = Finding::new(Code::FiresNothing, scene.place(), message).at(Part::Start);
        cx.findings
            .add(finding.help(
                "turning it on fires `success_transition`, turning it off `fail_transition`",
            ));
    }
}

fn item(scene: &Scene<'_>, key: &'static str, index: usize) -> Path {
    match scene
        .written(key)
        .is_some_and(|it| it.as_scalar().is_some())
    {
        true => scene.property(key),
        false => scene.property(key).join(index),
    }
}
