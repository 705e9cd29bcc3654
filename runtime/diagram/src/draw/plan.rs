//! What is drawn, and how large it is in cells.

use std::collections::BTreeMap;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::block::Block;
use super::grid::{Pen, Stroke};
use super::{Look, Marks, ink, layout};
use crate::Diagram;
use crate::drawing::{Ink, harmless};
use crate::group::Group;
use layout::{End, Link, Node};

/// Longest name of a state and of an event in columns.
const MAX_NAME: usize = 30;
const MAX_LABEL: usize = 30;

/// Columns that a note is given, so that boxes do not change their size with time.
const NOTE: usize = 6;

/// Boxes and lines in cells.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The box of each state.
    pub(super) states: Vec<StateBox>,
    /// The states of a group as one box.
    pub(super) block: Option<Block>,
    pub(super) lines: Vec<Wiring>,
    /// What each node of the layout is.
    pub(super) things: Vec<Thing>,
    /// The node of each state.
    pub(super) node_of: Vec<usize>,
}

/// What a node of the layout stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    State(usize),
    Block,
}

/// The box of a state.
#[derive(Clone, Debug, Default)]
pub(super) struct StateBox {
    /// Odd, so that it has a middle.
    pub(super) width: usize,
    pub(super) height: usize,
    /// The name and the note; on one row or on two.
    pub(super) rows: Vec<Vec<Words>>,
    pub(super) pen: Pen,
    pub(super) is_current: bool,
    /// The events that lead back into the state.
    pub(super) loops: Vec<Words>,
}

/// A line between two nodes, and its label.
#[derive(Clone, Debug, Default)]
pub(super) struct Wiring {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The states at its ends; `None` where it leaves a group as a whole.
    pub(super) from_state: Option<usize>,
    pub(super) to_state: usize,
    /// Columns from the middle of the node where its ends are fixed.
    pub(super) from_port: Option<isize>,
    pub(super) to_port: Option<isize>,
    /// One event a row.
    pub(super) label: Vec<Words>,
    pub(super) pen: Pen,
}

/// A piece of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) ink: Ink,
}

// === impl Plan ===

impl Plan {
    pub(super) fn of(diagram: &Diagram, group: Option<&Group>, marks: &Marks, look: Look) -> Self {
        let mut plan = Self::default();
        for at in 0..diagram.states.len() {
            plan.states.push(StateBox::of(diagram, marks, at, look));
        }
        let shared = |edge: usize| group.is_some_and(|it| it.edges.contains(&edge));
        let mut bundles: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (at, edge) in diagram
            .edges
            .iter()
            .enumerate()
            .filter(|(at, _)| !shared(*at))
        {
            bundles.entry((edge.from, edge.to)).or_default().push(at);
        }
        // In order of first mention, as the layout begins with it.
        let mut bundles: Vec<_> = bundles.into_iter().collect();
        bundles.sort_by_key(|it| it.1.first().copied());
        for ((from, to), edges) in &bundles {
            if let (true, Some(state)) = (from == to, plan.states.get_mut(*from)) {
                state.loops = label(diagram, marks, edges);
            }
        }
        let enters = |state: usize| bundles.iter().any(|it| it.0.1 == state && it.0.0 != state);
        plan.block = group.map(|it| Block::of(diagram, it, marks, &plan.states, enters));
        for state in 0..diagram.states.len() {
            let inside = plan.block.as_ref().is_some_and(|it| it.holds(state));
            let block = plan.things.iter().position(|it| *it == Thing::Block);
            let node = match (inside, block) {
                (true, Some(node)) => node,
                (true, None) => plan.add(Thing::Block),
                (false, _) => plan.add(Thing::State(state)),
            };
            plan.node_of.push(node);
        }
        for ((from, to), edges) in bundles.iter().filter(|it| it.0.0 != it.0.1) {
            let port = |state, enters| plan.block.as_ref()?.port(state, enters);
            let line = Wiring {
                from: plan.node(*from),
                to: plan.node(*to),
                from_state: Some(*from),
                to_state: *to,
                from_port: port(*from, false),
                to_port: port(*to, true),
                label: label(diagram, marks, edges),
                pen: pen(diagram, marks, edges),
            };
            plan.lines.push(line);
        }
        if let Some(group) = group {
            plan.leave(diagram, marks, group);
        }
        plan.widen();
        plan
    }

    /// The lines that leave the group as a whole, one for each state that they lead to.
    fn leave(&mut self, diagram: &Diagram, marks: &Marks, group: &Group) {
        let mut bundles: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for shared in group
            .events
            .iter()
            .filter(|it| !group.states.contains(&it.to))
        {
            bundles.entry(shared.to).or_default().push(shared.edge);
        }
        let Some(from) = group.states.first() else {
            return;
        };
        for (to, edges) in bundles {
            // Whichever state it was taken from.
            let alike: Vec<usize> = (0..diagram.edges.len())
                .filter(|it| group.edges.contains(it) && diagram.edges[*it].to == to)
                .collect();
            let mut label = label(diagram, marks, &edges);
            for words in &mut label {
                words.ink = words.ink.max(ink(diagram, marks, &alike));
            }
            self.lines.push(Wiring {
                from: self.node(*from),
                to: self.node(to),
                to_state: to,
                label,
                pen: pen(diagram, marks, &alike),
                ..Wiring::default()
            });
        }
    }

    fn add(&mut self, thing: Thing) -> usize {
        self.things.push(thing);
        self.things.len() - 1
    }

    fn node(&self, state: usize) -> usize {
        self.node_of.get(state).copied().unwrap_or_default()
    }

    /// Makes boxes wide enough for the lines that end at them.
    fn widen(&mut self) {
        let ranks = layout::ranks(self.things.len(), &self.links());
        let mut sides = vec![[0_usize; 2]; self.things.len()];
        for line in &self.lines {
            let down = ranks[line.from] < ranks[line.to];
            sides[line.from][usize::from(down)] += 1;
            sides[line.to][usize::from(!down)] += 1;
        }
        for (thing, [above, below]) in self.things.iter().zip(sides) {
            if let Thing::State(state) = thing
                && let Some(it) = self.states.get_mut(*state)
            {
                it.width = it.width.max((above.max(below) * 2 + 1).max(5));
            }
        }
    }

    /// What the layout is asked for.
    pub(super) fn nodes(&self) -> Vec<Node> {
        let node = |thing: &Thing| {
            let (width, height, right) = match thing {
                Thing::State(state) => {
                    let it = &self.states[*state];
                    let right = it.loops.iter().map(Words::width).max();
                    (it.width, it.height, right.map_or(0, |it| it + 3))
                }
                Thing::Block => {
                    let it = self.block.as_ref();
                    it.map_or((1, 1, 0), |it| (it.width, it.height, 0))
                }
            };
            Node {
                width: width as f64,
                height: height as f64,
                right: right as f64,
            }
        };
        self.things.iter().map(node).collect()
    }

    pub(super) fn links(&self) -> Vec<Link> {
        let link = |line: &Wiring| Link {
            from: End {
                node: line.from,
                port: line.from_port.map(|it| it as f64),
            },
            to: End {
                node: line.to,
                port: line.to_port.map(|it| it as f64),
            },
            label: (line.label_width() as f64, line.label.len() as f64),
        };
        self.lines.iter().map(link).collect()
    }

    /// Width and height of a node in cells.
    pub(super) fn size(&self, node: usize) -> (usize, usize) {
        match self.things.get(node) {
            Some(Thing::State(state)) => (self.states[*state].width, self.states[*state].height),
            _ => self
                .block
                .as_ref()
                .map_or((1, 1), |it| (it.width, it.height)),
        }
    }
}

impl Wiring {
    /// Odd, so that the line meets its middle.
    pub(super) fn label_width(&self) -> usize {
        self.label.iter().map(Words::width).max().unwrap_or(0) | 1
    }
}

impl StateBox {
    fn of(diagram: &Diagram, marks: &Marks, at: usize, look: Look) -> Self {
        let is_current = marks.current == Some(at);
        let name = shortened(diagram.state(at), MAX_NAME);
        let mark = if at == 0 { look.charset.start() } else { "" };
        let reachable = diagram.states.get(at).is_some_and(|it| it.reachable);
        let ink = match (is_current, reachable) {
            (true, _) => Ink::Current,
            (false, true) => Ink::Strong,
            (false, false) => Ink::Faint,
        };
        let mut rows = vec![vec![Words::new(format!("{mark}{name}"), ink)]];
        let mut width = rows[0][0].width();
        if !marks.notes.is_empty() {
            let text = marks.notes.get(at).map_or("", String::as_str);
            let note = Words::new(
                shortened(text, NOTE),
                if is_current { ink } else { Ink::Faint },
            );
            if look.flat {
                width += 1 + NOTE;
                rows[0].extend([Words::new(" ".to_owned(), ink), note]);
            } else {
                width = width.max(NOTE);
                rows.push(vec![note]);
            }
        }
        Self {
            width: (width + 4) | 1,
            height: rows.len() + 2,
            rows,
            pen: Pen {
                stroke: match (is_current, reachable) {
                    (true, _) => Stroke::Heavy,
                    (false, true) => Stroke::Square,
                    (false, false) => Stroke::Dashed,
                },
                ink: if is_current { Ink::Current } else { Ink::Plain },
            },
            is_current,
            loops: Vec::new(),
        }
    }
}

impl Words {
    pub(super) fn new(text: String, ink: Ink) -> Self {
        Self { text, ink }
    }

    pub(super) fn width(&self) -> usize {
        self.text.width()
    }
}

/// The events of some edges, one a row.
pub(super) fn label(diagram: &Diagram, marks: &Marks, edges: &[usize]) -> Vec<Words> {
    let words = |at: &usize| {
        let event = diagram.edges.get(*at).map_or("", |it| it.event.as_str());
        Words::new(shortened(event, MAX_LABEL), ink(diagram, marks, &[*at]))
    };
    edges.iter().map(words).collect()
}

/// How the line of some edges is drawn.
pub(super) fn pen(diagram: &Diagram, marks: &Marks, edges: &[usize]) -> Pen {
    let ink = ink(diagram, marks, edges);
    Pen {
        stroke: match ink {
            Ink::Recent | Ink::Path => Stroke::Heavy,
            Ink::Plain => Stroke::Dashed,
            _ => Stroke::Round,
        },
        ink: match ink {
            Ink::Recent | Ink::Path => ink,
            _ => Ink::Faint,
        },
    }
}

/// The text without what a terminal would obey, cut in its middle if it is wider than that.
fn shortened(text: &str, most: usize) -> String {
    let text = harmless(text);
    if text.width() <= most {
        return text;
    }
    let fitting = |chars: &mut dyn Iterator<Item = char>, room: usize| {
        let mut used = 0;
        let fits = |it: &char| {
            used += it.width().unwrap_or(0);
            used <= room
        };
        chars.take_while(fits).collect::<Vec<char>>()
    };
    let room = most.saturating_sub(1);
    let head = fitting(&mut text.chars(), room.div_ceil(2));
    let mut tail = fitting(&mut text.chars().rev(), room / 2);
    tail.reverse();
    head.into_iter().chain(['…']).chain(tail).collect()
}
