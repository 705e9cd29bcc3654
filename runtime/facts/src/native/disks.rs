//! Disks, and what is mounted.

use core::time::Duration;

use chorister_system::mounts::{Mount, mounts, usage};
use serde_json::{Map, Value, json};

use super::Root;
use super::size::{human, percent};

/// The most mounts that are told of: hosts of containers have thousands.
const MOUNTS: usize = 200;

/// File systems that hold no data.
const EMPTY: [&str; 18] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "efivarfs",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "rpc_pipefs",
    "securityfs",
    "tracefs",
];

/// The disks that are devices; loops and memory are none.
pub(super) fn disks(root: &Root) -> Value {
    let mut disks = Map::new();
    for name in root.names("/sys/block") {
        let folder = format!("/sys/block/{name}");
        if !root.has(&format!("{folder}/device")) {
            continue;
        }
        let said = |path: &str| root.text(&format!("{folder}/{path}"));
        let mut disk = Map::new();
        // The kernel counts in sectors of 512 bytes, whatever the disk has.
        let sectors = said("size").and_then(|it| it.parse::<u64>().ok());
        if let Some(bytes) = sectors.and_then(|it| it.checked_mul(512)) {
            disk.insert("size".to_owned(), human(bytes).into());
            disk.insert("size_bytes".to_owned(), bytes.into());
        }
        for (fact, path) in [("model", "device/model"), ("vendor", "device/vendor")] {
            disk.extend(said(path).map(|it| (fact.to_owned(), it.into())));
        }
        let kind = match said("queue/rotational").as_deref() {
            Some("0") => Some("ssd"),
            Some("1") => Some("hdd"),
            _ => None,
        };
        disk.extend(kind.map(|it| ("type".to_owned(), it.into())));
        disks.insert(name, Value::Object(disk));
    }
    Value::Object(disks)
}

/// What is mounted and can hold data, with how full it is; a server that does not answer in time leaves that out.
pub(super) async fn mountpoints(deadline: Duration) -> Value {
    let all = mounts().unwrap_or_default();
    let mut found = Map::new();
    let told = all.iter().filter(|it| is_told(it)).take(MOUNTS);
    for mount in told {
        let mut options = mount.options.clone();
        let more = mount.super_options.iter();
        options.extend(more.filter(|it| !mount.options.contains(it)).cloned());
        let mut facts = json!({
            "device": mount.source,
            "filesystem": mount.filesystem,
            "options": options,
        });
        if let (Ok(usage), Some(facts)) = (
            usage(&all, &mount.point, deadline).await,
            facts.as_object_mut(),
        ) {
            let used = usage.total.saturating_sub(usage.free);
            for (name, bytes) in [
                ("size", usage.total),
                ("available", usage.available),
                ("used", used),
            ] {
                facts.insert(name.to_owned(), human(bytes).into());
                facts.insert(format!("{name}_bytes"), bytes.into());
            }
            let capacity = percent(used, used.saturating_add(usage.available));
            facts.insert("capacity".to_owned(), capacity.into());
        }
        found.insert(mount.point.to_string_lossy().into_owned(), facts);
    }
    Value::Object(found)
}

/// Whether data can be there.
fn is_told(mount: &Mount) -> bool {
    let kernels = ["/proc", "/sys"]
        .iter()
        .any(|it| mount.point.starts_with(it));
    !kernels && !EMPTY.contains(&mount.filesystem.as_str())
}
