//! The manifest: a distribution as data.

use serde::{Deserialize, Serialize};

use crate::{Capabilities, Limits, Machine, embed};

/// The version of the format that this release writes; it reads this one.
pub const FORMAT: u32 = 1;

/// What a distribution, or a machine on its own, is and may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`]; the first key, by which a manifest is found in a binary.
    pub chorister_manifest: u32,
    /// Name of the distribution, or of the machine.
    pub name: String,
    /// `MAJOR.MINOR.PATCH`.
    pub version: String,
    /// What it is in a network; nothing for a machine on its own.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The directory from which machines are loaded at run time, if any are: they may do what the manifest does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loads_machines: Option<String>,
    /// The directory from which agents in other languages are hosted, if any are: so may they.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts_agents: Option<String>,
    /// What it is expected to use at most.
    #[serde(default, skip_serializing_if = "Budget::is_open")]
    pub budget: Budget,
    /// What it grants its machines.
    #[serde(default)]
    pub limits: Limits,
    /// Its machines, in the order of the specification.
    pub machines: Vec<Machine>,
    /// What all of them together need.
    pub capabilities: Capabilities,
}

/// What a distribution is expected to use at most; `None` where its author did not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Resident memory, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rss: Option<u64>,
    /// Events published in a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events_per_second: Option<u32>,
    /// Child processes started in a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forks_per_second: Option<u32>,
}

/// Why a text is no manifest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is not the JSON of a manifest.
    #[error("this is not a manifest: {0}")]
    Json(#[from] serde_json::Error),
    /// A later release wrote it.
    #[error(
        "the manifest has format {0}, this release reads format {FORMAT}: use a newer choristerc"
    )]
    Newer(u32),
}

// === impl Budget ===

impl Budget {
    /// Whether nothing is expected of it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

// === impl Manifest ===

impl Manifest {
    /// The manifest of these machines under a name; what else a distribution has stays empty.
    #[must_use]
    pub fn of(name: &str, version: &str, machines: Vec<Machine>) -> Self {
        let capabilities = machines.iter().map(|it| &it.capabilities).collect();
        Self {
            chorister_manifest: FORMAT,
            name: name.to_owned(),
            version: version.to_owned(),
            roles: Vec::new(),
            loads_machines: None,
            hosts_agents: None,
            budget: Budget::default(),
            limits: Limits::default(),
            machines,
            capabilities,
        }
    }

    /// Whether programs may come at run time of which nobody knows what they do.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.loads_machines.is_some() || self.hosts_agents.is_some()
    }

    /// Adds machines, and what they need.
    pub fn add(&mut self, machines: impl IntoIterator<Item = Machine>) {
        self.machines.extend(machines);
        self.capabilities = self.machines.iter().map(|it| &it.capabilities).collect();
    }

    /// The machine of this name.
    #[must_use]
    pub fn machine(&self, name: &str) -> Option<&Machine> {
        self.machines.iter().find(|it| it.name == name)
    }

    /// The manifest as JSON for people to review, with a line end.
    ///
    /// Its first bytes are those by which [`find_in`](Self::find_in) knows it.
    #[must_use]
    pub fn to_json(&self) -> String {
        embed::write(self)
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// Something else, or the manifest of a later format.
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        embed::read(text.as_bytes())
    }

    /// The manifest that a binary carries, found by looking through its bytes.
    #[must_use]
    pub fn find_in(bytes: &[u8]) -> Option<Self> {
        embed::find(bytes)
    }
}
