//! The log: what the node says about itself on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Sends log records to standard error. `CHORISTER_LOG` says which, as in `debug` or `chorister_engine=debug`.
pub(crate) fn start() {
    let filter =
        EnvFilter::try_from_env("CHORISTER_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false)
        .compact();
    // Under systemd the journal has the time already, and on a terminal the events have it.
    let started = if colour {
        log.without_time().try_init()
    } else {
        log.try_init()
    };
    // A program that embeds us may have its own log.
    drop(started);
}
