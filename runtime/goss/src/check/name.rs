//! Names that the thing cannot have.

use chorister_yaml::Entry;

use crate::finding::{Finding, Mistake};
use crate::load::Place;
use crate::model::{Kind, Resource, Role, Settings};

/// The networks of ports.
const PORTS: [&str; 4] = ["tcp", "tcp6", "udp", "udp6"];

/// The networks that can be dialled.
const DIALLED: [&str; 9] = [
    "tcp",
    "tcp4",
    "tcp6",
    "udp",
    "udp4",
    "udp6",
    "unix",
    "unixgram",
    "unixpacket",
];

/// The types that a server is asked for.
const RECORDS: [&str; 9] = ["A", "AAAA", "CNAME", "MX", "NS", "SRV", "TXT", "PTR", "CAA"];

/// The longest name of a process, in bytes.
const MAX_PROCESS: usize = 15;

/// Checks the real name of a resource: the attribute that overrides the id, else the id.
pub(super) fn check(place: &mut Place<'_, '_>, resource: &Resource, entry: &Entry) {
    let attribute = resource.kind.attributes().find(|it| it.role == Role::Name);
    let written = attribute.and_then(|it| entry.value.get(it.key));
    let (span, key) = match (written, attribute) {
        (Some(node), Some(attribute)) if resource.name.is_some() => (node.span, attribute.key),
        _ => (entry.key.span, ""),
    };
    let name = resource.name();
    let Some((message, help, is_error)) = wrong(resource, name) else {
        return;
    };
    let finding: Finding = place.finding(Mistake::Name, span, key, message).help(help);
    place.add(if is_error { finding } else { finding.warning() });
}

/// What is wrong with a name, what helps, and whether it can never be.
fn wrong(resource: &Resource, name: &str) -> Option<(String, String, bool)> {
    match resource.kind {
        Kind::Port => port(name),
        Kind::Addr => address(name),
        Kind::Http => url(name),
        Kind::Dns => record(name, &resource.settings),
        Kind::Mount => mount(name),
        Kind::Process if name.len() > MAX_PROCESS => {
            let cut = name.get(..name.floor_char_boundary(MAX_PROCESS));
            let message = format!("the name of a process has {MAX_PROCESS} bytes at most");
            let help = format!("the kernel cuts it: write `{}`", cut.unwrap_or_default());
            Some((message, help, false))
        }
        Kind::Service if name.contains('/') => {
            let message = format!("`{name}` is no service: there is a `/` in its name");
            Some((message, "write the name of its unit".to_owned(), false))
        }
        _ => None,
    }
}

fn port(name: &str) -> Option<(String, String, bool)> {
    let (network, number) = name.split_once(':').unwrap_or(("tcp", name));
    if !PORTS.contains(&network) {
        let message = format!("there is no network `{network}` of ports");
        return Some((
            message,
            format!("the networks are `{}`", PORTS.join("`, `")),
            true,
        ));
    }
    let is_port = number.parse::<u16>().is_ok_and(|it| it > 0);
    (!is_port).then(|| {
        let message = format!("`{number}` is no port");
        (message, "write 1 to 65535, as in `tcp:22`".to_owned(), true)
    })
}

fn address(name: &str) -> Option<(String, String, bool)> {
    let (network, rest) = name.split_once("://").unwrap_or(("tcp", name));
    if !DIALLED.contains(&network) {
        let message = format!("`{network}` cannot be dialled");
        return Some((
            message,
            format!("the networks are `{}`", DIALLED.join("`, `")),
            true,
        ));
    }
    let port = rest.rsplit_once(':').map(|(_, port)| port);
    // A port may have a name; what is left of a bare IPv6 address has brackets around it.
    let is_port = port.is_some_and(|it| !it.is_empty() && !it.contains([']', '/']));
    (!is_port && !network.starts_with("unix")).then(|| {
        let message = format!("`{rest}` has no port");
        (
            message,
            "write it as in `tcp://example.net:443`".to_owned(),
            true,
        )
    })
}

fn url(name: &str) -> Option<(String, String, bool)> {
    let lower = name.to_ascii_lowercase();
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| lower.strip_prefix(scheme));
    let host = rest.map(|it| it.split(['/', '?', '#']).next().unwrap_or_default());
    let message = match host {
        None => format!("`{name}` is no URL of http or https"),
        Some("") => format!("`{name}` has no host"),
        Some(_) => return None,
    };
    Some((
        message,
        "write it as in `https://example.net/health`".to_owned(),
        true,
    ))
}

fn record(name: &str, settings: &Settings) -> Option<(String, String, bool)> {
    let (kind, _) = name.split_once(':')?;
    if kind.is_empty() || !kind.bytes().all(|it| it.is_ascii_uppercase()) {
        return None;
    }
    if !RECORDS.contains(&kind) {
        let message = format!("there is no type `{kind}` here: addresses are looked up");
        return Some((
            message,
            format!("the types are `{}`", RECORDS.join("`, `")),
            false,
        ));
    }
    match settings {
        Settings::Dns { server: None, .. } => {
            let message = format!("`{kind}` counts for nothing without `server`");
            let help = "write `server: IP`; the resolver of the system only looks up addresses";
            Some((message, help.to_owned(), false))
        }
        _ => None,
    }
}

fn mount(name: &str) -> Option<(String, String, bool)> {
    if !name.starts_with('/') {
        let message = format!("`{name}` is no mount point: it does not begin with `/`");
        return Some((message, "write the whole path".to_owned(), true));
    }
    let clean = crate::template::clean(name);
    (clean != name).then(|| {
        let message = format!("nothing is ever mounted at `{name}` by that name");
        (message, format!("write `{clean}`"), true)
    })
}
