//! What is told.

use jiff::Timestamp;
use serde::Serialize;

use crate::{CheckStatus, Standing};

/// What became of a check, as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Notification<'a> {
    /// What happened.
    #[serde(flatten)]
    pub(crate) happened: Happened,
    /// A UUID of its own, so that one that is told twice can be known again.
    pub(crate) id: String,
    /// When it happened.
    pub(crate) time: Timestamp,
    /// The node's name.
    pub(crate) identity: &'a str,
    /// The name of the check.
    pub(crate) name: &'a str,
    /// How the check is now.
    #[serde(flatten)]
    pub(crate) check: &'a CheckStatus,
}

/// What happened to a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Happened {
    /// A result counts that differs from the one before.
    State {
        /// The one before.
        previous: Standing,
    },
    /// Its results change too often to mean anything.
    FlappingStarted,
    /// They mean something again.
    FlappingStopped,
    /// Somebody put it into maintenance.
    MaintenanceStarted,
    /// The maintenance is over.
    MaintenanceEnded,
}
