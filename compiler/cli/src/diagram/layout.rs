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

/// Space between two neighbours on a level.
const GAP: f64 = 22.0;

/// Space between two levels; more where lines go far to the side.
const LEAD: f64 = 15.0;
const MAX_LEAD: f64 = 34.0;

/// A box to be placed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Node {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Space on its right that belongs to it.
    pub(super) right: f64,
}

/// A line to be drawn between two different boxes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Link {
    pub(super) from: End,
    pub(super) to: End,
    /// Width and height of its label.
    pub(super) label: (f64, f64),
}

/// Where a line ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct End {
    pub(super) node: usize,
    /// How far from the middle of the box, where that is not for the layout to say.
    pub(super) port: Option<f64>,
}

/// Where everything is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The middle of each box.
    pub(super) nodes: Vec<Point>,
    pub(super) routes: Vec<Route>,
}

/// The way of a line, from its source to its target.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Route {
    /// Places that it passes, pair by pair: it is straight and vertical within a pair, and curved between pairs.
    pub(super) points: Vec<Point>,
    /// The middle of its label.
    pub(super) label: Point,
}

/// A place; y grows downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// What stands on a level.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Item {
    /// Which box or line it belongs to.
    owner: Owner,
    left: f64,
    right: f64,
    height: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Node(usize),
    /// A line that passes, or its label.
    Link(usize),
}

/// Two items on neighbouring levels that a line connects.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Segment {
    /// The level of the upper item, and its index in the items.
    upper: usize,
    lower: usize,
    /// How far from the middle of the item the line ends.
    upper_port: f64,
    lower_port: f64,
    weight: f64,
}

/// Everything that stands on levels, and what connects it.
#[derive(Clone, Debug, Default)]
struct Layers {
    items: Vec<Item>,
    /// The items of each level, from left to right.
    levels: Vec<Vec<usize>>,
    segments: Vec<Segment>,
    /// The segments above and below each item, as indexes.
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
    /// The items of each line, from top to bottom, without those of its ends; the place of its label among them.
    chains: Vec<Chain>,
}

#[derive(Clone, Debug, Default)]
struct Chain {
    items: Vec<usize>,
    label: usize,
    /// Whether the line goes upwards.
    reversed: bool,
}

/// Places boxes and lines. The first box is where reading starts.
pub(super) fn layout(nodes: &[Node], links: &[Link]) -> Layout {
    let ranks = rank::ranks(nodes.len(), links);
    let mut layers = layers(nodes, links, &ranks);
    order::order(&mut layers);
    let mut xs = place::place(&layers);
    straight::straighten(nodes, links, &layers, &mut xs);
    finish(nodes, links, &layers, &xs)
}

/// Puts boxes on even levels and labels on odd ones.
fn layers(nodes: &[Node], links: &[Link], ranks: &[usize]) -> Layers {
    let count = ranks.iter().max().map_or(0, |it| it * 2 + 1);
    let mut layers = Layers {
        levels: vec![Vec::new(); count],
        ..Layers::default()
    };
    for (at, (node, rank)) in nodes.iter().zip(ranks).enumerate() {
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
            *room += link.label.0 + GAP;
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

/// Turns positions into places.
fn finish(nodes: &[Node], links: &[Link], layers: &Layers, xs: &[f64]) -> Layout {
    let x = |item: usize| xs.get(item).copied().unwrap_or_default();
    let item = |at: usize| layers.items.get(at);
    // The top and the bottom of each level.
    let mut bands = Vec::with_capacity(layers.levels.len());
    let mut y = 0.0;
    for level in &layers.levels {
        let height = level
            .iter()
            .filter_map(|it| item(*it))
            .map(|it| it.height)
            .fold(0.0, f64::max);
        bands.push((y, y + height));
        let aside = level
            .iter()
            .flat_map(|it| &layers.below[*it])
            .map(|it| &layers.segments[*it])
            .map(|it| (x(it.upper) + it.upper_port - x(it.lower) - it.lower_port).abs())
            .fold(0.0, f64::max);
        y += height + (LEAD + aside * 0.1).min(MAX_LEAD);
    }
    let height = bands.last().map_or(0.0, |it| it.1);
    let mut band_of = vec![(0.0, 0.0); layers.items.len()];
    for (level, band) in layers.levels.iter().zip(&bands) {
        for it in level {
            band_of[*it] = *band;
        }
    }
    let middle = |at: usize| (band_of[at].0 + band_of[at].1) / 2.0;
    let left = layers
        .items
        .iter()
        .zip(xs)
        .map(|(it, x)| x - it.left)
        .fold(f64::INFINITY, f64::min);
    let right = layers
        .items
        .iter()
        .zip(xs)
        .map(|(it, x)| x + it.right)
        .fold(f64::NEG_INFINITY, f64::max);
    let (left, right) = if left <= right {
        (left, right)
    } else {
        (0.0, 0.0)
    };
    let centers: Vec<Point> = (0..nodes.len())
        .map(|at| Point {
            x: x(at) - left,
            y: middle(at),
        })
        .collect();
    let ports = place::ports(nodes, links, layers, xs);
    let routes = links
        .iter()
        .zip(&layers.chains)
        .zip(ports)
        .map(|((link, chain), (upper_port, lower_port))| {
            let (upper, lower) = if chain.reversed {
                (link.to.node, link.from.node)
            } else {
                (link.from.node, link.to.node)
            };
            let edge_of = |node: usize, sign: f64| {
                let half = nodes.get(node).map_or(0.0, |it| it.height / 2.0);
                centers.get(node).map_or(0.0, |it| it.y) + sign * half
            };
            let mut points = Vec::new();
            let start = Point {
                x: x(upper) + upper_port - left,
                y: edge_of(upper, 1.0),
            };
            points.extend([
                start,
                Point {
                    y: band_of.get(upper).map_or(start.y, |it| it.1.max(start.y)),
                    ..start
                },
            ]);
            for it in &chain.items {
                let (top, bottom) = band_of[*it];
                points.extend([top, bottom].map(|y| Point {
                    x: x(*it) - left,
                    y,
                }));
            }
            let end = Point {
                x: x(lower) + lower_port - left,
                y: edge_of(lower, -1.0),
            };
            points.extend([
                Point {
                    y: band_of.get(lower).map_or(end.y, |it| it.0.min(end.y)),
                    ..end
                },
                end,
            ]);
            let label = chain.items.get(chain.label).map_or(start, |it| Point {
                x: x(*it) - left,
                y: middle(*it),
            });
            if chain.reversed {
                points.reverse();
            }
            Route { points, label }
        })
        .collect();
    Layout {
        width: right - left,
        height,
        nodes: centers,
        routes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(from: usize, to: usize) -> Link {
        Link {
            from: End {
                node: from,
                port: None,
            },
            to: End {
                node: to,
                port: None,
            },
            label: (40.0, 14.0),
        }
    }

    fn boxes(count: usize) -> Vec<Node> {
        vec![
            Node {
                width: 80.0,
                height: 30.0,
                right: 0.0
            };
            count
        ]
    }

    #[test]
    fn boxes_and_labels_do_not_overlap() {
        let nodes = boxes(5);
        let links: Vec<Link> = (0..5)
            .flat_map(|from| {
                (0..5)
                    .filter(move |to| *to != from)
                    .map(move |to| link(from, to))
            })
            .collect();
        let layout = layout(&nodes, &links);
        let mut rectangles: Vec<(Point, f64, f64)> =
            layout.nodes.iter().map(|it| (*it, 80.0, 30.0)).collect();
        rectangles.extend(layout.routes.iter().map(|it| (it.label, 40.0, 14.0)));
        for (at, (one, width, height)) in rectangles.iter().enumerate() {
            for (other, other_width, other_height) in &rectangles[..at] {
                let apart = (one.x - other.x).abs() >= (width + other_width) / 2.0
                    || (one.y - other.y).abs() >= (height + other_height) / 2.0;
                assert!(apart, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn lines_end_at_boxes() {
        let layout = layout(&boxes(3), &[link(0, 1), link(1, 2), link(2, 0)]);
        for (route, (from, to)) in layout.routes.iter().zip([(0, 1), (1, 2), (2, 0)]) {
            for (point, node) in [(route.points.first(), from), (route.points.last(), to)] {
                let (point, node) = (point.unwrap(), layout.nodes[node]);
                assert!(
                    (point.x - node.x).abs() <= 40.0
                        && ((point.y - node.y).abs() - 15.0).abs() < 0.01
                );
            }
        }
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(layout(&[], &[]), Layout::default());
        assert_eq!(layout(&boxes(1), &[]).nodes.len(), 1);
    }
}
