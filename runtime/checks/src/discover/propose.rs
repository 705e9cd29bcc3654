//! The checks that a machine deserves.

use std::collections::BTreeSet;

use chorister_system::mounts::{Mount, Usage};
use chorister_system::services::Unit;
use serde_json::{Map, Value, json};

use super::{Facts, Port, Speaks};

/// A check that somebody may want.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// What it is about.
    pub topic: Topic,
    /// A name that no other has.
    pub name: String,
    /// The class that it is an instance of.
    pub class: &'static str,
    /// The values that it gives.
    pub with: Map<String, Value>,
    /// Why it is proposed, on one line.
    pub why: String,
}

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The machine as a whole.
    Machine,
    /// File systems.
    Disks,
    /// Services that systemd looks after.
    Services,
    /// What listens at ports.
    Ports,
    /// What is written to logs.
    Logs,
}

/// File systems that hold nothing of anybody's.
const UNREAL: [&str; 10] = [
    "autofs",
    "devtmpfs",
    "efivarfs",
    "iso9660",
    "ramfs",
    "rpc_pipefs",
    "squashfs",
    "tmpfs",
    "tracefs",
    "overlay",
];

/// Services that are there for others, and whose end nobody needs to hear about.
const QUIET: [&str; 6] = [
    "getty@",
    "serial-getty@",
    "systemd-",
    "user@",
    "session-",
    "polkit",
];

/// The first port of those that the kernel gives away by itself.
const EPHEMERAL: u16 = 32_768;

/// What goes wrong in a kernel.
const KERNEL: &str =
    "Out of memory|oom-kill|I/O error|segfault|(EXT4-fs|BTRFS|XFS).*[Ee]rror|hardware error";

/// Proposes checks of those classes that there are, under names that nothing else has.
#[must_use]
pub fn propose(
    facts: &Facts,
    offers: impl Fn(&str) -> bool,
    is_taken: impl Fn(&str) -> bool,
) -> Vec<Proposal> {
    let mut proposals = machine(facts);
    proposals.extend(disks(&facts.mounts));
    proposals.extend(facts.services.iter().filter_map(service));
    proposals.extend(facts.ports.iter().filter_map(|it| port(it, &offers)));
    proposals.extend(log(facts));
    proposals.retain(|it| offers(it.class));
    let mut names = BTreeSet::new();
    for proposal in &mut proposals {
        let mut name = proposal.name.clone();
        for number in 2_u32.. {
            if !is_taken(&name) && names.insert(name.clone()) {
                break;
            }
            name = format!("{}_{number}", proposal.name);
        }
        proposal.name = name;
    }
    proposals
}

fn machine(facts: &Facts) -> Vec<Proposal> {
    let plain =
        |name: &str, class, why: &str| Proposal::new(Topic::Machine, name, class, json!({}), why);
    let units = if facts.systemd {
        "units that failed, and restarts that updates ask for"
    } else {
        "restarts that updates ask for"
    };
    let mut proposals = vec![
        plain("node_status", "node_status", units),
        plain("load_average", "load", "every machine can be too busy"),
        plain("memory_use", "memory", "every machine can run out of it"),
    ];
    if facts.swap > 0 {
        proposals.push(plain(
            "swap_use",
            "swap",
            &format!("there are {} of swap space", size(facts.swap)),
        ));
    }
    proposals
}

fn disks(mounts: &[(Mount, Usage)]) -> Vec<Proposal> {
    let mut seen = BTreeSet::new();
    let mut proposals = Vec::new();
    for (mount, usage) in mounts {
        let writable = mount.options.iter().any(|it| it == "rw");
        let root = mount.point.as_os_str() == "/";
        let real = root || !UNREAL.contains(&mount.filesystem.as_str());
        // A file that was mounted over another belongs to a container.
        let folder = root || mount.point.is_dir();
        let Some(path) = mount.point.to_str() else {
            continue;
        };
        if !writable || !real || !folder || usage.total == 0 || !seen.insert(mount.device) {
            continue;
        }
        let name = if root { "root".to_owned() } else { slug(path) };
        let used = usage.used() as f64 * 100.0
            / usage.used().saturating_add(usage.available).max(1) as f64;
        let why = format!(
            "{} on {}, {used:.0} % of {} used",
            mount.filesystem,
            mount.source,
            size(usage.total)
        );
        let with = json!({ "path": path });
        proposals.push(Proposal::new(
            Topic::Disks,
            format!("disk_{name}"),
            "disk",
            with.clone(),
            &why,
        ));
        if usage.inodes > 0 {
            let why = format!("{} of {} files left", usage.inodes_free, usage.inodes);
            proposals.push(Proposal::new(
                Topic::Disks,
                format!("inode_{name}"),
                "inode",
                with,
                &why,
            ));
        }
    }
    proposals
}

fn service(unit: &Unit) -> Option<Proposal> {
    let name = unit.name.strip_suffix(".service")?;
    let enabled = matches!(
        unit.file.as_str(),
        "enabled" | "enabled-runtime" | "generated" | "alias"
    );
    if !enabled || QUIET.iter().any(|it| name.starts_with(it)) {
        return None;
    }
    let why = format!("{}; runs and is {}", unit.description, unit.file);
    let with = json!({ "unit": unit.name });
    Some(Proposal::new(
        Topic::Services,
        format!("unit_{}", slug(name)),
        "systemd_unit",
        with,
        &why,
    ))
}

fn port(port: &Port, offers: impl Fn(&str) -> bool) -> Option<Proposal> {
    let number = port.number;
    let listens = match &port.process {
        Some(process) => format!("{process} listens"),
        None => "somebody listens".to_owned(),
    };
    let name = port
        .process
        .as_ref()
        .map_or_else(|| number.to_string(), |it| format!("{number}_{}", slug(it)));
    let web = |scheme: &str, more: Value, why: String| {
        let mut with = json!({ "url": format!("{scheme}://{}:{number}/", port.host) });
        merge(&mut with, more);
        Some(Proposal::new(
            Topic::Ports,
            format!("http_{name}"),
            "http",
            with,
            &why,
        ))
    };
    match port.speaks {
        Speaks::Http if offers("http") => {
            web("http", json!({}), format!("{listens} and speaks HTTP"))
        }
        Speaks::Https { days } if offers("http") => {
            let ends = days.map_or_else(String::new, |it| {
                format!(", its certificate ends in {it} days")
            });
            let why = format!(
                "{listens} and speaks HTTPS{ends}; give its real name to have that verified too"
            );
            web("https", json!({ "insecure": true }), why)
        }
        // It is another one after a restart.
        _ if number >= EPHEMERAL => None,
        _ => {
            let host = port.host.trim_start_matches('[').trim_end_matches(']');
            let with = json!({ "host": host, "port": number });
            Some(Proposal::new(
                Topic::Ports,
                format!("tcp_{name}"),
                "tcp",
                with,
                &listens,
            ))
        }
    }
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

fn log(facts: &Facts) -> Option<Proposal> {
    let path = facts.logs.first()?.to_str()?;
    let with = json!({ "path": path, "pattern": KERNEL });
    let why = "what a kernel writes when memory, disks or programs break";
    Some(Proposal::new(
        Topic::Logs,
        "log_kernel",
        "log_pattern",
        with,
        why,
    ))
}

/// What a path, a unit or a process is called in the name of a check.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for it in text.chars() {
        if it.is_ascii_alphanumeric() {
            slug.push(it.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    slug.truncate(40);
    let end = slug.trim_end_matches('_').len();
    slug.truncate(end);
    if slug.is_empty() {
        "other".to_owned()
    } else {
        slug
    }
}

/// A size for people.
fn size(bytes: u64) -> String {
    if bytes >= 10 << 30 {
        format!("{} GiB", bytes >> 30)
    } else {
        format!("{} MiB", bytes >> 20)
    }
}

// === impl Proposal ===

impl Proposal {
    fn new(
        topic: Topic,
        name: impl Into<String>,
        class: &'static str,
        with: Value,
        why: &str,
    ) -> Self {
        let with = match with {
            Value::Object(with) => with,
            _ => Map::new(),
        };
        Self {
            topic,
            name: name.into(),
            class,
            with,
            why: why
                .chars()
                .map(|it| if it.is_control() { ' ' } else { it })
                .collect(),
        }
    }
}

// === impl Topic ===

impl Topic {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [
        Self::Machine,
        Self::Disks,
        Self::Services,
        Self::Ports,
        Self::Logs,
    ];

    /// Its name, and that of its file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Disks => "disks",
            Self::Services => "services",
            Self::Ports => "ports",
            Self::Logs => "logs",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(point: &str, filesystem: &str, device: u32, options: &str) -> (Mount, Usage) {
        let mount = Mount {
            point: point.into(),
            root: "/".into(),
            source: "/dev/vda1".to_owned(),
            filesystem: filesystem.to_owned(),
            device: (8, device),
            options: vec![options.to_owned()],
            super_options: Vec::new(),
        };
        let usage = Usage {
            total: 100 << 30,
            free: 50 << 30,
            available: 50 << 30,
            inodes: 10,
            inodes_free: 9,
        };
        (mount, usage)
    }

    fn port(number: u16, process: Option<&str>, speaks: Speaks) -> Port {
        Port {
            host: "localhost".to_owned(),
            number,
            process: process.map(str::to_owned),
            speaks,
        }
    }

    fn told(facts: &Facts) -> Vec<String> {
        let told = propose(facts, |_| true, |_| false).into_iter();
        told.filter(|it| it.topic != Topic::Machine)
            .map(|it| format!("{} {}", it.name, Value::Object(it.with)))
            .collect()
    }

    #[test]
    fn real_disks_are_proposed_once() {
        let facts = Facts {
            mounts: vec![
                mount("/", "overlay", 1, "rw"),
                mount("/tmp", "ext4", 3, "rw"),
                mount("/etc/hosts", "ext4", 4, "rw"),
                mount("/usr", "ext4", 3, "rw"),
                mount("/sys", "ext4", 5, "ro"),
                mount("/run", "tmpfs", 6, "rw"),
            ],
            ..Facts::default()
        };
        let told = told(&facts);
        assert_eq!(
            told,
            [
                r#"disk_root {"path":"/"}"#,
                r#"inode_root {"path":"/"}"#,
                r#"disk_tmp {"path":"/tmp"}"#,
                r#"inode_tmp {"path":"/tmp"}"#,
            ]
        );
    }

    #[test]
    fn ports_are_proposed_by_what_they_speak() {
        let facts = Facts {
            ports: vec![
                port(22, Some("sshd"), Speaks::Unknown),
                port(80, Some("nginx"), Speaks::Http),
                port(443, Some("nginx"), Speaks::Https { days: Some(20) }),
                port(45_123, Some("something"), Speaks::Unknown),
            ],
            ..Facts::default()
        };
        assert_eq!(
            told(&facts),
            [
                r#"tcp_22_sshd {"host":"localhost","port":22}"#,
                r#"http_80_nginx {"url":"http://localhost:80/"}"#,
                r#"http_443_nginx {"url":"https://localhost:443/","insecure":true}"#,
            ]
        );
        let without_http = propose(&facts, |class| class == "tcp", |_| false);
        assert_eq!(without_http.len(), 3);
        assert!(without_http[1].why.contains("nginx listens"));
    }

    #[test]
    fn services_that_somebody_wanted_are_proposed() {
        let unit = |name: &str, file: &str| Unit {
            name: name.to_owned(),
            file: file.to_owned(),
            sub: "running".to_owned(),
            ..Unit::default()
        };
        let facts = Facts {
            services: vec![
                unit("cron.service", "enabled"),
                unit("dbus.service", "static"),
                unit("postgresql@15-main.service", "enabled-runtime"),
                unit("systemd-logind.service", "enabled"),
            ],
            ..Facts::default()
        };
        assert_eq!(
            told(&facts),
            [
                r#"unit_cron {"unit":"cron.service"}"#,
                r#"unit_postgresql_15_main {"unit":"postgresql@15-main.service"}"#,
            ]
        );
    }

    #[test]
    fn names_are_unique_and_plain() {
        assert_eq!(slug("/var/lib//Docker data/"), "var_lib_docker_data");
        assert_eq!(slug("…"), "other");
        let facts = Facts {
            ports: vec![
                port(1, Some("a.b"), Speaks::Unknown),
                port(1, Some("a/b"), Speaks::Unknown),
            ],
            ..Facts::default()
        };
        let names: Vec<String> = propose(&facts, |it| it == "tcp", |it| it == "tcp_1_a_b_2")
            .into_iter()
            .map(|it| it.name)
            .collect();
        assert_eq!(names, ["tcp_1_a_b", "tcp_1_a_b_3"]);
    }

    #[test]
    fn only_what_there_is_a_class_for_is_proposed() {
        assert!(propose(&Facts::default(), |_| false, |_| false).is_empty());
        let names: Vec<_> = propose(&Facts::default(), |_| true, |_| false)
            .into_iter()
            .map(|it| it.class)
            .collect();
        assert_eq!(names, ["node_status", "load", "memory"]);
    }
}
