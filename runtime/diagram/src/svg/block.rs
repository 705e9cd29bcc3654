//! A group of states as one block of the layout: the states side by side in a frame, with an arrow from the frame to
//! each that a shared event leads to.

use super::line::Line;
use super::route::Point;
use super::scene::{Arrow, Rectangle, START, STATE_HEIGHT, Scene, Way};
use super::{LABEL, LABEL_LINE};
use crate::Diagram;
use crate::group::Group;
use crate::width::width;

/// What stands above the frame.
pub(super) const CAPTION: &str = "from each of these states";

/// Height of the caption.
const CAPTION_HEIGHT: f64 = 18.0;

/// Space between the states.
const GAP: f64 = 26.0;

/// Space between the frame and the states.
const PAD: f64 = 16.0;

/// A group of states.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) group: &'a Group,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Height of the tallest label above a state.
    head: f64,
    columns: Vec<Column>,
}

/// A state of the group.
#[derive(Clone, Debug)]
struct Column {
    state: usize,
    /// The middle of the state, from the middle of the block.
    x: f64,
    /// How far the arrow from the frame stands to the right of it, and what else enters the state to the left.
    shift: f64,
    width: f64,
    /// The shared events that lead here.
    shared: Option<Line>,
}

impl<'a> Block<'a> {
    pub(super) fn of(diagram: &Diagram, group: &'a Group, lines: &[Line], sizes: &[f64]) -> Self {
        let mut columns = Vec::new();
        let mut x = PAD;
        let mut head: f64 = 0.0;
        for state in group.states.iter().copied() {
            let mut shared: Option<Line> = None;
            for event in group.events.iter().filter(|it| it.to == state) {
                shared
                    .get_or_insert_with(|| Line::new(state, state))
                    .add_shared(diagram, event);
            }
            let (label, height) = shared.as_ref().map_or((0.0, 0.0), Line::label);
            head = head.max(height);
            let is_entered = state == 0 || lines.iter().any(|it| it.to == state);
            // The label must not stand in the way of what else enters the state.
            let shift = if is_entered && shared.is_some() {
                label / 4.0 + 6.0
            } else {
                0.0
            };
            let width = sizes
                .get(state)
                .copied()
                .unwrap_or_default()
                .max((shift + 14.0) * 2.0);
            let left = (width / 2.0).max(label / 2.0 - shift);
            let right = (width / 2.0).max(label / 2.0 + shift);
            columns.push(Column {
                state,
                x: x + left,
                shift,
                width,
                shared,
            });
            x += left + right + GAP;
        }
        let width = (x - GAP + PAD).max(width(CAPTION, LABEL) + PAD * 2.0);
        columns.iter_mut().for_each(|it| it.x -= width / 2.0);
        let height = CAPTION_HEIGHT + head + 44.0 + STATE_HEIGHT + PAD;
        Self {
            group,
            width,
            height,
            head,
            columns,
        }
    }

    /// Whether a state is one of the group.
    pub(super) fn holds(&self, state: usize) -> bool {
        self.column(state).is_some()
    }

    /// How far from the middle of the block a line ends that enters or leaves a state from outside.
    pub(super) fn port(&self, state: usize, enters: bool) -> Option<f64> {
        self.column(state)
            .map(|it| if enters { it.x - it.shift } else { it.x })
    }

    /// The place of a state, when this is the middle of the block.
    pub(super) fn state(&self, state: usize, middle: Point) -> Option<Rectangle> {
        let column = self.column(state)?;
        let bottom = middle.y + self.height / 2.0 - PAD;
        Some(Rectangle {
            x: middle.x + column.x - column.width / 2.0,
            y: bottom - STATE_HEIGHT,
            width: column.width,
            height: STATE_HEIGHT,
        })
    }

    /// The frame, when this is the middle of the block.
    pub(super) fn frame(&self, middle: Point) -> Rectangle {
        Rectangle {
            x: middle.x - self.width / 2.0,
            y: middle.y - self.height / 2.0 + CAPTION_HEIGHT,
            width: self.width,
            height: self.height - CAPTION_HEIGHT,
        }
    }

    /// Where the machine starts, if that is in the group.
    pub(super) fn start(&self, middle: Point) -> Option<(Point, Point)> {
        let place = self.state(0, middle)?;
        let tip = Point {
            x: middle.x + self.port(0, true)?,
            y: place.y,
        };
        Some((
            Point {
                y: tip.y - START,
                ..tip
            },
            tip,
        ))
    }

    /// Adds the frame and the arrows from it.
    pub(super) fn draw(&self, middle: Point, scene: &mut Scene) {
        let frame = self.frame(middle);
        scene.frame = Some(frame);
        for column in &self.columns {
            let (Some(line), Some(state)) = (&column.shared, self.state(column.state, middle))
            else {
                continue;
            };
            let x = middle.x + column.x + column.shift;
            let at = |y: f64| Point { x, y };
            let label = at(frame.y + 16.0 + self.head / 2.0);
            let half = line.events.len() as f64 * LABEL_LINE / 2.0;
            let (from, tip) = (at(frame.y), at(state.y));
            let way = vec![from, from, at(label.y - half), at(label.y + half), tip, tip];
            scene
                .arrows
                .push(Arrow::new(line, Way::Through(way), label));
        }
    }

    fn column(&self, state: usize) -> Option<&Column> {
        self.columns.iter().find(|it| it.state == state)
    }
}
