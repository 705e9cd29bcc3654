//! Rules of Landlock, the sandbox of Linux.

use chorister_ir::{Connect, Sandbox};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, LandlockStatus, NetPort, RestrictionStatus,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus,
    path_beneath_rules,
};

use crate::grants::{Access, Grants};
use crate::{Extent, Held, Node, SandboxError};

/// What is asked for: files and programs, TCP ports (4), and control of devices (5). Later versions are about other
/// things.
const WANTED: ABI = ABI::V5;

/// What an older kernel does not enforce: the version that brought it, and what it is.
const GAPS: [(ABI, &str); 3] = [
    (ABI::V3, "files that may be read can be cut to nothing"),
    (
        ABI::V4,
        "TCP connections go anywhere, and any TCP port can be served",
    ),
    (ABI::V5, "devices that may be opened can be controlled"),
];

pub(crate) fn enforce(
    sandbox: &Sandbox,
    node: &Node,
    grants: Grants,
) -> Result<Held, SandboxError> {
    let status = apply(sandbox, node, &grants).map_err(|error| SandboxError(error.to_string()))?;
    let mut held = Held {
        extent: match status.ruleset {
            RulesetStatus::FullyEnforced => Extent::Full,
            RulesetStatus::PartiallyEnforced => Extent::Partial,
            RulesetStatus::NotEnforced => Extent::Nothing,
        },
        gaps: gaps(&status),
        wider: grants.wider,
        absent: grants.absent,
    };
    if sandbox.connect == Connect::Unknown {
        held.gaps.push(
            "TCP connections go anywhere, since a server is granted without its port, or a template decides on it"
                .to_owned(),
        );
        held.extent = match held.extent {
            Extent::Full => Extent::Partial,
            extent => extent,
        };
    }
    Ok(held)
}

fn apply(
    sandbox: &Sandbox,
    node: &Node,
    grants: &Grants,
) -> Result<RestrictionStatus, RulesetError> {
    let mut ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(WANTED))?
        .handle_access(AccessNet::BindTcp)?;
    let ports = sandbox.connect.ports();
    if ports.is_some() {
        ruleset = ruleset.handle_access(AccessNet::ConnectTcp)?;
    }
    let mut created: RulesetCreated = ruleset.create()?;
    for (path, access) in &grants.rules {
        // What vanished meanwhile needs no rule.
        created = created.add_rules(path_beneath_rules([path], rights(*access)))?;
    }
    let own = node.connect.iter().filter(|_| ports.is_some());
    for port in ports.into_iter().flatten().chain(own) {
        created = created.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
    }
    if let Some(port) = node.listen {
        created = created.add_rule(NetPort::new(port, AccessNet::BindTcp))?;
    }
    created.restrict_self()
}

fn rights(access: Access) -> BitFlags<AccessFs> {
    let mut rights = BitFlags::EMPTY;
    if access.read {
        rights |= AccessFs::ReadFile | AccessFs::ReadDir;
    }
    if access.write {
        rights |= AccessFs::from_write(WANTED);
    }
    if access.execute {
        rights |= AccessFs::Execute;
    }
    rights
}

/// What the running kernel does not enforce of what is asked for.
fn gaps(status: &RestrictionStatus) -> Vec<String> {
    match status.landlock {
        LandlockStatus::NotEnabled => vec![
            "nothing of it is enforced: Landlock is part of this kernel and is not switched on (add `landlock` to its \
             parameter lsm=)"
                .to_owned(),
        ],
        LandlockStatus::NotImplemented => vec![
            "nothing of it is enforced: this kernel has no Landlock (Linux 5.13 brought it)".to_owned(),
        ],
        LandlockStatus::Available { effective_abi, .. } => GAPS
            .iter()
            .filter(|(since, _)| effective_abi < *since)
            .map(|(_, gap)| (*gap).to_owned())
            .collect(),
    }
}
