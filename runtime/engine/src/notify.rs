//! Telling somebody what became of checks: a command, or a web server.
//!
//! A [`Notification`] is told when a result counts that differs from the one before, when a check begins or ceases to
//! flap, and when its maintenance begins or ends. Nothing else is told of a check that flaps or is in maintenance.
//!
//! What is to be told lies in a [`spool`] in the state directory until it is taken, so it survives a restart and whoever
//! is told may be away for a day; what is older, or finds no room, is dropped and counted. One thread writes the spool
//! and one task tells, so neither a slow disk nor a hook that hangs slows a check.

mod courier;
mod exec;
mod message;
mod spool;
#[cfg(test)]
mod tests;
#[cfg(feature = "notify-webhook")]
mod webhook;

use core::time::Duration;
use std::ffi::OsStr;
use std::future::Future;
use std::path::Path;

use self::courier::Courier;
pub(crate) use self::message::{Happened, Notification};
use self::spool::Spool;
use crate::EngineHandle;
use crate::figures::{self, Figure};

/// Somebody who is told of checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hook {
    /// A command, in words; it reads one notification as JSON from its standard input and ends with 0.
    Exec(Vec<String>),
    /// The URL of a web server; it is sent one notification as JSON and answers 2xx.
    Webhook(String),
}

/// Everybody who is told of checks. Notifications are staged, and told when what they tell is written down.
#[derive(Default)]
pub(crate) struct Notifier {
    couriers: Vec<Courier>,
    spools: Vec<Spool>,
    staged: Vec<Vec<u8>>,
    sealed: Vec<Vec<u8>>,
}

/// What became of notifications since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Those that were taken.
    pub(crate) told: u64,
    /// Attempts that failed.
    pub(crate) failures: u64,
    /// Those that nobody will be told.
    pub(crate) dropped: u64,
    /// Those that wait.
    pub(crate) waiting: u64,
}

// === impl Hook ===

impl Hook {
    /// The program that it runs, by the word that names it.
    #[must_use]
    pub fn program(&self) -> Option<String> {
        match self {
            Self::Exec(words) => words.first().cloned(),
            Self::Webhook(_) => None,
        }
    }

    /// The TCP port that it connects to.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let Self::Webhook(url) = self else {
            return None;
        };
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let host = authority.rsplit('@').next()?;
        let port = host
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok());
        port.or_else(|| Some(if scheme == "https" { 443 } else { 80 }))
    }
}

// === impl Notifier ===

impl Notifier {
    /// Everybody who is told, with a spool below `state_dir` each.
    ///
    /// # Errors
    ///
    /// Who cannot be told, and why.
    pub(crate) fn open(hooks: &[Hook], state_dir: &Path, search: &OsStr) -> Result<Self, String> {
        let mut notifier = Self::default();
        for hook in hooks {
            let (name, target) = match hook {
                Hook::Exec(words) => (
                    "notify-exec",
                    courier::Target::Exec(exec::Command::find(words, search)?),
                ),
                #[cfg(feature = "notify-webhook")]
                Hook::Webhook(url) => (
                    "notify-webhook",
                    courier::Target::Webhook(webhook::Webhook::new(url)?),
                ),
                #[cfg(not(feature = "notify-webhook"))]
                Hook::Webhook(_) => {
                    return Err(
                        "this binary was built without webhooks (feature `notify-webhook`)".into(),
                    );
                }
            };
            let spool = Spool::open(state_dir.join(name)).map_err(|error| error.to_string())?;
            notifier.couriers.push(Courier::new(target, spool.queue()));
            notifier.spools.push(spool);
        }
        Ok(notifier)
    }

    /// Whether anybody is told.
    pub(crate) fn is_idle(&self) -> bool {
        self.spools.is_empty()
    }

    /// Those who tell, each until the engine stops.
    pub(crate) fn run(&mut self, engine: &EngineHandle) -> Vec<impl Future<Output = ()> + use<>> {
        let couriers = self.couriers.drain(..);
        couriers.map(|it| it.run(engine.clone())).collect()
    }

    /// Takes a notification, which waits until what it tells is written down.
    pub(crate) fn tell(&mut self, notification: &Notification<'_>) {
        match serde_json::to_vec(notification) {
            Ok(json) => self.staged.push(json),
            Err(error) => {
                tracing::error!(%error, "A notification cannot be written; this is a bug");
            }
        }
    }

    /// Sets apart what was taken.
    pub(crate) fn seal(&mut self) {
        self.sealed.append(&mut self.staged);
    }

    /// Hands over what was set apart.
    pub(crate) fn settle(&mut self) {
        for json in self.sealed.drain(..) {
            for spool in &self.spools {
                spool.push(json.clone());
            }
        }
    }

    /// Waits until everything is in the spools, but no longer than this.
    pub(crate) fn finish(&mut self, limit: Duration) {
        self.seal();
        self.settle();
        for spool in &mut self.spools {
            spool.finish(limit);
        }
    }

    /// The same for Prometheus.
    pub(crate) fn figures(&self) -> String {
        if self.is_idle() {
            return String::new();
        }
        let mut sum = Tally::default();
        for spool in &self.spools {
            let tally = spool.queue().tally();
            sum.told += tally.told;
            sum.failures += tally.failures;
            sum.dropped += tally.dropped;
            sum.waiting += tally.waiting;
        }
        let figure =
            |name, kind, help, value: u64| -> Figure { (name, kind, help, Some(value as f64)) };
        let figures = [
            figure(
                "told_total",
                "counter",
                "Notifications that were taken",
                sum.told,
            ),
            figure(
                "failures_total",
                "counter",
                "Attempts to notify that failed",
                sum.failures,
            ),
            figure(
                "dropped_total",
                "counter",
                "Notifications that were given up",
                sum.dropped,
            ),
            figure("waiting", "gauge", "Notifications that wait", sum.waiting),
        ];
        figures::render("chorister_notifications_", &figures)
    }
}
