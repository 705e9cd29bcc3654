//! What comes from the node, and what is asked of it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use chorister_engine::control::{Client, ClientError};

use super::app::{Action, Event};
use crate::commands::chain;

/// How long to wait before a node that does not answer is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// Tells what changes, for ever: a node that was restarted is found again.
pub(super) fn follow(directory: PathBuf, machines: Vec<String>, events: SyncSender<Event>) {
    thread::spawn(move || {
        loop {
            let Err(error) = listen(&directory, &machines, &events) else {
                return;
            };
            if events.send(Event::Lost(chain(&error))).is_err() {
                return;
            }
            thread::sleep(AGAIN);
        }
    });
}

/// Passes on updates until nobody wants them any more.
fn listen(
    directory: &Path,
    machines: &[String],
    events: &SyncSender<Event>,
) -> Result<(), ClientError> {
    let mut updates = Client::connect(directory)?.watch(machines)?;
    loop {
        let update = updates.next_update()?;
        if events.send(Event::Update(Box::new(update))).is_err() {
            return Ok(());
        }
    }
}

/// Asks the node for something; what it says is an event.
pub(super) fn carry_out(directory: &Path, action: Action) -> Event {
    match action {
        Action::Draw(machine) => {
            let diagram = Client::connect(directory).and_then(|mut it| it.diagram(&machine));
            match diagram {
                Ok(diagram) => Event::Diagram(Box::new(diagram)),
                // The next update tells more.
                Err(_) => Event::Tick,
            }
        }
        Action::Fire {
            machine,
            transition,
        } => {
            let fired =
                Client::connect(directory).and_then(|mut it| it.fire(&machine, &transition));
            Event::Fired {
                outcome: fired.map_err(|error| chain(&error)),
                machine,
                transition,
            }
        }
        Action::Steer { order, check } => {
            let steered =
                Client::connect(directory).and_then(|mut it| it.steer(order, vec![check]));
            Event::Steered(steered.map_err(|error| chain(&error)))
        }
        Action::Quit => Event::Quit,
    }
}
