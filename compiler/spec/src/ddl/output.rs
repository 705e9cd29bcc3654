//! What an action answers.

use chorister_ir::Text;
use chorister_ir::ddl::{Output, ValueType};
use chorister_yaml::{Node, to_json};
use serde_json::Value;

use super::fields::{Cx, Fields};
use super::input::{check_name, items, json, said, value_type};
use super::keys::OUTPUT;
use crate::diagnostic::{Code, Finding, Part, Path, Severity};

/// Most outputs of an action.
const MOST: usize = 200;

/// Reads the outputs of an action, in order.
pub(super) fn all(cx: &mut Cx<'_>, node: &Node, path: &Path) -> Vec<Output> {
    let Some(entries) = node.as_mapping() else {
        cx.reader
            .wrong_type(node, path, "a mapping of names to outputs");
        return Vec::new();
    };
    if entries.len() > MOST {
        let message = format!("there are {} outputs, and may be {MOST}", entries.len());
        cx.add(Finding::new(Code::TooMany, path.clone(), message).at(Part::Key));
        return Vec::new();
    }
    let outputs = entries.iter().filter_map(|entry| {
        let name = entry.key.text.as_str();
        let path = path.join(name.to_owned());
        check_name(cx, name, "an output", &path);
        one(cx, &entry.value, name, path)
    });
    outputs.collect()
}

fn one(cx: &mut Cx<'_>, node: &Node, name: &str, path: Path) -> Option<Output> {
    let fields = cx.fields(node, &OUTPUT, format!("output `{name}`"), path)?;
    let mut output = Output {
        name: Text::Owned(name.to_owned()),
        description: Text::Owned(cx.prose(&fields, "description")),
        display_as: Text::Owned(cx.prose(&fields, "display_as")),
        ..Output::DEFAULT
    };
    if let Some(node) = fields.get("type") {
        let path = fields.at("type");
        let named = cx.string(node, &path).filter(|it| !it.is_empty());
        output.kind = named.and_then(|it| value_type(cx, &it, &path, &fields.owner));
    }
    if output.kind == Some(ValueType::Array) {
        output.items = items(cx, &fields);
    } else if fields.get("items").is_some() {
        let message = "`items` says nothing of a value that is no array";
        let finding = Finding::new(Code::ValidationIgnored, fields.at("items"), message);
        cx.add(
            finding
                .at(Part::Key)
                .severity(Severity::Warning)
                .help("leave it out"),
        );
    }
    if let Some(node) = fields.get("default") {
        let value = to_json(node);
        check_default(cx, &fields, &output, &value);
        output.default = Some(json(&value));
    }
    Some(output)
}

fn check_default(cx: &mut Cx<'_>, fields: &Fields<'_>, output: &Output, value: &Value) {
    let Some(wanted) = output.kind.filter(|it| !chorister_ddl::fits(*it, value)) else {
        return;
    };
    let sort = match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        value => said(value),
    };
    let message = format!(
        "the default of {} is {sort}, and its type is {}",
        fields.owner,
        wanted.name()
    );
    // A word such as `unknown` for a number that is not there is a habit, and shown to people as it is.
    let is_word = value.is_string() && !matches!(wanted, ValueType::Hash | ValueType::Array);
    let severity = if is_word {
        Severity::Warning
    } else {
        Severity::Error
    };
    let example = match wanted {
        ValueType::Hash => "write `{}` for none, or leave it out",
        ValueType::Array => "write `[]` for none, or leave it out",
        _ => "write a value of that type, or leave it out",
    };
    let finding = Finding::new(Code::OutputDefault, fields.at("default"), message);
    cx.add(finding.severity(severity).help(example));
}
