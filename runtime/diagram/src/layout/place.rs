//! Where the items of each level stand, from left to right.

use super::{End, Layers, Link, Node, Owner};

/// Sweeps over all levels.
const SWEEPS: usize = 30;

/// The x of the middle of each item.
pub(super) fn place(layers: &Layers) -> Vec<f64> {
    let mut xs = vec![0.0; layers.items.len()];
    for level in &layers.levels {
        let wanted = vec![(0.0, 1.0); level.len()];
        settle(layers, level, &wanted, &mut xs);
    }
    for sweep in 0..SWEEPS {
        let count = layers.levels.len();
        // First along the lines one way, then the other, in the end with regard to both sides.
        let side = if sweep + 6 >= SWEEPS {
            None
        } else {
            Some(sweep % 2 == 0)
        };
        for step in 0..count {
            let level = if sweep % 2 == 0 {
                step
            } else {
                count - 1 - step
            };
            let Some(level) = layers.levels.get(level) else {
                continue;
            };
            let wanted: Vec<(f64, f64)> = level
                .iter()
                .map(|it| wanted(layers, *it, side, &xs))
                .collect();
            settle(layers, level, &wanted, &mut xs);
        }
    }
    xs
}

/// Where the neighbours of an item would have it, and how much that counts.
fn wanted(layers: &Layers, item: usize, down: Option<bool>, xs: &[f64]) -> (f64, f64) {
    let (mut sum, mut weight) = (0.0, 0.0);
    let mut pull = |x: f64, by: f64| {
        sum += by * x;
        weight += by;
    };
    if down != Some(false) {
        for it in layers.above[item].iter().map(|it| &layers.segments[*it]) {
            pull(xs[it.upper] + it.upper_port - it.lower_port, it.weight);
        }
    }
    if down != Some(true) {
        for it in layers.below[item].iter().map(|it| &layers.segments[*it]) {
            pull(xs[it.lower] + it.lower_port - it.upper_port, it.weight);
        }
    }
    if weight == 0.0 {
        (xs[item], 0.05)
    } else {
        (sum / weight, weight)
    }
}

/// Moves the items of a level as near as possible to where they are wanted, in their order and without overlap.
///
/// That is a regression with monotone values once the space between neighbours is taken off: items that want to pass
/// each other become one block, which stands at the mean of their wishes.
fn settle(layers: &Layers, level: &[usize], wanted: &[(f64, f64)], xs: &mut [f64]) {
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(level.len());
    for (at, item) in level.iter().enumerate() {
        if at > 0 {
            offset += separation(layers, level[at - 1], *item);
        }
        offsets.push(offset);
    }
    // Blocks: the sum of weighted wishes, the weight, and the number of items.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for ((wish, weight), offset) in wanted.iter().zip(&offsets) {
        let mut block = ((wish - offset) * weight, *weight, 1);
        while let Some(last) = blocks.last().filter(|it| it.0 / it.1 > block.0 / block.1) {
            block = (block.0 + last.0, block.1 + last.1, block.2 + last.2);
            blocks.pop();
        }
        blocks.push(block);
    }
    let values = blocks
        .iter()
        .flat_map(|it| std::iter::repeat_n(it.0 / it.1, it.2));
    for ((item, offset), value) in level.iter().zip(&offsets).zip(values) {
        if let Some(x) = xs.get_mut(*item) {
            *x = value + offset;
        }
    }
}

/// The least distance between the middles of two neighbours.
pub(super) fn separation(layers: &Layers, left: usize, right: usize) -> f64 {
    let (Some(left), Some(right)) = (layers.items.get(left), layers.items.get(right)) else {
        return layers.spacing.gap;
    };
    let passing = |it: &super::Item| matches!(it.owner, Owner::Link(_)) && it.height == 0.0;
    let gap = if passing(left) && passing(right) {
        layers.spacing.passing
    } else {
        layers.spacing.gap
    };
    left.right + right.left + gap
}

/// How far from the middle of its boxes each line ends: at the upper one and at the lower one.
///
/// Lines at the same side of a box stand beside each other, in the order of where they come from.
pub(crate) fn ports(
    nodes: &[Node],
    links: &[Link],
    layers: &Layers,
    xs: &[f64],
) -> Vec<(f64, f64)> {
    let x = |at: usize| xs.get(at).copied().unwrap_or_default();
    let spacing = layers.spacing;
    let mut ports = vec![(0.0, 0.0); links.len()];
    let ends: Vec<(End, End)> = links
        .iter()
        .zip(&layers.chains)
        .map(|(link, chain)| {
            if chain.reversed {
                (link.to, link.from)
            } else {
                (link.from, link.to)
            }
        })
        .collect();
    for (node, size) in nodes.iter().enumerate() {
        for lower_side in [true, false] {
            let mut lines: Vec<(f64, usize)> = Vec::new();
            for (at, ((upper, lower), chain)) in ends.iter().zip(&layers.chains).enumerate() {
                let (end, near, far) = if lower_side {
                    (upper, chain.items.first(), lower.node)
                } else {
                    (lower, chain.items.last(), upper.node)
                };
                if end.node != node {
                    continue;
                }
                match end.port {
                    Some(port) if lower_side => ports[at].0 = port,
                    Some(port) => ports[at].1 = port,
                    None => lines.push((x(near.copied().unwrap_or(far)), at)),
                }
            }
            lines.sort_by(|one, other| one.0.total_cmp(&other.0));
            let count = lines.len() as f64;
            let gap = spacing
                .spread
                .min((size.width - spacing.inset * 2.0).max(0.0) / count.max(1.0));
            for (nth, (_, at)) in lines.into_iter().enumerate() {
                let port = (nth as f64 - (count - 1.0) / 2.0) * gap;
                if lower_side {
                    ports[at].0 = port;
                } else {
                    ports[at].1 = port;
                }
            }
        }
    }
    ports
}
