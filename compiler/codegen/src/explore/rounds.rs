//! Rounds in words.

use core::time::Duration;
use std::collections::BTreeSet;

use chorister_explore::{Cause, Finding, Outcome, Step};
use chorister_lang::duration::brief;
use chorister_spec::{Code, Diagnostic, Severity};

use super::tell::Tell;
use super::words::{Adjust, list};

impl Tell<'_> {
    /// A round that machines make by themselves; the last `steps` of the path are it.
    pub(super) fn round(
        &self,
        it: &Finding,
        steps: usize,
        least: Duration,
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
        let who: BTreeSet<_> = round.iter().map(|it| it.machine).collect();
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
        let (code, pace) = if instant {
            (Code::Livelock, "without a pause".to_owned())
        } else {
            (Code::FastRound, format!("every {}", brief(least)))
        };
        let condition = if meanwhile {
            self.meanwhile(round)
        } else {
            String::new()
        };
        let message = format!("{who} {pace}{condition}");
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
        let reached =
            (!before.is_empty()).then(|| format!("the shortest way there: {}", self.told(before)));
        let severity = if meanwhile || !instant {
            Severity::Note
        } else {
            Severity::Warning
        };
        Some(
            self.at(it.machine, code, place, message)
                .severe(severity)
                .noted(reached)
                .noted(Some(format!("the round: {}", self.told(round))))
                .helped(help),
        )
    }

    /// What has to stay as it is for a round to go on.
    fn meanwhile(&self, round: &[Step]) -> String {
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
        format!(" while {}", parts.join(" and "))
    }
}
