//! The manifest of a distribution, and what a node is held to.

use std::collections::BTreeSet;

use chorister_manifest::{Budget, Limits, Machine, Manifest, Need};
use chorister_spec::Checked;
use chorister_spec::distribution::{Capabilities, Distribution, Grants};

use crate::bundle;
use crate::emit::{Ports, Sandbox};
use crate::files::Files;
use crate::load::Loaded;

/// Where names are asked for where the answer does not fit into a datagram.
const DNS: u16 = 53;

/// What is known of a distribution whose machines are these.
pub(crate) fn of(
    files: &dyn Files,
    of: &Distribution,
    loaded: &[Loaded<'_>],
    checked: &[Checked],
) -> Manifest {
    let machines = loaded.iter().zip(checked).filter_map(|(loaded, checked)| {
        let scripts = bundle::scripts(files, loaded.folder(), &loaded.bundle);
        Some(Machine::of(checked.machine.as_ref()?, &scripts))
    });
    Manifest {
        roles: of.roles.iter().map(|it| it.as_str().to_owned()).collect(),
        loads_machines: of.loaded_machines.clone(),
        hosts_agents: of.loaded_external_agents.clone(),
        budget: Budget {
            rss: of.budget.rss,
            events_per_second: of.budget.events_per_second,
            forks_per_second: of.budget.forks_per_second,
        },
        limits: of.capabilities.as_ref().map(limits).unwrap_or_default(),
        ..Manifest::of(&of.name, &of.version, machines.collect())
    }
}

/// What a machine on its own is, with the scripts in its directory.
#[must_use]
pub fn machine(files: &dyn Files, checked: &Checked) -> Option<Machine> {
    let path = &*checked.outline.file;
    let (folder, spec) = path.rsplit_once('/').unwrap_or(("", path));
    let beside = match spec {
        "machine.yaml" | "machine.json" => bundle::collect(files, folder, spec).unwrap_or_default(),
        _ => Vec::new(),
    };
    let scripts = bundle::scripts(files, folder, &beside);
    Some(Machine::of(checked.machine.as_ref()?, &scripts))
}

fn limits(of: &Capabilities) -> Limits {
    let texts = |grants: &Option<Grants>| {
        let grants = grants.as_ref()?;
        Some(grants.items.iter().map(|it| it.text.clone()).collect())
    };
    Limits {
        enforce: of.enforce,
        exec: texts(&of.exec),
        read: texts(&of.read),
        write: texts(&of.write),
        connect: texts(&of.connect),
    }
}

/// What a node is held to: what its machines need as far as that is known, and what is granted beyond it.
pub(crate) fn sandbox<'a>(of: &'a Manifest) -> Sandbox<'a> {
    let (needs, limits) = (&of.capabilities, &of.limits);
    let known = |it: &&str| !it.ends_with('*');
    // What is relative lies in the directory of a machine, which is its own.
    let absolute = |it: &&str| it.starts_with('/');
    let granted = |list: &'a Option<Vec<String>>| list.iter().flatten().map(String::as_str);
    let named = |needs: &'a [Need]| needs.iter().map(|it| it.what.as_str());
    let program = |it: &&str| known(it) && (absolute(it) || !it.contains('/'));
    Sandbox {
        exec: named(&needs.exec)
            .filter(program)
            .chain(granted(&limits.exec))
            .collect(),
        read: named(&needs.read)
            .filter(absolute)
            .chain(granted(&limits.read))
            .collect(),
        write: named(&needs.write)
            .filter(absolute)
            .chain(granted(&limits.write))
            .collect(),
        connect: ports(of),
    }
}

/// The ports of all servers.
fn ports(of: &Manifest) -> Ports {
    let mut granted = of.limits.connect.iter().flatten();
    if granted.any(|it| it == "*") {
        return Ports::Anywhere;
    }
    known_ports(of).map_or(Ports::Unknown, Ports::Listed)
}

/// The ports of all servers; `None` where one is not known.
fn known_ports(of: &Manifest) -> Option<BTreeSet<u16>> {
    let needs = of.capabilities.connect.iter().map(|it| it.what.as_str());
    let granted = of.limits.connect.iter().flatten().map(String::as_str);
    let mut ports = BTreeSet::new();
    for server in needs.chain(granted).filter(|it| *it != "broker") {
        let (host, port) = server.rsplit_once(':')?;
        ports.insert(port.parse().ok()?);
        if !host.starts_with('[') && host.parse::<core::net::IpAddr>().is_err() {
            ports.insert(DNS);
        }
    }
    Some(ports)
}
