//! A diagram as lines for a terminal: each state with its ways out.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::{Diagram, Edge};
use crate::console::Styles;

/// The states in order of first mention, each with what happens there.
pub(crate) fn text(diagram: &Diagram, styles: &Styles) -> String {
    let Styles {
        strong,
        name,
        faint,
        good,
        ..
    } = styles;
    let mut text = String::new();
    let title = plain(&diagram.name);
    let version = plain(&diagram.version);
    let _ = writeln!(text, "{strong}{title}{strong:#} {faint}{version}{faint:#}");
    for line in diagram.description.lines() {
        let _ = writeln!(text, "{faint}{}{faint:#}", plain(line));
    }
    let event_width = widest(diagram.edges.iter().map(|it| plain(&it.event)));
    let state_width = widest(diagram.states.iter().map(|it| plain(&it.name)));
    for (at, state) in diagram.states.iter().enumerate() {
        let out: Vec<&Edge> = diagram.edges.iter().filter(|it| it.from == at).collect();
        let (mark, style) = if at == 0 {
            ("●", good)
        } else {
            ("○", strong)
        };
        let mut remarks = Vec::new();
        if at == 0 {
            remarks.push("starts here".to_owned());
        }
        if !state.reachable {
            remarks.push("cannot be entered".to_owned());
        }
        if out.is_empty() {
            remarks.push("no way out".to_owned());
        }
        if !state.watchers.is_empty() {
            remarks.push(plain(&state.watchers.join(", ")));
        }
        let _ = write!(text, "\n{style}{mark} {}{style:#}", plain(&state.name));
        if !remarks.is_empty() {
            let _ = write!(text, "  {faint}{}{faint:#}", remarks.join(" · "));
        }
        text.push('\n');
        for (nth, edge) in out.iter().enumerate() {
            let branch = if nth + 1 == out.len() {
                "└─"
            } else {
                "├─"
            };
            let event = padded(&plain(&edge.event), event_width);
            let to = if edge.to == at {
                "(stays)".to_owned()
            } else {
                plain(diagram.state(edge.to))
            };
            let to = padded(&to, state_width.max("(stays)".len()));
            let cause = match edge.causes.as_slice() {
                [] => "on request".to_owned(),
                causes => plain(
                    &causes
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(", "),
                ),
            };
            let _ = writeln!(
                text,
                "{faint}  {branch}{faint:#} {name}{event}{name:#} {faint}→{faint:#} {to}  {faint}{cause}{faint:#}"
            );
        }
    }
    text
}

/// Text without what a terminal would obey.
fn plain(text: &str) -> String {
    text.chars()
        .map(|it| if it.is_control() { '\u{fffd}' } else { it })
        .collect()
}

fn widest(texts: impl Iterator<Item = String>) -> usize {
    texts.map(|it| it.width()).max().unwrap_or(0).min(40)
}

fn padded(text: &str, width: usize) -> String {
    let pad = width.saturating_sub(text.width());
    format!("{text}{:pad$}", "")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{LAMP, diagram};
    use super::*;

    #[test]
    fn every_state_shows_its_ways_out() {
        assert_eq!(
            text(&diagram(LAMP), &Styles::plain()),
            "\
lamp 1.0.0
Lights up when it gets dark

● OFF  starts here · dusk
  ├─ turn_on             → ON           dusk is over
  └─ turn_off            → (stays)      on request

○ ON
  ├─ turn_off            → OFF          on request
  └─ break \"it\"; now: #1 → broken lamp  on request

○ broken lamp  no way out
"
        );
    }
}
