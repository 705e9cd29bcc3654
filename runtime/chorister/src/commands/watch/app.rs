//! The dashboard as a value: what it knows, and what each event makes of it. No terminal, no node, no clock.

use std::collections::BTreeMap;

use chorister_diagram::{Charset, Diagram};
use chorister_engine::{Fired, MachineStatus, Order, Status, Steered, Update};

use super::checks::{Form, Sort};

/// How long a message stays, in seconds.
const MESSAGE: i64 = 8;

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A key was pressed.
    Key(Key),
    /// Time has passed, or the terminal has another size.
    Tick,
    /// The node has told what changed.
    Update(Box<Update>),
    /// The picture of a machine.
    Diagram(Box<Diagram>),
    /// What came of firing a transition of a machine, or why it could not be tried.
    Fired {
        machine: String,
        transition: String,
        outcome: Result<Fired, String>,
    },
    /// What came of steering a check, or why it could not be tried.
    Steered(Result<Vec<Steered>, String>),
    /// The node does not answer.
    Lost(String),
    /// The process has to end.
    Quit,
}

/// A key, as far as the dashboard knows keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Char(char),
    Enter,
    Escape,
    Backspace,
    Tab,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
}

/// What has to be done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Ask for the picture of a machine.
    Draw(String),
    /// Fire a transition.
    Fire { machine: String, transition: String },
    /// Do something with a check.
    Steer { order: Order, check: String },
    /// End.
    Quit,
}

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Screen {
    /// All machines, and the chosen one beside them where there is room.
    #[default]
    Machines,
    /// The chosen machine alone.
    Machine,
    /// All checks, and the chosen one beside them where there is room.
    Checks,
    /// The chosen check alone.
    Check,
}

/// What stands above everything else until it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dialog {
    Help,
    Problems,
    /// Which transition of a machine to fire; asked again before it is.
    Fire {
        machine: String,
        choices: Vec<String>,
        at: usize,
        is_sure: bool,
    },
    /// Why and for how long a check is put into maintenance.
    Maintain(Form),
}

/// A line that goes away by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) is_bad: bool,
    pub(crate) until: i64,
}

/// The dashboard.
#[derive(Clone, Debug, Default)]
pub(crate) struct App {
    pub(crate) charset: Charset,
    /// The present in Unix seconds.
    pub(crate) now: i64,
    pub(crate) node: Option<Status>,
    /// Why the node does not answer.
    pub(crate) lost: Option<String>,
    pub(crate) machines: BTreeMap<String, MachineStatus>,
    pub(crate) diagrams: BTreeMap<String, Diagram>,
    /// The name of the chosen machine.
    pub(crate) chosen: Option<String>,
    pub(crate) screen: Screen,
    pub(crate) filter: String,
    pub(crate) is_filtering: bool,
    /// In what order checks are listed.
    pub(crate) sort: Sort,
    /// Whether only those checks are listed that want attention.
    pub(crate) only_failing: bool,
    /// Who is at the keyboard.
    pub(crate) user: String,
    /// Whether it was decided what to show first.
    has_begun: bool,
    pub(crate) dialog: Option<Dialog>,
    pub(crate) message: Option<Message>,
    /// How far the picture was moved by hand, in rows and columns.
    pub(crate) scroll: (i32, i32),
}

// === impl App ===

impl App {
    /// A dashboard that knows nothing yet, for this user.
    pub(crate) fn new(charset: Charset, user: String) -> Self {
        Self {
            charset,
            user,
            ..Self::default()
        }
    }

    /// Takes note of an event that happened at this time, in Unix seconds.
    pub(crate) fn on(&mut self, event: Event, now: i64) -> Vec<Action> {
        self.now = now;
        if self.message.as_ref().is_some_and(|it| it.until <= now) {
            self.message = None;
        }
        match event {
            Event::Key(key) => return self.key(key),
            Event::Tick => {}
            Event::Update(update) => return self.update(*update),
            Event::Diagram(diagram) => {
                self.diagrams.insert(diagram.name.clone(), *diagram);
            }
            Event::Fired {
                machine,
                transition,
                outcome,
            } => self.fired(&machine, &transition, outcome),
            Event::Steered(outcome) => self.steered(outcome),
            Event::Lost(reason) => self.lost = Some(reason),
            Event::Quit => return vec![Action::Quit],
        }
        Vec::new()
    }

    /// The machines or checks that the filter lets through, in order.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &MachineStatus> {
        let machines = self.machines.values();
        let shown: Vec<_> = if self.shows_checks() {
            let mut shown: Vec<_> = machines.filter(|it| self.lists(it)).collect();
            self.sort(&mut shown);
            shown
        } else {
            let wanted = self.filter.to_lowercase();
            let is_found = |text: &str| text.to_lowercase().contains(&wanted);
            machines
                .filter(|it| is_found(&it.name) || is_found(&it.state))
                .collect()
        };
        shown.into_iter()
    }

    /// The chosen machine, if it is shown.
    pub(crate) fn machine(&self) -> Option<&MachineStatus> {
        let chosen = self.chosen.as_deref()?;
        self.shown().find(|it| it.name == chosen)
    }

    /// Where the chosen machine stands among those that are shown.
    pub(crate) fn place(&self) -> Option<usize> {
        let chosen = self.chosen.as_deref()?;
        self.shown().position(|it| it.name == chosen)
    }

    fn update(&mut self, update: Update) -> Vec<Action> {
        self.lost = None;
        self.node = Some(update.node);
        if update.complete {
            self.machines.clear();
            self.diagrams.clear();
        }
        for name in update.removed {
            self.machines.remove(&name);
            self.diagrams.remove(&name);
        }
        for machine in update.machines {
            // Another version may have other states.
            if let Some(old) = self.machines.get(&machine.name)
                && old.id != machine.id
            {
                self.diagrams.remove(&machine.name);
            }
            self.machines.insert(machine.name.clone(), machine);
        }
        if !self.has_begun {
            self.has_begun = true;
            if self.machines.values().any(|it| it.check.is_some()) {
                self.screen = Screen::Checks;
            }
        }
        self.settle()
    }

    /// Chooses a machine that is shown, and asks for its picture.
    fn settle(&mut self) -> Vec<Action> {
        if self.machine().is_none() {
            let first = self.shown().next().map(|it| it.name.clone());
            self.chosen = first;
            self.scroll = (0, 0);
        }
        let missing = self
            .chosen
            .iter()
            .filter(|_| !self.shows_checks())
            .filter(|it| !self.diagrams.contains_key(*it));
        missing.map(|it| Action::Draw(it.clone())).collect()
    }

    fn fired(&mut self, machine: &str, transition: &str, outcome: Result<Fired, String>) {
        let (text, is_bad) = match outcome {
            Ok(Fired::Done { state }) => (format!("{machine} is now {state}"), false),
            Ok(Fired::Delayed { milliseconds }) => (
                format!("{machine} takes {transition} in {milliseconds} ms: it came too often"),
                false,
            ),
            Ok(Fired::Refused { state, .. }) => (
                format!("{machine} is {state}, which does not offer {transition}"),
                true,
            ),
            Err(reason) => (reason, true),
        };
        self.say(text, is_bad);
    }

    pub(super) fn say(&mut self, text: String, is_bad: bool) {
        let until = self.now + MESSAGE;
        self.message = Some(Message {
            text,
            is_bad,
            until,
        });
    }

    /// Chooses the machine so many places further down.
    pub(super) fn walk(&mut self, by: isize) -> Vec<Action> {
        let last = self.shown().count().saturating_sub(1);
        let at = self
            .place()
            .unwrap_or(0)
            .saturating_add_signed(by)
            .min(last);
        let chosen = self.shown().nth(at).map(|it| it.name.clone());
        self.chosen = chosen;
        self.scroll = (0, 0);
        self.settle()
    }

    pub(super) fn refilter(&mut self) -> Vec<Action> {
        self.settle()
    }
}
