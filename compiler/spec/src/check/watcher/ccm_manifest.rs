//! `ccm_manifest`: applies a manifest of Choria Configuration Manager.

use super::super::Scene;
use super::values;
use crate::decode::Cx;
use crate::model::CcmManifest;

pub(super) fn check(scene: &Scene<'_>, it: &CcmManifest, cx: &mut Cx) {
    let has = |key| scene.has_property(key);
    match (has("manifest_file"), has("manifest")) {
        (true, true) => values::exclusive(scene, "manifest_file", "manifest", cx),
        (false, false) => {
            let help = "name a file in the machine's directory, or write the manifest itself";
            values::missing(scene, "`manifest_file` or `manifest`", help, cx);
        }
        _ => {}
    }
    if it.noop == Some(true) && it.healthcheck_only == Some(true) {
        values::exclusive(scene, "noop", "healthcheck_only", cx);
    }
    values::timeout(scene, it.timeout, scene.watcher.interval, cx);
    values::governor(scene, it.governor.as_ref(), cx);
}
