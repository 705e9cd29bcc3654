//! The log: what the node says about itself on standard error.

use std::io::IsTerminal;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Sends log records to standard error. `CHORISTER_LOG` says which, as in `debug` or `info,chorister_engine=debug`; what
/// cannot be read there is as if it were not set.
pub(crate) fn start() {
    let filter = std::env::var("CHORISTER_LOG")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false)
        .compact();
    // Under systemd the journal has the time already, and on a terminal the events have it.
    let log = if colour {
        log.without_time().boxed()
    } else {
        log.boxed()
    };
    // A program that embeds us may have its own log.
    let started = tracing_subscriber::registry()
        .with(log.with_filter(filter))
        .try_init();
    drop(started);
}
