//! `NAME watch`: the checks and machines of the running node, live.
//!
//! The dashboard is a value ([`app`]) that events change and [`view`] draws; what is here connects it to the node, the
//! keyboard, the clock and the terminal.

mod app;
mod checks;
mod feed;
mod keys;
mod terminal;
mod theme;
mod view;

#[cfg(test)]
mod tests;

use std::io::IsTerminal;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use chorister_diagram::Charset;
use chorister_engine::control::Client;

use self::app::{Action, App, Event};
use self::terminal::Screen;
use self::theme::Theme;
use super::ask::state_dir;
use super::time::now;
use super::{Failure, chain, say};
use crate::args::Watch;
use crate::{Distribution, place};

/// How often times that pass are drawn anew.
const TICK: Duration = Duration::from_millis(500);

/// How many events may wait to be drawn; whoever has more waits.
const QUEUE: usize = 64;

pub(super) fn run(distribution: &Distribution, arguments: &Watch) -> Result<(), Failure> {
    let directory = state_dir(distribution, &arguments.state);
    // Whoever asks for a node that is not there hears that at once.
    let client = Client::connect(&directory)?;
    if arguments.json {
        return lines(client, &arguments.machines);
    }
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(Failure::Impossible(format!(
            "a dashboard needs a terminal; `{} watch --json` prints what changes as JSON lines",
            distribution.name
        )));
    }
    let impossible = |error: std::io::Error| {
        Failure::Impossible(format!("the terminal cannot be used: {error}"))
    };
    let (sender, events) = mpsc::sync_channel(QUEUE);
    feed::follow(
        directory.clone(),
        arguments.machines.clone(),
        sender.clone(),
    );
    terminal::catch_signals(sender.clone()).map_err(impossible)?;
    let screen = Screen::enter().map_err(impossible)?;
    terminal::read_keys(sender);
    dashboard(screen, &directory, &events).map_err(impossible)
}

/// Prints what changes, one update a line, until the node stops or nobody reads any more.
fn lines(client: Client, machines: &[String]) -> Result<(), Failure> {
    let mut updates = client.watch(machines)?;
    loop {
        let update = updates.next_update()?;
        let text = serde_json::to_string(&update);
        let text = text.map_err(|error| Failure::Impossible(chain(&error)))?;
        if !say(format_args!("{text}\n"))? {
            return Ok(());
        }
    }
}

fn dashboard(
    mut screen: Screen,
    directory: &Path,
    events: &mpsc::Receiver<Event>,
) -> std::io::Result<()> {
    let charset = Charset::of_environment(|name| std::env::var(name).ok());
    let theme = Theme {
        has_colour: std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty()),
        charset,
    };
    let mut app = App::new(charset, place::user());
    let mut waiting = Vec::new();
    loop {
        screen.draw(|area, buffer| view::render(&app, area, buffer, theme))?;
        waiting.push(match events.recv_timeout(TICK) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => Event::Tick,
            Err(RecvTimeoutError::Disconnected) => Event::Quit,
        });
        // What came meanwhile is drawn together.
        waiting.extend(events.try_iter().take(QUEUE));
        while !waiting.is_empty() {
            let mut actions = Vec::new();
            for event in waiting.drain(..) {
                actions.extend(app.on(event, now()));
            }
            for action in actions {
                match action {
                    Action::Quit => return Ok(()),
                    action => waiting.push(feed::carry_out(directory, action)),
                }
            }
        }
    }
}
