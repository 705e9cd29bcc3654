//! An Ansible role: typed arguments for the checks of each class, and the tasks that write them.

use anyhow::Result;
use chorister_ir::{CheckClass, Parameter, ParameterKind, Text};
use serde_json::{Value, json};

use super::{Files, Subject, words};
use crate::templates::template;

pub(super) fn files(of: &Subject<'_>) -> Result<Files> {
    let data = json!({
        "source": of.source,
        "name": of.name,
        "version": of.version,
        "role": of.identifier(),
        "folder": of.folder,
        "secrets": of.beside("secrets.d"),
        "classes": of.classes.iter().map(class).collect::<Vec<_>>(),
    });
    let mut files = Files::new();
    for (path, template) in [
        ("README.md", template!("ansible/README.md")),
        ("defaults/main.yml", template!("ansible/defaults.yml")),
        ("meta/main.yml", template!("ansible/meta.yml")),
        (
            "meta/argument_specs.yml",
            template!("ansible/argument_specs.yml"),
        ),
        ("tasks/main.yml", template!("ansible/tasks.yml")),
        ("tasks/secrets.yml", template!("ansible/secrets.yml")),
        (
            "templates/check.yaml.j2",
            template!("ansible/check.yaml.j2"),
        ),
    ] {
        files.insert(path.to_owned(), template.render(&data)?);
    }
    Ok(files)
}

fn class(of: &CheckClass) -> Value {
    let is_secret = |it: &&Parameter| matches!(it.kind, ParameterKind::Secret);
    let (secrets, plain): (Vec<&Parameter>, Vec<&Parameter>) =
        of.parameters.iter().partition(is_secret);
    json!({
        "class": of.name,
        "about": quoted(&words::summary(of)),
        "summary": words::summary(of),
        "required": plain.iter().any(|it| it.is_required()),
        "parameters": of.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "secrets": secrets.iter().map(|it| json!({
            "name": it.name,
            "about": quoted(&words::about(it)),
        })).collect::<Vec<_>>(),
        "example": plain.iter().filter(|it| it.is_required()).map(|it| example(it)).collect::<Vec<_>>(),
        "remediates": of.defaults.remediate.is_some(),
    })
}

fn parameter(of: &Parameter) -> Value {
    let (kind, elements, choices) = match &of.kind {
        ParameterKind::String { values, .. } => ("str", "", choices(values)),
        ParameterKind::Integer { .. } => ("int", "", String::new()),
        ParameterKind::Float { .. } => ("float", "", String::new()),
        ParameterKind::Boolean => ("bool", "", String::new()),
        ParameterKind::Duration { .. } => ("str", "", String::new()),
        ParameterKind::Size { .. } | ParameterKind::Percent { .. } | ParameterKind::Threshold => {
            ("raw", "", String::new())
        }
        ParameterKind::List {
            pattern: None,
            values,
            ..
        } if values.is_empty() => ("list", "raw", String::new()),
        ParameterKind::List { values, .. } => ("list", "str", choices(values)),
        ParameterKind::Secret => ("dict", "", String::new()),
    };
    let limits = words::limits(&of.kind);
    let limits = match limits.is_empty() {
        true => limits,
        false => format!("Limits: {limits}."),
    };
    let about = [words::about(of), limits].join(" ");
    json!({
        "name": of.name,
        "type": kind,
        "elements": elements,
        "choices": choices,
        "about": quoted(about.trim()),
        // A secret may also be given in the clear, beside the others.
        "required": of.is_required() && !matches!(of.kind, ParameterKind::Secret),
        "is_secret": matches!(of.kind, ParameterKind::Secret),
    })
}

fn choices(values: &[Text]) -> String {
    if values.is_empty() {
        return String::new();
    }
    let values: Vec<String> = values.iter().map(|it| quoted(it)).collect();
    format!("[{}]", values.join(", "))
}

/// A value that shows how a parameter is set; it need not be one that its pattern takes.
fn example(of: &Parameter) -> Value {
    json!({"name": of.name, "value": words::example(&of.kind)})
}

/// Text as a scalar of YAML.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
