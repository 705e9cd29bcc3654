//! Findings that need several machines: a tree of specs, or a distribution.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Label};
use crate::machine::Checked;
use crate::outline::{Named, Outline};
use crate::text::{quoted, similar};

/// Checks machines against each other; what is wrong with each alone is not repeated.
///
/// Findings are in the order of the machines, and of each file.
#[must_use]
pub fn check(machines: &[Checked]) -> Vec<Diagnostic> {
    let outlines: Vec<_> = machines.iter().map(|it| &it.outline).collect();
    let mut set = Set {
        by_name: HashMap::new(),
        findings: Vec::new(),
    };
    set.names(&outlines);
    for outline in &outlines {
        set.subscriptions(outline);
        set.foreign(outline);
    }
    set.series(&outlines);
    set.managed(&outlines);
    let order: HashMap<&str, usize> = outlines
        .iter()
        .enumerate()
        .map(|(at, it)| (&*it.file, at))
        .collect();
    set.findings
        .sort_by_key(|it| (order.get(&*it.file).copied(), it.span.start, it.code));
    set.findings
}

struct Set<'a> {
    by_name: HashMap<&'a str, &'a Outline>,
    findings: Vec<Diagnostic>,
}

impl<'a> Set<'a> {
    fn names(&mut self, outlines: &[&'a Outline]) {
        for outline in outlines {
            let Some(name) = &outline.name else { continue };
            match self
                .by_name
                .get(name.text.as_str())
                .and_then(|it| Some((*it, it.name.as_ref()?)))
            {
                None => {
                    self.by_name.insert(&name.text, outline);
                }
                Some((other, first)) => {
                    let message = format!("two machines are called `{}`", name.text);
                    let finding = at(Code::DuplicateMachine, outline, name, message)
                        .with_help("requests, subscriptions and metrics find a machine by its name")
                        .with_label(other, first, "first used here");
                    self.findings.push(finding);
                }
            }
        }
    }

    fn subscriptions(&mut self, outline: &'a Outline) {
        let own = outline.name.as_ref().map(|it| &it.text);
        for it in outline
            .subscriptions
            .iter()
            .filter(|it| Some(&it.machine.text) != own)
        {
            let Some(other) = self.by_name.get(it.machine.text.as_str()).copied() else {
                let finding = self.unknown_machine(outline, &it.machine);
                self.findings.push(finding);
                continue;
            };
            let (machine, event) = (&it.machine.text, &it.event.text);
            match other.events.iter().find(|it| it.name == *event) {
                None => {
                    let message = format!("machine `{machine}` has no transition `{event}`");
                    let names = other.events.iter().map(|it| it.name.as_str());
                    let help = advice(event, names, "the transitions are");
                    self.findings
                        .push(at(Code::UnknownEvent, outline, &it.event, message).with_help(help));
                }
                Some(known) if !known.is_announced() => {
                    let message = format!(
                        "`{event}` of machine `{machine}` only leads from a state to itself, so nobody hears of it"
                    );
                    let finding = at(Code::SilentEvent, outline, &it.event, message)
                        .with_help("subscribe to a transition that leads to another state");
                    self.findings.push(finding);
                }
                Some(_) => {}
            }
        }
    }

    fn foreign(&mut self, outline: &'a Outline) {
        for it in &outline.foreign {
            let Some(other) = self.by_name.get(it.machine.text.as_str()).copied() else {
                let finding = self.unknown_machine(outline, &it.machine);
                self.findings.push(finding);
                continue;
            };
            if !other.states.contains(&it.state.text) {
                let message = format!(
                    "machine `{}` has no state `{}`",
                    it.machine.text, it.state.text
                );
                let names = other.states.iter().map(String::as_str);
                let help = advice(&it.state.text, names, "the states are");
                self.findings.push(
                    at(Code::UnknownForeignState, outline, &it.state, message).with_help(help),
                );
            }
        }
    }

    fn unknown_machine(&self, outline: &Outline, name: &Named) -> Diagnostic {
        let mut names: Vec<_> = self.by_name.keys().copied().collect();
        names.sort_unstable();
        let message = format!("there is no machine `{}` here", name.text);
        let help = advice(&name.text, names.into_iter(), "the machines are");
        at(Code::UnknownMachine, outline, name, message).with_help(help)
    }

    fn series(&mut self, outlines: &[&'a Outline]) {
        let mut first = HashMap::new();
        for outline in outlines {
            for it in &outline.series {
                let Some((other, earlier)) =
                    first.insert((&it.name.text, &it.labels), (*outline, &it.name))
                else {
                    continue;
                };
                let message = format!(
                    "two watchers publish the metric `{}` with the same labels",
                    it.name.text
                );
                let finding = at(Code::DuplicateSeries, outline, &it.name, message)
                    .with_help("give one of them another name, or a label that tells them apart")
                    .with_label(other, earlier, "first published here");
                self.findings.push(finding);
            }
        }
    }

    fn managed(&mut self, outlines: &[&'a Outline]) {
        let mut first: HashMap<String, (&Outline, &Named)> = HashMap::new();
        for outline in outlines {
            for it in &outline.managed {
                let path: Vec<_> = it
                    .text
                    .split('/')
                    .filter(|it| !it.is_empty() && *it != ".")
                    .collect();
                let Some((other, earlier)) = first.insert(path.join("/"), (*outline, it)) else {
                    continue;
                };
                let message = format!("`{}` is managed twice", it.text);
                let finding = at(Code::ContestedFile, outline, it, message)
                    .with_help("each would undo what the other does: let one of them manage it")
                    .with_label(other, earlier, "managed here too");
                self.findings.push(finding);
            }
        }
    }
}

fn advice<'a>(name: &str, names: impl Iterator<Item = &'a str> + Clone, they_are: &str) -> String {
    match similar(name, names.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{they_are} {}", quoted(names)),
    }
}

fn at(code: Code, outline: &Outline, it: &Named, message: String) -> Diagnostic {
    Diagnostic {
        code,
        severity: code.severity(),
        message,
        help: None,
        file: outline.file.clone(),
        span: it.place.span,
        path: it.place.path.clone(),
        labels: Vec::new(),
        notes: Vec::new(),
    }
}

impl Diagnostic {
    fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn with_label(mut self, outline: &Outline, it: &Named, text: &str) -> Self {
        let file = (outline.file != self.file).then(|| outline.file.clone());
        self.labels.push(Label {
            file,
            span: it.place.span,
            text: text.to_owned(),
        });
        self
    }
}
