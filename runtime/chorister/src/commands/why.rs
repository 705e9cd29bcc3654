//! `NAME why`: why a machine is in its state.

use std::fmt::Write;

use chorister_engine::recorder::{Attempted, Because, Observation, Origin, Passage, Refusal, Why};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::ask::{Style, connect, json};
use super::time::length;
use super::{Failure, print};
use crate::Distribution;
use crate::args;

/// How much of an output is shown, in characters.
const SHOWN: usize = 120;

pub(super) fn run(distribution: &Distribution, arguments: &args::Why) -> Result<(), Failure> {
    let mut client = connect(distribution, &arguments.asking.state)?;
    let now = Timestamp::now();
    let since = arguments
        .since
        .map(|it| now.saturating_sub(it).unwrap_or(now));
    let why = client.why(&arguments.machine, since)?;
    if arguments.asking.json {
        return json(&why);
    }
    print(text(&why, &now.to_zoned(TimeZone::system())))
}

/// The answer in words.
fn text(why: &Why, now: &Zoned) -> String {
    let mut text = String::new();
    for (place, passage) in why.passages.iter().enumerate() {
        let line = match place {
            0 => format!(
                "{} is {} since {}",
                why.machine,
                state(passage),
                when(passage.entered, now)
            ),
            _ => format!(
                "before that it was {} since {}",
                state(passage),
                clock(passage.entered, now)
            ),
        };
        let _ = write!(text, "{line}");
        if let Some(left) = passage.left {
            let _ = write!(text, ", for {}", span(left.duration_since(passage.entered)));
        }
        text.push('\n');
        because(&passage.because, "  ", now, &mut text);
        if place == 0 && !why.attempts.is_empty() {
            text.push_str("  since then\n");
            for attempt in &why.attempts {
                let _ = writeln!(text, "    {}", attempted(attempt, &passage.state, now));
            }
        }
    }
    if why.is_cut {
        let more = "more is recorded: --since goes further back";
        let _ = writeln!(text, "{}", Style::Faint.paint(more));
    }
    text
}

fn state(passage: &Passage) -> String {
    Style::Strong.paint(&passage.state)
}

fn because(because: &Because, indent: &str, now: &Zoned, text: &mut String) {
    let what = match &because.cause {
        Origin::Watcher(it) => observed(it, now),
        Origin::Operator => "an operator asked for it".to_owned(),
        Origin::Machine { machine, event, .. } => format!("{machine} completed `{event}`"),
        Origin::Started { restored: true, .. } => {
            "the node was restarted and it went on where it was".to_owned()
        }
        Origin::Started { version, .. } => format!("it was started, as version {version}"),
        Origin::Unknown => "… the reason is not recorded any more".to_owned(),
    };
    let _ = writeln!(text, "{indent}because {what}");
    if let Origin::Machine {
        because: Some(further),
        ..
    } = &because.cause
    {
        self::because(further, &format!("{indent}  "), now, text);
    }
    if let (Some(transition), Some(from)) = (&because.transition, &because.from) {
        let _ = write!(text, "{indent}which fired `{transition}` in {from}");
        if let Some(delay) = because.delayed {
            let _ = write!(text, ", {} later because it came too often", short(delay));
        }
        text.push('\n');
    }
}

/// What a watcher came to.
fn observed(it: &Observation, now: &Zoned) -> String {
    let mut text = match (it.kind.as_str(), it.outcome.as_str(), it.runtime) {
        ("timer", "stopped", Some(ran)) => {
            format!("timer {} ran out after {}", it.watcher, short(ran))
        }
        ("timer", "stopped", None) => format!("timer {} ran out", it.watcher),
        ("schedule", "on", _) => format!("schedule {} came on", it.watcher),
        ("schedule", "off", Some(was)) => {
            format!("schedule {} went off after {}", it.watcher, short(was))
        }
        ("httpswitch", outcome, _) => format!("somebody turned switch {} {outcome}", it.watcher),
        (_, outcome, _) => format!("{} came to {outcome}", it.watcher),
    };
    match it.times {
        1 => {
            let _ = write!(text, " at {}", clock(it.time, now));
        }
        times => {
            let _ = write!(text, " {times} times, last at {}", clock(it.time, now));
        }
    }
    let mut details = Vec::new();
    details.extend(it.exit.map(|it| format!("exit {it}")));
    details.extend(it.reason.clone());
    if it.kind != "timer" && it.kind != "schedule" {
        details.extend(it.runtime.map(|it| format!("after {}", short(it))));
    }
    if !details.is_empty() {
        let _ = write!(text, " ({})", details.join(", "));
    }
    if let Some(output) = &it.output {
        let line = output.lines().next().unwrap_or_default();
        let shown: String = line
            .chars()
            .filter(|it| !it.is_control())
            .take(SHOWN)
            .collect();
        let cut = if shown.len() < output.len() {
            "…"
        } else {
            ""
        };
        let _ = write!(
            text,
            ": {}",
            Style::Faint.paint(&format!("\"{shown}{cut}\""))
        );
    }
    text
}

/// What did not change the state.
fn attempted(it: &Attempted, state: &str, now: &Zoned) -> String {
    let mut text = match &it.cause {
        Origin::Watcher(it) => observed(it, now),
        Origin::Operator => format!("an operator asked at {}", clock(it.last, now)),
        Origin::Machine { machine, event, .. } => {
            format!("{machine} completed `{event}` at {}", clock(it.last, now))
        }
        Origin::Started { .. } | Origin::Unknown => {
            format!("something asked at {}", clock(it.last, now))
        }
    };
    if let (Some(transition), Some(verdict)) = (&it.transition, it.verdict) {
        let _ = match verdict {
            Refusal::Stayed => write!(text, "; `{transition}` stays in {state}"),
            Refusal::Delayed => write!(text, "; `{transition}` came too often and had to wait"),
            Refusal::Coalesced => write!(text, "; `{transition}` was waiting already"),
            Refusal::Refused => write!(text, "; {state} does not offer `{transition}`"),
            Refusal::Stale => {
                write!(
                    text,
                    "; too late for `{transition}`, it began before {state} was entered"
                )
            }
            Refusal::Dropped => write!(text, "; `{transition}` was dropped, its state was left"),
        };
    }
    text
}

/// A time of day, with the date where it is not today's.
fn clock(time: Timestamp, now: &Zoned) -> String {
    let local = time.to_zoned(now.time_zone().clone());
    let format = if local.date() == now.date() {
        "%H:%M:%S"
    } else {
        "%Y-%m-%d %H:%M:%S"
    };
    local.strftime(format).to_string()
}

/// A time of day and how long ago that was.
fn when(time: Timestamp, now: &Zoned) -> String {
    let ago = now.timestamp().duration_since(time);
    format!("{} ({} ago)", clock(time, now), length(ago.as_secs()))
}

fn span(span: SignedDuration) -> String {
    match span.as_secs() {
        0 => format!("{} ms", span.as_millis().max(0)),
        seconds => length(seconds),
    }
}

/// A number of seconds: fractions of a minute as such.
fn short(seconds: f64) -> String {
    let span = SignedDuration::try_from_secs_f64(seconds).unwrap_or_default();
    match span.as_secs() {
        0 => format!("{} ms", span.as_millis()),
        1..60 if span.subsec_millis() > 0 => format!("{seconds:.1}s"),
        whole => length(whole),
    }
}
