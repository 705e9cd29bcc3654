//! Documents about machines, in Markdown: what each is for, a picture, its transitions and its watchers.

mod action;
pub(crate) mod config;
pub(crate) mod goss;

use anyhow::Result;
use chorister_compiler::explore::Facts;
use chorister_diagram::Diagram;
use chorister_spec::Source;
use chorister_spec::model::{Kind, Machine, Watcher};
use serde_json::{Value, json};

use crate::templates::template;

/// A machine that is documented.
#[derive(Clone, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) source: &'a Source,
    pub(crate) machine: &'a Machine,
    /// What exploration says of it, where it could be explored.
    pub(crate) facts: Option<&'a Facts>,
    /// The binaries that it is part of.
    pub(crate) binaries: &'a [String],
}

/// The document about a machine.
pub(crate) fn machine(of: &Subject<'_>) -> Result<String> {
    let machine = of.machine;
    let name = machine.name.clone().unwrap_or_default();
    let diagram = crate::diagram::diagram(machine);
    let counts = [
        counted(diagram.as_ref().map_or(0, |it| it.states.len()), "state"),
        counted(machine.transitions.len(), "transition"),
        counted(machine.watchers.len(), "watcher"),
    ];
    let used_by: Vec<String> = of.binaries.iter().map(|it| code(it)).collect();
    let data = json!({
        "source": &*of.source.path,
        "title": text(&name),
        "name": name,
        "version": text(machine.version.as_deref().unwrap_or_default()),
        "initial": code(machine.initial_state.as_deref().unwrap_or_default()),
        "description": sentence(machine.description.as_deref().unwrap_or_default()),
        "counts": counts.join(", "),
        "used_by": used_by.join(", "),
        "binary": of.binaries.first().map_or("NAME", String::as_str),
        "diagram": diagram.as_ref().map(chorister_diagram::mermaid).unwrap_or_default(),
        "transitions": diagram.as_ref().map(|it| transitions(machine, it)).unwrap_or_default(),
        "operator": match of.facts {
            Some(facts) => codes(&facts.operator),
            None => diagram.as_ref().map(on_request).unwrap_or_default(),
        },
        "by_hand": of.facts.map(|it| codes(&it.by_hand)).unwrap_or_default(),
        "least_return": of.facts.map(least_return).unwrap_or_default(),
        "watchers": machine.watchers.iter().map(watcher).collect::<Vec<_>>(),
        "notes": machine.watchers.iter().filter_map(note).collect::<Vec<_>>(),
    });
    template!("docs/machine.md").render(&data)
}

/// One row for an event and a destination, with all states it leads from.
fn transitions(machine: &Machine, diagram: &Diagram) -> Vec<Value> {
    let mut rows: Vec<(&str, usize, Vec<usize>, Vec<String>)> = Vec::new();
    for edge in &diagram.edges {
        let causes = edge.causes.iter().map(|it| text(it));
        match rows
            .iter_mut()
            .find(|it| it.0 == edge.event && it.1 == edge.to)
        {
            Some(row) => {
                row.2.push(edge.from);
                row.3.extend(causes);
            }
            None => rows.push((&edge.event, edge.to, vec![edge.from], causes.collect())),
        }
    }
    let rows = rows.into_iter().map(|(event, to, from, mut causes)| {
        let mut seen = std::collections::HashSet::new();
        causes.retain(|it| seen.insert(it.clone()));
        let from: Vec<String> = from.into_iter().map(|it| code(diagram.state(it))).collect();
        let meaning = machine
            .transitions
            .iter()
            .filter(|it| it.name.as_deref() == Some(event))
            .find_map(|it| it.description.as_deref());
        json!({
            "event": code(event),
            "from": from.join(", "),
            "to": code(diagram.state(to)),
            "causes": if causes.is_empty() { "on request".to_owned() } else { causes.join(", ") },
            "meaning": text(meaning.unwrap_or_default()),
        })
    });
    rows.collect()
}

/// Names as code, such as `` `a`, `b` ``.
fn codes(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|it| code(it)).collect();
    names.join(", ")
}

/// How soon a machine comes back to its states, one row a state.
fn least_return(of: &Facts) -> Vec<Value> {
    let rows = of.least_return.iter().map(|(state, least)| {
        let least = match least.is_zero() {
            true => "at once".to_owned(),
            false => action::spelled(*least),
        };
        json!({"state": code(state), "least": least})
    });
    rows.collect()
}

/// The events that no watcher and no other machine fires anywhere, as far as can be seen without exploring.
fn on_request(diagram: &Diagram) -> String {
    let mut events: Vec<&str> = Vec::new();
    for edge in &diagram.edges {
        let fired = diagram
            .edges
            .iter()
            .any(|it| it.event == edge.event && !it.causes.is_empty());
        if !fired && !events.contains(&edge.event.as_str()) {
            events.push(&edge.event);
        }
    }
    events.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

fn watcher(of: &Watcher) -> Value {
    let states: Vec<String> = of.state_match.iter().flatten().map(|it| code(it)).collect();
    let optional = |it: &Option<String>| it.as_deref().map(code).unwrap_or_default();
    let success = match of.kind {
        Some(Kind::Nagios) => "its result".to_owned(),
        _ => optional(&of.success_transition),
    };
    json!({
        "name": code(of.name.as_deref().unwrap_or_default()),
        "kind": of.kind.map(Kind::as_str).unwrap_or_default(),
        "active_in": if states.is_empty() { "every state".to_owned() } else { states.join(", ") },
        "action": of.properties.as_ref().map(action::action).unwrap_or_default(),
        "interval": action::interval(of).map(action::spelled).unwrap_or_default(),
        "success": success,
        "failure": optional(&of.fail_transition),
    })
}

/// What else there is to know about a watcher.
fn note(of: &Watcher) -> Option<String> {
    let mut notes = Vec::new();
    if let Some(description) = &of.description {
        notes.push(sentence(description));
    }
    if !of.foreign_state_required.is_empty() {
        let others = of.foreign_state_required.iter().map(|it| {
            let word = |it: &Option<String>| code(it.as_deref().unwrap_or_default());
            format!("{} is in {}", word(&it.machine_name), word(&it.state))
        });
        notes.push(format!(
            "It runs only while {}.",
            others.collect::<Vec<_>>().join(" and ")
        ));
    }
    if let Some(interval) = of.announce_interval {
        notes.push(format!(
            "Its state is published every {}.",
            action::spelled(interval)
        ));
    }
    let name = code(of.name.as_deref().unwrap_or_default());
    (!notes.is_empty()).then(|| format!("{name}: {}", notes.join(" ")))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The states of a machine in order of first mention.
pub(crate) fn states(of: &Machine) -> String {
    let states = crate::diagram::diagram(of)
        .map(|it| it.states)
        .unwrap_or_default();
    states
        .iter()
        .map(|it| code(&it.name))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Text with a full stop.
pub(crate) fn sentence(of: &str) -> String {
    let text = text(of.trim());
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) {
        text
    } else {
        format!("{text}.")
    }
}

/// Text that means nothing to Markdown, also in a table.
pub(crate) fn text(of: &str) -> String {
    let mut escaped = String::with_capacity(of.len());
    let mut in_word = false;
    let mut chars = of.chars().peekable();
    while let Some(char) = chars.next() {
        // An underscore within a word is one.
        let inner = in_word && chars.peek().is_some_and(|it| it.is_alphanumeric());
        match char {
            '_' if inner => escaped.push(char),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(char);
            }
            char if char.is_control() => escaped.push(' '),
            char => escaped.push(char),
        }
        in_word = char.is_alphanumeric();
    }
    escaped
}

/// Text as code, also in a table: a bar needs a backslash there even in code.
pub(crate) fn code(of: &str) -> String {
    let plain: String = of
        .chars()
        .map(|it| if it.is_control() { ' ' } else { it })
        .collect();
    let plain = plain.replace('|', "\\|");
    if plain.trim().is_empty() {
        return String::new();
    }
    let longest = plain.split(|it| it != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{plain}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use chorister_compiler::explore::explore;
    use chorister_spec::Options;

    use super::*;

    #[test]
    fn nothing_in_a_spec_is_markup() {
        assert_eq!(text("a|b <i>*x*</i>"), "a\\|b \\<i\\>\\*x\\*\\</i\\>");
        assert_eq!(text("_a_b_"), "\\_a_b\\_");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("echo `x`"), "`` echo `x` ``");
        assert_eq!(code(" "), "");
    }

    #[test]
    fn a_machine_has_a_page() {
        let source = Source::new("specs/lamp.machine.yaml", crate::diagram::tests::LAMP);
        let checked = chorister_spec::machine::check(&source, &Options::default());
        let facts = explore(&[&checked]).facts.remove(0);
        let machine = checked.model.unwrap();
        let page = super::machine(&Subject {
            source: &source,
            machine: &machine,
            facts: facts.as_ref(),
            binaries: &["node".to_owned()],
        });
        let page = page.unwrap();
        for text in [
            "# lamp\n\nLights up when it gets dark.\n\nVersion 1.0.0 · starts in `OFF` · 3 states, 3 transitions, 1 watcher · part of `node`\n",
            "```mermaid\nstateDiagram-v2\n",
            "| `turn_on` | `OFF` | `ON` | dusk is over |  |\n",
            "| `turn_off` | `ON`, `OFF` | `OFF` | on request |  |\n",
            "| `dusk` | timer | `OFF` | waits 10s |  |  | `turn_on` |\n",
        ] {
            assert!(page.contains(text), "{text}\n---\n{page}");
        }
    }
}
