//! The log: what the node says about itself, on standard error or where the configuration has it.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use chorister_settings::settings::Log;
use chorister_settings::value::{LogLevel, LogTarget};
use tracing::field::Field;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

/// Says what is logged, whatever the configuration says.
const BY_HAND: &str = "CHORISTER_LOG";

/// How much is logged, which may change while the node runs.
pub(crate) struct Level(Option<reload::Handle<Targets, Registry>>);

/// Starts the log. `CHORISTER_LOG` says what is in it whatever the configuration says, as in `debug` or
/// `info,chorister_engine=debug`; what cannot be read there is as if it were not set.
///
/// # Errors
///
/// Why its file cannot be written.
pub(crate) fn start(log: &Log) -> Result<Level, String> {
    let by_hand: Option<Targets> = std::env::var(BY_HAND)
        .ok()
        .and_then(|text| text.parse().ok());
    let is_by_hand = by_hand.is_some();
    let (filter, handle) = reload::Layer::new(by_hand.unwrap_or_else(|| targets(log.level)));
    let is_terminal = match &log.file {
        LogTarget::Stderr => io::stderr().is_terminal(),
        LogTarget::Stdout => io::stdout().is_terminal(),
        LogTarget::Discard | LogTarget::File(_) => false,
    };
    let colour = is_terminal && std::env::var_os("NO_COLOR").is_none();
    let layer = fmt::layer()
        .fmt_fields(debug_fn(field).delimited(" "))
        .with_writer(writer(&log.file)?)
        .with_ansi(colour)
        .with_target(false)
        .compact();
    // Under systemd the journal has the time already, and on a terminal the events have it.
    let layer = if colour {
        layer.without_time().boxed()
    } else {
        layer.boxed()
    };
    let started = tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init();
    // A program that embeds us may have its own log, and what an operator asks for stays.
    Ok(Level((started.is_ok() && !is_by_hand).then_some(handle)))
}

/// Starts the log where somebody asks for one: what a command prints is its answer.
///
/// # Errors
///
/// Why it cannot be written.
#[cfg(any(feature = "client", feature = "emulator"))]
pub(crate) fn start_if_asked() -> Result<(), String> {
    if std::env::var_os(BY_HAND).is_none() {
        return Ok(());
    }
    let log = Log {
        file: LogTarget::Stderr,
        level: LogLevel::Warn,
    };
    start(&log).map(drop)
}

/// Writes a field of an event in one line, whatever is in it: much of it was written by others.
fn field(to: &mut Writer<'_>, field: &Field, value: &dyn core::fmt::Debug) -> core::fmt::Result {
    let name = field.name();
    match to.has_ansi_escapes() {
        _ if name == "message" => {}
        true => write!(to, "\x1b[3m{name}\x1b[0m\x1b[2m=\x1b[0m")?,
        false => write!(to, "{name}=")?,
    }
    for character in format!("{value:?}").chars() {
        match character.is_control() {
            true => write!(to, "{}", character.escape_default())?,
            false => to.write_char(character)?,
        }
    }
    Ok(())
}

fn targets(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Error | LogLevel::Fatal => LevelFilter::ERROR,
    };
    let targets = Targets::new().with_default(level);
    match level {
        // What it tells of connections is told by ours, in our words.
        LevelFilter::INFO => targets.with_target("async_nats", LevelFilter::WARN),
        _ => targets,
    }
}

fn writer(target: &LogTarget) -> Result<BoxMakeWriter, String> {
    Ok(match target {
        LogTarget::Stderr => BoxMakeWriter::new(io::stderr),
        LogTarget::Stdout => BoxMakeWriter::new(io::stdout),
        LogTarget::Discard => BoxMakeWriter::new(io::sink),
        LogTarget::File(path) => {
            let file = OpenOptions::new().append(true).create(true).open(path);
            let file = file
                .map_err(|error| format!("cannot write the log to {}: {error}", path.display()))?;
            BoxMakeWriter::new(Arc::new(file))
        }
    })
}

// === impl Level ===

impl Level {
    /// Logs this much from now on.
    pub(crate) fn set(&self, level: LogLevel) {
        if let Some(handle) = &self.0 {
            // The log is there for as long as the process is.
            let _ = handle.reload(targets(level));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// What is written to a log.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panicked").extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_event_is_one_line() {
        let paper = Paper::default();
        let written = paper.clone();
        let layer = fmt::layer()
            .fmt_fields(debug_fn(field).delimited(" "))
            .with_writer(move || written.clone())
            .with_ansi(false)
            .without_time()
            .compact();
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let forged = "a\nWARN b\u{1b}[2J";
            tracing::warn!(caller = %forged, agent = forged, "refused");
        });
        let text = String::from_utf8(paper.0.lock().expect("nobody panicked").clone());
        let text = text.expect("a text");
        assert_eq!(text.lines().count(), 1, "{text}");
        let expect = r#"refused caller=a\nWARN b\u{1b}[2J agent="a\nWARN b\u{1b}[2J""#;
        assert!(text.trim_end().ends_with(expect), "{text}");
    }
}
