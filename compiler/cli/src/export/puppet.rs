//! A Puppet module: a defined type for each class, with the types of its parameters.

mod types;

use anyhow::Result;
use chorister_ir::{CheckClass, Parameter, ParameterKind};
use chorister_lang::duration::brief;
use serde_json::{Value, json};

use super::{Files, Subject, words};
use crate::templates::template;

/// Names that a defined type cannot give to a parameter: Puppet's own, and what every check has.
const TAKEN: [&str; 29] = [
    "alias",
    "audit",
    "before",
    "consume",
    "export",
    "facts",
    "loglevel",
    "name",
    "noop",
    "notify",
    "require",
    "schedule",
    "server_facts",
    "stage",
    "subscribe",
    "tag",
    "title",
    "trusted",
    "ensure",
    "interval",
    "timeout",
    "retry",
    "flapping",
    "active",
    "depends_on",
    "remediate",
    "annotations",
    "publish",
    "with",
];

pub(super) fn files(of: &Subject<'_>) -> Result<Files> {
    let module = of.identifier();
    let names: Vec<String> = of
        .classes
        .iter()
        .map(|it| types::quoted(&it.name))
        .collect();
    let all: Vec<Value> = of.classes.iter().map(|it| class(it, &module)).collect();
    let data = json!({
        "source": of.source,
        "name": of.name,
        "version": of.version,
        "module": module,
        "type": capitalised(&module),
        "folder": of.folder,
        "secrets": of.beside("secrets.d"),
        "names": names.join(", "),
        "classes": all,
    });
    let mut files = Files::new();
    for (path, template) in [
        ("metadata.json", template!("puppet/metadata.json")),
        ("README.md", template!("puppet/README.md")),
        ("manifests/init.pp", template!("puppet/init.pp")),
        ("manifests/check.pp", template!("puppet/check.pp")),
        (
            "templates/check.yaml.erb",
            template!("puppet/check.yaml.erb"),
        ),
    ] {
        files.insert(path.to_owned(), template.render(&data)?);
    }
    for (name, summary, definition) in types::ALIASES {
        let data = json!({
            "source": of.source,
            "summary": summary,
            "name": format!("{}::{name}", capitalised(&module)),
            "definition": of_module(definition, &module),
        });
        let path = format!("types/{}.pp", name.to_lowercase());
        files.insert(path, template!("puppet/type.pp").render(&data)?);
    }
    for mut data in all {
        let path = format!(
            "manifests/check/{}.pp",
            data["class"].as_str().unwrap_or_default()
        );
        data["source"] = of.source.into();
        data["module"] = module.as_str().into();
        data["type"] = capitalised(&module).into();
        files.insert(path, template!("puppet/class.pp").render(&data)?);
    }
    Ok(files)
}

fn class(of: &CheckClass, module: &str) -> Value {
    let (required, optional): (Vec<_>, Vec<_>) =
        of.parameters.iter().partition(|it| it.is_required());
    let parameters = required.iter().chain(&optional);
    let longest = of.parameters.iter().map(|it| it.name.len()).max();
    let parameters: Vec<Value> = parameters
        .map(|it| parameter(it, module, longest.unwrap_or(0)))
        .collect();
    json!({
        "class": of.name,
        "summary": words::summary(of),
        "parameters": parameters,
        "interval": brief(of.defaults.interval),
        "timeout": brief(of.defaults.timeout),
        "remediates": of.defaults.remediate.is_some(),
        "orders": of.parameters.iter().filter_map(|it| order(it, of)).collect::<Vec<_>>(),
        "example": required.iter().map(|it| example(it)).collect::<Vec<_>>(),
    })
}

/// A parameter of a defined type; keys are filled up to the longest.
fn parameter(of: &Parameter, module: &str, longest: usize) -> Value {
    let type_name = of_module(&types::of(&of.kind), module);
    json!({
        "name": name(&of.name),
        "key": of.name,
        "pad": " ".repeat(longest - of.name.len().min(longest)),
        "type": if of.is_required() { type_name } else { format!("Optional[{type_name}]") },
        "required": of.is_required(),
        "about": words::about(of),
    })
}

/// What Puppet can say about two parameters whose values are in an order: numbers.
fn order(of: &Parameter, class: &CheckClass) -> Option<Value> {
    let (other, sign, word) = match (of.greater_than, of.less_than) {
        (Some(other), _) => (other, "<=", "greater"),
        (None, Some(other)) => (other, ">=", "less"),
        (None, None) => return None,
    };
    let other = class.parameter(other)?;
    let is_number = |it: &Parameter| {
        matches!(
            it.kind,
            ParameterKind::Integer { .. } | ParameterKind::Float { .. }
        )
    };
    (is_number(of) && is_number(other)).then(
        || json!({"name": name(&of.name), "other": name(&other.name), "sign": sign, "word": word}),
    )
}

/// A parameter's name in Puppet.
fn name(of: &str) -> String {
    if TAKEN.contains(&of) {
        format!("with_{of}")
    } else {
        of.to_owned()
    }
}

/// A value that shows how a parameter is set; it need not be one that its pattern takes.
fn example(of: &Parameter) -> Value {
    let text = words::example(&of.kind);
    let value = match &of.kind {
        ParameterKind::Integer { .. } | ParameterKind::Float { .. } | ParameterKind::Boolean => {
            text
        }
        ParameterKind::List { .. } => {
            format!("[{}]", types::quoted(text.trim_matches(['[', ']'])))
        }
        ParameterKind::Secret => "Sensitive('…')".to_owned(),
        _ => types::quoted(&text),
    };
    json!({"name": name(&of.name), "value": value})
}

/// A type with the names of a module's own types.
fn of_module(definition: &str, module: &str) -> String {
    definition.replace("Module::", &format!("{}::", capitalised(module)))
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}
