//! A diagram in the language of Graphviz.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::Diagram;

/// The diagram as a digraph: edges sorted by state and event, then the states, the initial one in red.
///
/// Compat: go-choria `choria machine graph`: the same text for names without quotes and backslashes.
pub fn dot(diagram: &Diagram) -> String {
    let edges: BTreeSet<_> = diagram
        .edges
        .iter()
        .map(|it| {
            (
                diagram.state(it.from),
                it.event.as_str(),
                diagram.state(it.to),
            )
        })
        .collect();
    let states: BTreeSet<_> = diagram.states.iter().map(|it| it.name.as_str()).collect();
    let mut text = "digraph fsm {\n".to_owned();
    for (from, event, to) in edges {
        let _ = writeln!(
            text,
            "    {} -> {} [ label = {} ];",
            quoted(from),
            quoted(to),
            quoted(event)
        );
    }
    text.push('\n');
    for state in states {
        let mark = if state == diagram.state(0) {
            " [color = \"red\"]"
        } else {
            ""
        };
        let _ = writeln!(text, "    {}{mark};", quoted(state));
    }
    text.push_str("}\n");
    text
}

fn quoted(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace(['\n', '\r'], " ");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::lamp;

    #[test]
    fn dot_is_sorted_and_quoted() {
        assert_eq!(
            dot(&lamp()),
            r#"digraph fsm {
    "OFF" -> "OFF" [ label = "turn_off" ];
    "OFF" -> "ON" [ label = "turn_on" ];
    "ON" -> "broken lamp" [ label = "break \"it\"; now: #1" ];
    "ON" -> "OFF" [ label = "turn_off" ];

    "OFF" [color = "red"];
    "ON";
    "broken lamp";
}
"#
        );
    }
}
