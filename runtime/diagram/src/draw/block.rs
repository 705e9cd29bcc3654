//! A group of states as one box: the states side by side, below the events that lead to each from all of them.

use super::grid::{Grid, Pen, Stroke};
use super::plan::{StateBox, Words, label, pen};
use super::{Charset, Marks, ink};
use crate::Diagram;
use crate::drawing::{Area, Ink};
use crate::group::Group;

/// Space between two states, and between the frame and a state.
const GAP: usize = 3;
const PAD: usize = 2;

/// A group of states, in cells from its own top left corner.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) width: usize,
    pub(super) height: usize,
    caption: &'static str,
    columns: Vec<Column>,
}

/// A state of the group and what leads to it.
#[derive(Clone, Debug, Default)]
struct Column {
    state: usize,
    place: Area,
    /// Where lines from outside enter and leave.
    enter: usize,
    leave: usize,
    /// The events of the group that lead here, and the column of their arrow.
    label: Vec<Words>,
    arrow: usize,
    pen: Pen,
}

// === impl Block ===

impl Block {
    pub(super) fn of(
        diagram: &Diagram,
        group: &Group,
        marks: &Marks,
        boxes: &[StateBox],
        enters: impl Fn(usize) -> bool,
    ) -> Self {
        let mut columns = Vec::new();
        let mut left = 1 + PAD;
        for &state in &group.states {
            let shared: Vec<_> = group.events.iter().filter(|it| it.to == state).collect();
            let mut label = label(
                diagram,
                marks,
                &shared.iter().map(|it| it.edge).collect::<Vec<_>>(),
            );
            let mut alike = Vec::new();
            for (words, shared) in label.iter_mut().zip(&shared) {
                // Whichever state it was taken from.
                let of_event = (0..diagram.edges.len()).filter(|it| {
                    let edge = &diagram.edges[*it];
                    edge.to == state && edge.event == shared.event && group.edges.contains(it)
                });
                let of_event: Vec<usize> = of_event.collect();
                words.ink = words.ink.max(ink(diagram, marks, &of_event));
                alike.extend(of_event);
            }
            let text = label.iter().map(Words::width).max().unwrap_or(0) | 1;
            let shape = boxes.get(state);
            let mut width = shape.map_or(7, |it| it.width).max(7);
            // What enters from outside passes to the left of the label.
            let aside = if enters(state) && !label.is_empty() {
                4
            } else {
                0
            };
            let arrow = if aside > 0 {
                width = width.max(aside + text / 2 + 3) | 1;
                aside + text / 2
            } else {
                width = width.max(text);
                width / 2
            };
            columns.push(Column {
                state,
                place: Area {
                    top: 0,
                    left,
                    height: shape.map_or(3, |it| it.height),
                    width,
                },
                enter: left + 2,
                leave: left + width - 3,
                arrow: left + arrow,
                pen: pen(diagram, marks, &alike),
                label,
            });
            left += width.max(if aside > 0 { aside + text } else { 0 }) + GAP;
        }
        let head = columns.iter().map(|it| it.label.len()).max().unwrap_or(0);
        let tall = columns.iter().map(|it| it.place.height).max().unwrap_or(0);
        for column in &mut columns {
            column.place.top = head + 2;
        }
        let others = group.events.iter().all(|it| it.from_others);
        let caption = if others {
            " from each of the others "
        } else {
            " from each of these "
        };
        Self {
            width: (left - GAP + PAD + 1).max(caption.len() + 4) | 1,
            height: head + tall + 4,
            caption,
            columns,
        }
    }

    /// Whether a state is one of the group.
    pub(super) fn holds(&self, state: usize) -> bool {
        self.columns.iter().any(|it| it.state == state)
    }

    /// How far from the middle a line ends that enters or leaves a state from outside.
    pub(super) fn port(&self, state: usize, enters: bool) -> Option<isize> {
        let column = self.columns.iter().find(|it| it.state == state)?;
        let at = if enters { column.enter } else { column.leave };
        Some(at as isize - (self.width / 2) as isize)
    }

    /// The place of a state when this is the place of the block.
    pub(super) fn place(&self, state: usize, block: Area) -> Option<Area> {
        let column = self.columns.iter().find(|it| it.state == state)?;
        Some(Area {
            top: block.top + column.place.top,
            left: block.left + column.place.left,
            ..column.place
        })
    }

    /// Draws the frame and what leads from it to the states.
    pub(super) fn draw(&self, grid: &mut Grid, block: Area, charset: Charset) {
        let dashed = Pen {
            stroke: Stroke::Dashed,
            ink: Ink::Faint,
        };
        grid.text(block.top, block.left + 2, self.caption, Ink::Faint);
        grid.frame(block, dashed);
        for column in self.columns.iter().filter(|it| !it.label.is_empty()) {
            let middle = block.left + column.arrow;
            let head = block.top + column.place.top - 1;
            let first = head - column.label.len();
            for (nth, words) in column.label.iter().enumerate() {
                let left = middle.saturating_sub(words.width() / 2);
                grid.text(first + nth, left, &words.text, words.ink);
            }
            grid.text(head, middle, charset.down(), column.pen.ink);
        }
    }
}
