//! What the tests of this crate draw.

use super::*;

/// A machine from its edges, one a line: `FROM[,FROM…] EVENT TO`.
pub(crate) fn diagram(edges: &str) -> Diagram {
    let mut sketch = Sketch {
        name: "x".to_owned(),
        version: "1.0.0".to_owned(),
        ..Sketch::default()
    };
    for line in edges.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let [from, event, to] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let from: Vec<usize> = from.split(',').map(|it| state(&mut sketch, it)).collect();
        let to = state(&mut sketch, to);
        let edges = from.into_iter().map(|from| (from, event.to_owned(), to));
        sketch.edges.extend(edges);
    }
    sketch.diagram().unwrap()
}

fn state(sketch: &mut Sketch, name: &str) -> usize {
    let found = sketch.states.iter().position(|it| *it == name);
    found.unwrap_or_else(|| {
        sketch.states.push(name.to_owned());
        sketch.states.len() - 1
    })
}

/// A machine with a loop, a state without a way out, and names that mean something elsewhere.
pub(crate) fn lamp() -> Diagram {
    let mut lamp = spec(
        "\
name: lamp
description: Lights up when it gets dark
version: 1.0.0
initial_state: \"OFF\"
transitions:
  - {name: turn_on, from: [\"OFF\"], destination: \"ON\"}
  - {name: turn_off, from: [\"ON\", \"OFF\"], destination: \"OFF\"}
  - {name: burn, from: [\"ON\"], destination: broken lamp}
watchers:
  - name: dusk
    type: timer
    state_match: [\"OFF\"]
    fail_transition: turn_on
    properties: {timer: 10s}
",
    );
    lamp.edges[3].event = "break \"it\"; now: #1".to_owned();
    lamp
}

/// The picture of a machine that can run.
pub(crate) fn spec(source: &str) -> Diagram {
    let checked = chorister_spec::machine::check(
        &chorister_spec::Source::new("x.machine.yaml", source),
        &chorister_spec::Options::default(),
    );
    Diagram::of(&checked.machine.unwrap()).unwrap()
}

#[test]
fn edges_know_what_fires_them() {
    let lamp = lamp();
    let shown: Vec<String> = lamp
        .edges
        .iter()
        .map(|it| {
            let (from, to) = (lamp.state(it.from), lamp.state(it.to));
            format!("{from} {} {to} [{}]", it.event, it.causes.join(", "))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "OFF turn_on ON [dusk is over]",
            "OFF turn_off OFF []",
            "ON turn_off OFF []",
            "ON break \"it\"; now: #1 broken lamp []",
        ]
    );
}
