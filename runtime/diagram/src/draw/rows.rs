//! The column and the row of everything.

use super::align::Columns;
use super::plan::Plan;
use super::tracks::{Wire, tracks};
use crate::drawing::Area;
use crate::layout::Placed;

/// Where everything is, in cells.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The place of each node.
    pub(super) nodes: Vec<Area>,
    pub(super) ways: Vec<Way>,
}

/// The way of a line, from top to bottom.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    /// Pieces straight down: the column, the first row, and the row after the last one.
    pub(super) falls: Vec<(usize, std::ops::Range<usize>)>,
    /// Pieces to the side: the row, and the columns where they begin and end.
    pub(super) runs: Vec<(usize, usize, usize)>,
    /// The middle column of the label and its first row.
    pub(super) label: (usize, usize),
    /// Whether its arrow points up.
    pub(super) is_up: bool,
}

/// What is known about a line before its rows are.
#[derive(Debug, Default)]
struct Trace {
    /// The level of its upper end, and its column at each level from there on.
    level: usize,
    columns: Vec<usize>,
}

// === impl Rows ===

impl Rows {
    pub(super) fn of(plan: &Plan, placed: &Placed) -> Self {
        let layers = &placed.layers;
        let columns = Columns::of(plan, placed);
        let middle = |item: usize| {
            let column = columns.items.get(item).copied().unwrap_or(0);
            usize::try_from(column).unwrap_or(0)
        };
        let mut level_of = vec![0; layers.items.len()];
        for (level, items) in layers.levels.iter().enumerate() {
            items.iter().for_each(|it| level_of[*it] = level);
        }
        let traces = traces(plan, placed, &columns, &level_of);

        // The tracks of each channel, which is the space below a level.
        let count = layers.levels.len();
        let mut channels: Vec<Vec<(usize, Wire)>> = vec![Vec::new(); count];
        // Whether an arrow ends at the top or the bottom of the channel.
        let mut heads = vec![[false; 2]; count];
        for (at, trace) in traces.iter().enumerate() {
            for (step, pair) in trace.columns.windows(2).enumerate() {
                let wire = Wire {
                    top: pair[0],
                    bottom: pair[1],
                };
                channels[trace.level + step].push((at, wire));
            }
            let last = (trace.level + trace.columns.len()).saturating_sub(2);
            match layers.chains.get(at) {
                Some(chain) if chain.reversed => heads[trace.level][0] = true,
                _ => heads[last][1] = true,
            }
        }
        let mut taken: Vec<Vec<(usize, Option<usize>)>> = Vec::with_capacity(count);
        let mut bands = Vec::with_capacity(count);
        let mut row = 0;
        for (level, items) in layers.levels.iter().enumerate() {
            let height = items.iter().map(|it| layers.items[*it].height as usize);
            let height = height.max().unwrap_or(0);
            let top = row;
            row += height;
            let wires: Vec<Wire> = channels[level].iter().map(|it| it.1).collect();
            let found = tracks(&wires);
            let tracks = found.iter().flatten().max().map_or(0, |it| it + 1);
            let first = row + usize::from(heads[level][0]);
            let found = found.into_iter().map(|it| it.map(|it| first + it));
            taken.push(channels[level].iter().map(|it| it.0).zip(found).collect());
            row = first + tracks + usize::from(heads[level][1]);
            bands.push(top..top + height);
        }

        let nodes: Vec<Area> = (0..plan.things.len())
            .map(|node| {
                let (width, height) = plan.size(node);
                let band = &bands[level_of[node]];
                Area {
                    top: band.start + (band.len() - height.min(band.len())) / 2,
                    left: middle(node).saturating_sub(width / 2),
                    height,
                    width,
                }
            })
            .collect();
        let ways = traces.iter().enumerate().map(|(at, trace)| {
            let chain = &layers.chains[at];
            let line = &plan.lines[at];
            let (upper, lower) = if chain.reversed {
                (line.to, line.from)
            } else {
                (line.from, line.to)
            };
            let mut way = Way {
                is_up: chain.reversed,
                ..Way::default()
            };
            let mut from = nodes[upper].top + nodes[upper].height;
            for (step, pair) in trace.columns.windows(2).enumerate() {
                let level = trace.level + step;
                let track = taken[level]
                    .iter()
                    .find(|it| it.0 == at)
                    .and_then(|it| it.1);
                if let Some(row) = track {
                    way.falls.push((pair[0], from..row));
                    way.runs.push((row, pair[0], pair[1]));
                    from = row + 1;
                }
                if step == chain.label {
                    let band = &bands[level + 1];
                    let first = band.start + (band.len() - line.label.len().min(band.len())) / 2;
                    way.label = (pair[1], first);
                    way.falls.push((pair[1], from..first));
                    from = first + line.label.len();
                }
            }
            let last = trace.columns.last().copied().unwrap_or(0);
            way.falls.push((last, from..nodes[lower].top));
            way
        });
        Self {
            ways: ways.collect(),
            nodes,
        }
    }
}

/// The columns of each line at the levels that it touches.
fn traces(plan: &Plan, placed: &Placed, columns: &Columns, level_of: &[usize]) -> Vec<Trace> {
    let cell = |column: i64| usize::try_from(column).unwrap_or(0);
    let lines = plan.lines.iter().zip(&placed.layers.chains);
    lines
        .zip(&columns.ends)
        .map(|((line, chain), (first, last))| {
            let upper = if chain.reversed { line.to } else { line.from };
            let between = chain.items.iter().map(|it| cell(columns.items[*it]));
            Trace {
                level: level_of[upper],
                columns: std::iter::once(cell(*first))
                    .chain(between)
                    .chain([cell(*last)])
                    .collect(),
            }
        })
        .collect()
}
