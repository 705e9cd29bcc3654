//! From levels to places: how high each level is, and the way of each line through them.

use crate::layout::{Link, Node, Placed, Spacing, place, ports};

const SPACING: Spacing = Spacing {
    gap: 22.0,
    passing: 22.0 * 0.7,
    spread: 26.0,
    inset: 8.0,
};

/// Space between two levels; more where lines go far to the side.
const LEAD: f64 = 15.0;
const MAX_LEAD: f64 = 34.0;

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

/// Places boxes and lines.
pub(super) fn layout(nodes: &[Node], links: &[Link]) -> Layout {
    let Placed { layers, xs } = place(nodes, links, SPACING);
    let ports = ports(nodes, links, &layers, &xs);
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
        .zip(&xs)
        .map(|(it, x)| x - it.left)
        .fold(f64::INFINITY, f64::min);
    let right = layers
        .items
        .iter()
        .zip(&xs)
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
    use crate::layout::End;

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
