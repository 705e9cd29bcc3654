//! A diagram in the language of Mermaid, which code hosts draw inside Markdown.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::Diagram;

/// Words that mean something else where the id of a state stands.
const RESERVED: [&str; 14] = [
    "as",
    "choice",
    "class",
    "classdef",
    "click",
    "default",
    "direction",
    "end",
    "fork",
    "hide",
    "join",
    "note",
    "state",
    "style",
];

/// The diagram as a `stateDiagram-v2`.
///
/// States whose names are plain words stand for themselves; others get an id and their name in quotes.
pub fn mermaid(diagram: &Diagram) -> String {
    let mut text = "stateDiagram-v2\n".to_owned();
    let ids = ids(diagram);
    let id = |at: usize| ids.get(at).map_or("", String::as_str);
    for (at, state) in diagram.states.iter().enumerate() {
        if id(at) != state.name {
            let _ = writeln!(text, "    state \"{}\" as {}", escaped(&state.name), id(at));
        }
    }
    let _ = writeln!(text, "    [*] --> {}", id(0));
    for edge in &diagram.edges {
        let _ = writeln!(
            text,
            "    {} --> {}: {}",
            id(edge.from),
            id(edge.to),
            escaped(&edge.event)
        );
    }
    // A state that no line names would be missing.
    let named: HashSet<usize> = diagram
        .edges
        .iter()
        .flat_map(|it| [it.from, it.to])
        .chain([0])
        .collect();
    for at in (0..diagram.states.len()).filter(|it| !named.contains(it)) {
        let _ = writeln!(text, "    {}", id(at));
    }
    text
}

/// An id for each state, unique in any case: some readers of Mermaid do not tell `OK` from `ok`.
fn ids(diagram: &Diagram) -> Vec<String> {
    let mut taken = HashSet::new();
    let plain: Vec<bool> = diagram
        .states
        .iter()
        .map(|it| is_plain(&it.name) && taken.insert(it.name.to_lowercase()))
        .collect();
    let mut next = 0;
    let mut fresh = || loop {
        next += 1;
        let id = format!("s{next}");
        if taken.insert(id.clone()) {
            return id;
        }
    };
    diagram
        .states
        .iter()
        .zip(plain)
        .map(|(it, plain)| if plain { it.name.clone() } else { fresh() })
        .collect()
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_alphabetic())
        && name
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || it == '_')
        && !RESERVED.contains(&name.to_ascii_lowercase().as_str())
}

/// Text as Mermaid shows it: what has a meaning becomes an entity, which begins with `#` there.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '"' => escaped.push_str("#quot;"),
            '#' | ';' | ':' | '<' | '>' | '&' | '%' | '{' | '}' | '[' | ']' | '(' | ')' | '\\'
            | '`' | '*' | '~' | '|' => {
                let _ = write!(escaped, "#{};", u32::from(char));
            }
            char if char.is_control() => escaped.push(' '),
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::lamp;

    #[test]
    fn names_that_mean_something_are_escaped() {
        assert_eq!(
            mermaid(&lamp()),
            "stateDiagram-v2
    state \"broken lamp\" as s1
    [*] --> OFF
    OFF --> ON: turn_on
    OFF --> OFF: turn_off
    ON --> OFF: turn_off
    ON --> s1: break #quot;it#quot;#59; now#58; #35;1
"
        );
    }

    #[test]
    fn ids_differ_in_more_than_case() {
        let names = |names: &[&str]| {
            let mut lamp = lamp();
            let pattern = lamp.states[0].clone();
            lamp.states = names
                .iter()
                .map(|it| crate::State {
                    name: (*it).to_owned(),
                    ..pattern.clone()
                })
                .collect();
            ids(&lamp)
        };
        assert_eq!(names(&["OK", "ok", "s1", "end"]), ["OK", "s2", "s1", "s3"]);
    }
}
