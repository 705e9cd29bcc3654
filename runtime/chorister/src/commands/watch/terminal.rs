//! The terminal: a screen that is given back, keys, and signals.

use std::io;
use std::sync::mpsc::SyncSender;
use std::thread;

use ratatui::DefaultTerminal;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{self, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::layout::Rect;
use tokio::signal::unix::{SignalKind, signal};

use super::app::{Event, Key};

/// The whole screen. Dropping it gives the terminal back as it was; a panic does so too.
pub(super) struct Screen {
    terminal: DefaultTerminal,
}

// === impl Screen ===

impl Screen {
    pub(super) fn enter() -> io::Result<Self> {
        let terminal = ratatui::try_init()?;
        Ok(Self { terminal })
    }

    pub(super) fn draw(&mut self, render: impl FnOnce(Rect, &mut Buffer)) -> io::Result<()> {
        self.terminal
            .draw(|frame| render(frame.area(), frame.buffer_mut()))?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// Passes on keys and changes of size.
pub(super) fn read_keys(events: SyncSender<Event>) {
    thread::spawn(move || {
        loop {
            let event = match event::read() {
                Ok(event::Event::Key(it)) if it.kind != KeyEventKind::Release => {
                    let is_control = it.modifiers.contains(KeyModifiers::CONTROL);
                    match key(it.code, is_control) {
                        Some(event) => event,
                        None => continue,
                    }
                }
                Ok(event::Event::Resize(..)) => Event::Tick,
                Ok(_) => continue,
                // The terminal has gone.
                Err(_) => Event::Quit,
            };
            let is_last = matches!(event, Event::Quit);
            if events.send(event).is_err() || is_last {
                return;
            }
        }
    });
}

fn key(code: KeyCode, is_control: bool) -> Option<Event> {
    let key = match code {
        KeyCode::Char('c') if is_control => return Some(Event::Quit),
        KeyCode::Char(_) if is_control => return None,
        KeyCode::Char(char) => Key::Char(char),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Tab => Key::Tab,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    };
    Some(Event::Key(key))
}

/// Has signals that would end the process end the dashboard, so that the terminal is given back.
///
/// # Errors
///
/// If signals cannot be caught.
pub(super) fn catch_signals(events: SyncSender<Event>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let (mut interrupt, mut terminate, mut hangup) = {
        let _inside = runtime.enter();
        (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        )
    };
    thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
        });
        // A dashboard that is gone has given the terminal back.
        let _ = events.send(Event::Quit);
    });
    Ok(())
}
