//! Where findings stand.

use chorister_explore::{Cause, Finding, Outcome, Step};
use chorister_ir::WatcherId;
use chorister_spec::outline::WatcherPlace;
use chorister_spec::{Code, Diagnostic};
use chorister_yaml::Span;

use super::tell::Tell;

/// A place in a file.
pub(super) struct Place {
    pub(super) span: Span,
    pub(super) path: String,
}

impl Tell<'_> {
    /// The destination of the last step of a path.
    pub(super) fn entry_of(&self, it: &Finding) -> Option<Place> {
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
    pub(super) fn entry(&self, machine: usize, step: &Step) -> Option<usize> {
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
    pub(super) fn cause_of(&self, machine: usize, step: &Step) -> Option<Place> {
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

    pub(super) fn watcher(&self, machine: usize, id: WatcherId) -> Option<&WatcherPlace> {
        self.outlines.get(machine)?.watchers.get(usize::from(id.0))
    }

    pub(super) fn name_of(&self, machine: usize) -> Option<Place> {
        let name = self.outlines.get(machine)?.name.as_ref()?;
        Some(Place {
            span: name.place.span,
            path: name.place.path.clone(),
        })
    }

    pub(super) fn at(
        &self,
        machine: usize,
        code: Code,
        place: Place,
        message: String,
    ) -> Diagnostic {
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
