//! Values and limits of parameters, for people.

use std::fmt::Display;

use chorister_ir::{CheckClass, Literal, Parameter, ParameterKind, SecretSource, Text};
use chorister_lang::duration::brief;

/// What a class looks at, in a sentence.
pub(super) fn summary(of: &CheckClass) -> String {
    match of.description.is_empty() {
        true => format!("A check of the class {}.", of.name),
        false => sentence(&of.description),
    }
}

/// What a parameter means, what it counts, and its default, in sentences; empty where there is nothing to say.
pub(super) fn about(of: &Parameter) -> String {
    let mut sentences = vec![meaning(of)];
    sentences.extend(default(of).map(|it| format!("The class says {it}.")));
    sentences.retain(|it| !it.is_empty());
    sentences.join(" ")
}

/// What a parameter means and what it counts.
pub(super) fn meaning(of: &Parameter) -> String {
    let mut sentences = vec![sentence(&of.description)];
    sentences.extend(of.unit.as_deref().map(|it| format!("In {it}.")));
    sentences.retain(|it| !it.is_empty());
    sentences.join(" ")
}

/// The default of a parameter as it is written in a check file.
pub(super) fn default(of: &Parameter) -> Option<String> {
    let text = literal(of.default.as_ref()?);
    Some(match of.kind {
        ParameterKind::Percent { .. } => text + "%",
        _ => text,
    })
}

/// A value as it is written in a check file.
fn literal(of: &Literal) -> String {
    match of {
        Literal::Text(text) => text.to_string(),
        Literal::Integer(number) => number.to_string(),
        Literal::Float(number) => number.to_string(),
        Literal::Boolean(truth) => truth.to_string(),
        Literal::Duration(time) => brief(*time),
        Literal::Size(bytes) => size(*bytes),
        Literal::List(items) => format!("[{}]", items.join(", ")),
        Literal::Secret(SecretSource::File(path)) => format!("{{file: {path}}}"),
        Literal::Secret(SecretSource::Environment(name)) => format!("{{environment: {name}}}"),
    }
}

/// What the values of a kind are limited to; empty where they are not.
pub(super) fn limits(of: &ParameterKind) -> String {
    match of {
        ParameterKind::String {
            pattern,
            values,
            max_length,
        } => list([
            among(values),
            pattern.as_ref().map(|it| format!("matches {it}")),
            max_length.map(|it| format!("at most {it} characters")),
        ]),
        ParameterKind::Integer { minimum, maximum } => between(*minimum, *maximum, |it| it),
        ParameterKind::Float { minimum, maximum } => between(*minimum, *maximum, |it| it),
        ParameterKind::Percent { minimum, maximum } => {
            between(*minimum, *maximum, |it| format!("{it}%"))
        }
        ParameterKind::Duration { minimum, maximum } => between(*minimum, *maximum, brief),
        ParameterKind::Size { minimum, maximum } => between(*minimum, *maximum, size),
        ParameterKind::List {
            pattern,
            values,
            max_items,
        } => list([
            among(values),
            pattern.as_ref().map(|it| format!("each matches {it}")),
            max_items.map(|it| format!("at most {it}")),
        ]),
        ParameterKind::Boolean | ParameterKind::Threshold | ParameterKind::Secret => String::new(),
    }
}

/// A value of a kind as it is written in a check file; it need not be one that a pattern matches.
pub(super) fn example(of: &ParameterKind) -> String {
    match of {
        ParameterKind::String { values, .. } => first(values),
        ParameterKind::Integer { minimum, .. } => minimum.unwrap_or(1).to_string(),
        ParameterKind::Float { minimum, .. } => format!("{:?}", minimum.unwrap_or(1.0)),
        ParameterKind::Boolean => "true".to_owned(),
        ParameterKind::Duration { minimum, .. } => minimum.map_or_else(|| "1m".to_owned(), brief),
        ParameterKind::Size { minimum, .. } => minimum.map_or_else(|| "1GiB".to_owned(), size),
        ParameterKind::Percent { .. } | ParameterKind::Threshold => "80%".to_owned(),
        ParameterKind::List { values, .. } => format!("[{}]", first(values)),
        ParameterKind::Secret => "{environment: NAME}".to_owned(),
    }
}

/// Text on one line, with a full stop.
fn sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() || line.ends_with(['.', '!', '?', ':']) {
        line
    } else {
        format!("{line}.")
    }
}

/// A size with the largest unit that leaves no fraction.
fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    let power = (bytes.trailing_zeros() / 10).min(4);
    match power.checked_sub(1).and_then(|it| units.get(it as usize)) {
        Some(unit) if bytes > 0 => format!("{}{unit}", bytes >> (10 * power)),
        _ => bytes.to_string(),
    }
}

fn first(values: &[Text]) -> String {
    values.first().map_or("…", AsRef::as_ref).to_owned()
}

fn among(values: &[Text]) -> Option<String> {
    (!values.is_empty()).then(|| format!("one of {}", values.join(", ")))
}

fn between<T: Copy, D: Display>(
    minimum: Option<T>,
    maximum: Option<T>,
    shown: impl Fn(T) -> D,
) -> String {
    list([
        minimum.map(|it| format!("at least {}", shown(it))),
        maximum.map(|it| format!("at most {}", shown(it))),
    ])
}

fn list<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_whole_numbers_of_a_unit() {
        let sizes = [0, 512, 1 << 10, 3 << 20, (1 << 30) + 1, 1 << 50].map(size);
        assert_eq!(sizes, ["0", "512", "1KiB", "3MiB", "1073741825", "1024TiB"]);
    }

    #[test]
    fn a_sentence_ends_with_a_full_stop() {
        assert_eq!(sentence(" Where\n it  runs "), "Where it runs.");
        assert_eq!(sentence("Why?"), "Why?");
        assert_eq!(sentence(" "), "");
    }
}
