//! Names, interfaces and addresses.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::BTreeMap;

use chorister_system::interfaces::{self, Interface};
use serde_json::{Map, Value, json};

use super::Root;

/// The interfaces of this machine; none where the kernel does not tell.
pub(super) fn interfaces() -> BTreeMap<String, Interface> {
    interfaces::interfaces().unwrap_or_default()
}

/// What this machine is called in its networks, and its addresses there.
pub(super) fn networking(root: &Root, host: &str, found: &BTreeMap<String, Interface>) -> Value {
    let (short, own) = host
        .split_once('.')
        .map_or((host, None), |(it, rest)| (it, Some(rest)));
    let domain = own.map(str::to_owned).or_else(|| domain(root, short));
    let mut facts = Map::new();
    facts.insert("hostname".to_owned(), short.into());
    let fqdn = match &domain {
        Some(domain) => format!("{short}.{domain}"),
        None => short.to_owned(),
    };
    facts.insert("fqdn".to_owned(), fqdn.into());
    facts.extend(domain.map(|it| ("domain".to_owned(), it.into())));
    let described: Map<String, Value> = found
        .iter()
        .map(|(name, it)| (name.clone(), Value::Object(describe(root, name, it))))
        .collect();
    if let Some(primary) = primary(root, found) {
        if let Some(Value::Object(of_primary)) = described.get(&primary) {
            for name in [
                "ip", "ip6", "mac", "mtu", "netmask", "netmask6", "network", "network6", "scope6",
            ] {
                let value = of_primary.get(name).cloned();
                facts.extend(value.map(|it| (name.to_owned(), it)));
            }
        }
        facts.insert("primary".to_owned(), primary.into());
    }
    facts.insert("interfaces".to_owned(), Value::Object(described));
    Value::Object(facts)
}

/// The domain, as files have it; no name server is asked.
fn domain(root: &Root, host: &str) -> Option<String> {
    let hosts = root.text("/etc/hosts").unwrap_or_default();
    let of_hosts = hosts.lines().find_map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        let mut names = line.split_whitespace().skip(1);
        let first = names.next()?;
        let rest = first.strip_prefix(host)?.strip_prefix('.')?;
        Some(rest.trim_end_matches('.').to_owned())
    });
    let of_resolver = || {
        let text = root.text("/etc/resolv.conf")?;
        let word = |name: &str| {
            let mut lines = text.lines();
            lines.find_map(|it| {
                let mut words = it.split_whitespace();
                (words.next() == Some(name)).then(|| words.next())?
            })
        };
        let domain = word("domain").or_else(|| word("search"))?;
        Some(domain.trim_end_matches('.').to_owned())
    };
    of_hosts.or_else(of_resolver).filter(|it| !it.is_empty())
}

/// The interface that packets to everywhere else leave by; else the first with an address that others can reach.
fn primary(root: &Root, found: &BTreeMap<String, Interface>) -> Option<String> {
    let table = root.text("/proc/net/route").unwrap_or_default();
    let default = table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let (name, to) = (fields.next()?, fields.next()?);
            let metric: u32 = fields.nth(4)?.parse().ok()?;
            (to == "00000000").then(|| (metric, name.to_owned()))
        })
        .min();
    let known = default.map(|it| it.1).filter(|it| found.contains_key(it));
    known.or_else(|| {
        let reachable = |it: &Interface| it.addresses.iter().any(|(it, _)| is_reachable(*it));
        found
            .iter()
            .find(|it| reachable(it.1))
            .map(|it| it.0.clone())
    })
}

/// An interface: its addresses, and the first one of each kind once more.
fn describe(root: &Root, name: &str, interface: &Interface) -> Map<String, Value> {
    let mut facts = Map::new();
    let mac = root.text(&format!("/sys/class/net/{name}/address"));
    let mac = mac.filter(|it| it != "00:00:00:00:00:00");
    facts.extend(mac.map(|it| ("mac".to_owned(), it.into())));
    facts.extend(interface.mtu.map(|it| ("mtu".to_owned(), it.into())));
    let (four, six): (Vec<_>, Vec<_>) = interface
        .addresses
        .iter()
        .partition(|(address, _)| address.is_ipv4());
    for (addresses, end) in [(four, ""), (six, "6")] {
        let bound: Vec<Value> = addresses
            .iter()
            .map(|(it, bits)| binding(*it, *bits))
            .collect();
        let first = addresses
            .iter()
            .position(|(it, _)| is_reachable(*it))
            .unwrap_or_default();
        let Some(first) = bound.get(first) else {
            continue;
        };
        for (key, of) in [
            ("ip", "address"),
            ("netmask", "netmask"),
            ("network", "network"),
        ] {
            facts.insert(format!("{key}{end}"), first[of].clone());
        }
        if let Some(scope) = first.get("scope6") {
            facts.insert("scope6".to_owned(), scope.clone());
        }
        facts.insert(format!("bindings{end}"), Value::Array(bound));
    }
    facts
}

/// One address with its network.
fn binding(address: IpAddr, bits: u32) -> Value {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX
                .checked_shl(32_u32.saturating_sub(bits))
                .unwrap_or_default();
            json!({
                "address": address.to_string(),
                "netmask": Ipv4Addr::from_bits(mask).to_string(),
                "network": Ipv4Addr::from_bits(address.to_bits() & mask).to_string(),
            })
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX
                .checked_shl(128_u32.saturating_sub(bits))
                .unwrap_or_default();
            json!({
                "address": address.to_string(),
                "netmask": Ipv6Addr::from_bits(mask).to_string(),
                "network": Ipv6Addr::from_bits(address.to_bits() & mask).to_string(),
                "scope6": scope(address),
            })
        }
    }
}

const fn scope(address: Ipv6Addr) -> &'static str {
    if address.is_loopback() {
        "host"
    } else if address.is_unicast_link_local() {
        "link"
    } else {
        "global"
    }
}

/// Whether others can reach an address: one that means no more than this machine or this cable is no name for it.
const fn is_reachable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => !it.is_loopback() && !it.is_link_local(),
        IpAddr::V6(it) => !it.is_loopback() && !it.is_unicast_link_local(),
    }
}
