//! An event, ready to be written.

use std::path::Path;

use chorister_fsm::{Fleet, Happening, Notice, Report};
use chorister_ir::{Machine, Watcher, WatcherId};

/// A notice with the names that belong to its ids.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The node's name.
    pub identity: &'a str,
    /// The machine it is about.
    pub machine: &'a Machine,
    /// The UUID of the machine's instance.
    pub instance: [u8; 16],
    /// The machine's directory.
    pub directory: &'a Path,
    /// What happened.
    pub notice: &'a Notice,
}

impl<'a> Event<'a> {
    /// Looks the names up; `None` where the machine has been removed since.
    #[must_use]
    pub fn new(fleet: &'a Fleet, notice: &'a Notice) -> Option<Self> {
        let machine = fleet.machine(notice.machine)?;
        Some(Self {
            identity: fleet.identity(),
            machine: machine.definition(),
            instance: machine.id(),
            directory: machine.directory(),
            notice,
        })
    }

    /// The NATS subject that the event is published on.
    #[must_use]
    pub fn subject(&self) -> &'static str {
        self.kind().subject()
    }

    /// The type of the CloudEvent.
    #[must_use]
    pub fn protocol(&self) -> &'static str {
        self.kind().protocol()
    }

    pub(crate) fn kind(&self) -> Kind {
        match &self.notice.happening {
            Happening::Transition { .. } => Kind::Transition,
            Happening::Watcher { report, .. } => Kind::of(report),
        }
    }

    pub(crate) fn watcher(&self, id: WatcherId) -> Option<&'a Watcher> {
        self.machine.watchers.get(usize::from(id.0))
    }
}

/// What events are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Transition,
    Exec,
    File,
    Schedule,
    Timer,
    Metric,
    Expression,
    Archive,
    HttpSwitch,
    Nagios,
    Kv,
    Gossip,
    Plugins,
}

/// The texts of each kind of watcher.
macro_rules! kinds {
    ($($kind:ident => $name:literal),*) => {
        impl Kind {
            /// The type of the watcher, as in a specification; empty for a transition.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    Self::Transition => "",
                    $(Self::$kind => $name,)*
                }
            }

            const fn subject(self) -> &'static str {
                match self {
                    Self::Transition => "choria.machine.transition",
                    $(Self::$kind => concat!("choria.machine.watcher.", $name, ".state"),)*
                }
            }

            const fn protocol(self) -> &'static str {
                match self {
                    Self::Transition => "io.choria.machine.v1.transition",
                    $(Self::$kind => concat!("io.choria.machine.watcher.", $name, ".v1.state"),)*
                }
            }

            const fn of(report: &Report) -> Self {
                match report {
                    $(Report::$kind { .. } => Self::$kind,)*
                }
            }
        }
    };
}

kinds!(
    Exec => "exec", File => "file", Schedule => "schedule", Timer => "timer", Metric => "metric",
    Expression => "expression", Archive => "archive", HttpSwitch => "httpswitch", Nagios => "nagios",
    Kv => "kv", Gossip => "gossip", Plugins => "plugins"
);
