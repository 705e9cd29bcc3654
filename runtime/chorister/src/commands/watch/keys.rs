//! What each key does.

use super::app::{Action, App, Dialog, Key, Screen};

/// Machines that a page key passes.
const PAGE: isize = 10;

/// Columns that a picture is moved at once.
const SIDE: i32 = 4;

impl App {
    pub(super) fn key(&mut self, key: Key) -> Vec<Action> {
        if self.dialog.is_some() {
            return self.key_in_dialog(key);
        }
        if self.is_filtering {
            return self.key_in_filter(key);
        }
        match key {
            Key::Char('q') => return vec![Action::Quit],
            Key::Char('?' | 'h') => self.dialog = Some(Dialog::Help),
            Key::Char('p') => self.dialog = Some(Dialog::Problems),
            Key::Char('t') if !self.shows_checks() => self.choose_transition(),
            Key::Char('/') => {
                self.screen = self.list();
                self.is_filtering = true;
            }
            Key::Tab => {
                self.screen = match self.shows_checks() {
                    true => Screen::Machines,
                    false => Screen::Checks,
                };
                self.filter.clear();
                return self.refilter();
            }
            Key::Escape | Key::Backspace if self.screen != self.list() => {
                self.screen = self.list();
            }
            Key::Escape => {
                self.filter.clear();
                return self.refilter();
            }
            Key::Enter if self.machine().is_some() => {
                self.scroll = (0, 0);
                self.screen = match self.shows_checks() {
                    true => Screen::Check,
                    false => Screen::Machine,
                };
            }
            key if self.shows_checks()
                && let Some(actions) = self.key_on_check(key) =>
            {
                return actions;
            }
            key if self.screen != self.list() => return self.key_in_picture(key),
            Key::Up | Key::Char('k') => return self.walk(-1),
            Key::Down | Key::Char('j') => return self.walk(1),
            Key::PageUp => return self.walk(-PAGE),
            Key::PageDown => return self.walk(PAGE),
            Key::Home | Key::Char('g') => return self.walk(isize::MIN / 2),
            Key::End | Key::Char('G') => return self.walk(isize::MAX / 2),
            _ => {}
        }
        Vec::new()
    }

    /// The list that the screen belongs to.
    fn list(&self) -> Screen {
        match self.shows_checks() {
            true => Screen::Checks,
            false => Screen::Machines,
        }
    }

    /// Moves the picture, or goes on to the next machine.
    fn key_in_picture(&mut self, key: Key) -> Vec<Action> {
        let (rows, columns) = &mut self.scroll;
        match key {
            Key::Up | Key::Char('k') => *rows -= 1,
            Key::Down | Key::Char('j') => *rows += 1,
            Key::PageUp => *rows -= PAGE as i32,
            Key::PageDown => *rows += PAGE as i32,
            Key::Left => *columns -= SIDE,
            Key::Right => *columns += SIDE,
            Key::Home => (*rows, *columns) = (0, 0),
            Key::Char('n') => return self.walk(1),
            Key::Char('N') => return self.walk(-1),
            _ => {}
        }
        Vec::new()
    }

    fn key_in_filter(&mut self, key: Key) -> Vec<Action> {
        match key {
            Key::Char(char) => self.filter.push(char),
            Key::Backspace => {
                self.filter.pop();
            }
            Key::Enter => self.is_filtering = false,
            Key::Escape => {
                self.is_filtering = false;
                self.filter.clear();
            }
            Key::Up => return self.walk(-1),
            Key::Down => return self.walk(1),
            _ => {}
        }
        self.refilter()
    }

    fn choose_transition(&mut self) {
        let Some(machine) = self.machine() else {
            return;
        };
        let (name, choices) = (machine.name.clone(), machine.available_transitions.clone());
        if choices.is_empty() {
            let text = format!("{name} offers no transition in {}", machine.state);
            self.say(text, true);
            return;
        }
        self.dialog = Some(Dialog::Fire {
            machine: name,
            choices,
            at: 0,
            is_sure: false,
        });
    }

    fn key_in_dialog(&mut self, key: Key) -> Vec<Action> {
        if let Some(Dialog::Maintain(form)) = &mut self.dialog {
            let form = std::mem::take(form);
            self.dialog = None;
            return self.key_in_form(form, key);
        }
        let Some(Dialog::Fire {
            machine,
            choices,
            at,
            is_sure,
        }) = &mut self.dialog
        else {
            self.dialog = None;
            return Vec::new();
        };
        match (key, *is_sure) {
            (Key::Up | Key::Char('k'), false) => *at = at.saturating_sub(1),
            (Key::Down | Key::Char('j'), false) => {
                *at = (*at + 1).min(choices.len().saturating_sub(1));
            }
            (Key::Enter, false) => *is_sure = true,
            (Key::Char('y'), true) => {
                let transition = choices.get(*at).cloned();
                let machine = std::mem::take(machine);
                self.dialog = None;
                let fire = |transition| Action::Fire {
                    machine,
                    transition,
                };
                return transition.map(fire).into_iter().collect();
            }
            (Key::Escape | Key::Char('q'), false) => self.dialog = None,
            (_, true) => *is_sure = false,
            _ => {}
        }
        Vec::new()
    }
}
