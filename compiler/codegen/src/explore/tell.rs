//! Findings in words.

use chorister_explore::{Finding, Kind, Path, Step};
use chorister_ir::{Machine, StateId, TransitionId, WatcherId};
use chorister_spec::outline::Outline;
use chorister_spec::{Code, Diagnostic, Severity};

use super::places::Place;
use super::words::{Adjust, list};

/// Puts findings into words.
pub(super) struct Tell<'a> {
    pub(super) machines: &'a [&'a Machine],
    pub(super) outlines: Vec<&'a Outline>,
}

impl Tell<'_> {
    /// The diagnostic of a finding.
    pub(super) fn finding(&self, it: &Finding) -> Option<Diagnostic> {
        match &it.kind {
            Kind::Sink { state, watched } => self.sink(it, *state, *watched),
            Kind::Round {
                steps,
                least,
                meanwhile,
            } => self.round(it, *steps, *least, *meanwhile),
            Kind::Race {
                one,
                other,
                states,
                usual,
            } => self.race(it, [one, other], *states, *usual),
            Kind::Undelivered {
                transition,
                subscription,
                states,
            } => self.undelivered(it, *transition, *subscription, states),
            Kind::Unmet { watcher } => self.unmet(it, *watcher),
            Kind::Unexplored { together, seen } => self.unexplored(it, together, *seen),
        }
    }

    fn sink(&self, it: &Finding, state: StateId, watched: bool) -> Option<Diagnostic> {
        let name = self.machines.get(it.machine)?.state(state);
        let message = format!("nobody can leave state `{name}`, not even an operator");
        let severity = if watched {
            Severity::Note
        } else {
            Severity::Warning
        };
        Some(
            self.at(it.machine, Code::Sink, self.entry_of(it)?, message)
                .severe(severity)
                .noted(self.way(&it.path))
                .helped("add a transition that leads out of it, if only for operators"),
        )
    }

    fn race(
        &self,
        it: &Finding,
        steps: [&Step; 2],
        states: usize,
        usual: bool,
    ) -> Option<Diagnostic> {
        let machine = self.machines.get(it.machine)?;
        let [one, other] = steps;
        let label = self.cause_of(it.machine, other)?;
        let from = machine.state(one.from);
        let more = match states {
            0 | 1 => String::new(),
            more => format!(" and {} more", more - 1),
        };
        let [first, second] = steps.map(|step| {
            let event = machine.transition(step.transition);
            format!("`{event}` to `{}`", machine.state(step.to))
        });
        let message =
            format!("in state `{from}`{more} {first} and {second} can fire at the same moment");
        let [either, or] = steps.map(|step| self.told(&[*step]));
        let severity = if usual {
            Severity::Warning
        } else {
            Severity::Note
        };
        let place = self.cause_of(it.machine, one)?;
        Some(
            self.at(it.machine, Code::Race, place, message)
                .severe(severity)
                .labelled(label.span, "this races with it")
                .noted(self.way(&it.path))
                .noted(Some(format!("then either {either}, or {or}")))
                .helped("let one of them decide, in a state of its own or before the other one"),
        )
    }

    fn undelivered(
        &self,
        it: &Finding,
        transition: TransitionId,
        subscription: usize,
        states: &[StateId],
    ) -> Option<Diagnostic> {
        let machine = self.machines.get(it.machine)?;
        let own = machine.transitions.get(usize::from(transition.0))?;
        let heard = own.subscribe.get(subscription)?;
        let all = &self.outlines.get(it.machine)?.subscriptions;
        let written = all.iter().find(|it| {
            it.fires == own.name && it.machine.text == heard.machine && it.event.text == heard.event
        })?;
        let names = list(states.iter().map(|it| machine.state(*it)));
        let message = format!(
            "`{}` is never fired by `{}` of machine `{}`: whenever that comes, `{}` is in {names}",
            own.name, heard.event, heard.machine, machine.name
        );
        let place = Place {
            span: written.event.place.span,
            path: written.event.place.path.clone(),
        };
        Some(
            self.at(it.machine, Code::Undelivered, place, message)
                .noted(self.way(&it.path))
                .helped(format!(
                    "offer `{}` in {names}, or subscribe to another event",
                    own.name
                )),
        )
    }

    fn unmet(&self, it: &Finding, watcher: WatcherId) -> Option<Diagnostic> {
        let machine = self.machines.get(it.machine)?;
        let own = machine.watchers.get(usize::from(watcher.0))?;
        let awaited = own.foreign.iter();
        let awaited: Vec<String> = awaited
            .map(|it| format!("{}#{}", it.machine, it.state))
            .collect();
        let message = format!(
            "watcher `{}` never runs: {} never comes while it is active",
            own.name,
            list(awaited.iter().map(String::as_str))
        );
        let place = Place {
            span: self.watcher(it.machine, watcher)?.name,
            path: format!("watchers[{}].name", watcher.0),
        };
        Some(
            self.at(it.machine, Code::NeverMet, place, message)
                .noted(self.way(&it.path))
                .helped("change `foreign_state_required`, or `state_match`"),
        )
    }

    fn unexplored(&self, it: &Finding, together: &[usize], seen: usize) -> Option<Diagnostic> {
        let machines = together.iter().filter_map(|it| self.machines.get(*it));
        let names = list(machines.map(|it| it.name.as_ref()));
        let what = match together.len() {
            1 => format!("states of {names}"),
            _ => format!("states that {names} can be in together"),
        };
        let message = format!("only {seen} of the {what} were explored");
        Some(
            self.at(
                it.machine,
                Code::NotExplored,
                self.name_of(it.machine)?,
                message,
            )
            .helped(
                "what lies further away was not looked at: rounds, races, and what never comes",
            ),
        )
    }

    /// How the machines get there; nothing where they are there from the beginning.
    fn way(&self, path: &Path) -> Option<String> {
        let told = self.told(&path.steps);
        (!path.steps.is_empty()).then(|| format!("the shortest way there: {told}"))
    }

    /// Steps in words.
    pub(super) fn told(&self, steps: &[Step]) -> String {
        let path: Path = steps.iter().copied().collect();
        path.told(self.machines).to_string()
    }
}
