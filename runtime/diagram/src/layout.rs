//! Where boxes and lines go: a layered layout from top to bottom.
//!
//! The stages are those of Sugiyama: turn around the edges that close a cycle and give every node a rank ([`rank`]),
//! order the items of each level so that few lines cross ([`order`]), move them sideways so that lines are straight
//! ([`place`]). A label is an item of its own on the level between two ranks; so labels never overlap anything.
//! Everything is deterministic.

mod order;
mod place;
mod rank;
mod straight;

#[cfg(feature = "notations")]
pub(crate) use place::ports;
pub(crate) use rank::ranks;

/// How much room things are given, in the units of whoever draws.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spacing {
    /// Between two neighbours on a level.
    pub(crate) gap: f64,
    /// Between two lines that pass a level side by side.
    pub(crate) passing: f64,
    /// Between two lines that end at the same side of a box, at most.
    pub(crate) spread: f64,
    /// At each end of the side of a box, where no line ends.
    pub(crate) inset: f64,
}

/// A box to be placed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Node {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Space on its right that belongs to it.
    pub(crate) right: f64,
}

/// A line to be drawn between two different boxes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Link {
    pub(crate) from: End,
    pub(crate) to: End,
    /// Width and height of its label.
    pub(crate) label: (f64, f64),
}

/// Where a line ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct End {
    pub(crate) node: usize,
    /// How far from the middle of the box, where that is not for the layout to say.
    pub(crate) port: Option<f64>,
}

/// What stands on which level, in which order, and where from left to right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placed {
    pub(crate) layers: Layers,
    /// The middle of each item.
    pub(crate) xs: Vec<f64>,
}

/// What stands on a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Item {
    /// Which box or line it belongs to.
    pub(crate) owner: Owner,
    /// How far it reaches to both sides of its middle.
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) height: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Node(usize),
    /// A line that passes, or its label.
    Link(usize),
}

/// Two items on neighbouring levels that a line connects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Segment {
    /// The level of the upper item, and its index in the items.
    pub(crate) upper: usize,
    pub(crate) lower: usize,
    /// How far from the middle of the item the line ends.
    pub(crate) upper_port: f64,
    pub(crate) lower_port: f64,
    weight: f64,
}

/// Everything that stands on levels, and what connects it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers {
    /// Boxes first, in order.
    pub(crate) items: Vec<Item>,
    /// The items of each level, from left to right: boxes on even levels, lines and labels between them.
    pub(crate) levels: Vec<Vec<usize>>,
    pub(crate) segments: Vec<Segment>,
    /// The segments above and below each item, as indexes.
    above: Vec<Vec<usize>>,
    pub(crate) below: Vec<Vec<usize>>,
    /// The way of each line.
    pub(crate) chains: Vec<Chain>,
    spacing: Spacing,
}

/// The way of a line between two boxes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chain {
    /// The items between its ends, from top to bottom.
    pub(crate) items: Vec<usize>,
    /// Which of them is the label.
    pub(crate) label: usize,
    /// Whether the line goes upwards.
    pub(crate) reversed: bool,
}

/// Places boxes and lines. The first box is where reading starts.
pub(crate) fn place(nodes: &[Node], links: &[Link], spacing: Spacing) -> Placed {
    let mut layers = layers(nodes, links, spacing);
    order::order(&mut layers);
    let mut xs = place::place(&layers);
    straight::straighten(nodes, links, &layers, &mut xs);
    Placed { layers, xs }
}

/// Puts boxes on even levels and labels on odd ones.
fn layers(nodes: &[Node], links: &[Link], spacing: Spacing) -> Layers {
    let ranks = ranks(nodes.len(), links);
    let count = ranks.iter().max().map_or(0, |it| it * 2 + 1);
    let mut layers = Layers {
        levels: vec![Vec::new(); count],
        spacing,
        ..Layers::default()
    };
    for (at, (node, rank)) in nodes.iter().zip(&ranks).enumerate() {
        let half = node.width / 2.0;
        let item = Item {
            owner: Owner::Node(at),
            left: half,
            right: half + node.right,
            height: node.height,
        };
        layers.add(rank * 2, item);
    }
    // Labels go where there is most room, as far as the length of their lines allows.
    let mut room = vec![0.0; count];
    for (at, link) in links.iter().enumerate() {
        let (Some(from), Some(to)) = (ranks.get(link.from.node), ranks.get(link.to.node)) else {
            layers.chains.push(Chain::default());
            continue;
        };
        let reversed = from > to;
        let (upper, lower) = if reversed {
            (link.to, link.from)
        } else {
            (link.from, link.to)
        };
        let (top, bottom) = (from.min(to) * 2, from.max(to) * 2);
        let level = (top + 1..bottom)
            .step_by(2)
            .min_by(|a, b| f64::total_cmp(&room[*a], &room[*b]))
            .unwrap_or(top + 1);
        if let Some(room) = room.get_mut(level) {
            *room += link.label.0 + spacing.gap;
        }
        let mut chain = Chain {
            reversed,
            ..Chain::default()
        };
        for step in top + 1..bottom {
            let (width, height) = if step == level {
                link.label
            } else {
                (0.0, 0.0)
            };
            if step == level {
                chain.label = chain.items.len();
            }
            let half = width / 2.0;
            chain.items.push(layers.add(
                step,
                Item {
                    owner: Owner::Link(at),
                    left: half,
                    right: half,
                    height,
                },
            ));
        }
        layers.connect(upper, lower, &chain.items);
        layers.chains.push(chain);
    }
    layers
}

impl Layers {
    fn add(&mut self, level: usize, item: Item) -> usize {
        let index = self.items.len();
        self.items.push(item);
        self.above.push(Vec::new());
        self.below.push(Vec::new());
        if let Some(level) = self.levels.get_mut(level) {
            level.push(index);
        }
        index
    }

    /// Boxes are the first items, in order.
    fn connect(&mut self, upper: End, lower: End, between: &[usize]) {
        let stops: Vec<(usize, f64)> = std::iter::once((upper.node, upper.port.unwrap_or(0.0)))
            .chain(between.iter().map(|it| (*it, 0.0)))
            .chain([(lower.node, lower.port.unwrap_or(0.0))])
            .collect();
        for (at, pair) in stops.windows(2).enumerate() {
            let [(upper, upper_port), (lower, lower_port)] = *pair else {
                continue;
            };
            let ends = usize::from(at == 0) + usize::from(at + 2 == stops.len());
            // Lines that pass several levels should do so straight.
            let weight = [8.0, 2.0, 1.0][ends.min(2)];
            self.below[upper].push(self.segments.len());
            self.above[lower].push(self.segments.len());
            self.segments.push(Segment {
                upper,
                lower,
                upper_port,
                lower_port,
                weight,
            });
        }
    }
}
