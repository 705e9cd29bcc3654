//! `NAME machines MACHINE --graph`: the picture of a machine as it is now.

use chorister_diagram::{Charset, Diagram, Ink, Room, draw};
use chorister_engine::MachineStatus;
use serde::Serialize;

use super::ask::{Style, json};
use super::time::{ago, length, now};
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
    text.push_str(&format!("\n  offers     {offers}\n"));
    for (nth, step) in machine.history.iter().rev().take(STEPS).enumerate() {
        let heading = if nth == 0 { "lately" } else { "" };
        text.push_str(&format!(
            "  {heading:<10} {:>6} ago  {}: {} → {}\n",
            ago(step.at),
            step.transition,
            step.from,
            step.to
        ));
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
