//! A diagram as a picture that needs no other program.
//!
//! This module says what is drawn where; [`draw`] writes the elements. Colours follow the reader's preference for
//! light or dark pages, and whoever cannot see the picture hears its title and its edges.

mod block;
mod draw;
mod line;
mod plan;
mod route;
mod scene;

use std::collections::BTreeMap;
use std::fmt;

use crate::Diagram;
use crate::group::Group;
use line::Line;

/// Size of the names of states.
const NAME: f64 = 14.0;

/// Size of labels, and the height of each of their lines.
const LABEL: f64 = 12.0;
const LABEL_LINE: f64 = 15.0;

/// Most states that are drawn: a picture of more shows nothing.
const MAX_STATES: usize = 60;

/// Most lines that are drawn.
const MAX_LINES: usize = 200;

/// A machine is too large for a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    states: usize,
    lines: usize,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, lines } = self;
        write!(
            f,
            "this machine is too large for a picture ({states} states, {lines} lines); \
             `--format dot` and Graphviz may cope with it"
        )
    }
}

/// Draws the diagram.
///
/// # Errors
///
/// If nobody could read the picture.
pub fn svg(diagram: &Diagram) -> Result<String, TooLarge> {
    let group = Group::of(diagram);
    let lines = lines(diagram, group.as_ref());
    if diagram.states.len() > MAX_STATES || lines.len() > MAX_LINES {
        return Err(TooLarge {
            states: diagram.states.len(),
            lines: lines.len(),
        });
    }
    let scene = scene::Scene::of(diagram, group.as_ref(), &lines);
    Ok(draw::draw(diagram, &scene))
}

/// The edges that are no shared events of a group, those between the same states together.
fn lines(diagram: &Diagram, group: Option<&Group>) -> Vec<Line> {
    let mut at: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut lines: Vec<Line> = Vec::new();
    for (nth, edge) in diagram.edges.iter().enumerate() {
        if group.is_some_and(|it| it.edges.contains(&nth)) {
            continue;
        }
        let index = *at.entry((edge.from, edge.to)).or_insert_with(|| {
            lines.push(Line::new(edge.from, edge.to));
            lines.len() - 1
        });
        if let Some(line) = lines.get_mut(index) {
            line.add(edge, "");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::lamp;

    #[test]
    fn a_picture_is_well_formed_and_repeatable() {
        let lamp = lamp();
        let one = svg(&lamp).unwrap();
        assert_eq!(one, svg(&lamp).unwrap());
        assert!(one.starts_with("<svg ") && one.ends_with("</svg>\n"));
        for text in [
            ">OFF<",
            ">ON<",
            ">broken lamp<",
            ">turn_on<",
            "break &quot;it&quot;; now: #1",
        ] {
            assert!(one.contains(text), "{text}\n{one}");
        }
        assert_eq!(one.matches("<g").count(), one.matches("</g>").count());
    }

    #[test]
    fn a_crowd_is_not_drawn() {
        let mut lamp = lamp();
        let pattern = lamp.states[1].clone();
        lamp.states.resize(MAX_STATES + 1, pattern);
        assert_eq!(
            svg(&lamp),
            Err(TooLarge {
                states: MAX_STATES + 1,
                lines: 4
            })
        );
    }
}
