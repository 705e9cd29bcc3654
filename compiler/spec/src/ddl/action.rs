//! What an agent can be asked.

use std::collections::HashMap;

use chorister_ir::ddl::{Action, Display, Metadata};
use chorister_ir::{List, Text};
use chorister_yaml::Node;

use super::fields::{Cx, Fields};
use super::input::check_name;
use super::keys::ACTION;
use super::{Checked, aggregate, input, output, run};
use crate::diagnostic::{Code, Finding, Part, Path, Severity};
use crate::outline::{Mark, Named};
use crate::text::{quoted, similar};

/// Most actions of an agent.
const MOST: usize = 200;

/// Reads the actions of an agent, in order.
pub(super) fn all(
    cx: &mut Cx<'_>,
    node: &Node,
    path: &Path,
    metadata: &Metadata,
    checked: &mut Checked,
) -> Vec<Action> {
    let items = cx.reader.list(node, path);
    if items.len() > MOST {
        let message = format!("the agent has {} actions, and may have {MOST}", items.len());
        cx.add(Finding::new(Code::TooMany, path.clone(), message).at(Part::Key));
        return Vec::new();
    }
    if items.is_empty() && node.as_sequence().is_some() {
        let finding = Finding::new(Code::EmptyValue, path.clone(), "the agent has no actions");
        cx.add(
            finding
                .severity(Severity::Warning)
                .help("add one: nobody can ask it anything"),
        );
    }
    let mut first = HashMap::new();
    let mut actions = Vec::with_capacity(items.len());
    for (item, path) in items {
        let Some(action) = one(cx, item, &path, metadata, checked) else {
            continue;
        };
        let name = action.name.clone().into_owned();
        if let Some(earlier) = first.get(&name) {
            let message = format!("two actions are called `{name}`");
            let finding = Finding::new(Code::DuplicateAction, path.join("action"), message);
            let label = Path::clone(earlier).join("action");
            cx.add(
                finding
                    .help("an action is found by its name: give one of them another")
                    .label(label, Part::Value, "first used here"),
            );
            continue;
        }
        first.insert(name, path);
        actions.push(action);
    }
    actions
}

fn one(
    cx: &mut Cx<'_>,
    node: &Node,
    path: &Path,
    metadata: &Metadata,
    checked: &mut Checked,
) -> Option<Action> {
    let owner = match node.get("action").and_then(Node::text) {
        Some(name) if !name.is_empty() => format!("action `{name}`"),
        _ => format!("`{path}`"),
    };
    let fields = cx.fields(node, &ACTION, owner, path.clone())?;
    let name = name(cx, &fields)?;
    let mut action = Action {
        name: Text::Owned(name.text.clone()),
        description: Text::Owned(cx.prose(&fields, "description")),
        ..Action::DEFAULT
    };
    checked.actions.push(name);
    if let Some(node) = fields.get("display") {
        action.display = display(cx, node, &fields.at("display"));
    }
    action.inputs = section(cx, &fields, "input", input::all);
    action.outputs = section(cx, &fields, "output", output::all);
    if let Some(node) = fields.get("aggregate") {
        let path = fields.at("aggregate");
        action.aggregates = aggregate::all(cx, node, &path, &action.outputs).into();
    }
    action.run = run::read(cx, &fields, &action, metadata, checked);
    Some(action)
}

fn name(cx: &mut Cx<'_>, fields: &Fields<'_>) -> Option<Named> {
    let Some(node) = fields.get("action") else {
        cx.missing(
            fields,
            "action",
            Severity::Error,
            "add the name of the action, such as `action: status`",
        );
        return None;
    };
    let path = fields.at("action");
    let text = cx.reader.text(node, &path)?;
    check_name(cx, &text, "an action", &path);
    Some(Named {
        text,
        place: Mark {
            span: node.span,
            path: path.to_string(),
        },
    })
}

fn section<T>(
    cx: &mut Cx<'_>,
    fields: &Fields<'_>,
    key: &'static str,
    read: fn(&mut Cx<'_>, &Node, &Path) -> Vec<T>,
) -> List<T> {
    match fields.get(key) {
        Some(node) => read(cx, node, &fields.at(key)).into(),
        None => {
            let help = format!("add `{key}: {{}}` where there is none");
            cx.missing(fields, key, Severity::Warning, &help);
            List::EMPTY
        }
    }
}

fn display(cx: &mut Cx<'_>, node: &Node, path: &Path) -> Display {
    let text = cx.string(node, path).filter(|it| !it.is_empty());
    let Some(text) = text else {
        return Display::Failed;
    };
    let found = Display::ALL.into_iter().find(|(it, _)| *it == text);
    if let Some((_, display)) = found {
        return display;
    }
    let names = Display::ALL.map(|(name, _)| name);
    let help = match similar(&text, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("choices are {}", quoted(names)),
    };
    let message = format!("`{text}` does not say which replies are shown");
    cx.add(Finding::new(Code::UnknownChoice, path.clone(), message).help(help));
    Display::Failed
}
