//! The order of the items of each level, so that few lines cross.

use super::{Layers, Segment};

/// Sweeps over all levels; each pair is half of it down and half of it up.
const SWEEPS: usize = 24;

/// Orders the items of all levels.
pub(super) fn order(layers: &mut Layers) {
    first(layers);
    let mut best = (crossings(layers), layers.levels.clone());
    for sweep in 0..SWEEPS {
        if best.0 == 0 {
            break;
        }
        let count = layers.levels.len();
        let down = sweep % 2 == 0;
        for step in 1..count {
            let level = if down { step } else { count - 1 - step };
            by_neighbours(layers, level, down);
        }
        swap_neighbours(layers);
        let now = crossings(layers);
        if now < best.0 {
            best = (now, layers.levels.clone());
        }
    }
    layers.levels = best.1;
}

/// Begins with what belongs together side by side: items in the order in which a walk along the lines finds them.
fn first(layers: &mut Layers) {
    let mut place = vec![usize::MAX; layers.items.len()];
    let mut next = 0;
    for root in 0..layers.items.len() {
        let mut open = vec![root];
        while let Some(item) = open.pop() {
            match place.get_mut(item) {
                Some(place) if *place == usize::MAX => *place = next,
                _ => continue,
            }
            next += 1;
            let below = layers
                .segments
                .iter()
                .filter(|it| it.upper == item)
                .map(|it| it.lower);
            let above = layers
                .segments
                .iter()
                .filter(|it| it.lower == item)
                .map(|it| it.upper);
            let mut near: Vec<usize> = below.chain(above).collect();
            near.reverse();
            open.extend(near);
        }
    }
    for level in &mut layers.levels {
        level.sort_by_key(|it| place.get(*it).copied());
    }
}

/// Sorts a level by the mean place of the neighbours on the level before it.
fn by_neighbours(layers: &mut Layers, level: usize, down: bool) {
    let other = if down {
        level.wrapping_sub(1)
    } else {
        level + 1
    };
    let Some(other) = layers.levels.get(other) else {
        return;
    };
    let places = places(layers.items.len(), other);
    let Some(items) = layers.levels.get(level) else {
        return;
    };
    let mut keys: Vec<(f64, usize)> = items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let near: Vec<f64> = layers
                .segments
                .iter()
                .filter_map(|it| match (down, it.upper == *item, it.lower == *item) {
                    (true, _, true) => Some((it.upper, it.upper_port)),
                    (false, true, _) => Some((it.lower, it.lower_port)),
                    _ => None,
                })
                // A port to the right comes after one to the left of the same box.
                .filter_map(|(it, port)| Some(places.get(it).copied()? + port / 10_000.0))
                .collect();
            // An item without neighbours keeps its place.
            let mean = if near.is_empty() {
                at as f64
            } else {
                near.iter().sum::<f64>() / near.len() as f64
            };
            (mean, *item)
        })
        .collect();
    keys.sort_by(|one, other| one.0.total_cmp(&other.0));
    if let Some(level) = layers.levels.get_mut(level) {
        *level = keys.into_iter().map(|it| it.1).collect();
    }
}

/// Swaps neighbours as long as fewer lines cross then.
fn swap_neighbours(layers: &mut Layers) {
    for _ in 0..4 {
        let mut better = false;
        for level in 0..layers.levels.len() {
            let mut now = crossings_around(layers, level);
            for at in 1..layers.levels[level].len() {
                if now == 0 {
                    break;
                }
                layers.levels[level].swap(at - 1, at);
                let then = crossings_around(layers, level);
                if then < now {
                    now = then;
                    better = true;
                } else {
                    layers.levels[level].swap(at - 1, at);
                }
            }
        }
        if !better {
            return;
        }
    }
}

fn crossings(layers: &Layers) -> usize {
    (1..layers.levels.len())
        .map(|it| between(layers, it - 1))
        .sum()
}

fn crossings_around(layers: &Layers, level: usize) -> usize {
    let above = if level == 0 {
        0
    } else {
        between(layers, level - 1)
    };
    above + between(layers, level)
}

/// How many lines cross between a level and the next one.
fn between(layers: &Layers, level: usize) -> usize {
    let (Some(upper), Some(lower)) = (layers.levels.get(level), layers.levels.get(level + 1))
    else {
        return 0;
    };
    let uppers = places(layers.items.len(), upper);
    let lowers = places(layers.items.len(), lower);
    let place = |places: &[f64], item: usize, port: f64| {
        places
            .get(item)
            .copied()
            .filter(|it| *it >= 0.0)
            .map(|it| it + port / 10_000.0)
    };
    let mut lines: Vec<(f64, f64)> = layers
        .segments
        .iter()
        .filter_map(|it: &Segment| {
            Some((
                place(&uppers, it.upper, it.upper_port)?,
                place(&lowers, it.lower, it.lower_port)?,
            ))
        })
        .collect();
    lines.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let mut count = 0;
    for (at, (upper, lower)) in lines.iter().enumerate() {
        count += lines[..at]
            .iter()
            .filter(|it| it.0 < *upper && it.1 > *lower)
            .count();
    }
    count
}

/// The place of each item on a level; -1 for those that are not on it.
fn places(count: usize, level: &[usize]) -> Vec<f64> {
    let mut places = vec![-1.0; count];
    for (at, item) in level.iter().enumerate() {
        if let Some(place) = places.get_mut(*item) {
            *place = at as f64;
        }
    }
    places
}
