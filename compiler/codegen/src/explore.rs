//! What exploration finds, as diagnostics.

mod words;

use chorister_explore::{Exploration, Finding, Kind, Limits, Plan};
use chorister_ir::{Machine, StateId, WatcherId};
use chorister_lang::duration::brief;
use chorister_spec::outline::Outline;
use chorister_spec::{Checked, Code, Diagnostic, Severity};
use chorister_yaml::Span;

use crate::in_parallel;
use words::{Adjust, list};

/// How many combinations of states all groups of machines may have together.
const TOTAL: usize = 200_000;

/// How many combinations a group may have, however many groups there are.
const LEAST: usize = 500;

/// What exploration says about machines.
#[derive(Clone, Debug, Default)]
pub struct Explored {
    /// What is suspect.
    pub findings: Vec<Diagnostic>,
    /// What is only worth knowing: operator interfaces, and least times.
    pub remarks: Vec<Diagnostic>,
}

/// Explores machines that are on one node. Those that could not be checked to the end may do anything.
#[must_use]
pub fn explore(checked: &[&Checked]) -> Explored {
    let known: Vec<(&Machine, &Checked)> = checked
        .iter()
        .filter_map(|it| Some((it.machine.as_ref()?, *it)))
        .collect();
    let machines: Vec<&Machine> = known.iter().map(|it| it.0).collect();
    let found = run(&machines);
    let tell = Tell {
        machines: &machines,
        outlines: known.iter().map(|it| &it.1.outline).collect(),
    };
    let mut explored = Explored::default();
    for finding in &found.findings {
        explored.findings.extend(tell.finding(finding));
    }
    for at in 0..machines.len() {
        explored.remarks.extend(tell.operator(&found, at));
        explored.remarks.extend(tell.least_times(&found, at));
    }
    explored
}

/// Explores machines, on as many threads as there are processors.
#[must_use]
pub fn run(machines: &[&Machine]) -> Exploration {
    let plan = Plan::of(machines);
    let groups: Vec<usize> = (0..plan.groups()).collect();
    let usual = Limits::default().states;
    let limits = Limits {
        states: usual.min((TOTAL / groups.len().max(1)).max(LEAST)),
    };
    plan.join(in_parallel(&groups, |it| plan.explore(*it, limits)))
}

/// Puts findings into words.
struct Tell<'a> {
    machines: &'a [&'a Machine],
    outlines: Vec<&'a Outline>,
}

/// A place in a file.
struct Place {
    span: Span,
    path: String,
}

impl Tell<'_> {
    fn finding(&self, it: &Finding) -> Option<Diagnostic> {
        let machine = self.machines.get(it.machine)?;
        let way = format!("the shortest way there: {}", it.path.told(self.machines));
        let way = if it.path.steps.is_empty() {
            None
        } else {
            Some(way)
        };
        Some(match &it.kind {
            Kind::Sink { state, watched } => {
                let name = machine.state(*state);
                let message = format!("nobody can leave state `{name}`, not even an operator");
                let help = "add a transition that leads out of it, if only for operators";
                let severity = if *watched {
                    Severity::Note
                } else {
                    Severity::Warning
                };
                self.at(it.machine, Code::Sink, self.entry_of(it)?, message)
                    .severe(severity)
                    .noted(way)
                    .helped(help)
            }
            Kind::Round {
                steps,
                least,
                meanwhile,
            } => self.round(it, *steps, *least, *meanwhile)?,
            Kind::Race {
                one,
                other,
                states,
                usual,
            } => {
                let place = self
                    .cause_of(it.machine, one)
                    .or_else(|| self.cause_of(it.machine, other))?;
                let label = self.cause_of(it.machine, other)?;
                let from = machine.state(one.from);
                let more = match states {
                    0 | 1 => String::new(),
                    more => format!(" and {} more", more - 1),
                };
                let events = [one, other].map(|step| {
                    format!(
                        "`{}` to `{}`",
                        machine.transition(step.transition),
                        machine.state(step.to)
                    )
                });
                let message = format!(
                    "in state `{from}`{more} {} and {} can fire at the same moment",
                    events[0], events[1]
                );
                let told = [one, other].map(|step| {
                    let path: chorister_explore::Path = [*step].into_iter().collect();
                    path.told(self.machines).to_string()
                });
                let severity = if *usual {
                    Severity::Warning
                } else {
                    Severity::Note
                };
                self.at(it.machine, Code::Race, place, message)
                    .severe(severity)
                    .labelled(label.span, "this races with it")
                    .noted(way)
                    .noted(Some(format!("then either {} or {}", told[0], told[1])))
                    .helped("let one of them decide, in a state of its own or before the other one")
            }
            Kind::Undelivered {
                transition,
                subscription,
                states,
            } => {
                let definition = machine.transitions.get(usize::from(transition.0))?;
                let heard = definition.subscribe.get(*subscription)?;
                let outline = self.outlines.get(it.machine)?;
                let place = outline.subscriptions.iter().find(|place| {
                    (
                        place.fires.as_str(),
                        place.machine.text.as_str(),
                        place.event.text.as_str(),
                    ) == (
                        definition.name.as_ref(),
                        heard.machine.as_ref(),
                        heard.event.as_ref(),
                    )
                })?;
                let names = list(states.iter().map(|it| machine.state(*it)));
                let message = format!(
                    "`{}` is never fired by `{}` of machine `{}`: whenever that comes, `{}` is in {names}",
                    definition.name, heard.event, heard.machine, machine.name
                );
                let place = Place {
                    span: place.event.place.span,
                    path: place.event.place.path.clone(),
                };
                self.at(it.machine, Code::Undelivered, place, message)
                    .noted(way)
                    .helped(format!(
                        "offer `{}` in {names}, or subscribe to another event",
                        definition.name
                    ))
            }
            Kind::Unmet { watcher } => {
                let definition = machine.watchers.get(usize::from(watcher.0))?;
                let names = definition
                    .foreign
                    .iter()
                    .map(|it| format!("{}#{}", it.machine, it.state));
                let names: Vec<String> = names.collect();
                let message = format!(
                    "watcher `{}` never runs: {} never comes while it is active",
                    definition.name,
                    list(names.iter().map(String::as_str))
                );
                let place = Place {
                    path: format!("watchers[{}].name", watcher.0),
                    span: self.watcher(it.machine, *watcher)?.name,
                };
                self.at(it.machine, Code::NeverMet, place, message)
                    .noted(way)
                    .helped("change `foreign_state_required`, or `state_match`")
            }
            Kind::Unexplored { together, seen } => {
                let names = together.iter().filter_map(|it| self.machines.get(*it));
                let message = match together.len() {
                    1 => format!(
                        "only {seen} of the states of `{}` were explored",
                        machine.name
                    ),
                    _ => format!(
                        "only {seen} of the states that {} can be in together were explored",
                        list(names.map(|it| it.name.as_ref()))
                    ),
                };
                self.at(
                    it.machine,
                    Code::NotExplored,
                    self.name_of(it.machine)?,
                    message,
                )
                .helped(
                    "what lies further away was not looked at: rounds, races, and what never comes",
                )
            }
        })
    }

    fn round(
        &self,
        it: &Finding,
        steps: usize,
        least: core::time::Duration,
        meanwhile: bool,
    ) -> Option<Diagnostic> {
        let (before, round) = it
            .path
            .steps
            .split_at(it.path.steps.len().checked_sub(steps)?);
        let mut names: Vec<&str> = Vec::new();
        for step in round {
            let name = self.machines.get(step.machine)?.state(step.from);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let who: std::collections::BTreeSet<_> = round.iter().map(|it| it.machine).collect();
        let who: Vec<&str> = who
            .into_iter()
            .filter_map(|it| Some(self.machines.get(it)?.name.as_ref()))
            .collect();
        let who = match who.as_slice() {
            [_] => format!("the machine goes round through {}", list(names.into_iter())),
            several => format!(
                "machines {} drive each other round",
                list(several.iter().copied())
            ),
        };
        let instant = least.is_zero();
        let (code, message) = match (instant, meanwhile) {
            (true, false) => (Code::Livelock, format!("{who} without a pause")),
            (true, true) => (
                Code::Livelock,
                format!("{who} without a pause {}", self.meanwhile(round)),
            ),
            (false, false) => (Code::FastRound, format!("{who} every {}", brief(least))),
            (false, true) => (
                Code::FastRound,
                format!("{who} every {} {}", brief(least), self.meanwhile(round)),
            ),
        };
        let help = if instant {
            "what runs when its state is entered runs at once, whatever its interval: \
             put a timer, or a state that waits, into the round"
        } else {
            "a transition that fires more than once a minute is delayed by up to 5s: make the round a minute or longer"
        };
        // Of the steps of this machine the one that is written first is the place to look at.
        let own = round.iter().filter(|step| step.machine == it.machine);
        let place = own
            .filter_map(|step| self.cause_of(it.machine, step))
            .min_by_key(|it| it.span.start)?;
        let told = |steps: &[chorister_explore::Step]| {
            let path: chorister_explore::Path = steps.iter().copied().collect();
            path.told(self.machines).to_string()
        };
        let reached =
            (!before.is_empty()).then(|| format!("the shortest way there: {}", told(before)));
        let severity = if meanwhile || !instant {
            Severity::Note
        } else {
            Severity::Warning
        };
        Some(
            self.at(it.machine, code, place, message)
                .severe(severity)
                .noted(reached)
                .noted(Some(format!("the round: {}", told(round))))
                .helped(help),
        )
    }

    /// What has to stay as it is for a round to go on.
    fn meanwhile(&self, round: &[chorister_explore::Step]) -> String {
        use chorister_explore::{Cause, Outcome};
        let mut parts: Vec<String> = Vec::new();
        for step in round {
            let Cause::Watcher { watcher, outcome } = step.cause else {
                continue;
            };
            let phrase = match outcome {
                Outcome::Failure => "fails",
                Outcome::SuccessWhen => "finds `success_when` true",
                Outcome::FailWhen => "finds `fail_when` true",
                Outcome::Open => "has an open window",
                Outcome::Closed => "has no open window",
                _ => continue,
            };
            let machine = self.machines.get(step.machine);
            let name = machine.and_then(|it| it.watchers.get(usize::from(watcher.0)));
            let part = format!("`{}` {phrase}", name.map_or("", |it| it.name.as_ref()));
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        format!("while {}", parts.join(" and "))
    }

    fn operator(&self, found: &Exploration, at: usize) -> Option<Diagnostic> {
        let machine = self.machines.get(at)?;
        let portrait = found
            .portraits
            .get(at)
            .filter(|it| !it.operator.is_empty())?;
        let events = list(portrait.operator.iter().map(|it| machine.transition(*it)));
        let message = format!("only an operator fires {events}");
        let states = portrait
            .by_hand
            .iter()
            .map(|it: &StateId| machine.state(*it));
        let only = (!portrait.by_hand.is_empty()).then(|| {
            format!(
                "without somebody's doing the machine never enters {}",
                list(states)
            )
        });
        Some(
            self.at(at, Code::OperatorOnly, self.name_of(at)?, message)
                .noted(only),
        )
    }

    fn least_times(&self, found: &Exploration, at: usize) -> Option<Diagnostic> {
        let machine = self.machines.get(at)?;
        let portrait = found.portraits.get(at)?;
        let times = machine.state_ids().zip(&portrait.least_return);
        let times: Vec<String> = times
            .filter_map(|(state, least)| Some((machine.state(state), (*least)?)))
            .map(|(state, least)| match least.is_zero() {
                true => format!("`{state}` at once"),
                false => format!("`{state}` after {}", brief(least)),
            })
            .collect();
        let message = format!(
            "the machine comes back at the earliest to {}",
            times.join(", ")
        );
        (!times.is_empty())
            .then_some(self.name_of(at))
            .flatten()
            .map(|place| self.at(at, Code::LeastTime, place, message))
    }

    // === places ===

    /// The destination of the last step of a path.
    fn entry_of(&self, it: &Finding) -> Option<Place> {
        let step = it
            .path
            .steps
            .iter()
            .rev()
            .find(|step| step.machine == it.machine)?;
        let entry = self.entry(it.machine, step)?;
        let place = self.outlines.get(it.machine)?.transitions.get(entry)?;
        Some(Place {
            span: place.destination,
            path: format!("transitions[{entry}].destination"),
        })
    }

    /// The transition in the file that a step is an edge of.
    fn entry(&self, machine: usize, step: &chorister_explore::Step) -> Option<usize> {
        let name = self.machines.get(machine)?.transition(step.transition);
        let event = self
            .outlines
            .get(machine)?
            .events
            .iter()
            .find(|it| it.name == name)?;
        let from = usize::from(step.from.0);
        event
            .edges
            .iter()
            .find(|it| it.from == from)
            .map(|it| it.entry)
    }

    /// What fires a step: what the watcher fires, or else the transition.
    fn cause_of(&self, machine: usize, step: &chorister_explore::Step) -> Option<Place> {
        use chorister_explore::{Cause, Outcome};
        match step.cause {
            Cause::Watcher { watcher, outcome } => {
                let place = self.watcher(machine, watcher)?;
                let succeeds = matches!(
                    outcome,
                    Outcome::Success
                        | Outcome::Changed
                        | Outcome::SuccessWhen
                        | Outcome::Open
                        | Outcome::On
                );
                let (span, key) = if succeeds {
                    (place.success, "success_transition")
                } else {
                    (place.failure, "fail_transition")
                };
                Some(Place {
                    span,
                    path: format!("watchers[{}].{key}", watcher.0),
                })
            }
            Cause::Operator | Cause::Subscription { .. } => {
                let entry = self.entry(machine, step)?;
                let place = self.outlines.get(machine)?.transitions.get(entry)?;
                Some(Place {
                    span: place.name,
                    path: format!("transitions[{entry}].name"),
                })
            }
        }
    }

    fn watcher(
        &self,
        machine: usize,
        id: WatcherId,
    ) -> Option<&chorister_spec::outline::WatcherPlace> {
        self.outlines.get(machine)?.watchers.get(usize::from(id.0))
    }

    fn name_of(&self, machine: usize) -> Option<Place> {
        let name = self.outlines.get(machine)?.name.as_ref()?;
        Some(Place {
            span: name.place.span,
            path: name.place.path.clone(),
        })
    }

    fn at(&self, machine: usize, code: Code, place: Place, message: String) -> Diagnostic {
        Diagnostic {
            code,
            severity: code.severity(),
            message,
            help: None,
            file: self
                .outlines
                .get(machine)
                .map_or_else(|| "".into(), |it| it.file.clone()),
            span: place.span,
            path: place.path,
            labels: Vec::new(),
            notes: Vec::new(),
        }
    }
}
