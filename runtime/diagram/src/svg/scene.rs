//! What is drawn where.

use super::NAME;
use super::block::Block;
use super::line::Line;
use super::plan::Plan;
use super::route::{Point, layout};
use crate::group::Group;
use crate::width::{shortened, width};
use crate::{Diagram, State};

/// Height of the box of a state.
pub(super) const STATE_HEIGHT: f64 = 34.0;

/// Space above the first state for the mark where the machine starts.
pub(super) const START: f64 = 32.0;

/// How far the loop of a self transition stands out.
pub(super) const LOOP: f64 = 24.0;

/// Space around everything.
const MARGIN: f64 = 18.0;

/// Longest name in characters.
const MAX_NAME: usize = 30;

/// Everything that is drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Scene {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) states: Vec<Shape>,
    pub(super) frame: Option<Rectangle>,
    pub(super) arrows: Vec<Arrow>,
    /// Where the machine starts: the dot and the tip of its arrow.
    pub(super) start: (Point, Point),
    /// Whether some arrows are fired by request only, which needs a word of explanation.
    pub(super) has_requests: bool,
}

/// The box of a state.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    pub(super) text: String,
    pub(super) place: Rectangle,
    pub(super) reachable: bool,
    /// The full story.
    pub(super) title: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rectangle {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A line with an arrowhead and a label.
#[derive(Clone, Debug)]
pub(super) struct Arrow {
    pub(super) way: Way,
    /// Each line of the label, and whether it is fired by request only.
    pub(super) label: Vec<(String, bool)>,
    /// The middle of the label.
    pub(super) at: Point,
    /// Whether all of it is fired by request only.
    pub(super) request: bool,
    pub(super) title: String,
}

#[derive(Clone, Debug)]
pub(super) enum Way {
    /// From place to place, pair by pair; the label interrupts it.
    Through(Vec<Point>),
    /// From the right side of a state back to it: the middle of that side.
    Loop(Point),
}

// === impl Scene ===

impl Scene {
    pub(super) fn of(diagram: &Diagram, group: Option<&Group>, lines: &[Line]) -> Self {
        let sizes: Vec<f64> = diagram
            .states
            .iter()
            .map(|it| state_width(&it.name))
            .collect();
        let block = group.map(|group| Block::of(diagram, group, lines, &sizes));
        let block = block.as_ref();
        let plan = Plan::of(diagram, block, lines, &sizes);
        let placed = layout(&plan.nodes, &plan.links);
        let top = if block.is_some_and(|it| it.holds(0)) {
            0.0
        } else {
            START
        };
        let at = |it: Point| Point {
            x: it.x + MARGIN,
            y: it.y + MARGIN + top,
        };
        let middle = |node: usize| {
            placed
                .nodes
                .get(node)
                .copied()
                .map_or_else(Point::default, at)
        };
        let block = block
            .zip(plan.block)
            .map(|(block, node)| (block, middle(node)));

        let mut scene = Self {
            width: placed.width + MARGIN * 2.0,
            height: placed.height + MARGIN * 2.0 + top,
            ..Self::default()
        };
        for (at, (state, width)) in diagram.states.iter().zip(&sizes).enumerate() {
            let alone = || {
                let middle = middle(plan.node_of.get(at).copied().unwrap_or_default());
                let (x, y) = (middle.x - width / 2.0, middle.y - STATE_HEIGHT / 2.0);
                Rectangle {
                    x,
                    y,
                    width: *width,
                    height: STATE_HEIGHT,
                }
            };
            let place = block
                .and_then(|(block, middle)| block.state(at, middle))
                .unwrap_or_else(alone);
            scene.states.push(Shape::new(state, place));
        }
        for ((line, route), link) in plan.lines.iter().zip(&placed.routes).zip(&plan.links) {
            let mut points: Vec<Point> = route.points.iter().copied().map(at).collect();
            if let (Some((block, middle)), Some(node)) = (block, plan.block) {
                // What leads to a state of a group goes on behind the frame.
                let place = |state: usize, port: Option<f64>| match port {
                    Some(_) => block.state(state, middle),
                    None => Some(block.frame(middle)),
                };
                if link.from.node == node {
                    reach(points.first_mut(), place(line.from, link.from.port));
                }
                if link.to.node == node {
                    reach(points.last_mut(), place(line.to, link.to.port));
                }
            }
            scene
                .arrows
                .push(Arrow::new(line, Way::Through(points), at(route.label)));
        }
        for line in lines.iter().filter(|it| it.from == it.to) {
            scene.loop_at(line);
        }
        if let Some((block, middle)) = block {
            block.draw(middle, &mut scene);
        }
        let first = scene.states.first().map(|it| it.place).unwrap_or_default();
        let tip = Point {
            x: first.x + first.width / 2.0,
            y: first.y,
        };
        let above = Point {
            y: tip.y - START + 6.0,
            ..tip
        };
        scene.start = block
            .and_then(|(block, middle)| block.start(middle))
            .unwrap_or((above, tip));
        scene.has_requests = scene.arrows.iter().flat_map(|it| &it.label).any(|it| it.1);
        scene
    }

    fn loop_at(&mut self, line: &Line) {
        let Some(place) = self.states.get(line.from).map(|it| it.place) else {
            return;
        };
        let side = Point {
            x: place.x + place.width,
            y: place.y + place.height / 2.0,
        };
        let label = Point {
            x: side.x + LOOP + line.label().0 / 2.0,
            y: side.y,
        };
        self.arrows.push(Arrow::new(line, Way::Loop(side), label));
    }
}

impl Shape {
    fn new(state: &State, place: Rectangle) -> Self {
        let mut title = state.name.clone();
        if !state.watchers.is_empty() {
            title.push_str(&format!("\nwatchers: {}", state.watchers.join(", ")));
        }
        if !state.reachable {
            title.push_str("\ncannot be entered");
        }
        Self {
            text: shortened(&state.name, MAX_NAME),
            place,
            reachable: state.reachable,
            title,
        }
    }
}

impl Arrow {
    /// An arrow for a line, with its label in the middle of a place.
    pub(super) fn new(line: &Line, way: Way, at: Point) -> Self {
        Self {
            way,
            label: line
                .events
                .iter()
                .map(|(text, fired)| (text.clone(), !fired))
                .collect(),
            at,
            request: line.is_on_request(),
            title: line.causes.join("\n"),
        }
    }
}

/// Makes a line end at the border of a box that lies within the one it was laid out for.
fn reach(end: Option<&mut Point>, place: Option<Rectangle>) {
    if let (Some(end), Some(place)) = (end, place) {
        let from_below = end.y > place.y + place.height / 2.0;
        end.y = if from_below {
            place.y + place.height
        } else {
            place.y
        };
    }
}

fn state_width(name: &str) -> f64 {
    (width(&shortened(name, MAX_NAME), NAME) + 28.0).max(64.0)
}
