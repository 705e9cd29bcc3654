//! Telling one who is to be told, again and again until it is taken.

use core::time::Duration;
use std::sync::Arc;

use tokio::time::sleep;

use super::exec::Command;
use super::spool::{self, Queue};
use crate::EngineHandle;

/// How long one attempt may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// How long to wait after the first attempt that failed; twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// How old a notification may become before nobody wants to hear of it.
const OLDEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Who is told.
pub(super) enum Target {
    Exec(Command),
    #[cfg(feature = "notify-webhook")]
    Webhook(super::webhook::Webhook),
}

/// Why a notification was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It may be later.
    Later(String),
    /// It never will be.
    #[cfg_attr(
        not(feature = "notify-webhook"),
        allow(dead_code, reason = "a command may change its mind")
    )]
    Never(String),
}

/// The one who tells.
pub(super) struct Courier {
    target: Target,
    queue: Arc<Queue>,
}

// === impl Courier ===

impl Courier {
    pub(super) fn new(target: Target, queue: Arc<Queue>) -> Self {
        Self { target, queue }
    }

    /// Tells what waits, one after the other, until it is dropped.
    pub(super) async fn run(self, engine: EngineHandle) {
        let subject = self.target.name();
        let mut failures = 0;
        loop {
            let (number, json) = self.queue.oldest().await;
            let told = self.target.tell(json).await;
            let problem = match &told {
                Ok(()) => {
                    self.queue.told(number);
                    None
                }
                Err(Refusal::Never(reason)) => {
                    self.queue.drop_one(number);
                    Some(format!(
                        "a notification was refused and is given up: {reason}"
                    ))
                }
                Err(Refusal::Later(reason)) => {
                    self.queue.failed();
                    Some(format!("notifications wait: {reason}"))
                }
            };
            failures = if problem.is_some() { failures + 1 } else { 0 };
            // An engine that has stopped has no problems.
            let _ = engine.report("notify", subject.clone(), problem).await;
            if let Err(Refusal::Later(_)) = told {
                if age(number) > OLDEST {
                    self.queue.drop_one(number);
                }
                sleep(pause(failures)).await;
            }
        }
    }
}

/// How long to wait after so many failures in a row.
fn pause(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    FIRST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE)
}

fn age(number: u64) -> Duration {
    Duration::from_millis(spool::now().saturating_sub(number))
}

// === impl Target ===

impl Target {
    /// For operators; without what may be secret.
    fn name(&self) -> String {
        match self {
            Self::Exec(command) => command.name().to_owned(),
            #[cfg(feature = "notify-webhook")]
            Self::Webhook(webhook) => webhook.name().to_owned(),
        }
    }

    async fn tell(&self, json: Vec<u8>) -> Result<(), Refusal> {
        match self {
            Self::Exec(command) => command.tell(json).await,
            #[cfg(feature = "notify-webhook")]
            Self::Webhook(webhook) => webhook.tell(json).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let pauses = [1, 2, 3, 9, 10, 500].map(|it| pause(it).as_secs());
        assert_eq!(pauses, [1, 2, 4, 256, 300, 300]);
    }
}
