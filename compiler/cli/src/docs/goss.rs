//! The document about goss files: from the tables that they are read by.

use anyhow::Result;
use chorister_goss::model::{Actual, Argument, Attribute, Kind, MATCHERS, Need, Role, Type};
use chorister_goss::template::functions;
use serde_json::{Value, json};

use crate::templates::template;

/// The document; `schema` is where the schema of goss files lies beside it.
pub(crate) fn page(schema: &str) -> Result<String> {
    let is_common = |it: &&Attribute| matches!(it.role, Role::Common(_));
    let common = Kind::Command.attributes().filter(is_common);
    let kinds: Vec<Value> = Kind::ALL.into_iter().map(kind).collect();
    let matchers = MATCHERS.iter().map(|it| {
        json!({"name": it.name, "argument": argument(it.argument), "description": it.description})
    });
    template!("docs/goss.md").render(&json!({
        "schema": schema,
        "common": common.map(attribute).collect::<Vec<_>>(),
        "kinds": kinds,
        "matchers": matchers.collect::<Vec<_>>(),
        "functions": functions(),
    }))
}

fn kind(of: Kind) -> Value {
    let own = of
        .attributes()
        .filter(|it| !matches!(it.role, Role::Common(_)));
    let mut description = of.description().to_owned();
    if let Some(first) = description.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    json!({
        "key": of.key(),
        "description": description,
        "attributes": own.map(attribute).collect::<Vec<_>>(),
    })
}

fn attribute(of: &Attribute) -> Value {
    let form = match of.role {
        Role::Property { actual, need, .. } => {
            let form = property(actual);
            match need {
                Need::Optional => form.to_owned(),
                Need::Required => format!("{form}, **required**"),
                Need::Gate => format!("{form}, **required**, *gate*"),
            }
        }
        Role::Name => "the real name".to_owned(),
        Role::Setting(kind) | Role::Common(kind) => setting(kind),
    };
    json!({"key": of.key, "form": form, "description": of.description})
}

fn property(actual: Actual) -> &'static str {
    match actual {
        Actual::Bool => "truth value",
        Actual::Int => "number",
        Actual::Text => "text",
        Actual::List => "list of texts",
        Actual::Stream => "text of lines",
        Actual::Any => "anything",
    }
}

fn setting(kind: Type) -> String {
    match kind {
        Type::Text => "setting: text".to_owned(),
        Type::Bool => "setting: truth value".to_owned(),
        Type::Int => "setting: number".to_owned(),
        Type::Milliseconds(default) => format!("setting: milliseconds, {default} if not set"),
        Type::Texts => "setting: list of texts".to_owned(),
        Type::Map => "setting: mapping".to_owned(),
        Type::Delay => {
            "setting: milliseconds or a duration such as `1s`; since goss 0.4.10".to_owned()
        }
        Type::Count => "setting: number; since goss 0.4.10".to_owned(),
        Type::Any => "setting: anything".to_owned(),
    }
}

fn argument(of: Argument) -> &'static str {
    match of {
        Argument::Any => "a value",
        Argument::Text => "a text",
        Argument::Number => "a number",
        Argument::Matcher => "a value or a matcher",
        Argument::Element => "a text, a number or a matcher",
        Argument::Matchers => "a list of values and matchers",
        Argument::Patterns => "a list of patterns",
        Argument::Paths => "paths (gjson), each with a value or a matcher",
    }
}
