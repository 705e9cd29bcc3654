//! What a check says of itself, field by field; what it does not say is as in its class.

use core::time::Duration;

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;

use super::{Active, Flapping, Policy, Publish, Retry};
use crate::{List, Pair, Text};

/// What a check says of itself; the rest is as in its class.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Settings::INHERITED))]
pub struct Settings {
    /// Time between two runs.
    pub interval: Option<Duration>,
    /// How long a run may take.
    pub timeout: Option<Duration>,
    /// How a result that differs is confirmed.
    pub retry: Option<RetrySettings>,
    /// When it changes too often to be believed.
    pub flapping: Option<FlappingSettings>,
    /// When it runs.
    pub active: Option<Active>,
    /// Names of checks: while one of them is critical it is skipped.
    pub depends_on: Option<List<Text>>,
    /// Whether the remediation of the class runs.
    pub remediate: Option<bool>,
    /// Free text beside that of the class; an empty value takes one of the class away.
    pub annotations: List<Pair>,
    /// What is published of it.
    pub publish: Option<PublishSettings>,
}

/// What a check says of how a result that differs is confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct RetrySettings {
    /// How many results in a row it takes.
    pub attempts: Option<u32>,
    /// Time between two runs meanwhile.
    pub interval: Option<Duration>,
}

/// What a check says of when it changes too often to be believed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct FlappingSettings {
    /// How many results are looked at.
    pub window: Option<u16>,
    /// The share of changes among them, in percent, from which on it flaps.
    pub high: Option<f64>,
    /// The share below which it does no longer.
    pub low: Option<f64>,
}

/// What a check says of what is published of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct PublishSettings {
    /// Which results are.
    pub policy: Option<Policy>,
    /// Time after which a result is published whatever it is.
    pub summary: Option<Duration>,
}

// === impl Settings ===

impl Settings {
    /// Everything as in the class.
    pub const INHERITED: Self = Self {
        interval: None,
        timeout: None,
        retry: None,
        flapping: None,
        active: None,
        depends_on: None,
        remediate: None,
        annotations: List::EMPTY,
        publish: None,
    };
}

impl RetrySettings {
    /// Completed by what a class says.
    #[must_use]
    pub fn over(self, class: Retry) -> Retry {
        Retry {
            attempts: self.attempts.unwrap_or(class.attempts),
            interval: self.interval.or(class.interval),
        }
    }
}

impl FlappingSettings {
    /// Completed by what a class says.
    #[must_use]
    pub fn over(self, class: Flapping) -> Flapping {
        Flapping {
            window: self.window.unwrap_or(class.window),
            high: self.high.unwrap_or(class.high),
            low: self.low.unwrap_or(class.low),
        }
    }
}

impl PublishSettings {
    /// Completed by what a class says.
    #[must_use]
    pub fn over(self, class: Publish) -> Publish {
        Publish {
            policy: self.policy.unwrap_or(class.policy),
            summary: self.summary.or(class.summary),
        }
    }
}
