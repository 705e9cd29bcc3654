//! A unit that lets a service do what its manifest says, and little else.

use std::collections::BTreeSet;

use anyhow::Result;
use chorister_manifest::{Kind, Manifest, Watcher, Why};
use serde_json::json;

use crate::templates::template;

/// Room for the programs that are run, which the budget of a node does not count, in bytes.
const ROOM: u64 = 256 << 20;

pub(super) fn unit(manifest: &Manifest) -> Result<String> {
    let needs = &manifest.capabilities;
    let limits = &manifest.limits;
    let granted = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|it| !it.is_empty());
    let open = manifest.is_open();
    let runs = !needs.exec.is_empty() || granted(&limits.exec) || open;
    let network = runs || !needs.connect.is_empty() || !needs.listen.is_empty();
    let writable = writable(manifest);
    let readable = needs.read.iter().map(|it| it.what.as_str());
    let readable = readable.chain(limits.read.iter().flatten().map(String::as_str));
    let named: BTreeSet<&str> = writable
        .iter()
        .map(String::as_str)
        .chain(readable)
        .collect();
    let touches = |folder: &str| {
        let below = |it: &&str| {
            it.strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        named.iter().any(below)
    };
    let writes = |folder: &str| writable.iter().any(|it| it.starts_with(folder));
    // A program may look at whatever it likes; what it may not do to others is not what it is for.
    let mut protect = vec![];
    let mut add = |key: &'static str, value: &'static str, wanted: bool| {
        if wanted {
            protect.push(format!("{key}={value}"));
        }
    };
    let home = ["/home", "/root", "/run/user"]
        .map(&touches)
        .contains(&true);
    add("ProtectHome", "yes", !home);
    add(
        "PrivateTmp",
        "yes",
        !touches("/tmp") && !touches("/var/tmp"),
    );
    add("PrivateDevices", "yes", !touches("/dev"));
    add(
        "ProtectKernelTunables",
        "yes",
        !writes("/proc") && !writes("/sys"),
    );
    add("ProtectKernelModules", "yes", true);
    add("ProtectKernelLogs", "yes", true);
    add("ProtectControlGroups", "yes", !writes("/sys/fs/cgroup"));
    add("ProtectClock", "yes", true);
    add("ProtectHostname", "yes", true);
    add("ProtectProc", "invisible", !runs);
    add("ProcSubset", "pid", !runs && !touches("/proc"));
    add("RestrictNamespaces", "yes", true);
    add("RestrictRealtime", "yes", true);
    add("RestrictSUIDSGID", "yes", true);
    add("LockPersonality", "yes", true);
    add("MemoryDenyWriteExecute", "yes", !runs);
    let families = match (network, runs) {
        (false, _) => "AF_UNIX",
        (true, false) => "AF_UNIX AF_INET AF_INET6",
        // Programs ask the kernel about addresses and routes.
        (true, true) => "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    };
    let memory = manifest
        .budget
        .rss
        .map(|rss| if runs { rss.saturating_add(ROOM) } else { rss });
    template!("package/unit.service").render(&json!({
        "name": manifest.name,
        "version": manifest.version,
        "online": !needs.connect.is_empty(),
        "runs": runs,
        "held": limits.enforce,
        "dynamic": !runs && writable.is_empty(),
        "capabilities": if gives_files_away(manifest) { "CAP_CHOWN CAP_FOWNER" } else { "" },
        "writable": writable,
        "protect": protect,
        "families": families,
        "memory": memory,
    }))
}

/// What is written outside the state directory; a file that is replaced takes its directory.
fn writable(manifest: &Manifest) -> BTreeSet<String> {
    let absolute = |it: &&str| it.starts_with('/');
    let needs = manifest.capabilities.write.iter().map(|need| {
        let is_file = need.by.iter().any(|it| it.why == Why::ManagedFile);
        match need.what.rsplit_once('/') {
            Some(("", _)) if is_file => "/",
            Some((folder, _)) if is_file => folder,
            _ => &need.what,
        }
    });
    let granted = manifest.limits.write.iter().flatten().map(String::as_str);
    let all: BTreeSet<&str> = needs.chain(granted).filter(absolute).collect();
    let above = |it: &str, other: &str| {
        it.strip_prefix(other.trim_end_matches('/'))
            .is_some_and(|rest| rest.starts_with('/'))
    };
    all.iter()
        .filter(|it| !all.iter().any(|other| *it != other && above(it, other)))
        .map(|it| (*it).to_owned())
        .collect()
}

/// Whether a file is given to somebody else.
fn gives_files_away(manifest: &Manifest) -> bool {
    let gives = |it: &Watcher| match &it.kind {
        Kind::File {
            content: Some(content),
            ..
        } => !content.owner.is_empty() || !content.group.is_empty(),
        _ => false,
    };
    manifest
        .machines
        .iter()
        .any(|it| it.watchers.iter().any(gives))
}
