//! The parameter block of a class.

use chorister_classes::Problem;
use chorister_ir::{List, Literal, Parameter, ParameterId, ParameterKind, Text};
use chorister_yaml::{Entry as Pair, Node, to_json};

use super::keys::PARAMETER;
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::form::Reader;
use crate::text::{quoted, similar};

/// Most parameters of a class.
const MOST: usize = 100;

/// Longest name of a parameter.
const MAX_NAME: usize = 50;

/// The types of parameters, without limits.
const TYPES: [ParameterKind; 10] = [
    ParameterKind::String {
        pattern: None,
        values: List::EMPTY,
        max_length: None,
    },
    ParameterKind::Integer {
        minimum: None,
        maximum: None,
    },
    ParameterKind::Float {
        minimum: None,
        maximum: None,
    },
    ParameterKind::Boolean,
    ParameterKind::Duration {
        minimum: None,
        maximum: None,
    },
    ParameterKind::Size {
        minimum: None,
        maximum: None,
    },
    ParameterKind::Percent {
        minimum: None,
        maximum: None,
    },
    ParameterKind::Threshold,
    ParameterKind::List {
        pattern: None,
        values: List::EMPTY,
        max_items: None,
    },
    ParameterKind::Secret,
];

/// Reads the parameters of a class, in order.
pub(super) fn parameters(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Vec<Parameter> {
    let Some(entries) = node.as_mapping() else {
        reader.wrong_type(node, path, "a mapping of names to parameters");
        return Vec::new();
    };
    if entries.len() > MOST {
        let message = format!(
            "the class has {} parameters, and may have {MOST}",
            entries.len()
        );
        reader
            .findings
            .add(Finding::new(Code::TooMany, path.clone(), message).at(Part::Key));
        return Vec::new();
    }
    let mut parameters = Vec::with_capacity(entries.len());
    for Pair { key, value, .. } in entries {
        let path = path.join(key.text.clone());
        check_name(reader, &key.text, &path);
        let mut read = parameter(reader, value, &path);
        read.name = Text::Owned(key.text.clone());
        read.default = default(reader, value, &path, &read);
        parameters.push(read);
    }
    for (at, Pair { key, value, .. }) in entries.iter().enumerate() {
        let path = path.join(key.text.clone());
        let greater = relation(reader, value, &path, "greater_than", at, &parameters);
        let less = relation(reader, value, &path, "less_than", at, &parameters);
        if let Some(parameter) = parameters.get_mut(at) {
            (parameter.greater_than, parameter.less_than) = (greater, less);
        }
    }
    let defaults: Vec<_> = parameters.iter().map(|it| it.default.clone()).collect();
    for problem in chorister_classes::orders(&parameters, &defaults) {
        report_default(reader, problem, path);
    }
    parameters
}

fn check_name(reader: &mut Reader<'_>, name: &str, path: &Path) {
    let fits = name.len() <= MAX_NAME
        && name.starts_with(|it: char| it.is_ascii_lowercase())
        && name
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_');
    if !fits {
        let message = format!("`{name}` cannot name a parameter");
        let finding = Finding::new(Code::InvalidName, path.clone(), message).at(Part::Key);
        let help =
            "a parameter's name begins with a small letter and has small letters, digits and `_`";
        reader.findings.add(finding.help(help));
    }
}

/// Everything but the name, the default and the relations.
fn parameter(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Parameter {
    let mut read = Parameter::DEFAULT;
    let entries = reader.mapping(node, path, &PARAMETER);
    if node.as_mapping().is_none() {
        return read;
    }
    match entries.iter().find(|it| it.key.text == "type") {
        Some(it) => {
            if let Some(kind) = kind(reader, &it.value, &path.join("type")) {
                read.kind = kind;
            }
        }
        None => {
            let finding =
                Finding::new(Code::MissingKey, path.clone(), "a parameter needs a `type`");
            reader.findings.add(
                finding
                    .at(Part::Key)
                    .help("add `type: string`, or another type"),
            );
        }
    }
    for Pair { key, value, .. } in entries {
        let place = path.join(key.text.clone());
        match key.text.as_str() {
            "description" => {
                read.description = reader
                    .text(value, &place)
                    .map_or(Text::Borrowed(""), Text::Owned);
            }
            "unit" => read.unit = reader.text(value, &place).map(Text::Owned),
            "optional" => read.optional = reader.truth(value, &place).unwrap_or(false),
            "minimum" | "maximum" | "pattern" | "values" | "max_length" | "max_items" => {
                limit(reader, &mut read.kind, &key.text, value, &place);
            }
            _ => {}
        }
    }
    in_order(reader, &read.kind, path);
    read
}

fn kind(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<ParameterKind> {
    let name = reader.text(node, path)?;
    let found = TYPES.iter().find(|it| it.name() == name).cloned();
    if found.is_none() {
        let message = format!("there is no type `{name}`");
        let names = TYPES.iter().map(ParameterKind::name);
        let other = match name.to_ascii_lowercase().as_str() {
            "int" | "number" => Some("integer"),
            "str" | "text" | "path" | "host" => Some("string"),
            "bool" => Some("boolean"),
            "time" | "seconds" => Some("duration"),
            "double" | "decimal" => Some("float"),
            "array" | "strings" => Some("list"),
            "bytes" => Some("size"),
            "password" | "token" => Some("secret"),
            _ => similar(&name, names.clone()),
        };
        let help = match other {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("types are {}", quoted(names)),
        };
        reader
            .findings
            .add(Finding::new(Code::ParameterType, path.clone(), message).help(help));
    }
    found
}

/// Takes in a limit, where the type has such.
fn limit(reader: &mut Reader<'_>, kind: &mut ParameterKind, key: &str, node: &Node, path: &Path) {
    match (key, &mut *kind) {
        ("minimum" | "maximum", of) if has_order(of) && *of != ParameterKind::Threshold => {
            if let Some(bound) = bound(reader, node, path, of) {
                set_bound(of, key, bound);
            }
        }
        (
            "pattern",
            ParameterKind::String { pattern, .. } | ParameterKind::List { pattern, .. },
        ) => {
            *pattern = self::pattern(reader, node, path);
        }
        ("values", ParameterKind::String { values, .. } | ParameterKind::List { values, .. }) => {
            *values = reader
                .texts(node, path)
                .into_iter()
                .map(Text::Owned)
                .collect();
        }
        ("max_length", ParameterKind::String { max_length, .. }) => {
            *max_length = reader.count(node, path);
        }
        ("max_items", ParameterKind::List { max_items, .. }) => {
            *max_items = reader.count(node, path);
        }
        (_, of) => {
            let message = format!("`{key}` says nothing of a value of type {}", of.name());
            let finding = Finding::new(Code::ParameterLimit, path.clone(), message).at(Part::Key);
            reader
                .findings
                .add(finding.help("leave it out, or choose another type"));
        }
    }
}

/// A limit, read as a value of its parameter.
fn bound(reader: &mut Reader<'_>, node: &Node, path: &Path, of: &ParameterKind) -> Option<Literal> {
    let parameter = Parameter {
        name: Text::Owned(path.to_string()),
        kind: TYPES.iter().find(|it| it.name() == of.name())?.clone(),
        ..Parameter::DEFAULT
    };
    match chorister_classes::value(&parameter, &to_json(node)) {
        Ok(literal) => Some(literal),
        Err(problem) => {
            let finding = Finding::new(Code::ParameterLimit, path.clone(), problem.message);
            reader.findings.add(finding.maybe_help(problem.help));
            None
        }
    }
}

fn set_bound(kind: &mut ParameterKind, key: &str, bound: Literal) {
    fn set<T>(key: &str, minimum: &mut Option<T>, maximum: &mut Option<T>, bound: T) {
        let side = if key == "minimum" { minimum } else { maximum };
        *side = Some(bound);
    }
    use ParameterKind::{Duration, Float, Integer, Percent, Size};
    match (kind, bound) {
        (Integer { minimum, maximum }, Literal::Integer(it)) => set(key, minimum, maximum, it),
        (Float { minimum, maximum } | Percent { minimum, maximum }, Literal::Float(it)) => {
            set(key, minimum, maximum, it);
        }
        (Duration { minimum, maximum }, Literal::Duration(it)) => set(key, minimum, maximum, it),
        (Size { minimum, maximum }, Literal::Size(it)) => set(key, minimum, maximum, it),
        _ => {}
    }
}

fn pattern(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<Text> {
    let text = reader.text(node, path)?;
    if let Err(error) = chorister_classes::check_pattern(&text) {
        let message = format!("the pattern cannot be read: {error}");
        reader
            .findings
            .add(Finding::new(Code::ParameterLimit, path.clone(), message));
        return None;
    }
    Some(Text::Owned(text))
}

/// Reports limits that leave no value.
fn in_order(reader: &mut Reader<'_>, kind: &ParameterKind, path: &Path) {
    let is_empty = match kind {
        ParameterKind::Integer { minimum, maximum } => {
            minimum.zip(*maximum).is_some_and(|(a, b)| a > b)
        }
        ParameterKind::Float { minimum, maximum } | ParameterKind::Percent { minimum, maximum } => {
            minimum.zip(*maximum).is_some_and(|(a, b)| a > b)
        }
        ParameterKind::Duration { minimum, maximum } => {
            minimum.zip(*maximum).is_some_and(|(a, b)| a > b)
        }
        ParameterKind::Size { minimum, maximum } => {
            minimum.zip(*maximum).is_some_and(|(a, b)| a > b)
        }
        _ => false,
    };
    if is_empty {
        let message = "`minimum` is more than `maximum`: no value fits";
        let finding = Finding::new(Code::ParameterLimit, path.join("minimum"), message);
        reader
            .findings
            .add(finding.label(path.join("maximum"), Part::Value, "less than that"));
    }
}

/// The default, which is a value like any other.
fn default(reader: &mut Reader<'_>, node: &Node, path: &Path, of: &Parameter) -> Option<Literal> {
    let written = node.get("default").filter(|it| !it.is_null())?;
    // Without a type nobody knows what it should be.
    let is_known = node.get("type").and_then(Node::text) == Some(of.kind.name());
    if !is_known {
        return None;
    }
    let path = path.join("default");
    if of.optional {
        let message = format!("`{}` always has a value: its default", of.name);
        let finding = Finding::new(Code::ParameterDefault, path, message).at(Part::Key);
        reader
            .findings
            .add(finding.help("leave out `optional`, or the default"));
        return None;
    }
    if of.kind == ParameterKind::Secret {
        let message = "a secret in a class is part of the binary, where everybody can read it";
        let finding = Finding::new(Code::ParameterDefault, path, message);
        reader
            .findings
            .add(finding.help("leave it out: each check says where its secret is kept"));
        return None;
    }
    match chorister_classes::value(of, &to_json(written)) {
        Ok(literal) => Some(literal),
        Err(problem) => {
            let path = problem
                .item
                .map_or_else(|| path.clone(), |it| path.join(it));
            let finding = Finding::new(Code::ParameterDefault, path, problem.message);
            reader.findings.add(finding.maybe_help(problem.help));
            None
        }
    }
}

fn report_default(reader: &mut Reader<'_>, problem: Problem, path: &Path) {
    let place = match &problem.parameter {
        Some(name) => path.join(name.clone()).join("default"),
        None => path.clone(),
    };
    let finding = Finding::new(Code::ParameterDefault, place, problem.message);
    reader.findings.add(finding.maybe_help(problem.help));
}

/// The parameter that another one is compared with.
fn relation(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &Path,
    key: &'static str,
    at: usize,
    parameters: &[Parameter],
) -> Option<ParameterId> {
    let written = node.get(key)?;
    let path = path.join(key);
    let name = reader.text(written, &path)?;
    let own = parameters.get(at)?;
    let others = || {
        let comparable = parameters.iter().filter(|it| is_comparable(own, it));
        comparable
            .map(|it| it.name.as_ref())
            .filter(|it| *it != own.name)
    };
    let found = parameters.iter().position(|it| it.name == name);
    let message = match found.and_then(|it| parameters.get(it)) {
        None => format!("there is no parameter `{name}`"),
        Some(_) if found == Some(at) => format!("`{name}` would be compared with itself"),
        Some(other) if !is_comparable(own, other) => format!(
            "`{}` of type {} cannot be compared with `{name}` of type {}",
            own.name,
            own.kind.name(),
            other.kind.name()
        ),
        Some(_) => return found.and_then(|it| u16::try_from(it).ok()).map(ParameterId),
    };
    reader.no_such(Code::ParameterRelation, path, message, &name, others());
    None
}

/// Whether values of two parameters can be more or less than each other.
fn is_comparable(one: &Parameter, other: &Parameter) -> bool {
    has_order(&one.kind) && one.kind.name() == other.kind.name()
}

const fn has_order(kind: &ParameterKind) -> bool {
    matches!(
        kind,
        ParameterKind::Integer { .. }
            | ParameterKind::Float { .. }
            | ParameterKind::Duration { .. }
            | ParameterKind::Size { .. }
            | ParameterKind::Percent { .. }
            | ParameterKind::Threshold
    )
}
