//! A script as a `tests:` block that does the same.

use core::fmt::Write as _;
use core::time::Duration;

use chorister_fsm::{Exit, Outcome};
use chorister_ir::{StateId, WatcherId};
use chorister_lang::duration::brief;
use chorister_sim::{Action, EventMatch, Expectation, Scripted, Setup, Step, Unwanted};
use serde_json::{Map, Value};

/// Writes what scripts and expectations say in the language of specs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer<'a> {
    /// The world that they are about.
    pub(crate) setup: &'a Setup,
    /// The name of the node's own time zone.
    pub(crate) timezone: &'a str,
}

impl Writer<'_> {
    /// A whole block with one test.
    pub(crate) fn block(
        &self,
        name: &str,
        script: &[Step],
        expectation: &Expectation,
        until: Duration,
    ) -> String {
        let mut text = format!("tests:\n  - name: {}\n", scalar(name));
        self.given(&mut text);
        // Writing to a string does not fail.
        let mut steps = script.iter().filter_map(|step| self.step(step)).peekable();
        if steps.peek().is_some() {
            text.push_str("    steps:\n");
        }
        for step in steps {
            let _ = writeln!(text, "      - {step}");
        }
        let _ = writeln!(
            text,
            "    expect:\n      - {}",
            self.expectation(expectation)
        );
        // A test ends at the latest time that it names.
        let times = script.iter().map(|step| step.at);
        let named = times.chain(expectation.deadline()).max();
        if named.unwrap_or_default() < until {
            let _ = writeln!(text, "    until: {}", brief(until));
        }
        text
    }

    /// An expectation, on one line.
    pub(crate) fn expectation(&self, expectation: &Expectation) -> String {
        let mut members = match expectation {
            Expectation::At { machine, at, state } => {
                let at = format!("at: {}", brief(*at));
                self.about(*machine, vec![at, self.state(*machine, *state)])
            }
            Expectation::Eventually { machine, state, .. } => {
                let state = self.state(*machine, *state);
                self.about(*machine, vec![format!("eventually: {{{state}}}")])
            }
            Expectation::Event { event, .. } => {
                self.about(event.machine.unwrap_or(0), self.event(event))
            }
            Expectation::Ran {
                machine, watcher, ..
            } => self.about(*machine, vec![self.ran(*machine, *watcher)]),
            Expectation::Never { unwanted, .. } => {
                let (machine, unwanted) = match unwanted {
                    Unwanted::State { machine, state } => (*machine, self.state(*machine, *state)),
                    Unwanted::Event(event) => {
                        (event.machine.unwrap_or(0), self.event(event).join(", "))
                    }
                    Unwanted::Ran { machine, watcher } => (*machine, self.ran(*machine, *watcher)),
                };
                self.about(machine, vec![format!("never: {{{unwanted}}}")])
            }
        };
        if let Expectation::Event { times, .. } | Expectation::Ran { times, .. } = expectation {
            members.extend(times.map(|times| format!("times: {times}")));
        }
        if !matches!(expectation, Expectation::At { .. }) {
            let within = expectation.deadline();
            members.extend(within.map(|within| format!("within: {}", brief(within))));
        }
        format!("{{{}}}", members.join(", "))
    }

    fn given(&self, text: &mut String) {
        let mut given = Vec::new();
        let mut machines = Vec::new();
        for (place, member) in self.setup.machines.iter().enumerate() {
            let mut start = Vec::new();
            start.extend(member.state.map(|state| self.state(place, state)));
            if !member.data.is_empty() {
                start.push(format!("data: {}", object(&member.data)));
            }
            if start.is_empty() {
                continue;
            }
            match place {
                0 => given.extend(start),
                _ => {
                    let start = start.join(", ");
                    machines.push(format!("{}: {{{start}}}", scalar(&member.machine.name)));
                }
            }
        }
        if !machines.is_empty() {
            given.push(format!("machines: {{{}}}", machines.join(", ")));
        }
        if let Value::Object(facts) = &*self.setup.facts
            && !facts.is_empty()
        {
            given.push(format!("facts: {}", object(facts)));
        }
        let defaults = Setup::new([]);
        if self.setup.start != defaults.start {
            given.push(format!("at: {}", self.setup.start));
        }
        if self.timezone != "UTC" {
            given.push(format!("timezone: {}", scalar(self.timezone)));
        }
        if self.setup.seed != defaults.seed {
            given.push(format!("seed: {}", self.setup.seed));
        }
        if !self.setup.waits.is_empty() {
            let waits = self.setup.waits.iter().map(|it| brief(*it));
            given.push(format!("waits: [{}]", waits.collect::<Vec<_>>().join(", ")));
        }
        if !given.is_empty() {
            let _ = writeln!(text, "    given: {{{}}}", given.join(", "));
        }
    }

    /// A step, on one line; `None` for one that tests do not have.
    fn step(&self, step: &Step) -> Option<String> {
        let (machine, action) = match &step.action {
            Action::Outcome {
                machine,
                watcher,
                outcome,
            } => (
                *machine,
                self.run(*machine, *watcher, &self.outcome(outcome)),
            ),
            Action::Switch {
                machine,
                watcher,
                on,
            } => {
                let switch = if *on { "{switch: on}" } else { "{switch: off}" };
                (*machine, self.run(*machine, *watcher, switch))
            }
            Action::Fire {
                machine,
                transition,
            } => {
                let member = self.setup.machines.get(*machine)?;
                let event = scalar(member.machine.transition(*transition));
                (*machine, format!("event: {event}"))
            }
            Action::Hear { machine, event } => {
                let (machine, event) = (scalar(machine), scalar(event));
                (
                    0,
                    format!("transition: {{machine: {machine}, event: {event}}}"),
                )
            }
            Action::Facts(facts) => (0, format!("facts: {facts}")),
            Action::Data { machine, data } => (*machine, format!("data: {}", object(data))),
            Action::Clock(by) => {
                let sign = if by.is_negative() { '-' } else { '+' };
                (0, format!("clock: \"{sign}{}\"", brief(by.unsigned_abs())))
            }
            Action::Restart(after) => (0, format!("restart: {}", brief(*after))),
            Action::Disk { full } => {
                let disk = if *full { "full" } else { "free" };
                (0, format!("disk: {disk}"))
            }
        };
        let members = self.about(machine, vec![format!("at: {}", brief(step.at)), action]);
        Some(format!("{{{}}}", members.join(", ")))
    }

    fn run(&self, machine: usize, watcher: WatcherId, outcome: &str) -> String {
        format!("watcher: {{{}: {outcome}}}", self.watcher(machine, watcher))
    }

    fn outcome(&self, outcome: &Scripted) -> String {
        let taking = |runtime: &Duration| match runtime.is_zero() {
            true => String::new(),
            false => format!(", runtime: {}", brief(*runtime)),
        };
        match outcome {
            Scripted::Hang
            | Scripted::Exit {
                exit: Exit::Timeout,
                ..
            } => "{hang: true}".to_owned(),
            Scripted::Exit {
                exit: Exit::Code(code),
                output,
                runtime,
            } => {
                let stdout = match output.is_empty() {
                    true => String::new(),
                    false => format!(", stdout: {}", quoted(&String::from_utf8_lossy(output))),
                };
                format!("{{exit: {code}{stdout}{}}}", taking(runtime))
            }
            Scripted::Exit { runtime, .. } => format!("{{exit: 1{}}}", taking(runtime)),
            Scripted::Outcome { outcome, runtime } => match outcome {
                Outcome::On => "{switch: on}".to_owned(),
                Outcome::Off => "{switch: off}".to_owned(),
                outcome => format!("{{outcome: {}{}}}", outcome.as_str(), taking(runtime)),
            },
        }
    }

    fn event(&self, event: &EventMatch) -> Vec<String> {
        let kind = match event.kind.as_str() {
            "" => Vec::new(),
            kind => vec![format!("event: {kind}")],
        };
        let fields = event.fields.iter();
        let fields = fields.map(|(name, value)| format!("{}: {value}", scalar(name)));
        kind.into_iter().chain(fields).collect()
    }

    fn ran(&self, machine: usize, watcher: WatcherId) -> String {
        format!("ran: {}", self.watcher(machine, watcher))
    }

    fn state(&self, machine: usize, state: StateId) -> String {
        let machine = self.setup.machines.get(machine);
        let state = machine.map_or("", |it| it.machine.state(state));
        format!("state: {}", scalar(state))
    }

    fn watcher(&self, machine: usize, watcher: WatcherId) -> String {
        let machine = self.setup.machines.get(machine);
        let watcher = machine.and_then(|it| it.machine.watchers.get(usize::from(watcher.0)));
        scalar(watcher.map_or("", |it| it.name.as_ref()))
    }

    /// Members, and of which machine they are unless it is the first.
    fn about(&self, machine: usize, mut members: Vec<String>) -> Vec<String> {
        if machine > 0
            && let Some(member) = self.setup.machines.get(machine)
        {
            members.push(format!("machine: {}", scalar(&member.machine.name)));
        }
        members
    }
}

/// A text as YAML has it, in quotes where it would be something else without.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '/');
    let is_word = WORDS.iter().any(|it| text.eq_ignore_ascii_case(it));
    let begins = text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    if begins && text.chars().all(is_plain) && !is_word {
        text.to_owned()
    } else {
        quoted(text)
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn object(members: &Map<String, Value>) -> String {
    let members = members.iter();
    let members = members.map(|(name, value)| format!("{}: {value}", quoted(name)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}
