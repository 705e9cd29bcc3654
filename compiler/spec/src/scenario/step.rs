//! Steps: what happens, and when.

use core::time::Duration;

use chorister_yaml::{Entry, Node};

use super::decode::{MOST, Scene, brief, entries, has_unknown, mark, present, value};
use super::keys::{STEP, TRANSITION};
use super::model::{Action, Run, Step};
use super::outcome;
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::text::quoted;

/// What a step may do; each does one of it.
const ACTIONS: [&str; 8] = [
    "watcher",
    "event",
    "transition",
    "facts",
    "data",
    "clock",
    "restart",
    "disk",
];

/// Reads the steps of a test.
pub(super) fn read(scene: &mut Scene<'_, '_>, node: &Node, path: &Path) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut now = Duration::ZERO;
    for (item, path) in scene.reader.list(node, path).into_iter().take(MOST) {
        let Some(entries) = entries(&mut scene.reader, item, &path, &STEP) else {
            continue;
        };
        now = scene.time(entries, &path, now);
        let Some(machine) = scene.about(entries, &path) else {
            continue;
        };
        let Some(action) = scene.action(entries, &path, machine) else {
            continue;
        };
        steps.push(Step {
            at: now,
            machine,
            action,
            place: mark(item, &path),
        });
    }
    steps
}

impl Scene<'_, '_> {
    /// When a step happens, which is never before the one above it.
    fn time(&mut self, entries: &[Entry], path: &Path, now: Duration) -> Duration {
        let (at, after) = (value(entries, path, "at"), value(entries, path, "after"));
        let (time, place) = match (at, after) {
            (None, None) => return now,
            (Some(_), Some((_, path))) => {
                let message = "`at` and `after` exclude each other";
                let finding = Finding::new(Code::Exclusive, path, message).at(Part::Key);
                self.reader
                    .findings
                    .add(finding.help("`at` counts from the start, `after` from the step above"));
                return now;
            }
            (Some((node, path)), None) => (self.reader.duration(node, &path), path),
            (None, Some((node, path))) => {
                let after = self.reader.duration(node, &path);
                (after.map(|it| now.saturating_add(it)), path)
            }
        };
        let Some(time) = time else { return now };
        if time < now {
            let message = format!(
                "this step is at {}, and the one above it at {}",
                brief(time),
                brief(now)
            );
            let finding = Finding::new(Code::TestTime, place, message);
            self.reader.findings.add(finding.help(
                "write the steps in the order in which they happen; `after` counts from the step above",
            ));
            return now;
        }
        if self.not_too_long(time, &place) {
            time
        } else {
            now
        }
    }

    fn action(&mut self, entries: &[Entry], path: &Path, machine: usize) -> Option<Action> {
        let key = match present(entries, &ACTIONS).as_slice() {
            [key] => *key,
            [] if has_unknown(entries, &STEP) => return None,
            [] => {
                let finding =
                    Finding::new(Code::TestStep, path.clone(), "nothing happens in this step");
                self.reader.findings.add(
                    finding
                        .at(Part::Start)
                        .help(format!("say what does: one of {}", quoted(ACTIONS))),
                );
                return None;
            }
            [first, second, ..] => {
                let message = format!("this step does two things: `{first}` and `{second}`");
                let finding =
                    Finding::new(Code::TestStep, path.join((*second).to_owned()), message);
                self.reader.findings.add(
                    finding
                        .at(Part::Key)
                        .help("make two steps of it; without `at` and `after` the second is at the time of the first"),
                );
                return None;
            }
        };
        let entry = entries.iter().find(|it| it.key.text == key)?;
        let (node, path) = (&entry.value, path.join(key.to_owned()));
        Some(match key {
            "watcher" => Action::Run(self.runs(node, &path, machine)?),
            "event" => Action::Fire(self.transition(machine, node, &path)?),
            "transition" => self.announcement(node, &path)?,
            "facts" => Action::Facts(self.reader.object(node, &path)?),
            "data" => Action::Data(self.reader.object(node, &path)?),
            "clock" => Action::Clock(self.reader.signed_duration(node, &path)?),
            "disk" => match node.text() {
                Some("full") => Action::Disk { full: true },
                Some("free") => Action::Disk { full: false },
                _ => {
                    self.reader.wrong_type(node, &path, "`full` or `free`");
                    return None;
                }
            },
            _ if node.text() == Some("true") => Action::Restart(Duration::ZERO),
            _ => Action::Restart(self.reader.duration(node, &path)?),
        })
    }

    /// Outcomes by watcher.
    fn runs(&mut self, node: &Node, path: &Path, machine: usize) -> Option<Vec<Run>> {
        let Some(entries) = node.as_mapping() else {
            self.reader
                .wrong_type(node, path, "a mapping, as in `{check: {exit: 0}}`");
            return None;
        };
        let mut runs = Vec::with_capacity(entries.len());
        for Entry { key, value, .. } in entries {
            let path = path.join(key.text.clone());
            let Some((watcher, kind)) = self.watcher_named(machine, &key.text, &path, Part::Key)
            else {
                continue;
            };
            let Some(kind) = kind else { continue };
            let read = outcome::read(&mut self.reader, value, &path, &key.text, kind);
            runs.extend(read.map(|(outcome, runtime)| Run {
                watcher,
                outcome,
                runtime,
                place: mark(value, &path),
            }));
        }
        Some(runs)
    }

    /// A transition that another machine completes; it need not be part of the test.
    fn announcement(&mut self, node: &Node, path: &Path) -> Option<Action> {
        let entries = entries(&mut self.reader, node, path, &TRANSITION)?;
        let mut texts = ["machine", "event"].map(|key| {
            let Some((node, path)) = value(entries, path, key) else {
                if has_unknown(entries, &TRANSITION) {
                    return None;
                }
                let message = format!("`{path}` needs `{key}`");
                let finding = Finding::new(Code::MissingKey, path.clone(), message);
                self.reader.findings.add(
                    finding
                        .at(Part::Start)
                        .help("write `{machine: NAME, event: NAME}`"),
                );
                return None;
            };
            self.reader.text(node, &path)
        });
        let [machine, event] = [texts[0].take()?, texts[1].take()?];
        Some(Action::Announce { machine, event })
    }
}
