//! What the layout is asked for.

use super::block::Block;
use super::line::Line;
use super::scene::{LOOP, STATE_HEIGHT};
use crate::Diagram;
use crate::layout::{End, Link, Node};

/// Boxes and lines, and what they stand for.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) nodes: Vec<Node>,
    pub(super) links: Vec<Link>,
    /// The lines that the links stand for.
    pub(super) lines: Vec<Line>,
    /// The node of each state.
    pub(super) node_of: Vec<usize>,
    /// The node of the group.
    pub(super) block: Option<usize>,
}

impl Plan {
    pub(super) fn of(
        diagram: &Diagram,
        block: Option<&Block<'_>>,
        lines: &[Line],
        sizes: &[f64],
    ) -> Self {
        let mut plan = Self::default();
        for (state, width) in sizes.iter().enumerate() {
            match (block.filter(|it| it.holds(state)), plan.block) {
                (Some(_), Some(node)) => plan.node_of.push(node),
                (Some(block), None) => {
                    plan.block = Some(plan.nodes.len());
                    plan.node(Node {
                        width: block.width,
                        height: block.height,
                        right: 0.0,
                    });
                }
                (None, _) => {
                    let own = lines.iter().find(|it| it.from == state && it.to == state);
                    let right = own.map_or(0.0, |it| LOOP + 2.0 + it.label().0);
                    plan.node(Node {
                        width: *width,
                        height: STATE_HEIGHT,
                        right,
                    });
                }
            }
        }
        for line in lines.iter().filter(|it| it.from != it.to) {
            let port = |state: usize, enters: bool| block.and_then(|it| it.port(state, enters));
            plan.link(line.clone(), port(line.from, false), port(line.to, true));
        }
        if let Some(block) = block {
            plan.leave(diagram, block);
        }
        plan
    }

    /// The lines that leave the group as a whole, one for each state that they lead to.
    fn leave(&mut self, diagram: &Diagram, block: &Block<'_>) {
        let first = block.group.states.first().copied().unwrap_or_default();
        let mut lines: Vec<Line> = Vec::new();
        for shared in block.group.events.iter().filter(|it| !block.holds(it.to)) {
            let at = lines
                .iter()
                .position(|it| it.to == shared.to)
                .unwrap_or_else(|| {
                    lines.push(Line::new(first, shared.to));
                    lines.len() - 1
                });
            lines[at].add_shared(diagram, shared);
        }
        for line in lines {
            self.link(line, None, None);
        }
    }

    fn node(&mut self, node: Node) {
        self.node_of.push(self.nodes.len());
        self.nodes.push(node);
    }

    fn link(&mut self, line: Line, from: Option<f64>, to: Option<f64>) {
        let end = |state: usize, port| End {
            node: self.node_of.get(state).copied().unwrap_or_default(),
            port,
        };
        self.links.push(Link {
            from: end(line.from, from),
            to: end(line.to, to),
            label: line.label(),
        });
        self.lines.push(line);
    }
}
