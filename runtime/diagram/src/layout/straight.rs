//! Takes the bends out of lines that pass several levels.

use super::place::{ports, separation};
use super::{Layers, Link, Node};

/// How often all lines are gone through: each makes room for others.
const ROUNDS: usize = 4;

/// Moves the items of each line, within the room that their neighbours leave, so that it has few bends.
pub(super) fn straighten(nodes: &[Node], links: &[Link], layers: &Layers, xs: &mut [f64]) {
    let mut slots = vec![(0, 0); layers.items.len()];
    for (level, items) in layers.levels.iter().enumerate() {
        for (at, item) in items.iter().enumerate() {
            slots[*item] = (level, at);
        }
    }
    for _ in 0..ROUNDS {
        let ports = ports(nodes, links, layers, xs);
        for ((link, chain), port) in links.iter().zip(&layers.chains).zip(ports) {
            let (upper, lower) = if chain.reversed {
                (link.to, link.from)
            } else {
                (link.from, link.to)
            };
            let x = |node: usize| xs.get(node).copied().unwrap_or_default();
            let ends = (x(upper.node) + port.0, x(lower.node) + port.1);
            let rooms: Vec<(f64, f64)> = chain
                .items
                .iter()
                .map(|it| room(layers, &slots, *it, xs))
                .collect();
            for (item, x) in chain.items.iter().zip(string(&rooms, ends)) {
                xs[*item] = x;
            }
        }
    }
}

/// Between which positions an item may move.
fn room(layers: &Layers, slots: &[(usize, usize)], item: usize, xs: &[f64]) -> (f64, f64) {
    let (level, at) = slots[item];
    let level = layers
        .levels
        .get(level)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let left = at.checked_sub(1).and_then(|it| level.get(it)).copied();
    let right = level.get(at + 1).copied();
    (
        left.map_or(f64::NEG_INFINITY, |it| {
            xs[it] + separation(layers, it, item)
        }),
        right.map_or(f64::INFINITY, |it| xs[it] - separation(layers, item, it)),
    )
}

/// Positions within the rooms with as few changes as possible, near to the ends where there is a choice.
fn string(rooms: &[(f64, f64)], ends: (f64, f64)) -> Vec<f64> {
    let mut xs = Vec::with_capacity(rooms.len());
    let mut from = 0;
    let mut near = ends.0;
    while from < rooms.len() {
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut to = from;
        while let Some(room) = rooms.get(to) {
            let next = (low.max(room.0), high.min(room.1));
            // Rooms that are too small by a rounding error are rooms all the same.
            if next.0 > next.1 + 0.001 && to > from {
                break;
            }
            (low, high) = (next.0, next.1.max(next.0));
            to += 1;
        }
        let wanted = if to == rooms.len() && from > 0 {
            ends.1
        } else if to == rooms.len() {
            (ends.0 + ends.1) / 2.0
        } else {
            near
        };
        let x = wanted.max(low).min(high);
        xs.extend(std::iter::repeat_n(x, to - from));
        near = x;
        from = to;
    }
    xs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_bends_only_where_it_must() {
        let free = (f64::NEG_INFINITY, f64::INFINITY);
        assert_eq!(
            string(&[free, free, free], (10.0, 20.0)),
            [15.0, 15.0, 15.0]
        );
        assert_eq!(
            string(&[(0.0, 5.0), free, (0.0, 9.0)], (10.0, 20.0)),
            [5.0, 5.0, 5.0]
        );
        assert_eq!(string(&[(0.0, 5.0), (8.0, 9.0)], (0.0, 20.0)), [0.0, 9.0]);
        assert!(string(&[], (0.0, 1.0)).is_empty());
    }
}
