//! The settings of each watcher type: one module a type.

mod archive;
mod ccm_manifest;
mod exec;
mod expression;
mod file;
mod gossip;
mod httpswitch;
mod kv;
mod metric;
mod nagios;
mod plugins;
mod schedule;
mod timer;
mod values;

use super::Scene;
use crate::decode::Cx;
use crate::model::Properties;

/// Checks the settings of a watcher.
pub(crate) fn check(scene: &Scene<'_>, cx: &mut Cx) {
    match &scene.watcher.properties {
        None => {}
        Some(Properties::Archive(it)) => archive::check(scene, it, cx),
        Some(Properties::CcmManifest(it)) => ccm_manifest::check(scene, it, cx),
        Some(Properties::Exec(it)) => exec::check(scene, it, cx),
        Some(Properties::Expression(it)) => expression::check(scene, it, cx),
        Some(Properties::File(it)) => file::check(scene, it, cx),
        Some(Properties::Gossip(it)) => gossip::check(scene, it, cx),
        Some(Properties::HttpSwitch(it)) => httpswitch::check(scene, it, cx),
        Some(Properties::Kv(it)) => kv::check(scene, it, cx),
        Some(Properties::Metric(it)) => metric::check(scene, it, cx),
        Some(Properties::Nagios(it)) => nagios::check(scene, it, cx),
        Some(Properties::Plugins(it)) => plugins::check(scene, it, cx),
        Some(Properties::Schedule(it)) => schedule::check(scene, it, cx),
        Some(Properties::Timer(it)) => timer::check(scene, it, cx),
    }
}
