//! What is drawn where.

use super::super::group::{Group, Shared};
use super::super::layout::{End, Link, Node, Point, layout};
use super::super::width::{shortened, width};
use super::super::{Diagram, Edge};
use super::{Line, cause};

/// Sizes of text.
pub(super) const NAME: f64 = 14.0;
pub(super) const LABEL: f64 = 12.0;
/// Height of a line of a label.
pub(super) const LABEL_LINE: f64 = 15.0;

/// Height of the box of a state.
const STATE_HEIGHT: f64 = 34.0;

/// Space around everything.
const MARGIN: f64 = 20.0;

/// Space above the first state for the mark where the machine starts.
const START: f64 = 34.0;

/// How far the loop of a self transition stands out.
const LOOP: f64 = 26.0;

/// Space between the states of a group.
const GROUP_GAP: f64 = 26.0;

/// Space between the frame of a group and its states.
const GROUP_PAD: f64 = 16.0;

/// Height of the caption of a group.
const CAPTION: f64 = 20.0;

/// Longest texts in characters.
const MAX_NAME: usize = 30;
const MAX_LABEL: usize = 36;

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
        let plan = Plan::of(diagram, block.as_ref(), lines, &sizes);
        let placed = layout(&plan.nodes, &plan.links);
        let top = if block
            .as_ref()
            .is_some_and(|it| it.group.states.contains(&0))
        {
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

        let mut scene = Self {
            width: placed.width + MARGIN * 2.0,
            height: placed.height + MARGIN * 2.0 + top,
            ..Self::default()
        };
        for (state, size) in sizes.iter().enumerate() {
            let center = match (&block, plan.node_of.get(state).copied()) {
                (Some(block), Some(node)) if block.node_is(node, &plan) => {
                    block.state(state, middle(node)).unwrap_or_default()
                }
                (_, node) => middle(node.unwrap_or_default()),
            };
            scene.states.push(shape(diagram, state, center, *size));
        }
        for ((line, route), link) in plan.drawn.iter().zip(&placed.routes).zip(&plan.links) {
            let mut points: Vec<Point> = route.points.iter().copied().map(at).collect();
            // A line to a state of a group goes on behind the frame.
            if link.from.port.is_some() {
                scene.reach(line.from, &mut points, true);
            }
            if link.to.port.is_some() {
                scene.reach(line.to, &mut points, false);
            }
            scene
                .arrows
                .push(arrow(line, Way::Through(points), at(route.label)));
        }
        for line in lines.iter().filter(|it| it.from == it.to) {
            scene.loop_at(line);
        }
        if let (Some(block), Some(node)) = (&block, plan.block) {
            block.draw(middle(node), diagram, &mut scene);
        }
        let first = scene.states.first().map(|it| it.place).unwrap_or_default();
        let tip = Point {
            x: first.x + first.width / 2.0,
            y: first.y,
        };
        scene.start = match &block {
            Some(block) if block.group.states.contains(&0) => {
                let tip = Point {
                    x: tip.x - block.shift(0),
                    ..tip
                };
                (
                    Point {
                        y: tip.y - START,
                        ..tip
                    },
                    tip,
                )
            }
            _ => (
                Point {
                    y: tip.y - START + 6.0,
                    ..tip
                },
                tip,
            ),
        };
        scene.has_requests = scene.arrows.iter().flat_map(|it| &it.label).any(|it| it.1);
        scene
    }

    /// Makes a line end at the box of a state instead of at the frame around it.
    fn reach(&self, state: usize, points: &mut [Point], source: bool) {
        let Some(place) = self.states.get(state).map(|it| it.place) else {
            return;
        };
        let end = if source {
            points.first_mut()
        } else {
            points.last_mut()
        };
        if let Some(end) = end {
            let from_below = end.y > place.y + place.height / 2.0;
            end.y = if from_below {
                place.y + place.height
            } else {
                place.y
            };
        }
    }

    fn loop_at(&mut self, line: &Line) {
        let Some(place) = self.states.get(line.from).map(|it| it.place) else {
            return;
        };
        let side = Point {
            x: place.x + place.width,
            y: place.y + place.height / 2.0,
        };
        let (label, _) = label_size(line);
        let at = Point {
            x: side.x + LOOP + 6.0 + label / 2.0,
            y: side.y,
        };
        self.arrows.push(arrow(line, Way::Loop(side), at));
    }
}

/// What the layout is asked for.
#[derive(Debug, Default)]
struct Plan {
    nodes: Vec<Node>,
    links: Vec<Link>,
    /// The lines that the links stand for.
    drawn: Vec<Line>,
    /// The node of each state.
    node_of: Vec<usize>,
    /// The node of the group.
    block: Option<usize>,
}

impl Plan {
    fn of(diagram: &Diagram, block: Option<&Block<'_>>, lines: &[Line], sizes: &[f64]) -> Self {
        let mut plan = Self::default();
        for (state, size) in sizes.iter().enumerate() {
            let in_block = block.filter(|it| it.group.states.contains(&state));
            if let (Some(_), Some(node)) = (in_block, plan.block) {
                plan.node_of.push(node);
                continue;
            }
            plan.node_of.push(plan.nodes.len());
            if let Some(block) = in_block {
                plan.block = Some(plan.nodes.len());
                plan.nodes.push(Node {
                    width: block.width,
                    height: block.height,
                    right: 0.0,
                });
                continue;
            }
            let own = lines.iter().find(|it| it.from == state && it.to == state);
            let right = own.map_or(0.0, |it| LOOP + 8.0 + label_size(it).0);
            plan.nodes.push(Node {
                width: *size,
                height: STATE_HEIGHT,
                right,
            });
        }
        for line in lines.iter().filter(|it| it.from != it.to) {
            plan.link(line.clone(), block);
        }
        if let Some(block) = block {
            for shared in block
                .group
                .events
                .iter()
                .filter(|it| !block.group.states.contains(&it.to))
            {
                let edge = diagram.edges.get(shared.edge);
                let line = Line {
                    from: block.group.states.first().copied().unwrap_or_default(),
                    to: shared.to,
                    events: vec![(
                        shared.event.clone(),
                        edge.is_some_and(|it| !it.causes.is_empty()),
                    )],
                    causes: edge.map(cause).into_iter().collect(),
                };
                // All lines from the frame to the same state are one.
                let same = plan.drawn.iter().zip(&plan.links).position(|(it, link)| {
                    it.to == shared.to
                        && Some(link.from.node) == plan.block
                        && link.from.port.is_none()
                });
                match same.and_then(|at| Some((plan.drawn.get_mut(at)?, plan.links.get_mut(at)?))) {
                    Some((known, link)) => {
                        known.events.extend(line.events);
                        known.causes.extend(line.causes);
                        link.label = label_size(known);
                    }
                    None => plan.shared(line),
                }
            }
        }
        plan
    }

    fn end(&self, state: usize, block: Option<&Block<'_>>, enters: bool) -> End {
        let node = self.node_of.get(state).copied().unwrap_or_default();
        let port = block.and_then(|it| it.column(state)).map(|column| {
            let shift = if enters { column.shift } else { 0.0 };
            column.x - shift
        });
        End { node, port }
    }

    fn link(&mut self, line: Line, block: Option<&Block<'_>>) {
        let link = Link {
            from: self.end(line.from, block, false),
            to: self.end(line.to, block, true),
            label: label_size(&line),
        };
        self.links.push(link);
        self.drawn.push(line);
    }

    fn shared(&mut self, line: Line) {
        let link = Link {
            from: self.end(line.from, None, false),
            to: self.end(line.to, None, true),
            label: label_size(&line),
        };
        self.links.push(link);
        self.drawn.push(line);
    }
}

/// The states of a group side by side, with an arrow from the frame to each that a shared event leads to.
#[derive(Debug)]
struct Block<'a> {
    group: &'a Group,
    width: f64,
    height: f64,
    /// Height of the tallest label above a state.
    head: f64,
    columns: Vec<Column>,
}

#[derive(Clone, Debug)]
struct Column {
    state: usize,
    /// The middle of the state, from the middle of the block.
    x: f64,
    /// How far the arrow from the frame stands to the right, and others to the left.
    shift: f64,
    shared: Option<Line>,
}

impl<'a> Block<'a> {
    fn of(diagram: &Diagram, group: &'a Group, lines: &[Line], sizes: &[f64]) -> Self {
        let mut columns = Vec::new();
        let mut x = GROUP_PAD;
        let mut head: f64 = 0.0;
        for state in group.states.iter().copied() {
            let shared = shared_line(diagram, group.events.iter().filter(|it| it.to == state));
            let (label, height) = shared.as_ref().map_or((0.0, 0.0), label_size);
            head = head.max(height);
            let is_entered =
                state == 0 || lines.iter().any(|it| it.to == state && it.from != state);
            let shift = if is_entered && shared.is_some() {
                16.0
            } else {
                0.0
            };
            let own = sizes.get(state).copied().unwrap_or_default();
            let half_left = (own / 2.0).max(label / 2.0 - shift);
            let half_right = (own / 2.0).max(label / 2.0 + shift);
            columns.push(Column {
                state,
                x: x + half_left,
                shift,
                shared,
            });
            x += half_left + half_right + GROUP_GAP;
        }
        let caption = width(CAPTION_TEXT, LABEL) + 16.0;
        let width = (x - GROUP_GAP + GROUP_PAD).max(caption);
        columns.iter_mut().for_each(|it| it.x -= width / 2.0);
        let height = CAPTION + head + 36.0 + STATE_HEIGHT + GROUP_PAD;
        Self {
            group,
            width,
            height,
            head,
            columns,
        }
    }

    fn node_is(&self, node: usize, plan: &Plan) -> bool {
        plan.block == Some(node)
    }

    fn column(&self, state: usize) -> Option<&Column> {
        self.columns.iter().find(|it| it.state == state)
    }

    fn shift(&self, state: usize) -> f64 {
        self.column(state).map_or(0.0, |it| it.shift)
    }

    /// The middle of a state, when this is the middle of the block.
    fn state(&self, state: usize, middle: Point) -> Option<Point> {
        let column = self.column(state)?;
        let bottom = middle.y + self.height / 2.0 - GROUP_PAD;
        Some(Point {
            x: middle.x + column.x,
            y: bottom - STATE_HEIGHT / 2.0,
        })
    }

    fn draw(&self, middle: Point, _diagram: &Diagram, scene: &mut Scene) {
        let top = middle.y - self.height / 2.0;
        scene.frame = Some(Rectangle {
            x: middle.x - self.width / 2.0,
            y: top,
            width: self.width,
            height: self.height,
        });
        for column in &self.columns {
            let (Some(line), Some(state)) = (&column.shared, self.state(column.state, middle))
            else {
                continue;
            };
            let x = state.x + column.shift;
            let from = Point {
                x,
                y: top + CAPTION,
            };
            let tip = Point {
                x,
                y: state.y - STATE_HEIGHT / 2.0,
            };
            let label = Point {
                x,
                y: top + CAPTION + 12.0 + self.head / 2.0,
            };
            let half = line.events.len() as f64 * LABEL_LINE / 2.0;
            let points = vec![
                from,
                from,
                Point {
                    x,
                    y: label.y - half,
                },
                Point {
                    x,
                    y: label.y + half,
                },
                tip,
                tip,
            ];
            scene.arrows.push(arrow(line, Way::Through(points), label));
        }
    }
}

/// What stands in the frame of a group.
pub(super) const CAPTION_TEXT: &str = "from each of these states";

fn shared_line<'e>(diagram: &Diagram, events: impl Iterator<Item = &'e Shared>) -> Option<Line> {
    let mut line: Option<Line> = None;
    for shared in events {
        let edge: Option<&Edge> = diagram.edges.get(shared.edge);
        let is_fired = edge.is_some_and(|it| !it.causes.is_empty());
        let line = line.get_or_insert_with(|| Line {
            from: shared.to,
            to: shared.to,
            ..Line::default()
        });
        let remark = if shared.from_others {
            " (from others)"
        } else {
            ""
        };
        line.events
            .push((format!("{}{remark}", shared.event), is_fired));
        line.causes.extend(edge.map(cause));
    }
    line
}

fn shape(diagram: &Diagram, state: usize, center: Point, size: f64) -> Shape {
    let Some(it) = diagram.states.get(state) else {
        return Shape::default();
    };
    let mut title = it.name.clone();
    if !it.watchers.is_empty() {
        title.push_str(&format!("\nwatchers: {}", it.watchers.join(", ")));
    }
    if !it.reachable {
        title.push_str("\ncannot be entered");
    }
    Shape {
        text: shortened(&it.name, MAX_NAME),
        place: Rectangle {
            x: center.x - size / 2.0,
            y: center.y - STATE_HEIGHT / 2.0,
            width: size,
            height: STATE_HEIGHT,
        },
        reachable: it.reachable,
        title,
    }
}

fn arrow(line: &Line, way: Way, at: Point) -> Arrow {
    Arrow {
        way,
        label: line
            .events
            .iter()
            .map(|(it, fired)| (shortened(it, MAX_LABEL), !fired))
            .collect(),
        at,
        request: line.events.iter().all(|it| !it.1),
        title: line.causes.join("\n"),
    }
}

fn state_width(name: &str) -> f64 {
    (width(&shortened(name, MAX_NAME), NAME) + 28.0).max(64.0)
}

fn label_size(line: &Line) -> (f64, f64) {
    let widest = line
        .events
        .iter()
        .map(|it| width(&shortened(&it.0, MAX_LABEL), LABEL))
        .fold(0.0, f64::max);
    (widest + 10.0, line.events.len() as f64 * LABEL_LINE + 4.0)
}
