//! Programs of others that tests try ours against: real goss, real plugins, promtool, a NATS server, SoftHSM, Puppet, Ansible.
//!
//! Each function gives the program, and fetches it first where this was not done before: pinned, into `peers` below
//! the target folder, without root and without changing the system. A test that cannot have its peer says so in one
//! line and is over; under `CI=true` that is a failure. `cargo run -p chorister-peers` fetches all of them.
//!
//! Start reading at [`Peer`]; where a peer comes from is in `debian.rs`, `go.rs` and `python.rs`.

mod broker;
mod debian;
mod go;
mod install;
mod python;

use std::path::{Path, PathBuf};
use std::process::Command;

pub use broker::Broker;
pub use install::{Fetched, fetch};

/// A program of others, or a set of them that comes in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Peer {
    /// `goss` 0.4.9, built from source.
    Goss,
    /// `nats-server` 2.15, built from source.
    NatsServer,
    /// Debian's `check_*` programs.
    Plugins,
    /// `promtool` of Debian's Prometheus.
    Promtool,
    /// Debian's `SoftHSM`, a token device that is a library.
    SoftHsm,
    /// Debian's Puppet agent, with the Ruby that it needs.
    Puppet,
    /// `ansible-playbook`, from PyPI.
    Ansible,
}

impl Peer {
    /// All of them, quick ones last.
    pub const ALL: [Self; 7] = [
        Self::Goss,
        Self::NatsServer,
        Self::Puppet,
        Self::Promtool,
        Self::Plugins,
        Self::SoftHsm,
        Self::Ansible,
    ];

    /// How it is called, and the name of its folder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Goss => "goss",
            Self::NatsServer => "nats-server",
            Self::Plugins => "monitoring-plugins",
            Self::Promtool => "promtool",
            Self::SoftHsm => "softhsm",
            Self::Puppet => "puppet",
            Self::Ansible => "ansible",
        }
    }

    const fn source(self) -> Source {
        match self {
            Self::Goss => Source::Go {
                module: concat!(env!("CARGO_MANIFEST_DIR"), "/goss"),
                package: "github.com/goss-org/goss/cmd/goss",
                pins: include_str!("../goss/go.mod"),
            },
            Self::NatsServer => Source::Go {
                module: concat!(env!("CARGO_MANIFEST_DIR"), "/nats-server"),
                package: "github.com/nats-io/nats-server/v2",
                pins: include_str!("../nats-server/go.mod"),
            },
            // Not what they depend on: that is in every Debian, or is for servers that no test has.
            Self::Plugins => Source::Debian {
                packages: &[
                    "monitoring-plugins-common",
                    "monitoring-plugins-basic",
                    "monitoring-plugins-standard",
                ],
                closure: false,
            },
            // Not what it depends on: that is for its pages.
            Self::Promtool => Source::Debian {
                packages: &["prometheus"],
                closure: false,
            },
            Self::SoftHsm => Source::Debian {
                packages: &["softhsm2", "libsofthsm2"],
                closure: true,
            },
            Self::Puppet => Source::Debian {
                packages: &["puppet-agent"],
                closure: true,
            },
            Self::Ansible => Source::Python {
                pins: include_str!("../ansible/requirements.txt"),
            },
        }
    }
}

/// Where a peer comes from, and in which version.
#[derive(Clone, Copy)]
enum Source {
    /// A Go program, built from a module of ours that does nothing but require it.
    Go {
        module: &'static str,
        package: &'static str,
        pins: &'static str,
    },
    /// Debian packages of this machine's release, unpacked; with all that they depend on and that is not installed.
    Debian {
        packages: &'static [&'static str],
        closure: bool,
    },
    /// Python packages.
    Python { pins: &'static str },
}

impl Source {
    /// What a folder says that holds this.
    fn stamp(self) -> String {
        match self {
            Self::Go { package, pins, .. } => format!("{package}\n{pins}"),
            Self::Debian { packages, closure } => format!("{packages:?} {closure}\n"),
            Self::Python { pins } => pins.to_owned(),
        }
    }
}

/// The real `goss`, 0.4.9.
///
/// # Panics
/// Where it cannot be had although this is promised; see the page of the crate.
#[must_use]
pub fn goss() -> Option<PathBuf> {
    Some(have(Peer::Goss)?.join("bin/goss"))
}

/// The real `nats-server`, 2.15; [`Broker`] runs it.
///
/// # Panics
/// Where it cannot be had although this is promised; see the page of the crate.
#[must_use]
pub fn nats_server() -> Option<PathBuf> {
    Some(have(Peer::NatsServer)?.join("bin/nats-server"))
}

/// One of Debian's monitoring plugins, such as `check_disk`.
///
/// # Panics
/// Where it cannot be had although this is promised; see the page of the crate.
#[must_use]
pub fn plugin(name: &str) -> Option<PathBuf> {
    let path = have(Peer::Plugins)?
        .join("usr/lib/nagios/plugins")
        .join(name);
    assert!(path.exists(), "Debian has no plugin {name}");
    Some(path)
}

/// `promtool` of Debian's Prometheus, 2.42.
///
/// # Panics
/// Where it cannot be had although this is promised; see the page of the crate.
#[must_use]
pub fn promtool() -> Option<PathBuf> {
    Some(have(Peer::Promtool)?.join("usr/bin/promtool"))
}

/// The folder of Debian's SoftHSM, 2.6: `usr/bin/softhsm2-util`, `usr/lib/softhsm/libsofthsm2.so`, and beside these what
/// they need and the system has not, in the folder that comes second.
///
/// # Panics
/// Where it cannot be had although this is promised; see the page of the crate.
#[must_use]
pub fn softhsm() -> Option<(PathBuf, PathBuf)> {
    let folder = have(Peer::SoftHsm)?;
    let libraries = debian::libraries(&folder);
    Some((folder, libraries))
}

/// A command that runs Debian's Puppet, 7.23, such as `["parser", "validate"]` or `["apply"]`.
///
/// It keeps its own files in `home`, and nothing of this machine's configuration is read.
///
/// # Panics
/// Where it cannot be had although this is promised; see the page of the crate.
#[must_use]
pub fn puppet(action: &[&str], home: &Path) -> Option<Command> {
    Some(debian::puppet(&have(Peer::Puppet)?, action, home))
}

/// A command that runs a program of Ansible, such as `ansible-playbook`; core 2.18.
///
/// It keeps its own files in `home`, and nothing of this machine's configuration is read.
///
/// # Panics
/// Where it cannot be had although this is promised; see the page of the crate.
#[must_use]
pub fn ansible(program: &str, home: &Path) -> Option<Command> {
    Some(python::ansible(&have(Peer::Ansible)?, program, home))
}

/// The folder of a peer, fetched if need be.
#[expect(clippy::print_stderr, reason = "a test says what it does not test")]
fn have(peer: Peer) -> Option<PathBuf> {
    match fetch(peer) {
        Ok(Fetched { folder, .. }) => Some(folder),
        Err(error) => {
            let name = peer.name();
            assert!(!promised(), "{name} cannot be had: {error:#}");
            eprintln!("not tested, {name} cannot be had: {error:#}");
            None
        }
    }
}

/// Whether peers have to be there.
#[must_use]
pub fn promised() -> bool {
    std::env::var("CI").is_ok_and(|it| it == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a program prints.
    fn said(command: &mut Command) -> String {
        let output = command.output().expect("a peer starts");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    #[test]
    fn peers_are_what_they_are_taken_for() {
        let home = std::env::temp_dir();
        if let Some(goss) = goss() {
            assert!(said(Command::new(goss).arg("help")).contains("validate"));
        }
        if let Some(server) = nats_server() {
            let text = said(Command::new(server).arg("--version"));
            assert!(text.starts_with("nats-server: v2."), "{text}");
        }
        if let Some(promtool) = promtool() {
            let text = said(Command::new(promtool).arg("--version"));
            assert!(text.starts_with("promtool, version 2."), "{text}");
        }
        if let Some(dummy) = plugin("check_dummy") {
            let text = said(Command::new(dummy).args(["0", "fine"]));
            assert_eq!(text, "OK: fine\n");
        }
        if let Some((softhsm, libraries)) = softhsm() {
            let mut util = Command::new(softhsm.join("usr/bin/softhsm2-util"));
            let text = said(util.arg("--version").env("LD_LIBRARY_PATH", libraries));
            assert!(text.starts_with("2."), "{text}");
        }
        if let Some(mut puppet) = puppet(&["config", "print", "confdir"], &home) {
            assert!(said(&mut puppet).contains("confdir"));
        }
        if let Some(mut ansible) = ansible("ansible-playbook", &home) {
            let text = said(ansible.arg("--version"));
            assert!(text.starts_with("ansible-playbook [core 2.18."), "{text}");
        }
    }
}
