//! Lines for people.

use core::fmt::Write as _;
use core::time::Duration;

use chorister_fsm::{Happening, Level, Outcome, Remark, Report};
use chorister_ir::{Machine, Watcher, WatcherKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::{ChecksEvent, Event};

/// Writes events as lines whose columns stand below each other.
///
/// ```text
/// 14:03:07  lamp        ● off → on  by turn_on
/// 14:03:07  lamp#dusk   ✓ exec success in 12 ms  ./is-dark --lux 40
/// 14:03:12  lamp#glow   ◔ timer running for 5 s
/// ```
///
/// Control characters in names and commands are not passed on.
#[derive(Clone, Debug)]
pub struct Console {
    zone: TimeZone,
    colour: bool,
    width: usize,
}

/// The column of names does not grow beyond this.
const WIDEST: usize = 48;

/// What follows the outcome is cut after this many characters.
const LONGEST: usize = 100;

#[derive(Clone, Copy)]
enum Tone {
    Plain,
    Dim,
    Bold,
    Good,
    Bad,
    Busy,
}

/// What one line says.
struct Line {
    tone: Tone,
    mark: char,
    what: String,
    detail: String,
}

// === impl Console ===

impl Console {
    /// Lines with times in this zone, with or without colours.
    #[must_use]
    pub fn new(zone: TimeZone, colour: bool) -> Self {
        Self {
            zone,
            colour,
            width: 16,
        }
    }

    /// Makes room for the names of a machine, so that the columns do not move later.
    pub fn widen(&mut self, machine: &Machine) {
        let watcher = machine
            .watchers
            .iter()
            .map(|it| it.name.chars().count() + 1)
            .max();
        self.make_room(machine.name.chars().count() + watcher.unwrap_or(0));
    }

    /// Appends an event, with a line feed.
    pub fn write(&mut self, event: &Event<'_>, out: &mut String) {
        let (name, line, dim) = match &event.notice.happening {
            Happening::Transition {
                transition,
                from,
                to,
            } => {
                let states = [*from, *to].map(|it| plain(event.machine.state(it)));
                let line = Line {
                    tone: Tone::Bold,
                    mark: '●',
                    what: format!("{} → {}", states[0], states[1]),
                    detail: format!("by {}", event.machine.transition(*transition)),
                };
                (event.machine.name.as_ref().to_owned(), line, false)
            }
            Happening::Watcher {
                watcher,
                report,
                announced,
            } => {
                let Some(watcher) = event.watcher(*watcher) else {
                    return;
                };
                let name = format!("{}#{}", event.machine.name, watcher.name);
                (name, describe(event, watcher, report), *announced)
            }
        };
        self.line(event.notice.time, &name, line, dim, out);
    }

    /// Appends a remark, with a line feed.
    pub fn write_remark(
        &mut self,
        time: Timestamp,
        machine: &Machine,
        remark: &Remark,
        out: &mut String,
    ) {
        let watcher = remark
            .watcher
            .and_then(|id| machine.watchers.get(usize::from(id.0)));
        let name = match watcher {
            Some(watcher) => format!("{}#{}", machine.name, watcher.name),
            None => machine.name.as_ref().to_owned(),
        };
        let (tone, mark) = match remark.level {
            Level::Warning => (Tone::Busy, '!'),
            Level::Info => (Tone::Plain, '·'),
            Level::Debug => (Tone::Dim, '·'),
        };
        let line = Line {
            tone,
            mark,
            what: remark.text.to_string(),
            detail: String::new(),
        };
        self.line(time, &name, line, false, out);
    }

    /// Appends how all checks are together, with a line feed.
    pub fn write_checks(&mut self, event: &ChecksEvent<'_>, out: &mut String) {
        let counts = event.counts.iter().filter(|it| it.1 > 0);
        let counts: Vec<_> = counts
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let (tone, mark) = match event.failing {
            [] => (Tone::Good, '✓'),
            _ => (Tone::Bad, '✗'),
        };
        let line = Line {
            tone,
            mark,
            what: counts.join(", "),
            detail: event.failing.join(" "),
        };
        self.line(event.time, "checks", line, false, out);
    }

    fn line(&mut self, time: Timestamp, name: &str, line: Line, announced: bool, out: &mut String) {
        let name = plain(name);
        let length = name.chars().count();
        self.make_room(length);
        let gap = self.width.saturating_sub(length);
        let tone = if announced { Tone::Dim } else { line.tone };
        let clock = time.to_zoned(self.zone.clone()).strftime("%H:%M:%S");
        // Writing to a string does not fail.
        let _ = write!(
            out,
            "{}  {name}{:gap$}  ",
            self.paint(Tone::Dim, &clock.to_string()),
            ""
        );
        let text = format!("{} {}", line.mark, plain(&line.what));
        out.push_str(&self.paint(tone, &text));
        let detail = plain(&line.detail);
        if !detail.is_empty() {
            let _ = write!(out, "  {}", self.paint(Tone::Dim, &cut(&detail)));
        }
        if announced {
            let _ = write!(out, "  {}", self.paint(Tone::Dim, "(announced)"));
        }
        out.push('\n');
    }

    fn make_room(&mut self, length: usize) {
        self.width = self.width.max(length.min(WIDEST));
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.colour => return text.to_owned(),
            Tone::Plain => return text.to_owned(),
            Tone::Dim => "2",
            Tone::Bold => "1",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Busy => "33",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

fn describe(event: &Event<'_>, watcher: &Watcher, report: &Report) -> Line {
    let kind = event.kind().name();
    let (tone, mark) = look(report);
    let (what, detail) = match (report, &watcher.kind) {
        (Report::Exec { outcome, runtime }, WatcherKind::Exec(exec)) => (
            ran(kind, *outcome, *runtime),
            exec.command.source.as_ref().to_owned(),
        ),
        (Report::File { outcome }, WatcherKind::File(file)) => {
            let path = event.directory.join(file.path.as_ref());
            (
                format!("{kind} {}", outcome.as_str()),
                path.to_string_lossy().into_owned(),
            )
        }
        (
            Report::Archive {
                source,
                outcome,
                runtime,
            },
            _,
        ) => (ran(kind, *outcome, *runtime), source.to_string()),
        (
            Report::Timer {
                state: Outcome::Running,
                length,
            },
            _,
        ) => (
            format!("{kind} running for {}", human(*length)),
            String::new(),
        ),
        (
            Report::Metric {
                measurement,
                runtime,
            },
            _,
        ) => {
            let mut values = String::new();
            for (name, value) in &measurement.metrics {
                let _ = write!(values, "{name}={} ", short(*value));
            }
            (
                format!("{kind} in {}", human(*runtime)),
                values.trim_end().to_owned(),
            )
        }
        (Report::Nagios(state), _) => {
            let status = state.status.map_or("not checked", |it| it.as_str());
            let what = match state.attempt {
                Some((attempt, of)) => format!("{status}, {attempt} of {of}"),
                None => status.to_owned(),
            };
            let text = state.output.split('|').next().unwrap_or_default();
            (what, text.trim_end().to_owned())
        }
        (Report::Kv { state }, WatcherKind::Kv(kv)) => (
            format!("{kind} {}", state.as_str()),
            format!("{} of {}", kv.key.source, kv.bucket),
        ),
        (Report::Gossip(told), _) => (
            kind.to_owned(),
            told.as_ref()
                .map_or_else(String::new, |it| it.subject.clone()),
        ),
        (
            Report::Plugins {
                plugins,
                outcome,
                runtime,
            },
            _,
        ) => (ran(kind, *outcome, *runtime), plugins.join(", ")),
        (Report::Expression { outcome }, _) => (
            format!("{kind} {}", outcome.as_str().replace('_', " ")),
            String::new(),
        ),
        _ => {
            let outcome = report.outcome().map_or("", Outcome::as_str);
            (format!("{kind} {outcome}"), String::new())
        }
    };
    Line {
        tone,
        mark,
        what,
        detail,
    }
}

/// Colour and mark.
fn look(report: &Report) -> (Tone, char) {
    match report.outcome() {
        None => (Tone::Plain, '≡'),
        Some(Outcome::Error | Outcome::Critical) => (Tone::Bad, '✗'),
        Some(Outcome::FailedWhen | Outcome::Warning) => (Tone::Busy, '✗'),
        Some(
            Outcome::Success
            | Outcome::SuccessWhen
            | Outcome::Changed
            | Outcome::Verified
            | Outcome::Downloaded
            | Outcome::Updated,
        ) => (Tone::Good, '✓'),
        Some(Outcome::Unchanged | Outcome::NoMatch) => (Tone::Plain, '='),
        Some(Outcome::Running) => (Tone::Busy, '◔'),
        Some(Outcome::On) => (Tone::Good, '◉'),
        Some(Outcome::Off | Outcome::Stopped) => (Tone::Plain, '○'),
        Some(Outcome::Unknown | Outcome::Skipped) => (Tone::Dim, '·'),
    }
}

fn ran(kind: &str, outcome: Outcome, runtime: Duration) -> String {
    match outcome {
        Outcome::Unknown | Outcome::Skipped => format!("{kind} {}", outcome.as_str()),
        _ => format!("{kind} {} in {}", outcome.as_str(), human(runtime)),
    }
}

/// A duration with two or three figures that matter.
fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match seconds {
        0 if duration < Duration::from_millis(1) => format!("{} µs", duration.as_micros()),
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!(
            "{} s",
            short((duration.as_secs_f64() * 10.0).floor() / 10.0)
        ),
        60..3_600 => join([(minutes, "m"), (seconds % 60, "s")]),
        3_600..86_400 => join([(hours, "h"), (minutes, "m")]),
        _ => join([(days, "d"), (hours, "h")]),
    }
}

fn join([(large, unit), (small, part)]: [(u64, &str); 2]) -> String {
    if small == 0 {
        format!("{large}{unit}")
    } else {
        format!("{large}{unit}{small}{part}")
    }
}

/// A number with three digits after the point at most.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The text without characters that would move the cursor.
fn plain(text: &str) -> String {
    text.chars()
        .map(|it| match it {
            '\n' | '\t' => ' ',
            it if it.is_control() => '\u{fffd}',
            it => it,
        })
        .collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
