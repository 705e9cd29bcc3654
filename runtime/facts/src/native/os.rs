//! The operating system and its kernel.

use serde_json::{Map, Value, json};

use super::Root;

/// What a distribution calls itself, what others call it, and which family it is of.
const KNOWN: [(&str, &str, &str); 26] = [
    ("almalinux", "AlmaLinux", "RedHat"),
    ("alpine", "Alpine", "Alpine"),
    ("amzn", "Amazon", "RedHat"),
    ("arch", "Archlinux", "Archlinux"),
    ("centos", "CentOS", "RedHat"),
    ("debian", "Debian", "Debian"),
    ("devuan", "Devuan", "Debian"),
    ("elementary", "Elementary", "Debian"),
    ("fedora", "Fedora", "RedHat"),
    ("gentoo", "Gentoo", "Gentoo"),
    ("kali", "Kali", "Debian"),
    ("linuxmint", "LinuxMint", "Debian"),
    ("mageia", "Mageia", "Mandrake"),
    ("manjaro", "ManjaroLinux", "Archlinux"),
    ("nixos", "NixOS", "NixOS"),
    ("ol", "OracleLinux", "RedHat"),
    ("opensuse-leap", "OpenSuSE", "Suse"),
    ("opensuse-tumbleweed", "OpenSuSE", "Suse"),
    ("photon", "PhotonOS", "RedHat"),
    ("raspbian", "Raspbian", "Debian"),
    ("rhel", "RedHat", "RedHat"),
    ("rocky", "Rocky", "RedHat"),
    ("slackware", "Slackware", "Slackware"),
    ("sled", "SLED", "Suse"),
    ("sles", "SLES", "Suse"),
    ("ubuntu", "Ubuntu", "Debian"),
];

/// What the kernel calls the processors.
pub(super) fn hardware() -> String {
    rustix::system::uname()
        .machine()
        .to_string_lossy()
        .into_owned()
}

/// The kernel, in the facts that it has always had.
pub(super) fn kernel() -> Map<String, Value> {
    let uname = rustix::system::uname();
    let release = uname.release().to_string_lossy().into_owned();
    let version = release.split('-').next().unwrap_or_default().to_owned();
    let major = version.split('.').take(2).collect::<Vec<_>>().join(".");
    let mut facts = Map::new();
    for (name, value) in [
        ("kernel", uname.sysname().to_string_lossy().into_owned()),
        ("kernelmajversion", major),
        ("kernelrelease", release),
        ("kernelversion", version),
    ] {
        facts.insert(name.to_owned(), value.into());
    }
    facts
}

/// The operating system below a root, on processors of this kind.
pub(super) fn os(root: &Root, hardware: &str) -> Value {
    let release = root
        .text("/etc/os-release")
        .or_else(|| root.text("/usr/lib/os-release"))
        .unwrap_or_default();
    let said = |name: &str| variable(&release, name);
    let id = said("ID").unwrap_or_else(|| "linux".to_owned());
    let (name, family) = names(&id, &said("ID_LIKE").unwrap_or_default(), said("NAME"));
    let version = version(root, &id, said("VERSION_ID"));
    let architecture = match (family.as_str(), hardware) {
        ("Debian" | "Gentoo", "x86_64") => "amd64",
        ("Debian", "i386" | "i486" | "i586" | "i686") => "i386",
        (_, other) => other,
    };
    let mut distro = json!({"id": name, "release": version});
    for (key, value) in [
        ("codename", said("VERSION_CODENAME")),
        ("description", said("PRETTY_NAME")),
    ] {
        if let (Some(value), Some(distro)) = (value, distro.as_object_mut()) {
            distro.insert(key.to_owned(), value.into());
        }
    }
    json!({
        "architecture": architecture,
        "distro": distro,
        "family": family,
        "hardware": hardware,
        "name": name,
        "release": version,
        "selinux": selinux(root),
    })
}

/// The name of a distribution, and that of its family.
fn names(id: &str, like: &str, own: Option<String>) -> (String, String) {
    let known = |id: &str| KNOWN.iter().find(|it| it.0 == id);
    if let Some((_, name, family)) = known(id) {
        return ((*name).to_owned(), (*family).to_owned());
    }
    let name = own.unwrap_or_else(|| "Linux".to_owned());
    let family = like.split_whitespace().find_map(|it| match it {
        "suse" | "opensuse" => Some("Suse"),
        other => known(other).map(|it| it.2),
    });
    (name, family.unwrap_or("Linux").to_owned())
}

/// The version, whole and in parts.
fn version(root: &Root, id: &str, said: Option<String>) -> Value {
    let of_debian = || root.text("/etc/debian_version");
    let full = match id {
        // It knows the point release, which `os-release` does not.
        "debian" => of_debian().filter(|it| it.starts_with(|it: char| it.is_ascii_digit())),
        _ => None,
    };
    let Some(full) = full.or(said) else {
        return json!({});
    };
    // Two releases a year, each called by its month: the month is no part of less weight.
    if id == "ubuntu" {
        return json!({"full": full, "major": full});
    }
    let mut parts = full.split('.');
    let major = parts.next().unwrap_or_default().to_owned();
    match parts.next() {
        Some(minor) => json!({"full": full, "major": major, "minor": minor}),
        None => json!({"full": full, "major": major}),
    }
}

fn selinux(root: &Root) -> Value {
    match root.text("/sys/fs/selinux/enforce") {
        None => json!({"enabled": false}),
        Some(mode) => {
            let enforced = mode == "1";
            let mode = if enforced { "enforcing" } else { "permissive" };
            json!({"enabled": true, "enforced": enforced, "current_mode": mode})
        }
    }
}

/// A variable of a file that shells can read, without its quotes.
fn variable(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines();
    let value = lines.find_map(|it| it.trim().strip_prefix(name)?.strip_prefix('='))?;
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value.trim_matches(quote),
        _ => value,
    };
    (!value.is_empty()).then(|| value.replace('\\', ""))
}
