//! A diagram as a list: each state with its ways out.

use unicode_width::UnicodeWidthStr;

use crate::drawing::{Area, Drawing, Ink, Line, harmless};
use crate::{Charset, Diagram, Edge, Marks};

/// The states in order of first mention, each with what happens there.
#[must_use]
pub fn list(diagram: &Diagram, marks: &Marks, charset: Charset) -> Drawing {
    let mut drawing = Drawing::default();
    let mut title = Line::default();
    title.push(Ink::Strong, harmless(&diagram.name));
    title.push(Ink::Plain, " ");
    title.push(Ink::Faint, harmless(&diagram.version));
    drawing.lines.push(title);
    for text in diagram.description.lines() {
        let mut line = Line::default();
        line.push(Ink::Faint, harmless(text));
        drawing.lines.push(line);
    }
    let event_width = widest(diagram.edges.iter().map(|it| it.event.as_str()));
    let state_width = widest(diagram.states.iter().map(|it| it.name.as_str()));
    for (at, state) in diagram.states.iter().enumerate() {
        let edges = diagram.edges.iter().enumerate();
        let out: Vec<(usize, &Edge)> = edges.filter(|(_, it)| it.from == at).collect();
        let is_current = marks.current == Some(at);
        let (mark, ink) = match (is_current, at) {
            (true, _) => ("▶", Ink::Current),
            (false, 0) => ("●", Ink::Good),
            (false, _) => ("○", Ink::Strong),
        };
        let mut remarks = Vec::new();
        if is_current {
            remarks.push("is here".to_owned());
            drawing.focus = Some(Area {
                top: drawing.lines.len() + 1,
                left: 0,
                height: out.len() + 1,
                width: 1,
            });
        }
        if let Some(note) = marks.notes.get(at).filter(|it| !it.is_empty()) {
            remarks.push(harmless(note));
        }
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
            remarks.push(harmless(&state.watchers.join(", ")));
        }
        let mut line = Line::default();
        line.push(ink, format_args!("{mark} {}", harmless(&state.name)));
        if !remarks.is_empty() {
            line.push(Ink::Plain, "  ");
            line.push(Ink::Faint, remarks.join(" · "));
        }
        drawing.lines.extend([Line::default(), line]);
        for (nth, (index, edge)) in out.iter().enumerate() {
            let branch = if nth + 1 == out.len() {
                "└─"
            } else {
                "├─"
            };
            let to = if edge.to == at {
                "(stays)".to_owned()
            } else {
                harmless(diagram.state(edge.to))
            };
            let cause = if edge.causes.is_empty() {
                "on request".to_owned()
            } else {
                harmless(&edge.causes.join(", "))
            };
            let mut line = Line::default();
            line.push(Ink::Faint, format_args!("  {branch}"));
            line.push(Ink::Plain, " ");
            line.push(
                marks.ink(*index).unwrap_or(Ink::Name),
                padded(&harmless(&edge.event), event_width),
            );
            line.push(Ink::Plain, " ");
            line.push(Ink::Faint, "→");
            let to = padded(&to, state_width.max("(stays)".len()));
            line.push(Ink::Plain, format_args!(" {to}  "));
            line.push(Ink::Faint, cause);
            drawing.lines.push(line);
        }
    }
    if charset == Charset::Ascii {
        drawing.without_unicode();
    }
    drawing
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts
        .map(|it| harmless(it).width())
        .max()
        .unwrap_or(0)
        .min(40)
}

fn padded(text: &str, width: usize) -> String {
    let pad = width.saturating_sub(text.width());
    format!("{text}{:pad$}", "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::lamp;

    #[test]
    fn every_state_shows_its_ways_out() {
        assert_eq!(
            list(&lamp(), &Marks::default(), Charset::Unicode).plain(),
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
