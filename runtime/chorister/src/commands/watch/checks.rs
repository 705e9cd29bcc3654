//! The checks of the dashboard: which are shown in what order, and what is done with them.

use chorister_engine::{CheckStatus, Fired, MachineStatus, Maintenance, Order, Standing, Steered};
use jiff::Timestamp;

use super::app::{Action, App, Dialog, Key, Screen};

/// In what order checks are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Those that want attention most come first.
    #[default]
    Severity,
    Name,
    /// Those that changed last come first.
    Change,
}

/// What an operator says of a maintenance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) check: String,
    pub(crate) reason: String,
    /// How long, as it is typed; empty for no end.
    pub(crate) length: String,
    pub(crate) field: Field,
    /// What is wrong with the length.
    pub(crate) problem: Option<String>,
}

/// What is being typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Field {
    #[default]
    Reason,
    Length,
}

/// How many checks there are of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) all: usize,
    /// In the order of [`Standing::ALL`].
    pub(crate) standings: [usize; 5],
    pub(crate) stale: usize,
    pub(crate) flapping: usize,
}

impl App {
    /// Whether checks are on the screen, and not machines.
    pub(crate) fn shows_checks(&self) -> bool {
        matches!(self.screen, Screen::Checks | Screen::Check)
    }

    /// The chosen check, if it is shown.
    pub(crate) fn check(&self) -> Option<(&MachineStatus, &CheckStatus)> {
        let machine = self.machine()?;
        Some((machine, machine.check.as_deref()?))
    }

    /// Whether a machine is among the checks that are listed.
    pub(super) fn lists(&self, machine: &MachineStatus) -> bool {
        let Some(check) = &machine.check else {
            return false;
        };
        let wanted = self.filter.to_lowercase();
        let texts = [
            machine.name.as_str(),
            check.status.as_str(),
            check.class.as_deref().unwrap_or_default(),
            check.summary(),
        ];
        let is_found = texts.iter().any(|it| it.to_lowercase().contains(&wanted));
        is_found && (!self.only_failing || check.is_failing(self.now))
    }

    /// Puts checks in order.
    pub(super) fn sort(&self, checks: &mut [&MachineStatus]) {
        match self.sort {
            // They come in order of name.
            Sort::Name => {}
            Sort::Severity => checks.sort_by_key(|it| {
                let severity = it.check.as_ref().map_or(0, |it| {
                    it.status
                        .severity()
                        .max(u8::from(it.is_stale(self.now)) * 2)
                });
                core::cmp::Reverse(severity)
            }),
            Sort::Change => checks.sort_by_key(|it| core::cmp::Reverse(it.since)),
        }
    }

    /// How many checks there are, whatever is shown of them.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for check in self.machines.values().filter_map(|it| it.check.as_deref()) {
            counts.all += 1;
            let standings = counts.standings.iter_mut().zip(Standing::ALL);
            for (count, standing) in standings {
                *count += usize::from(check.status == standing);
            }
            counts.stale += usize::from(check.is_stale(self.now));
            counts.flapping += usize::from(check.flapping);
        }
        counts
    }

    /// Does what a key means where checks are on the screen; `None` where it means nothing special.
    pub(super) fn key_on_check(&mut self, key: Key) -> Option<Vec<Action>> {
        match key {
            Key::Char('s') if self.screen == Screen::Checks => self.sort = self.sort.next(),
            Key::Char('a') if self.screen == Screen::Checks => {
                self.only_failing = !self.only_failing;
                return Some(self.refilter());
            }
            Key::Char('f') => return self.steer(|_| Order::Force),
            Key::Char('r') => return self.steer(|_| Order::Resume),
            Key::Char('m') => {
                let check = self.check()?.0.name.clone();
                self.dialog = Some(Dialog::Maintain(Form {
                    check,
                    length: "1h".to_owned(),
                    ..Form::default()
                }));
            }
            Key::Char('d') => {
                self.screen = Screen::Machine;
                self.scroll = (0, 0);
                return Some(self.refilter());
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    fn steer(&self, order: impl FnOnce(&CheckStatus) -> Order) -> Option<Vec<Action>> {
        let (machine, check) = self.check()?;
        Some(vec![Action::Steer {
            order: order(check),
            check: machine.name.clone(),
        }])
    }

    /// Does what a key means in the form of a maintenance.
    pub(super) fn key_in_form(&mut self, mut form: Form, key: Key) -> Vec<Action> {
        let text = match form.field {
            Field::Reason => &mut form.reason,
            Field::Length => &mut form.length,
        };
        match key {
            Key::Escape => return Vec::new(),
            Key::Char(char) => text.push(char),
            Key::Backspace => {
                text.pop();
            }
            Key::Enter if form.field == Field::Length => match form.until(self.now) {
                Ok(until) => {
                    return vec![Action::Steer {
                        order: Order::Maintain(Maintenance {
                            until,
                            reason: form.reason,
                            owner: self.user.clone(),
                        }),
                        check: form.check,
                    }];
                }
                Err(problem) => form.problem = Some(problem),
            },
            Key::Enter | Key::Tab | Key::Up | Key::Down => form.field = form.field.other(),
            _ => {}
        }
        self.dialog = Some(Dialog::Maintain(form));
        Vec::new()
    }

    /// Says what came of steering a check.
    pub(super) fn steered(&mut self, outcome: Result<Vec<Steered>, String>) {
        let steered = match outcome {
            Ok(steered) => steered,
            Err(reason) => return self.say(reason, true),
        };
        for Steered { check, outcome } in steered {
            match outcome {
                Ok(Fired::Done { state }) => self.say(format!("{check} is now {state}"), false),
                Ok(Fired::Delayed { milliseconds }) => {
                    let text = format!("{check} follows in {milliseconds} ms: it came too often");
                    self.say(text, false);
                }
                Ok(Fired::Refused { state, .. }) => {
                    self.say(
                        format!("{check} is {state}, which does not offer that"),
                        true,
                    );
                }
                Err(reason) => self.say(reason, true),
            }
        }
    }
}

// === impl Sort ===

impl Sort {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Severity => "worst first",
            Self::Name => "by name",
            Self::Change => "changed last first",
        }
    }

    const fn next(self) -> Self {
        match self {
            Self::Severity => Self::Name,
            Self::Name => Self::Change,
            Self::Change => Self::Severity,
        }
    }
}

// === impl Form ===

impl Form {
    /// When the maintenance ends that begins now.
    ///
    /// # Errors
    ///
    /// What is wrong with the length.
    fn until(&self, now: i64) -> Result<Option<Timestamp>, String> {
        if self.length.trim().is_empty() {
            return Ok(None);
        }
        let nanos = match chorister_lang::duration::parse_interval(self.length.trim()) {
            Ok(nanos @ 1..) => nanos,
            Ok(_) => return Err("it has to last longer than nothing".to_owned()),
            Err(error) => return Err(error.to_string()),
        };
        let until = now.checked_add(nanos / 1_000_000_000);
        let until = until.and_then(|it| Timestamp::from_second(it).ok());
        until.map(Some).ok_or_else(|| "that is too long".to_owned())
    }
}

// === impl Field ===

impl Field {
    const fn other(self) -> Self {
        match self {
            Self::Reason => Self::Length,
            Self::Length => Self::Reason,
        }
    }
}
