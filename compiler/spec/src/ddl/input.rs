//! What an action is given.

use chorister_ir::ddl::{Input, InputKind, Validation, ValueType};
use chorister_ir::{Json, List, Member, Text};
use chorister_lang::re2;
use chorister_yaml::{Node, to_json};
use serde_json::Value;

use super::fields::{Cx, Fields};
use super::keys::INPUT;
use super::metadata::is_name;
use crate::diagnostic::{Code, Finding, Part, Path, Severity};
use crate::text::{quoted, similar};

/// Most inputs of an action.
const MOST: usize = 200;

/// What people write for a validation, and its name.
const OTHER_NAMES: [(&str, &str); 7] = [
    ("shell_safe", "shellsafe"),
    ("safe", "shellsafe"),
    ("ipv4", "ipv4address"),
    ("ipv6", "ipv6address"),
    ("ip", "ipaddress"),
    ("ip_address", "ipaddress"),
    ("address", "ipaddress"),
];

/// Reads the inputs of an action, in order.
pub(super) fn all(cx: &mut Cx<'_>, node: &Node, path: &Path) -> Vec<Input> {
    let Some(entries) = node.as_mapping() else {
        cx.reader
            .wrong_type(node, path, "a mapping of names to inputs");
        return Vec::new();
    };
    if entries.len() > MOST {
        let message = format!(
            "the action has {} inputs, and may have {MOST}",
            entries.len()
        );
        cx.add(Finding::new(Code::TooMany, path.clone(), message).at(Part::Key));
        return Vec::new();
    }
    let inputs = entries.iter().filter_map(|entry| {
        let name = entry.key.text.as_str();
        let path = path.join(name.to_owned());
        check_name(cx, name, "an input", &path);
        one(cx, &entry.value, name, &format!("input `{name}`"), path)
    });
    inputs.collect()
}

/// Reports a name that the schema of DDLs does not take; upstream runs with it.
pub(super) fn check_name(cx: &mut Cx<'_>, name: &str, what: &str, path: &Path) {
    if is_name(name) {
        return;
    }
    let message = format!("`{name}` does not fit the names of DDLs");
    let finding = Finding::new(Code::DdlName, path.clone(), message).at(Part::Key);
    let severity = cx.ignored();
    let help = format!("{what} has small letters, digits and `_` in its name");
    cx.add(finding.severity(severity).help(help));
}

/// Reads one input.
pub(super) fn one(
    cx: &mut Cx<'_>,
    node: &Node,
    name: &str,
    owner: &str,
    path: Path,
) -> Option<Input> {
    let fields = cx.fields(node, &INPUT, owner, path)?;
    let prompt = Text::Owned(cx.prose(&fields, "prompt"));
    let description = Text::Owned(cx.prose(&fields, "description"));
    let mut input = Input {
        name: Text::Owned(name.to_owned()),
        prompt,
        description,
        ..Input::DEFAULT
    };
    match fields.get("optional") {
        Some(node) => {
            input.optional = cx
                .reader
                .truth(node, &fields.at("optional"))
                .unwrap_or(false);
        }
        None => {
            let help = "add `optional: false`, which is what it means to leave it out";
            cx.missing(&fields, "optional", Severity::Warning, help);
        }
    }
    input.kind = kind(cx, &fields)?;
    without_effect(cx, &fields, &input.kind);
    input.default = default(cx, &fields, &input);
    Some(input)
}

fn kind(cx: &mut Cx<'_>, fields: &Fields<'_>) -> Option<InputKind> {
    let path = fields.at("type");
    let Some(node) = fields.get("type") else {
        let help = "add `type: string`, or another type";
        cx.missing(fields, "type", Severity::Error, help);
        return None;
    };
    let name = cx.string(node, &path)?;
    let Some(known) = value_type(cx, &name, &path, &fields.owner) else {
        return Some(InputKind::Unknown(Text::Owned(name)));
    };
    Some(match known {
        ValueType::String => string(cx, fields),
        ValueType::List => InputKind::List(list(cx, fields)),
        ValueType::Array => InputKind::Array(items(cx, fields)),
        ValueType::Integer => InputKind::Integer,
        ValueType::Float => InputKind::Float,
        ValueType::Number => InputKind::Number,
        ValueType::Boolean => InputKind::Boolean,
        ValueType::Hash => InputKind::Hash,
    })
}

/// The type of this name; an error where there is none, since no value would ever have it.
pub(super) fn value_type(
    cx: &mut Cx<'_>,
    name: &str,
    path: &Path,
    owner: &str,
) -> Option<ValueType> {
    if let Some(found) = ValueType::named(name) {
        if name.eq_ignore_ascii_case("int") {
            // Compat: go-choria providers/agent/mcorpc/ddl/common/input_item.go: the command line does not know it.
            let message = format!("`{name}` is a type for servers only: no command line reads it");
            let finding = Finding::new(Code::DdlType, path.clone(), message);
            let severity = cx.ignored();
            cx.add(finding.severity(severity).help("write `integer`"));
        }
        return Some(found);
    }
    let names = ValueType::ALL.map(ValueType::name);
    let other = match name.to_ascii_lowercase().as_str() {
        "str" | "text" => Some("string"),
        "bool" => Some("boolean"),
        "double" | "decimal" => Some("float"),
        "map" | "object" | "dict" => Some("hash"),
        "strings" | "slice" => Some("array"),
        "enum" | "choice" => Some("list"),
        _ => similar(name, names),
    };
    let help = match other {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("types are {}", quoted(names)),
    };
    let message = format!("{owner} has the type `{name}`, which does not exist");
    cx.add(Finding::new(Code::DdlType, path.clone(), message).help(help));
    None
}

fn string(cx: &mut Cx<'_>, fields: &Fields<'_>) -> InputKind {
    let max_length = match fields.get("maxlength") {
        Some(node) => cx
            .reader
            .number(node, &fields.at("maxlength"), u32::MAX.into())
            .and_then(|it| u32::try_from(it).ok())
            .unwrap_or(u32::MAX),
        None => {
            let help = "say how many bytes it may have, such as `maxlength: 60`: without it anything passes";
            cx.missing(fields, "maxlength", Severity::Warning, help);
            0
        }
    };
    let validation = match fields.any("validation").filter(|it| !it.is_null()) {
        Some(node) => validation(cx, node, &fields.at("validation")),
        None => {
            let help = "say what it has to be like, such as `validation: shellsafe` or `validation: \"^[a-z]+$\"`";
            cx.missing(fields, "validation", Severity::Warning, help);
            Validation::Any
        }
    };
    if max_length == 0 && fields.get("maxlength").is_some() && !passes_all(&validation) {
        let message = format!(
            "`validation` of {} is never looked at: there is no limit to its length",
            fields.owner
        );
        let finding = Finding::new(Code::ValidationIgnored, fields.at("maxlength"), message);
        let severity = cx.ignored();
        let help = "upstream takes `maxlength: 0` for \"anything passes\": write a length";
        cx.add(finding.severity(severity).help(help));
    }
    InputKind::String {
        validation,
        max_length,
    }
}

/// Whether nothing is lost where a validation is not looked at.
fn passes_all(validation: &Validation) -> bool {
    match validation {
        Validation::Any => true,
        Validation::Pattern(pattern) => {
            matches!(pattern.as_ref(), "." | ".*" | "^.*$" | ".+" | "^.+$")
        }
        _ => false,
    }
}

fn validation(cx: &mut Cx<'_>, node: &Node, path: &Path) -> Validation {
    let Some(text) = cx.string(node, path) else {
        return Validation::Any;
    };
    if text.is_empty() {
        return Validation::Any;
    }
    if let Some((_, known)) = Validation::NAMED.into_iter().find(|(it, _)| *it == text) {
        return known;
    }
    if !chorister_ddl::is_ignored_pattern(&text) {
        if let Err(error) = re2::compile(&text) {
            let message = format!("the pattern cannot be read: {}", error.message);
            let finding = Finding::new(Code::ValidationPattern, path.clone(), message);
            cx.add(finding.at(Part::Within(error.span)).maybe_help(error.help));
        }
        return Validation::Pattern(Text::Owned(text));
    }
    let is_word = text
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'));
    if !is_word {
        let message = format!("`{text}` is taken for a name, and never matched");
        let finding = Finding::new(Code::ValidationIgnored, path.clone(), message);
        let severity = cx.ignored();
        let help = format!("begin a pattern with anything but a small letter: `(?:{text})`");
        cx.add(finding.severity(severity).help(help));
        return Validation::Unknown(Text::Owned(text));
    }
    let names = Validation::NAMED.map(|(name, _)| name);
    let other = OTHER_NAMES.iter().find(|(it, _)| *it == text);
    let meant = other.map(|it| it.1).or_else(|| similar(&text, names));
    let message = format!("there is no validation `{text}`: anything passes");
    let finding = Finding::new(Code::ValidationName, path.clone(), message);
    let finding = match meant {
        Some(meant) => finding
            .severity(Severity::Error)
            .help(format!("did you mean `{meant}`?")),
        None => {
            let severity = cx.ignored();
            let help = format!(
                "validations are {}, or a pattern such as `^[a-z]+$`",
                quoted(names)
            );
            finding.severity(severity).help(help)
        }
    };
    cx.add(finding);
    Validation::Unknown(Text::Owned(text))
}

fn list(cx: &mut Cx<'_>, fields: &Fields<'_>) -> List<Text> {
    let path = fields.at("list");
    let Some(node) = fields.get("list") else {
        let help = "list the values that it may have, such as `list: [fast, slow]`";
        let severity = match cx.options.lenient {
            true => Severity::Warning,
            false => Severity::Error,
        };
        cx.missing(fields, "list", severity, help);
        return List::EMPTY;
    };
    let mut values: Vec<Text> = Vec::new();
    for (item, path) in cx.reader.list(node, &path) {
        let Some(text) = cx.string(item, &path) else {
            continue;
        };
        if values.iter().any(|it| **it == text) {
            let message = format!("`{text}` is listed twice");
            cx.add(Finding::new(Code::Repeated, path, message).help("leave one of them out"));
        } else {
            values.push(Text::Owned(text));
        }
    }
    if values.is_empty() && node.as_sequence().is_some_and(<[Node]>::is_empty) {
        let message = format!("{} has no values to choose from", fields.owner);
        let finding = Finding::new(Code::EmptyValue, path, message);
        cx.add(finding.help("list the values that it may have"));
    }
    values.into()
}

/// The type of the items of an array.
pub(super) fn items(cx: &mut Cx<'_>, fields: &Fields<'_>) -> Option<ValueType> {
    let node = fields.get("items")?;
    let path = fields.at("items");
    let name = cx.string(node, &path)?;
    value_type(cx, &name, &path, &format!("an item of {}", fields.owner))
}

/// Reports keys that say nothing of values of this type.
fn without_effect(cx: &mut Cx<'_>, fields: &Fields<'_>, kind: &InputKind) {
    let keys: &[&'static str] = match kind {
        InputKind::String { .. } => &["list", "items"],
        InputKind::List(_) => &["validation", "maxlength", "items"],
        InputKind::Array(_) => &["validation", "maxlength", "list"],
        // Nobody knows what would say something of it.
        InputKind::Unknown(_) => &[],
        _ => &["validation", "maxlength", "list", "items"],
    };
    for key in keys.iter().filter(|it| fields.get(it).is_some()) {
        let message = format!("`{key}` says nothing of a value of type {}", kind.name());
        let finding = Finding::new(Code::ValidationIgnored, fields.at(key), message);
        let help = "leave it out, or choose another type";
        cx.add(finding.at(Part::Key).severity(Severity::Warning).help(help));
    }
}

/// The default, which has to be a value like any other.
fn default(cx: &mut Cx<'_>, fields: &Fields<'_>, input: &Input) -> Option<Json> {
    let value = to_json(fields.get("default")?);
    let path = fields.at("default");
    // What no value can be was told already.
    let takes_none = match &input.kind {
        InputKind::Unknown(_) => true,
        InputKind::List(values) => values.is_empty(),
        _ => false,
    };
    if let Err(invalid) = chorister_ddl::check(input, &value)
        && !takes_none
    {
        let owner = &fields.owner;
        let (message, help) = match &input.kind {
            InputKind::List(values) => (
                format!("{} is not one of the values of {owner}", said(&value)),
                format!(
                    "the values are {}",
                    quoted(values.iter().map(AsRef::as_ref))
                ),
            ),
            _ if value.as_str() == Some("") => (
                format!(
                    "the default of {owner} is sent where nothing is given, and refused: {invalid}"
                ),
                "leave it out, or allow an empty text".to_owned(),
            ),
            kind => (
                format!("the default of {owner} cannot be its value: {invalid}"),
                format!(
                    "it has to be what `type: {}` and the rest say, or be left out",
                    kind.name()
                ),
            ),
        };
        // An empty text stands for "nothing" in many DDLs: clients send it, whatever the pattern says.
        let severity = match &value {
            Value::String(text) if text.is_empty() && !matches!(input.kind, InputKind::List(_)) => {
                Severity::Warning
            }
            _ => Severity::Error,
        };
        let finding = Finding::new(Code::InputDefault, path, message);
        cx.add(finding.severity(severity).help(help));
        // Types have no place for it; nodes of others send it as it is.
        if severity == Severity::Error && cx.options.build {
            return None;
        }
    }
    Some(json(&value))
}

/// A value as messages show it.
pub(super) fn said(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        value => format!("`{value}`"),
    }
}

/// A value as a constant.
pub(super) fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(it) => Json::Boolean(*it),
        Value::Number(it) => match it.as_i64() {
            Some(it) => Json::Integer(it),
            None => Json::Float(it.as_f64().unwrap_or_default()),
        },
        Value::String(it) => Json::String(Text::Owned(it.clone())),
        Value::Array(items) => Json::Array(items.iter().map(json).collect()),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| Member {
                name: Text::Owned(name.clone()),
                value: json(value),
            });
            Json::Object(members.collect())
        }
    }
}
