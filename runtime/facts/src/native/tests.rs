//! Trees of files as different systems have them.

use std::collections::BTreeMap;

use chorister_system::interfaces::Interface;
use tempfile::TempDir;

use super::*;

fn tree(files: &[(&str, &str)]) -> (TempDir, Root) {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let root = Root::at(home.path());
    (home, root)
}

#[track_caller]
fn check_os(files: &[(&str, &str)], hardware: &str, expect: Value) {
    let (_home, root) = tree(files);
    let mut found = os::os(&root, hardware);
    found.as_object_mut().unwrap().remove("distro");
    assert_eq!(found, expect);
}

#[test]
fn systems_have_the_names_that_facter_gives_them() {
    check_os(
        &[
            (
                "etc/os-release",
                "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\n",
            ),
            ("etc/debian_version", "12.11\n"),
        ],
        "x86_64",
        json!({
            "architecture": "amd64", "family": "Debian", "hardware": "x86_64", "name": "Debian",
            "release": {"full": "12.11", "major": "12", "minor": "11"}, "selinux": {"enabled": false},
        }),
    );
    check_os(
        &[(
            "etc/os-release",
            "NAME=\"Ubuntu\"\nVERSION_ID=\"22.04\"\nID=ubuntu\nID_LIKE=debian\n",
        )],
        "aarch64",
        json!({
            "architecture": "aarch64", "family": "Debian", "hardware": "aarch64", "name": "Ubuntu",
            "release": {"full": "22.04", "major": "22.04"}, "selinux": {"enabled": false},
        }),
    );
    check_os(
        &[
            (
                "usr/lib/os-release",
                "NAME=\"Rocky Linux\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.3\"\n",
            ),
            ("sys/fs/selinux/enforce", "1"),
        ],
        "x86_64",
        json!({
            "architecture": "x86_64", "family": "RedHat", "hardware": "x86_64", "name": "Rocky",
            "release": {"full": "9.3", "major": "9", "minor": "3"},
            "selinux": {"enabled": true, "enforced": true, "current_mode": "enforcing"},
        }),
    );
    check_os(
        &[(
            "etc/os-release",
            "NAME='Own Linux'\nID=own\nID_LIKE=\"other rhel\"\n",
        )],
        "riscv64",
        json!({
            "architecture": "riscv64", "family": "RedHat", "hardware": "riscv64", "name": "Own Linux",
            "release": {}, "selinux": {"enabled": false},
        }),
    );
}

#[test]
fn the_domain_is_looked_up_in_files() {
    let none = BTreeMap::new();
    let fqdn = |files: &[(&str, &str)], host: &str| {
        let (_home, root) = tree(files);
        network::networking(&root, host, &none)["fqdn"].clone()
    };
    let hosts = (
        "etc/hosts",
        "127.0.0.1 localhost\n127.0.1.1 web1.example.net. web1 # me\n",
    );
    let resolver = (
        "etc/resolv.conf",
        "nameserver 192.0.2.1\nsearch corp.example other.example\n",
    );
    assert_eq!(fqdn(&[hosts, resolver], "web1"), "web1.example.net");
    assert_eq!(fqdn(&[hosts, resolver], "web2"), "web2.corp.example");
    assert_eq!(
        fqdn(&[hosts, resolver], "web1.own.example"),
        "web1.own.example"
    );
    assert_eq!(fqdn(&[], "web1"), "web1");
}

#[test]
fn the_primary_interface_is_that_of_the_default_route() {
    let interface = |addresses: &[(&str, u32)]| Interface {
        addresses: addresses
            .iter()
            .map(|(it, bits)| (it.parse().unwrap(), *bits))
            .collect(),
        mtu: Some(1500),
    };
    let found = BTreeMap::from([
        (
            "eth0".to_owned(),
            interface(&[("169.254.1.1", 16), ("192.0.2.10", 24)]),
        ),
        (
            "eth1".to_owned(),
            interface(&[("198.51.100.7", 22), ("fe80::1", 64), ("2001:db8::7", 64)]),
        ),
        (
            "lo".to_owned(),
            interface(&[("127.0.0.1", 8), ("::1", 128)]),
        ),
    ]);
    let routes = "Iface Destination Gateway Flags RefCnt Use Metric Mask\n\
                  eth0 00000000 010200C0 0003 0 0 200 00000000\n\
                  eth1 00000000 010200C0 0003 0 0 100 00000000\n\
                  eth1 0064A8C0 00000000 0001 0 0 0 00FFFFFF\n";
    let (_home, root) = tree(&[
        ("proc/net/route", routes),
        ("sys/class/net/eth1/address", "02:00:00:00:00:01\n"),
        ("sys/class/net/lo/address", "00:00:00:00:00:00\n"),
    ]);
    let facts = network::networking(&root, "n", &found);
    assert_eq!(facts["primary"], "eth1");
    assert_eq!(facts["ip"], "198.51.100.7");
    assert_eq!(facts["netmask"], "255.255.252.0");
    assert_eq!(facts["network"], "198.51.100.0");
    assert_eq!(facts["ip6"], "2001:db8::7");
    assert_eq!(facts["netmask6"], "ffff:ffff:ffff:ffff::");
    assert_eq!(facts["scope6"], "global");
    assert_eq!(facts["mac"], "02:00:00:00:00:01");
    let eth0 = &facts["interfaces"]["eth0"];
    assert_eq!(eth0["ip"], "192.0.2.10", "not the address of the cable");
    assert_eq!(eth0["bindings"].as_array().unwrap().len(), 2);
    assert_eq!(facts["interfaces"]["lo"]["ip6"], "::1");
    assert_eq!(facts["interfaces"]["lo"].get("mac"), None);

    let (_home, root) = tree(&[]);
    assert_eq!(network::networking(&root, "n", &found)["primary"], "eth0");
}

#[test]
fn machines_are_real_or_not() {
    let kind = |files: &[(&str, &str)]| {
        let (_home, root) = tree(files);
        let facts = machine::machine(&root);
        (facts["virtual"].clone(), facts["is_virtual"].clone())
    };
    let vendor = |name| ("sys/class/dmi/id/sys_vendor", name);
    assert_eq!(
        kind(&[vendor("Dell Inc.\n")]),
        (json!("physical"), json!(false))
    );
    assert_eq!(kind(&[vendor("QEMU\n")]), (json!("kvm"), json!(true)));
    assert_eq!(
        kind(&[vendor("VMware, Inc.")]),
        (json!("vmware"), json!(true))
    );
    let hyperv = ("sys/class/dmi/id/product_name", "Virtual Machine");
    assert_eq!(
        kind(&[vendor("Microsoft Corporation"), hyperv]).0,
        json!("hyperv")
    );
    assert_eq!(
        kind(&[vendor("Microsoft Corporation")]).0,
        json!("physical")
    );
    assert_eq!(
        kind(&[vendor("QEMU"), (".dockerenv", "")]).0,
        json!("docker")
    );
    assert_eq!(kind(&[("run/systemd/container", "lxc\n")]).0, json!("lxc"));
    let flags = ("proc/cpuinfo", "processor : 0\nflags : fpu hypervisor\n");
    assert_eq!(kind(&[flags]).0, json!("unknown"));
}

#[test]
fn clouds_are_known_without_a_network() {
    let said = r#"{"v1": {"cloud_name": "aws", "region": "eu-west-1", "availability_zone": null,
        "instance_id": "i-07", "platform": "ec2"}, "ds": {"meta_data": {"secret": "x"}}}"#;
    let (_home, root) = tree(&[("run/cloud-init/instance-data.json", said)]);
    assert_eq!(
        cloud::cloud(&root),
        Some(
            json!({"provider": "aws", "platform": "ec2", "region": "eu-west-1", "instance_id": "i-07"})
        )
    );
    let (_home, root) = tree(&[("sys/class/dmi/id/sys_vendor", "Google")]);
    assert_eq!(cloud::cloud(&root), Some(json!({"provider": "gce"})));
    let (_home, root) = tree(&[("run/cloud-init/instance-data.json", "{")]);
    assert_eq!(cloud::cloud(&root), None);
}

#[test]
fn processors_are_counted() {
    let one = |id: u32| {
        format!(
            "processor\t: {id}\nmodel name\t: Fast One\ncpu MHz\t\t: 2400.000\nphysical id\t: 0\nsiblings\t: 4\ncpu cores\t: 2\n\n"
        )
    };
    let text = format!("{}{}", one(0), one(1));
    let (_home, root) = tree(&[("proc/cpuinfo", &text)]);
    assert_eq!(
        processors::processors(&root, "x86_64"),
        json!({
            "count": 2, "physicalcount": 1, "isa": "x86_64", "models": ["Fast One", "Fast One"],
            "cores": 2, "threads": 2, "speed": "2.40 GHz",
        })
    );
    let (_home, root) = tree(&[]);
    assert_eq!(processors::processors(&root, "x")["count"], 1);
}

#[test]
fn disks_are_devices() {
    let (_home, root) = tree(&[
        ("sys/block/sda/device/model", "QEMU HARDDISK   \n"),
        ("sys/block/sda/size", "2048\n"),
        ("sys/block/sda/queue/rotational", "1\n"),
        ("sys/block/loop0/size", "8\n"),
    ]);
    assert_eq!(
        disks::disks(&root),
        json!({"sda": {"size": "1.00 MiB", "size_bytes": 1_048_576, "model": "QEMU HARDDISK", "type": "hdd"}})
    );
}

#[test]
fn times_are_told_in_words() {
    assert_eq!(since(3_725), "1:02 hours");
    assert_eq!(since(90_000), "1 day");
    assert_eq!(since(864_000), "10 days");
}

#[tokio::test]
async fn this_machine_is_known() {
    let facts = look(&Root::system()).await;
    assert_eq!(facts["kernel"], "Linux");
    assert!(facts["memory"]["system"]["total_bytes"].as_u64().unwrap() > 0);
    assert!(facts["mountpoints"]["/"]["size_bytes"].is_u64());
    assert!(facts["processors"]["count"].as_u64().unwrap() > 0);
    assert_eq!(facts["networking"]["interfaces"]["lo"]["ip"], "127.0.0.1");
    assert!(facts["os"]["release"].is_object());
    assert!(facts["system_uptime"]["seconds"].is_u64());
}
