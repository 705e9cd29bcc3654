//! Puppet's data types for the values of parameters.

use std::fmt::Display;

use chorister_ir::{ParameterKind, Text};

/// Aliases of the module: name, what it is, definition. `Module::` stands for the module's own name.
pub(super) const ALIASES: [(&str, &str, &str); 10] = [
    (
        "Active",
        "When a check runs: in the minutes that match.",
        "Struct[{schedule => String[1], Optional[timezone] => String[1]}]",
    ),
    (
        "Duration",
        "A time, such as `90s`, `5m` or `2d`.",
        r"Pattern[/\A(\d+(\.\d+)?(ns|us|ms|s|m|h))+\z/, /\A\d+(\.\d+)?[wdMy]\z/]",
    ),
    (
        "Flapping",
        "When a check changes too often to be believed.",
        "Struct[{window => Integer[3, 1000], high => Module::Percent, low => Module::Percent}]",
    ),
    (
        "Name",
        "The name of a check; it is also the name of a file.",
        r"Pattern[/\A[A-Za-z][A-Za-z0-9_-]{0,49}\z/]",
    ),
    (
        "Percent",
        "A share in percent, with or without the sign.",
        r"Variant[Integer[0, 100], Float[0.0, 100.0], Pattern[/\A\d+(\.\d+)?\s*%?\z/]]",
    ),
    (
        "Publish",
        "Which results are published, and how often one is whatever it is.",
        "Variant[Enum['all', 'changes', 'failing'], Struct[{policy => Enum['all', 'changes', 'failing'], Optional[summary] => Module::Duration}]]",
    ),
    (
        "Retry",
        "How a result that differs is confirmed before it counts.",
        "Struct[{attempts => Integer[1, 1000], Optional[interval] => Module::Duration}]",
    ),
    (
        "Secret",
        "A secret, or where one is kept. What is sensitive goes to a file that only the node reads.",
        r"Variant[Sensitive[String[1]], Struct[{file => Pattern[/\A\//]}], Struct[{environment => String[1]}]]",
    ),
    (
        "Size",
        "A size: a number of bytes, or one with a unit.",
        r"Variant[Integer[0], Pattern[/\A\d+(\.\d+)?\s*([kKMGTP]i?)?B?\z/]]",
    ),
    (
        "Threshold",
        "What is too much: a number, a share, or a range as monitoring plugins write it.",
        r"Variant[Numeric, Pattern[/\A@?[-+~:.%\w]+\z/]]",
    ),
];

/// The data type of a parameter's values; `Module::` stands for the module's own name.
pub(super) fn of(kind: &ParameterKind) -> String {
    match kind {
        ParameterKind::String {
            pattern,
            values,
            max_length,
        } => text(pattern.as_deref(), values, *max_length),
        ParameterKind::Integer { minimum, maximum } => range("Integer", *minimum, *maximum),
        ParameterKind::Float { minimum, maximum } => number(*minimum, *maximum),
        ParameterKind::Boolean => "Boolean".to_owned(),
        ParameterKind::Duration { .. } => "Module::Duration".to_owned(),
        ParameterKind::Size { .. } => "Module::Size".to_owned(),
        ParameterKind::Percent { .. } => "Module::Percent".to_owned(),
        ParameterKind::Threshold => "Module::Threshold".to_owned(),
        ParameterKind::List {
            pattern,
            values,
            max_items,
        } => {
            // Numbers are texts in a list, and a single item is a list of one.
            let item = match text(pattern.as_deref(), values, None).as_str() {
                "String" => "Scalar".to_owned(),
                restricted => restricted.to_owned(),
            };
            match max_items {
                Some(most) => format!("Variant[{item}, Array[{item}, 0, {most}]]"),
                None => format!("Variant[{item}, Array[{item}]]"),
            }
        }
        ParameterKind::Secret => "Module::Secret".to_owned(),
    }
}

fn text(pattern: Option<&str>, values: &[Text], most: Option<u32>) -> String {
    if !values.is_empty() {
        let values: Vec<String> = values.iter().map(|it| quoted(it)).collect();
        return format!("Enum[{}]", values.join(", "));
    }
    match (pattern.and_then(ruby), most) {
        (Some(pattern), _) => format!("Pattern[/{pattern}/]"),
        (None, Some(most)) => format!("String[0, {most}]"),
        (None, None) => "String".to_owned(),
    }
}

/// A number, with a fraction or without.
fn number(minimum: Option<f64>, maximum: Option<f64>) -> String {
    if minimum.is_none() && maximum.is_none() {
        return "Numeric".to_owned();
    }
    // Puppet has no `Numeric` with limits, and takes a number without a fraction for an `Integer`.
    let whole = |it: f64| format!("{it:.0}");
    let fraction = |it: f64| format!("{it:?}");
    let integer = range(
        "Integer",
        minimum.map(|it| whole(it.ceil())),
        maximum.map(|it| whole(it.floor())),
    );
    let float = range("Float", minimum.map(fraction), maximum.map(fraction));
    format!("Variant[{integer}, {float}]")
}

fn range<T: Display>(name: &str, minimum: Option<T>, maximum: Option<T>) -> String {
    match (minimum, maximum) {
        (None, None) => name.to_owned(),
        (Some(minimum), None) => format!("{name}[{minimum}]"),
        (None, Some(maximum)) => format!("{name}[default, {maximum}]"),
        (Some(minimum), Some(maximum)) => format!("{name}[{minimum}, {maximum}]"),
    }
}

/// Text as a literal in Puppet.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A pattern as Ruby understands it; `None` where the two languages may differ.
///
/// What is the beginning and the end of a text to us is that of a line to Ruby.
fn ruby(pattern: &str) -> Option<String> {
    if pattern.contains("(?") || pattern.contains(char::is_control) {
        return None;
    }
    let mut out = String::with_capacity(pattern.len() + 4);
    let mut in_set = false;
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                out.push(char);
                out.push(chars.next()?);
            }
            // A set within a set, and an operator on sets.
            '[' | '&' if in_set => return None,
            '^' if !in_set => out.push_str("\\A"),
            '$' if !in_set => out.push_str("\\z"),
            '/' => out.push_str("\\/"),
            char => {
                in_set = (in_set || char == '[') && char != ']';
                out.push(char);
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use chorister_ir::{List, text};

    use super::*;

    #[test]
    fn patterns_are_those_of_ruby() {
        assert_eq!(ruby("^[a-z_.]+$").as_deref(), Some(r"\A[a-z_.]+\z"));
        assert_eq!(ruby(r"^/[^/$]*\$").as_deref(), Some(r"\A\/[^\/$]*\$"));
        assert_eq!(ruby("(?i)a"), None);
        assert_eq!(ruby("[a&&b]"), None);
    }

    #[test]
    fn kinds_have_data_types() {
        let string = |pattern, values: &[&'static str], max_length| ParameterKind::String {
            pattern,
            values: values.iter().map(|it| text(it)).collect(),
            max_length,
        };
        let check = |kind: &ParameterKind, expect: &str| assert_eq!(of(kind), expect);
        check(&string(None, &["it's", "b"], None), r"Enum['it\'s', 'b']");
        check(
            &string(Some(text("^a$")), &[], Some(5)),
            r"Pattern[/\Aa\z/]",
        );
        check(&string(None, &[], Some(5)), "String[0, 5]");
        let integer = ParameterKind::Integer {
            minimum: None,
            maximum: Some(9),
        };
        check(&integer, "Integer[default, 9]");
        let float = ParameterKind::Float {
            minimum: Some(0.5),
            maximum: None,
        };
        check(&float, "Variant[Integer[1], Float[0.5]]");
        let list = ParameterKind::List {
            pattern: None,
            values: List::EMPTY,
            max_items: Some(3),
        };
        check(&list, "Variant[Scalar, Array[Scalar, 0, 3]]");
    }
}
