//! The order of the items of each level, so that few lines cross.

use super::Layers;

/// Sweeps over all levels; each pair is half of it down and half of it up.
const SWEEPS: usize = 24;

/// Orders the items of all levels.
pub(super) fn order(layers: &mut Layers) {
    first(layers);
    let mut places = places(layers);
    let mut best = (crossings(layers, &places), layers.levels.clone());
    for sweep in 0..SWEEPS {
        if best.0 == 0 {
            break;
        }
        let count = layers.levels.len();
        let down = sweep % 2 == 0;
        for step in 1..count {
            let level = if down { step } else { count - 1 - step };
            by_neighbours(layers, level, down, &mut places);
        }
        swap_neighbours(layers, &mut places);
        let now = crossings(layers, &places);
        if now < best.0 {
            best = (now, layers.levels.clone());
        }
    }
    layers.levels = best.1;
}

/// Begins with what belongs together side by side: items in the order in which a walk along the lines finds them.
fn first(layers: &mut Layers) {
    let mut found = vec![usize::MAX; layers.items.len()];
    let mut next = 0;
    for root in 0..layers.items.len() {
        let mut open = vec![root];
        while let Some(item) = open.pop() {
            if found[item] != usize::MAX {
                continue;
            }
            found[item] = next;
            next += 1;
            let below = layers.below[item]
                .iter()
                .map(|it| layers.segments[*it].lower);
            let above = layers.above[item]
                .iter()
                .map(|it| layers.segments[*it].upper);
            let mut near: Vec<usize> = below.chain(above).collect();
            near.reverse();
            open.extend(near);
        }
    }
    for level in &mut layers.levels {
        level.sort_by_key(|it| found[*it]);
    }
}

/// Where each item stands on its level, from 0.
fn places(layers: &Layers) -> Vec<f64> {
    let mut places = vec![0.0; layers.items.len()];
    for level in &layers.levels {
        note(level, &mut places);
    }
    places
}

fn note(level: &[usize], places: &mut [f64]) {
    for (at, item) in level.iter().enumerate() {
        places[*item] = at as f64;
    }
}

/// Where the lines of an item end on the level above it or below it; a port to the right comes after one to the left
/// of the same box.
fn ends(layers: &Layers, item: usize, above: bool, places: &[f64]) -> Vec<f64> {
    let segments = if above {
        &layers.above[item]
    } else {
        &layers.below[item]
    };
    segments
        .iter()
        .map(|it| {
            let it = &layers.segments[*it];
            let (end, port) = if above {
                (it.upper, it.upper_port)
            } else {
                (it.lower, it.lower_port)
            };
            places[end] + port / 10_000.0
        })
        .collect()
}

/// Sorts a level by the mean place of the neighbours on the level before it.
fn by_neighbours(layers: &mut Layers, level: usize, down: bool, places: &mut [f64]) {
    let mut keys: Vec<(f64, usize)> = layers.levels[level]
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let near = ends(layers, *item, down, places);
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
    layers.levels[level] = keys.into_iter().map(|it| it.1).collect();
    note(&layers.levels[level], places);
}

/// Swaps neighbours as long as fewer lines cross then.
fn swap_neighbours(layers: &mut Layers, places: &mut [f64]) {
    for _ in 0..4 {
        let mut better = false;
        for level in 0..layers.levels.len() {
            for at in 1..layers.levels[level].len() {
                let (left, right) = (layers.levels[level][at - 1], layers.levels[level][at]);
                let (mut now, mut then) = (0, 0);
                for above in [true, false] {
                    let lefts = ends(layers, left, above, places);
                    let rights = ends(layers, right, above, places);
                    for one in &lefts {
                        now += rights.iter().filter(|it| *it < one).count();
                        then += rights.iter().filter(|it| *it > one).count();
                    }
                }
                if then < now {
                    layers.levels[level].swap(at - 1, at);
                    places[left] = at as f64;
                    places[right] = (at - 1) as f64;
                    better = true;
                }
            }
        }
        if !better {
            return;
        }
    }
}

/// How many pairs of lines cross.
fn crossings(layers: &Layers, places: &[f64]) -> usize {
    let mut count = 0;
    for level in &layers.levels {
        let mut lines: Vec<(f64, f64)> = level
            .iter()
            .flat_map(|item| &layers.below[*item])
            .map(|it| {
                let it = &layers.segments[*it];
                (
                    places[it.upper] + it.upper_port / 10_000.0,
                    places[it.lower] + it.lower_port / 10_000.0,
                )
            })
            .collect();
        lines.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
        for (at, (upper, lower)) in lines.iter().enumerate() {
            count += lines[..at]
                .iter()
                .filter(|it| it.0 < *upper && it.1 > *lower)
                .count();
        }
    }
    count
}
