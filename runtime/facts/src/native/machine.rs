//! What kind of machine this is: real or not, and what its maker wrote on it.

use serde_json::{Map, Value, json};

use super::Root;

/// What makers of virtual machines write on them, and what those are called.
const MAKERS: [(&str, &str); 15] = [
    ("VMware", "vmware"),
    ("VirtualBox", "virtualbox"),
    ("innotek", "virtualbox"),
    ("Parallels", "parallels"),
    ("HVM domU", "xenhvm"),
    ("Bochs", "bochs"),
    ("Google", "gce"),
    ("OpenStack", "openstack"),
    ("RHEV", "rhev"),
    ("oVirt", "ovirt"),
    ("Amazon EC2", "kvm"),
    ("DigitalOcean", "kvm"),
    ("Hetzner", "kvm"),
    ("KVM", "kvm"),
    ("QEMU", "kvm"),
];

/// Facts about the machine as such. Numbers that tell one machine from another of its kind are not among them.
pub(super) fn machine(root: &Root) -> Map<String, Value> {
    let kind = container(root).or_else(|| hypervisor(root));
    let mut facts = Map::new();
    facts.insert("is_virtual".to_owned(), kind.is_some().into());
    let kind = kind.unwrap_or("physical");
    facts.insert("virtual".to_owned(), kind.into());
    let dmi = dmi(root);
    if !dmi.is_empty() {
        facts.insert("dmi".to_owned(), Value::Object(dmi));
    }
    let fips = root.text("/proc/sys/crypto/fips_enabled");
    facts.insert(
        "fips_enabled".to_owned(),
        (fips.as_deref() == Some("1")).into(),
    );
    facts
}

/// What holds the container that this is, if it is one.
fn container(root: &Root) -> Option<&'static str> {
    if root.has("/.dockerenv") {
        return Some("docker");
    }
    if root.has("/run/.containerenv") {
        return Some("podman");
    }
    let told = root.text("/run/systemd/container");
    if let Some(told) = told {
        return Some(match told.as_str() {
            "docker" => "docker",
            "podman" => "podman",
            "lxc" | "lxc-libvirt" => "lxc",
            "systemd-nspawn" => "systemd_nspawn",
            "openvz" => "openvzve",
            _ => "container_other",
        });
    }
    let groups = root.text("/proc/1/cgroup").unwrap_or_default();
    let names = [
        ("/docker", "docker"),
        ("/lxc", "lxc"),
        ("/kubepods", "container_other"),
    ];
    names
        .into_iter()
        .find(|it| groups.contains(it.0))
        .map(|it| it.1)
}

/// What runs the virtual machine that this is, if it is one.
fn hypervisor(root: &Root) -> Option<&'static str> {
    let said = |name: &str| {
        root.text(&format!("/sys/class/dmi/id/{name}"))
            .unwrap_or_default()
    };
    let (maker, product) = (said("sys_vendor"), said("product_name"));
    let written = format!(
        "{maker}\n{product}\n{}\n{}",
        said("bios_vendor"),
        said("board_vendor")
    );
    if maker == "Microsoft Corporation" && product == "Virtual Machine" {
        return Some("hyperv");
    }
    let known = MAKERS
        .iter()
        .find(|it| written.contains(it.0))
        .map(|it| it.1);
    known.or_else(|| {
        if root.text("/sys/hypervisor/type").as_deref() == Some("xen") {
            return Some("xenu");
        }
        let processors = root.text("/proc/cpuinfo").unwrap_or_default();
        let mut flags = processors.lines().filter(|it| it.starts_with("flags"));
        let is_guest = flags.any(|it| it.split_whitespace().any(|it| it == "hypervisor"));
        is_guest.then_some("unknown")
    })
}

/// What the maker wrote on the machine.
fn dmi(root: &Root) -> Map<String, Value> {
    let said = |name: &str| root.text(&format!("/sys/class/dmi/id/{name}"));
    let group = |names: &[(&str, &str)]| {
        let found = names
            .iter()
            .filter_map(|(fact, file)| Some((*fact, said(file)?)));
        let group: Map<String, Value> = found
            .map(|(fact, value)| (fact.to_owned(), value.into()))
            .collect();
        (!group.is_empty()).then(|| json!(group))
    };
    let bios = [
        ("release_date", "bios_date"),
        ("vendor", "bios_vendor"),
        ("version", "bios_version"),
    ];
    let board = [("manufacturer", "board_vendor"), ("product", "board_name")];
    let all = [
        ("bios", group(&bios)),
        ("board", group(&board)),
        ("manufacturer", said("sys_vendor").map(Value::from)),
        ("product", group(&[("name", "product_name")])),
    ];
    let found = all
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    found.collect()
}
