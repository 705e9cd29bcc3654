//! How the replies of many nodes are summed up.

use chorister_ir::ddl::{Aggregate, Aggregation, Output};
use chorister_ir::{List, Pair, Text};
use chorister_yaml::{Entry, Node};

use super::fields::{Cx, Fields};
use super::keys::AGGREGATE;
use crate::diagnostic::{Code, Finding, Part, Path, Severity};
use crate::text::{quoted, similar};

/// Reads the aggregates of an action, in order.
pub(super) fn all(cx: &mut Cx<'_>, node: &Node, path: &Path, outputs: &[Output]) -> Vec<Aggregate> {
    let mut aggregates: Vec<(Aggregate, Path)> = Vec::new();
    for (item, path) in cx.reader.list(node, path) {
        let Some(fields) = cx.fields(item, &AGGREGATE, format!("`{path}`"), path) else {
            continue;
        };
        let Some(read) = one(cx, &fields, outputs) else {
            continue;
        };
        let place = fields.at("args").join(0);
        let earlier = aggregates.iter().find(|(it, _)| it.output == read.output);
        if let Some((_, earlier)) = earlier {
            let message = format!("`{}` is summed up twice; the later one counts", read.output);
            let finding = Finding::new(Code::AggregateReplaced, place.clone(), message);
            cx.add(finding.help("leave one of them out").label(
                earlier.clone(),
                Part::Value,
                "first here",
            ));
        }
        aggregates.push((read, place));
    }
    aggregates.into_iter().map(|it| it.0).collect()
}

fn one(cx: &mut Cx<'_>, fields: &Fields<'_>, outputs: &[Output]) -> Option<Aggregate> {
    let function = match fields.get("function") {
        Some(node) => function(cx, node, &fields.at("function")),
        None => {
            let help = "say what is done, such as `function: summary`";
            cx.missing(fields, "function", Severity::Error, help);
            None
        }
    };
    let Some(node) = fields.get("args") else {
        let help = "name the output, such as `args: [state]`";
        cx.missing(fields, "args", Severity::Error, help);
        return None;
    };
    let path = fields.at("args");
    let items = cx.reader.list(node, &path);
    let Some((first, place)) = items.first() else {
        if node.as_sequence().is_some() {
            let finding = Finding::new(Code::EmptyValue, path, "`args` names no output");
            cx.add(finding.help("name the output, such as `args: [state]`"));
        }
        return None;
    };
    let output = cx.string(first, place)?;
    check_output(cx, &output, place, outputs);
    let mut read = Aggregate {
        output: Text::Owned(output),
        function: function?,
        format: None,
        labels: List::EMPTY,
    };
    if let Some((options, place)) = items.get(1) {
        self::options(cx, options, place, &mut read);
    }
    if let Some((_, place)) = items.get(2) {
        let message = "an aggregate has an output and one mapping of options";
        let finding = Finding::new(Code::AggregateOption, place.clone(), message);
        cx.add(finding.help("leave out what follows"));
    }
    Some(read)
}

fn function(cx: &mut Cx<'_>, node: &Node, path: &Path) -> Option<Aggregation> {
    let name = cx.string(node, path)?;
    if let Some((_, known)) = Aggregation::NAMED.into_iter().find(|(it, _)| *it == name) {
        return Some(known);
    }
    let names = Aggregation::NAMED.map(|(name, _)| name);
    let message = format!("there is no aggregate `{name}`: nothing is summed up");
    let finding = Finding::new(Code::AggregateFunction, path.clone(), message);
    cx.add(match similar(&name, names) {
        Some(near) => finding
            .severity(Severity::Error)
            .help(format!("did you mean `{near}`?")),
        None => {
            let severity = cx.ignored();
            finding
                .severity(severity)
                .help(format!("aggregates are {}", quoted(names)))
        }
    });
    Some(Aggregation::Unknown(Text::Owned(name)))
}

fn check_output(cx: &mut Cx<'_>, name: &str, path: &Path, outputs: &[Output]) {
    if outputs.iter().any(|it| it.name == name) {
        return;
    }
    let names = outputs.iter().map(|it| it.name.as_ref());
    let message = format!("the action has no output `{name}` that could be summed up");
    let finding = Finding::new(Code::AggregateOutput, path.clone(), message);
    cx.add(match similar(name, names.clone()) {
        Some(near) => finding
            .severity(Severity::Error)
            .help(format!("did you mean `{near}`?")),
        None => {
            let severity = cx.ignored();
            let help = match names.clone().next() {
                Some(_) => format!("its outputs are {}", quoted(names)),
                None => "it has no outputs: leave the aggregate out".to_owned(),
            };
            finding.severity(severity).help(help)
        }
    });
}

fn options(cx: &mut Cx<'_>, node: &Node, path: &Path, read: &mut Aggregate) {
    let Some(entries) = node.as_mapping() else {
        cx.reader.wrong_type(node, path, "a mapping of options");
        return;
    };
    let mut labels = Vec::new();
    for Entry { key, value, .. } in entries {
        let path = path.join(key.text.clone());
        let Some(text) = cx.string(value, &path) else {
            continue;
        };
        if key.text == "format" {
            check_format(cx, &text, &path, &read.function);
            read.format = Some(Text::Owned(text));
            continue;
        }
        if matches!(read.function, Aggregation::Average | Aggregation::Chart) {
            let message = format!("`{}` has no option `{}`", read.function.name(), key.text);
            let finding = Finding::new(Code::AggregateOption, path, message).at(Part::Key);
            let help = match read.function {
                Aggregation::Average => "its only option is `format`",
                _ => "it has none: leave it out",
            };
            cx.add(finding.help(help));
        } else if matches!(read.function, Aggregation::BooleanSummary)
            && !matches!(key.text.as_str(), "true" | "false")
        {
            let message = format!("`{}` is no truth value: the label is never shown", key.text);
            let finding = Finding::new(Code::AggregateOption, path, message).at(Part::Key);
            cx.add(finding.help("labels are for `true` and `false`"));
        } else {
            labels.push(Pair {
                key: Text::Owned(key.text.clone()),
                value: Text::Owned(text),
            });
        }
    }
    read.labels = labels.into();
}

/// Reports a format whose verbs are not those of its values: Go prints such misfits for all to see.
fn check_format(cx: &mut Cx<'_>, format: &str, path: &Path, function: &Aggregation) {
    let verbs = verbs(format);
    let (wanted, fits, example) = match function {
        Aggregation::Summary | Aggregation::BooleanSummary => (
            "a value and a count",
            matches!(verbs.as_slice(), ['s' | 'v' | 'q', 'd' | 'v']),
            "%s on %d nodes",
        ),
        Aggregation::Average => (
            "a number with a fraction",
            matches!(verbs.as_slice(), ['f' | 'F' | 'g' | 'G' | 'e' | 'E' | 'v']),
            "Average: %.2f",
        ),
        Aggregation::Chart | Aggregation::Unknown(_) => return,
    };
    if fits {
        return;
    }
    let message = format!("the format is given {wanted}, and prints something else");
    let finding = Finding::new(Code::AggregateFormat, path.clone(), message);
    cx.add(finding.help(format!(
        "write verbs for these in that order, such as `{example}`"
    )));
}

/// The letters of the verbs of a format, in order.
fn verbs(format: &str) -> Vec<char> {
    let mut verbs = Vec::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character == '%' {
            let verb = characters
                .by_ref()
                .find(|it| !matches!(it, '0'..='9' | '.' | '+' | '-' | '#' | ' '));
            verbs.extend(verb.filter(|it| *it != '%'));
            if verb.is_none() {
                verbs.push('!');
            }
        }
    }
    verbs
}
