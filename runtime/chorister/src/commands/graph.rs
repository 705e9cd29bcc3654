//! `NAME machines MACHINE --graph`: the picture of a machine as it is now.

use std::fmt::Write as _;

use chorister_diagram::{Charset, Diagram, Ink, Room, draw};
use chorister_engine::MachineStatus;
use serde::Serialize;

use super::ask::{Style, json};
use super::time::{length, now};
use super::{Failure, portrait, print};

/// The width of a picture that is not for a terminal.
const WIDTH: usize = 100;

/// How many transitions are listed.
const STEPS: usize = 5;

pub(super) fn run(
    diagram: &Diagram,
    machine: &MachineStatus,
    as_json: bool,
) -> Result<(), Failure> {
    if as_json {
        #[derive(Serialize)]
        struct Whole<'a> {
            diagram: &'a Diagram,
            machine: &'a MachineStatus,
        }
        return json(&Whole { diagram, machine });
    }
    let room = Room {
        width: width(),
        height: usize::MAX,
        charset: Charset::of_environment(|name| std::env::var(name).ok()),
    };
    let now = now();
    let marks = portrait::marks(diagram, machine, now);
    let mut text = format!(
        "{} {} is {} since {}\n\n",
        machine.name,
        machine.version,
        Style::Good.paint(&machine.state),
        length(now.saturating_sub(machine.since)),
    );
    text.push_str(&draw(diagram, &marks, room).text(paint));
    let offers = if machine.available_transitions.is_empty() {
        "nothing".to_owned()
    } else {
        machine.available_transitions.join(" ")
    };
    let _ = writeln!(text, "\n  offers     {offers}");
    for (nth, step) in portrait::moves(machine).rev().take(STEPS).enumerate() {
        let heading = if nth == 0 { "lately" } else { "" };
        let (age, from) = (
            length(now.saturating_sub(step.at)),
            step.from.unwrap_or("…"),
        );
        let stayed = step.stayed.map(|it| format!(", after {}", length(it)));
        let _ = writeln!(
            text,
            "  {heading:<9} {age:>6} ago  {}  {from} → {}{}",
            step.transition,
            step.to,
            stayed.unwrap_or_default()
        );
    }
    print(text)
}

/// The columns of the terminal.
fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stdout());
    let columns = size.map_or(0, |it| usize::from(it.ws_col));
    if columns == 0 { WIDTH } else { columns }
}

fn paint(ink: Ink, text: &str) -> String {
    let style = match ink {
        Ink::Plain => return text.to_owned(),
        Ink::Faint => Style::Faint,
        Ink::Strong => Style::Strong,
        Ink::Name => Style::Name,
        Ink::Good | Ink::Current => Style::Good,
        Ink::Path | Ink::Recent => Style::Recent,
    };
    style.paint(text)
}
