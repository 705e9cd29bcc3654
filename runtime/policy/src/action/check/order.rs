//! Rules that are never reached.

use std::sync::Arc;

use super::super::ActionPolicy;
use super::super::rule::{Caller, Conditions, Rule};
use crate::finding::{Finding, Mistake};

/// How many rules are compared with each other.
const COMPARED: usize = 2000;

impl ActionPolicy {
    /// Rules behind others that apply whenever they do.
    pub(super) fn unreachable(&self) -> Vec<Finding> {
        let rules: Vec<_> = self.rule_lines().take(COMPARED).collect();
        let shadowed = rules.iter().enumerate().filter_map(|(at, (line, rule))| {
            let (by, earlier) = rules.iter().take(at).find(|(_, it)| it.covers(rule))?;
            let message = if earlier.verdict == rule.verdict {
                "the rule says nothing new"
            } else {
                "the rule is never reached"
            };
            Some(
                Finding::new(Mistake::Unreachable, line.span(), message)
                    .label(by.span(), "this one decides all that it is about")
                    .help(if earlier.verdict == rule.verdict {
                        "remove it"
                    } else {
                        "move it before the other one"
                    }),
            )
        });
        shadowed.collect()
    }
}

// === impl Rule ===

impl Rule {
    /// Whether it applies whenever another one does.
    fn covers(&self, other: &Self) -> bool {
        let callers = |of: &Self| {
            let words = |it: &Vec<Caller>| it.iter().map(|it| Arc::clone(&it.word)).collect();
            of.callers.as_ref().map(words)
        };
        self.can_apply()
            && includes(callers(self), callers(other))
            && includes(self.actions.clone(), other.actions.clone())
            && self.facts.follow_from(&other.facts)
            && self.classes.follow_from(&other.classes)
    }

    /// Whether every pattern of it can be read.
    fn can_apply(&self) -> bool {
        let is_read = |it: &Caller| it.names.as_ref().is_some_and(|it| it.faults().is_empty());
        let mut conditions = self.facts.words().chain(self.classes.words());
        self.callers.iter().flatten().all(is_read)
            && conditions.all(|it| it.faults().next().is_none())
    }
}

/// Whether everybody among others is among these, `None` being everybody.
fn includes(these: Option<Vec<Arc<str>>>, others: Option<Vec<Arc<str>>>) -> bool {
    match (these, others) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(these), Some(others)) => others.iter().all(|it| these.contains(it)),
    }
}

impl Conditions {
    /// Whether they hold wherever the others do.
    fn follow_from(&self, others: &Self) -> bool {
        match (self, others) {
            (Self::None, _) => true,
            (Self::Unreadable(_), _) | (_, Self::Unreadable(_)) => false,
            _ => self
                .words()
                .all(|it| others.words().any(|other| it.word == other.word)),
        }
    }
}
