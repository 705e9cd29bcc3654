//! A diagram on the character grid of a terminal.
//!
//! States are boxes, events are words on the lines between them; a line runs down where it can, and what goes back
//! runs up beside the boxes. Stages: [`plan`] says how large everything is, the layout places it from left to right,
//! [`rows`] finds its rows, and [`paint`] puts it on a [`grid`].

mod align;
mod block;
mod grid;
mod paint;
mod plan;
mod rows;
mod tracks;

#[cfg(test)]
mod tests;

use crate::drawing::{Drawing, Ink};
use crate::group::Group;
use crate::layout::{Spacing, place};
use crate::list::list;
use crate::{Diagram, layout};

pub use grid::Charset;

/// Cells between things: rounding takes one of them at most.
const SPACING: Spacing = Spacing {
    gap: 3.0,
    passing: 3.0,
    spread: 4.0,
    inset: 2.0,
};

/// Most states and edges that are drawn: a picture of more shows nothing.
const MAX_STATES: usize = 60;
const MAX_EDGES: usize = 240;

/// What is pointed out in a drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Where the machine is.
    pub current: Option<usize>,
    /// Edges that were taken a moment ago.
    pub recent: Vec<usize>,
    /// Edges of a way that is explained.
    pub path: Vec<usize>,
    /// A few words about each state, such as how long the machine has been there: in order, empty for none.
    ///
    /// A state has room for them as soon as any has some, so that a drawing does not change its form with time.
    pub notes: Vec<String>,
}

/// What a drawing has to fit into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Columns.
    pub width: usize,
    /// Rows that a drawing should not exceed; if it does, the flattest one is taken.
    pub height: usize,
    /// The characters that may be used.
    pub charset: Charset,
}

/// Draws a diagram; as a list where it is too large for a picture or does not fit into the width.
#[must_use]
pub fn draw(diagram: &Diagram, marks: &Marks, room: Room) -> Drawing {
    let count = diagram.states.len();
    // A diagram that came over a socket may say anything.
    let is_sound = diagram.edges.iter().all(|it| it.from.max(it.to) < count);
    if count > MAX_STATES || diagram.edges.len() > MAX_EDGES || !is_sound {
        return list(diagram, marks, room.charset);
    }
    let group = Group::of(diagram);
    let mut best: Option<Drawing> = None;
    // With notes below names if there is room for that, else beside them.
    for flat in [false, true] {
        let drawing = picture(
            diagram,
            group.as_ref(),
            marks,
            Look {
                flat,
                charset: room.charset,
            },
        );
        if drawing.width() > room.width {
            continue;
        }
        let fits = drawing.lines.len() <= room.height;
        let flatter = |it: &Drawing| drawing.lines.len() < it.lines.len();
        if best.as_ref().is_none_or(flatter) {
            best = Some(drawing);
        }
        if fits || marks.notes.is_empty() {
            break;
        }
    }
    best.unwrap_or_else(|| list(diagram, marks, room.charset))
}

/// Which of several drawings it is.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// Whether notes stand beside names and not below them.
    flat: bool,
    charset: Charset,
}

fn picture(diagram: &Diagram, group: Option<&Group>, marks: &Marks, look: Look) -> Drawing {
    let plan = plan::Plan::of(diagram, group, marks, look);
    let placed = place(&plan.nodes(), &plan.links(), SPACING);
    let rows = rows::Rows::of(&plan, &placed);
    paint::paint(&plan, &rows, look.charset)
}

// === impl Marks ===

impl Marks {
    /// How an edge is pointed out, if it is.
    pub(crate) fn ink(&self, edge: usize) -> Option<Ink> {
        if self.recent.contains(&edge) {
            Some(Ink::Recent)
        } else {
            self.path.contains(&edge).then_some(Ink::Path)
        }
    }
}

/// What the events of some edges are written with.
fn ink(diagram: &Diagram, marks: &Marks, edges: &[usize]) -> Ink {
    let fired = |it: &usize| {
        diagram
            .edges
            .get(*it)
            .is_some_and(|it| !it.causes.is_empty())
    };
    let marked = edges.iter().filter_map(|it| marks.ink(*it)).max();
    marked.unwrap_or(if edges.iter().any(fired) {
        Ink::Name
    } else {
        Ink::Plain
    })
}
