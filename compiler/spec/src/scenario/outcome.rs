//! What runs of watchers come to, by their type.

use core::time::Duration;

use chorister_yaml::{Entry, Node};
use serde_json::Map;

use super::decode::{entries, has_unknown, is_numbers, present, value};
use super::keys::OUTCOME;
use super::model::Outcome;
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::form::Reader;
use crate::model::Kind;
use crate::text::{quoted, similar};

/// What the runs of a type of watcher can come to.
struct Possible {
    /// The keys that say so.
    keys: &'static [&'static str],
    /// The outcomes that have a name, as on the wire.
    named: &'static [&'static str],
    /// What to write, for a message.
    example: &'static str,
}

/// What a run may come to; `None` for watchers that nobody runs.
const fn possible(kind: Kind) -> Option<Possible> {
    Some(match kind {
        Kind::Exec => Possible {
            keys: &["exit", "stdout", "outcome", "hang", "runtime"],
            named: &["success", "error"],
            example: "`{exit: 0}`, `{exit: 2, stdout: \"…\"}` or `{hang: true}`",
        },
        Kind::Nagios => Possible {
            keys: &["exit", "stdout", "hang", "runtime"],
            named: &[],
            example: "`{exit: 2, stdout: \"CRITICAL\"}` or `{hang: true}`",
        },
        Kind::Metric => Possible {
            keys: &[
                "exit", "stdout", "metrics", "labels", "outcome", "hang", "runtime",
            ],
            named: &["error"],
            example: "`{metrics: {load: 0.5}}` or `{outcome: error}`",
        },
        Kind::File => Possible {
            keys: &["outcome"],
            named: &["changed", "unchanged", "error"],
            example: "`{outcome: changed}`",
        },
        Kind::Archive => Possible {
            keys: &["outcome", "hang", "runtime"],
            named: &["verified", "downloaded", "error"],
            example: "`{outcome: downloaded}`",
        },
        Kind::Expression => Possible {
            keys: &["outcome"],
            named: &["success_when", "failed_when", "no_match", "error"],
            example: "`{outcome: success_when}`",
        },
        Kind::Kv => Possible {
            keys: &["outcome"],
            named: &["changed", "unchanged", "error"],
            example: "`{outcome: changed}`",
        },
        Kind::Plugins => Possible {
            keys: &["outcome", "runtime"],
            named: &["updated", "unchanged", "error"],
            example: "`{outcome: updated}`",
        },
        Kind::HttpSwitch => Possible {
            keys: &["switch"],
            named: &[],
            example: "`{switch: on}`",
        },
        Kind::Schedule | Kind::Timer | Kind::Gossip | Kind::CcmManifest => return None,
    })
}

/// Reads what a run of a watcher of this type comes to, and how long it takes.
pub(super) fn read(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &Path,
    watcher: &str,
    kind: Kind,
) -> Option<(Outcome, Duration)> {
    let type_name = kind.as_str();
    let Some(possible) = possible(kind) else {
        let message = format!("`{watcher}` is of type `{type_name}`, whose runs have no outcome");
        let finding = Finding::new(Code::TestOutcome, path.clone(), message).at(Part::Key);
        let help = matches!(kind, Kind::Schedule | Kind::Timer)
            .then(|| format!("a {type_name} follows the clock of the test: let time pass"));
        reader.findings.add(finding.maybe_help(help));
        return None;
    };
    let entries = entries(reader, node, path, &OUTCOME)?;
    let known = |key: &str| OUTCOME.keys.contains(&key);
    let wrong = entries
        .iter()
        .find(|it| known(&it.key.text) && !possible.keys.contains(&it.key.text.as_str()));
    if let Some(wrong) = wrong {
        let key = &wrong.key.text;
        let message =
            format!("`{watcher}` is of type `{type_name}`, and has no outcome with `{key}`");
        let finding = Finding::new(Code::TestOutcome, path.join(key.clone()), message);
        reader.findings.add(
            finding
                .at(Part::Key)
                .help(format!("write {}", possible.example)),
        );
        return None;
    }
    let runtime = match value(entries, path, "runtime") {
        Some((node, path)) => reader.duration(node, &path).unwrap_or_default(),
        None => Duration::ZERO,
    };
    let outcome = what(reader, entries, path, watcher, &possible)?;
    Some((outcome, runtime))
}

/// Ways to say what a run comes to; `stdout` belongs to `exit`, and `labels` to `metrics`.
const WAYS: [&str; 5] = ["exit", "outcome", "hang", "metrics", "switch"];

fn what(
    reader: &mut Reader<'_>,
    entries: &[Entry],
    path: &Path,
    watcher: &str,
    possible: &Possible,
) -> Option<Outcome> {
    let prints = value(entries, path, "stdout");
    let way = match present(entries, &WAYS).as_slice() {
        [way] => *way,
        [] if prints.is_some() => "exit",
        [] if has_unknown(entries, &OUTCOME) => return None,
        [] => {
            let message = format!("nothing is said of what the run of `{watcher}` comes to");
            let finding = Finding::new(Code::TestOutcome, path.clone(), message);
            reader.findings.add(
                finding
                    .at(Part::Start)
                    .help(format!("write {}", possible.example)),
            );
            return None;
        }
        [first, second, ..] => {
            let message = format!("`{first}` and `{second}` exclude each other");
            let finding = Finding::new(Code::Exclusive, path.join((*second).to_owned()), message);
            reader.findings.add(finding.at(Part::Key));
            return None;
        }
    };
    if let Some((_, path)) = prints.as_ref().filter(|_| way != "exit") {
        let message = format!("`stdout` and `{way}` exclude each other");
        let finding = Finding::new(Code::Exclusive, path.clone(), message).at(Part::Key);
        reader.findings.add(finding);
        return None;
    }
    let said = value(entries, path, way);
    match way {
        "exit" => {
            let code = match said {
                Some((node, path)) => reader.number(node, &path, u8::MAX.into())?,
                None => 0,
            };
            let stdout = match prints {
                Some((node, path)) => printed(reader, node, &path)?,
                None => String::new(),
            };
            Some(Outcome::Exit {
                code: u8::try_from(code).ok()?,
                stdout,
            })
        }
        "hang" => {
            let (node, path) = said?;
            if reader.truth(node, &path)? {
                return Some(Outcome::Hang);
            }
            let finding = Finding::new(
                Code::TestOutcome,
                path,
                "a run that does not hang comes to something",
            );
            reader
                .findings
                .add(finding.help(format!("write {}", possible.example)));
            None
        }
        "metrics" => {
            let (node, place) = said?;
            let metrics = reader.object(node, &place)?;
            if !is_numbers(&metrics) {
                let message = format!("`{place}` has to hold numbers by name");
                reader
                    .findings
                    .add(Finding::new(Code::WrongType, place, message));
                return None;
            }
            let labels = match value(entries, path, "labels") {
                Some((node, path)) => reader.object(node, &path)?,
                None => Map::new(),
            };
            Some(Outcome::Metrics { metrics, labels })
        }
        "switch" => {
            let (node, path) = said?;
            match node.text() {
                Some("on" | "true") => Some(Outcome::Switch(true)),
                Some("off" | "false") => Some(Outcome::Switch(false)),
                _ => {
                    reader.wrong_type(node, &path, "`on` or `off`");
                    None
                }
            }
        }
        _ => {
            let (node, path) = said?;
            let name = reader.text(node, &path)?;
            let found = possible.named.iter().find(|it| **it == name);
            if found.is_none() {
                let message = format!("a run of `{watcher}` cannot come to `{name}`");
                let help = match similar(&name, possible.named.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it may come to {}", quoted(possible.named.iter().copied())),
                };
                reader
                    .findings
                    .add(Finding::new(Code::TestOutcome, path, message).help(help));
            }
            found.map(|it| Outcome::Named(it))
        }
    }
}

/// What a command prints: any text, also an empty one; a number stands for its digits.
fn printed(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<String> {
    let scalar = node.as_scalar();
    if scalar.is_none() {
        reader.wrong_type(node, path, "a string");
    }
    scalar.map(|it| it.text.clone())
}
