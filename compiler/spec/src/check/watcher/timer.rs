//! `timer`: fires after a time in a state.

use core::time::Duration;

use super::super::Scene;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part};
use crate::model::Timer;

pub(super) fn check(scene: &Scene<'_>, it: &Timer, cx: &mut Cx) {
    if let Some(timer) = it.timer
        && timer < Duration::from_secs(1)
    {
        let message = format!(
            "`timer` of {} is {}, and runs for 1s",
            scene.title(),
            scene.spelt("timer", timer)
        );
        let finding = Finding::new(Code::TimerTooShort, scene.property("timer"), message);
        cx.findings.add(finding.help("write `1s`, the minimum"));
    }
    if !scene.has("fail_transition") && !scene.has("success_transition") {
        let message = format!(
            "{} fires nothing when it ends: it has no `fail_transition`",
            scene.title()
        );
        let finding = Finding::new(Code::FiresNothing, scene.place(), message).at(Part::Start);
        cx.findings
            .add(finding.help("the end of a timer fires `fail_transition`"));
    }
}
