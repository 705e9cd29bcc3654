//! The time line of a test as lines of text.

use core::time::Duration;

use chorister_fsm::{Level, MachineRef, Verdict};
use chorister_lang::duration::brief;
use chorister_sim::{Entry, What};

use crate::report::Tested;
use crate::run::{Moment, describe};

/// Lines around a divergence that are kept of a long time line, before and after.
const AROUND: (usize, usize) = (24, 4);

/// Lines at the beginning that are kept of a long time line.
const HEAD: usize = 6;

/// A time line as lines of text, with what was expected marked in it.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// The lines, the first first.
    pub lines: Vec<Line>,
}

/// One line of a [`Story`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, since the start; nothing for lines that were left out.
    pub at: Option<Duration>,
    /// Whose line it is; empty where there is one machine only, and for steps.
    pub machine: String,
    /// What happened.
    pub text: String,
    /// Whether a step of the test did it.
    pub is_step: bool,
    /// What was expected here instead.
    pub mark: Option<String>,
}

impl Story {
    /// The time line of a test.
    #[must_use]
    pub fn of(tested: &Tested) -> Self {
        let mut lines = Vec::new();
        let timeline = &tested.run.timeline;
        for (at, entry) in timeline.iter().enumerate() {
            let here: Vec<_> = marks(tested, Moment::Entry(at)).collect();
            let held = at.checked_sub(1).and_then(|it| timeline.get(it));
            let told = held
                .is_some_and(|it| matches!(it.what, What::Held { .. }) && it.at == entry.at)
                && matches!(entry.what, What::Remark { .. });
            if told && here.is_empty() {
                continue;
            }
            if let Some(line) = tested.line(entry, !here.is_empty()) {
                push(&mut lines, line, here);
            }
            // What is expected at a time is judged when all of that time has happened.
            let next = timeline.get(at + 1).map(|it| it.at);
            for failure in &tested.run.failures {
                if let Moment::Time(time) = failure.moment
                    && entry.at <= time
                    && next.is_none_or(|next| time < next)
                {
                    mark_last(&mut lines, time, failure.expected.clone());
                }
            }
        }
        let ends: Vec<_> = marks(tested, Moment::End).collect();
        if !ends.is_empty() {
            let end = Line {
                at: Some(tested.test.until),
                machine: String::new(),
                text: "the end".to_owned(),
                is_step: false,
                mark: None,
            };
            push(&mut lines, end, ends);
        }
        Self {
            lines: shortened(folded(lines)),
        }
    }
}

/// Puts a mark on the last line if that is of the marked time, else on a line of its own.
fn mark_last(lines: &mut Vec<Line>, time: Duration, mark: String) {
    match lines.last_mut() {
        Some(last) if last.at == Some(time) && last.mark.is_none() => last.mark = Some(mark),
        _ => lines.push(Line {
            at: Some(time),
            machine: String::new(),
            text: String::new(),
            is_step: false,
            mark: Some(mark),
        }),
    }
}

/// Adds a line with its marks; those after the first have lines of their own.
fn push(lines: &mut Vec<Line>, line: Line, marks: Vec<String>) {
    let mut marks = marks.into_iter();
    lines.push(Line {
        mark: marks.next(),
        ..line
    });
    lines.extend(marks.map(|mark| Line {
        at: None,
        machine: String::new(),
        text: String::new(),
        is_step: false,
        mark: Some(mark),
    }));
}

/// What was expected at a moment.
fn marks(tested: &Tested, moment: Moment) -> impl Iterator<Item = String> {
    let failures = tested.run.failures.iter();
    failures
        .filter(move |it| it.moment == moment && !it.expected.is_empty())
        .map(|it| it.expected.clone())
}

/// What says the same again and again as one line.
fn folded(lines: Vec<Line>) -> Vec<Line> {
    let mut folded: Vec<Line> = Vec::new();
    let mut again = 0;
    let mut last = None;
    let close = |folded: &mut Vec<Line>, again: usize, last: Option<Duration>| {
        if let (Some(line), Some(last), 1..) = (folded.last_mut(), last, again) {
            line.text = format!("{} (and {again} more, until {})", line.text, brief(last));
        }
    };
    for line in lines {
        let same = folded.last().is_some_and(|it| {
            !it.is_step
                && it.mark.is_none()
                && line.mark.is_none()
                && (&it.machine, &it.text, it.is_step) == (&line.machine, &line.text, line.is_step)
        });
        if same {
            again += 1;
            last = line.at;
        } else {
            close(&mut folded, again, last);
            again = 0;
            folded.push(line);
        }
    }
    close(&mut folded, again, last);
    folded
}

/// The beginning, and what is near marks.
fn shortened(lines: Vec<Line>) -> Vec<Line> {
    let marked: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, it)| it.mark.is_some())
        .map(|(at, _)| at)
        .collect();
    let near = |at: usize| {
        at < HEAD
            || marked
                .iter()
                .any(|mark| at + AROUND.0 >= *mark && at <= mark + AROUND.1)
    };
    let mut kept = Vec::new();
    let mut left_out = 0;
    for (at, line) in lines.into_iter().enumerate() {
        if near(at) {
            if left_out > 0 {
                kept.push(gap(left_out));
                left_out = 0;
            }
            kept.push(line);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        kept.push(gap(left_out));
    }
    kept
}

fn gap(lines: usize) -> Line {
    Line {
        at: None,
        machine: String::new(),
        text: format!("… {lines} more"),
        is_step: true,
        mark: None,
    }
}

impl Tested {
    /// What an entry says; nothing for what another line says too, unless it is needed.
    fn line(&self, entry: &Entry, needed: bool) -> Option<Line> {
        let machine = self.machines.get(entry.machine)?;
        let is_step = matches!(entry.what, What::Step(_));
        let text = match &entry.what {
            What::Step(at) => self.step(*at)?,
            what => text(what, machine, needed)?,
        };
        let several = self.machines.len() > 1 && !is_step;
        Some(Line {
            at: Some(entry.at),
            machine: if several {
                machine.name.clone().into_owned()
            } else {
                String::new()
            },
            text,
            is_step,
            mark: None,
        })
    }

    fn step(&self, at: usize) -> Option<String> {
        let (step, run) = *self.run.script.origins.get(at)?;
        let step = self.test.steps.get(step)?;
        let machine = self.machines.get(step.machine);
        Some(describe(&step.action, run, machine))
    }
}

fn text(what: &What, machine: &MachineRef, needed: bool) -> Option<String> {
    let watcher = |id: chorister_ir::WatcherId| {
        let watcher = machine.watchers.get(usize::from(id.0));
        watcher.map_or("", |it| it.name.as_ref())
    };
    Some(match what {
        What::Started { state, restored } => {
            let again = if *restored { " again" } else { "" };
            format!("starts{again} in {}", machine.state(*state))
        }
        What::Transition {
            transition,
            from,
            to,
            ..
        } => format!(
            "{} → {} ({})",
            machine.state(*from),
            machine.state(*to),
            machine.transition(*transition)
        ),
        What::Ran {
            watcher: id,
            outcome,
            ..
        } => format!("{}: {}", watcher(*id), outcome.as_str()),
        What::Held {
            transition,
            verdict,
            ..
        } => {
            let name = machine.transition(*transition);
            let why = held(*verdict)?;
            format!("{name} {why}")
        }
        What::Report {
            watcher: id,
            report,
            announced,
        } => {
            // That it ran is told already.
            if !announced && !needed {
                return None;
            }
            let outcome = report.outcome().map_or("measured", |it| it.as_str());
            let announced = if *announced { " (announced)" } else { "" };
            format!("{}: {outcome}{announced}", watcher(*id))
        }
        What::Remark {
            watcher: id,
            level,
            text,
        } => {
            if *level < Level::Warning && !needed {
                return None;
            }
            match id {
                Some(id) => format!("{}: {text}", watcher(*id)),
                None => text.to_string(),
            }
        }
        // The step that did it says so.
        What::Step(_) | What::Given(_) | What::Fault(_) => return None,
    })
}

/// Why a transition that was asked for did not lead to another state; nothing where that is its way.
fn held(verdict: Verdict) -> Option<String> {
    Some(match verdict {
        Verdict::Entered(_) | Verdict::Stayed => return None,
        Verdict::Delayed(by) => format!("is delayed by {}, as a rate limit", brief(by)),
        Verdict::Coalesced => "is waiting already".to_owned(),
        Verdict::Refused => "is not offered in this state".to_owned(),
        Verdict::Stale => "came too late: the state had changed".to_owned(),
        Verdict::Dropped => "is dropped: the state was left".to_owned(),
    })
}
