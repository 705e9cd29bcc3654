//! What machines need from the computer they run on, and who needs it.

mod collect;
mod command;
mod derive;

use core::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use derive::of;

/// What machines need, by what is done with it; each list is sorted and names a thing once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Programs that are run: paths, or bare names that are searched in `PATH`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exec: Vec<Need>,
    /// Files and directories that are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<Need>,
    /// Files and directories that are written, made or removed, and read too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write: Vec<Need>,
    /// Where TCP connections go, as `HOST:PORT`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connect: Vec<Need>,
    /// What is served to others: `http`, at the address that is an argument of the node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listen: Vec<Need>,
    /// What cannot be told from the specifications.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Unknown>,
}

/// One thing that is needed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Need {
    /// What it is; a relative path is one in the machine's directory. Where a template decides, it is what is known
    /// before the first action, and `*`.
    pub what: String,
    /// Who needs it.
    pub by: Vec<Cause>,
}

/// Something that a specification does not tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unknown {
    /// What is not known, as a sentence without a full stop.
    pub what: String,
    /// Absolute paths that the command line names: what becomes of them is up to the program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Who does it.
    pub by: Cause,
}

/// Who needs something, and what for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// Name of the machine.
    pub machine: String,
    /// Name of its watcher.
    pub watcher: String,
    /// What for.
    pub why: Why,
}

/// What something is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Why {
    /// The program of a command.
    Command,
    /// What runs a script beside the machine.
    Interpreter,
    /// A file that is looked at for changes.
    WatchedFile,
    /// A file whose content is managed.
    ManagedFile,
    /// The place of an unpacked archive.
    ArchiveTarget,
    /// The server that an archive comes from.
    ArchiveSource,
    /// The place of machines that are fetched.
    PluginsDirectory,
    /// A goss file that a check reads.
    GossFile,
    /// The Graphite server that measurements go to.
    Graphite,
    /// A switch or a measurement that is offered over HTTP.
    Http,
}

impl Why {
    /// What for, in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Command => "runs it",
            Self::Interpreter => "runs its script with it",
            Self::WatchedFile => "watches it",
            Self::ManagedFile => "manages its content",
            Self::ArchiveTarget => "unpacks an archive there",
            Self::ArchiveSource => "downloads an archive",
            Self::PluginsDirectory => "unpacks machines there",
            Self::GossFile => "checks what it says",
            Self::Graphite => "sends measurements",
            Self::Http => "offers it over HTTP",
        }
    }

    /// The property of the watcher that says so.
    #[must_use]
    pub const fn property(self) -> &'static str {
        match self {
            Self::Command | Self::Interpreter => "command",
            Self::WatchedFile | Self::ManagedFile => "path",
            Self::ArchiveTarget => "target",
            Self::ArchiveSource => "source",
            Self::PluginsDirectory => "plugins_directory",
            Self::GossFile => "gossfile",
            Self::Graphite => "graphite_host",
            Self::Http => "http",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.machine, self.watcher)
    }
}
