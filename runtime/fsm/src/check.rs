//! Checks: what is known of one before it runs, and what it came to.

use core::fmt;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;

use chorister_ir::{Active, Flapping, GossText, List, Machine, Pair, Publish, Retry, SecretSource};
use chorister_lang::Text;
use serde_json::{Map, Value};

/// One check: a class with its parameters filled in.
///
/// The class says which machine it is, this says what that machine runs. Durations are at least a millisecond.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The name of the machine on the wire; unique on a node.
    pub name: Text,
    /// The class.
    pub class: Text,
    /// What is run.
    pub probe: CheckProbe,
    /// Time between two runs.
    pub interval: Duration,
    /// How long a run may take.
    pub timeout: Duration,
    /// When a bad result counts.
    pub retry: Retry,
    /// When it is called flapping.
    pub flapping: Option<Flapping>,
    /// When it runs at all.
    pub active: Option<Active>,
    /// While one of these machines of the node is CRITICAL, it is skipped.
    pub depends_on: Vec<Text>,
    /// What is done about a bad state.
    pub remedy: Option<Remedy>,
    /// Free text for those who show the check, sorted by key.
    pub annotations: Arc<[Pair]>,
    /// What is published.
    pub publish: Publish,
}

/// What a check runs.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckProbe {
    /// A monitoring plugin.
    Plugin {
        /// The program and its arguments; never empty.
        argv: Vec<String>,
        /// Variables for the clean environment.
        environment: Vec<(String, Vec<Piece>)>,
    },
    /// A goss file.
    Goss {
        /// Where its text is.
        file: GossFile,
        /// What templates in it see as `.Vars`.
        vars: Arc<Value>,
    },
    /// A check that is part of the program.
    Native {
        /// Its name.
        name: Text,
        /// Its parameters.
        parameters: Arc<Map<String, Value>>,
    },
}

/// Where the text of a goss file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GossFile {
    /// In the program, and with it those that it includes; it is the first.
    Embedded(List<GossText>),
    /// In a file; absolute.
    Path(PathBuf),
}

/// What is done about a bad state of a check.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// The program and its arguments; never empty.
    pub argv: Vec<String>,
    /// Time between two runs in a bad state.
    pub interval: Duration,
    /// How often it runs before the check is OK again; `None` for any number of times.
    pub attempts: Option<u32>,
    /// How long a run may take.
    pub timeout: Duration,
}

/// A piece of a value in a child's environment.
#[derive(Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// What is read when the child starts, and told to nobody else.
    Secret(SecretSource),
}

/// What is run for a check that is no command.
#[derive(Clone, Debug, PartialEq)]
pub struct Examination {
    /// What.
    pub subject: Subject,
    /// When to end it.
    pub timeout: Duration,
}

/// What an [`Examination`] looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// Nothing: OK as long as the node runs.
    Heartbeat,
    /// What the node says about itself.
    NodeStatus(chorister_ir::NodeStatus),
    /// A goss file.
    Goss {
        /// Where its text is.
        file: GossFile,
        /// What templates in it see as `.Vars`.
        vars: Arc<Value>,
    },
    /// A check that is part of the program.
    Native {
        /// Its name.
        name: Text,
        /// Its parameters.
        parameters: Arc<Map<String, Value>>,
    },
}

impl Check {
    /// The machine that the check is: that of its class, under its own name.
    #[must_use]
    pub fn machine(&self, class: &Machine) -> Machine {
        Machine {
            name: self.name.clone(),
            ..class.clone()
        }
    }
}

/// When a check of this interval runs on this node, as a time after each whole number of intervals since 1970.
///
/// It depends on the names alone, so it stays the same over restarts and reloads, and spreads the checks of a fleet.
#[must_use]
pub fn offset(identity: &str, machine: &str, watcher: &str, interval: Duration) -> Duration {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in [identity, machine, watcher] {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    // FNV leaves the high bits of short texts alike; this mixes them.
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    let interval = interval.as_nanos();
    let offset = (u128::from(hash) * interval) >> 64;
    Duration::from_nanos(u64::try_from(offset).unwrap_or(u64::MAX))
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // It may hold what somebody takes for no secret.
            Self::Text(_) => f.write_str("Text(…)"),
            Self::Secret(source) => f.debug_tuple("Secret").field(source).finish(),
        }
    }
}
