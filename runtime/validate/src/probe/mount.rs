//! Mounted file systems.

use core::time::Duration;
use std::path::Path;

use chorister_goss::matcher::Found;
use chorister_goss::{Resource, Settings};
use chorister_system::mounts::{self, Mount};

use super::{PATIENCE, told, unknown, value};
use crate::context::aside;

pub(super) async fn find(resource: &Resource, key: &str) -> Result<Found<'static>, String> {
    let all = table(resource).await?;
    let point = Path::new(resource.name());
    // Compat: goss system/mount.go: the oldest where several are stacked, and to the letter.
    let is_there = |it: &&Mount| it.point.as_os_str() == point.as_os_str();
    let mount = all.iter().find(is_there);
    match (key, mount) {
        ("exists", mount) => Ok(value(mount.is_some())),
        (_, None) => Err("Mountpoint not found".to_owned()),
        ("opts", Some(mount)) => Ok(Found::Strings(distinct(&mount.options))),
        ("vfs-opts", Some(mount)) => Ok(Found::Strings(distinct(&mount.super_options))),
        ("source", Some(mount)) => Ok(value(&*mount.source)),
        ("filesystem", Some(mount)) => Ok(value(&*mount.filesystem)),
        ("usage", Some(_)) => usage(&all, point).await,
        _ => Err(unknown(key)),
    }
}

async fn table(resource: &Resource) -> Result<Vec<Mount>, String> {
    let deadline = match resource.settings {
        Settings::Mount { timeout } => timeout,
        _ => Duration::ZERO,
    };
    let read = tokio::time::timeout(deadline, aside(mounts::mounts)).await;
    read.map_err(|_| format!("mountinfo was not read in time ({deadline:?})"))?
}

/// How much is used, in percent of all. Compat: goss system/mount.go: what is kept for root is free.
async fn usage(all: &[Mount], point: &Path) -> Result<Found<'static>, String> {
    let usage = mounts::usage(all, point, PATIENCE).await.map_err(told)?;
    if usage.total == 0 {
        return Err("this file system has no blocks that could be used".to_owned());
    }
    let free = usage.free as f64 / usage.total as f64;
    Ok(value(((1.0 - free) * 100.0).round() as i64))
}

fn distinct(options: &[String]) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for option in options {
        if !distinct.contains(option) {
            distinct.push(option.clone());
        }
    }
    distinct
}
