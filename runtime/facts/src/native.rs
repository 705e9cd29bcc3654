//! What this machine says of itself, in the shape that Facter has.

mod cloud;
mod disks;
mod identity;
mod machine;
mod memory;
mod network;
mod os;
mod processors;
mod root;
mod size;
#[cfg(test)]
mod tests;

use core::time::Duration;

use chorister_system::{load, names};
use serde_json::{Map, Value, json};

pub use root::Root;

/// How long a file system may take to say how full it is.
const USAGE: Duration = Duration::from_secs(1);

/// What is looked at, for whoever decides what may be read.
pub const READ: [&str; 14] = [
    "/etc/debian_version",
    "/etc/os-release",
    "/etc/resolv.conf",
    "/proc/1/cgroup",
    "/proc/cpuinfo",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/sys/crypto",
    "/proc/uptime",
    "/run/cloud-init/instance-data.json",
    "/run/systemd/container",
    "/sys/block",
    "/sys/class",
    "/sys/devices",
];

/// Looks at this machine: files below `root`, and the kernel that this process runs on. What cannot be found out is left
/// out.
pub async fn look(root: &Root) -> Map<String, Value> {
    let hardware = os::hardware();
    let mut facts = Map::new();
    facts.insert("os".to_owned(), os::os(root, &hardware));
    facts.extend(os::kernel());
    let network = network::networking(root, &names::host(), &network::interfaces());
    facts.insert("networking".to_owned(), network);
    facts.extend(memory::memory());
    facts.insert(
        "processors".to_owned(),
        processors::processors(root, &hardware),
    );
    facts.insert("disks".to_owned(), disks::disks(root));
    facts.insert("mountpoints".to_owned(), disks::mountpoints(USAGE).await);
    facts.extend(machine::machine(root));
    facts.extend(cloud::cloud(root).map(|it| ("cloud".to_owned(), it)));
    facts.insert("identity".to_owned(), identity::identity());
    facts.extend(clock());
    facts
}

/// Since when it runs, how busy it is, and which time it has.
fn clock() -> impl Iterator<Item = (String, Value)> {
    let uptime = load::uptime().ok().map(|up| {
        let seconds = up.as_secs();
        let (days, hours) = (seconds / 86_400, seconds / 3600);
        let uptime =
            json!({"seconds": seconds, "hours": hours, "days": days, "uptime": since(seconds)});
        ("system_uptime", uptime)
    });
    let load = load::load().ok().map(|it| {
        let averages = json!({"1m": it.one, "5m": it.five, "15m": it.fifteen});
        ("load_averages", averages)
    });
    let now = jiff::Timestamp::now();
    let zone = jiff::tz::TimeZone::system();
    let name = zone.to_offset_info(now).abbreviation().to_owned();
    let all = [uptime, load, Some(("timezone", name.into()))];
    all.into_iter()
        .flatten()
        .map(|(name, value)| (name.to_owned(), value))
}

/// A time that has passed, in words.
fn since(seconds: u64) -> String {
    match seconds / 86_400 {
        0 => format!("{}:{:02} hours", seconds / 3600, seconds % 3600 / 60),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}
