//! The column of everything, with as few bends as whole columns allow.

use super::plan::Plan;
use crate::layout::Placed;

/// How often all lines are gone through: each makes room for others.
const ROUNDS: usize = 4;

/// Free columns between a line or a label and what stands beside it.
const GAP: i64 = 2;

/// Columns of nodes, labels and lines.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// The middle of each item of the layout; nodes come first.
    pub(super) items: Vec<i64>,
    /// Where each line ends: at its upper box and at its lower one.
    pub(super) ends: Vec<(i64, i64)>,
}

/// One end of a line at a side of a box.
#[derive(Clone, Copy, Debug)]
struct End {
    line: usize,
    wanted: i64,
    is_fixed: bool,
}

// === impl Columns ===

impl Columns {
    pub(super) fn of(plan: &Plan, placed: &Placed) -> Self {
        let layers = &placed.layers;
        let items: Vec<i64> = placed.xs.iter().map(|it| it.round() as i64).collect();
        let mut columns = Self {
            ends: vec![(0, 0); plan.lines.len()],
            items,
        };
        let mut slots = vec![(0, 0); layers.items.len()];
        for (level, items) in layers.levels.iter().enumerate() {
            for (at, item) in items.iter().enumerate() {
                slots[*item] = (level, at);
            }
        }
        columns.settle(plan, placed);
        for _ in 0..ROUNDS {
            for line in 0..plan.lines.len() {
                columns.straighten(plan, placed, &slots, line);
            }
            columns.settle(plan, placed);
        }
        columns.shift(placed);
        columns
    }

    /// Moves the items of a line to where it has few bends, within the room that their neighbours leave.
    fn straighten(&mut self, plan: &Plan, placed: &Placed, slots: &[(usize, usize)], line: usize) {
        let Some(chain) = placed.layers.chains.get(line) else {
            return;
        };
        let mut rooms = vec![self.side(plan, placed, line, true)];
        rooms.extend(chain.items.iter().map(|it| self.room(placed, slots, *it)));
        rooms.push(self.side(plan, placed, line, false));
        let mut from = 0;
        while from < rooms.len() {
            let (mut low, mut high) = rooms[from];
            let mut to = from + 1;
            while let Some(room) = rooms.get(to) {
                let next = (low.max(room.0), high.min(room.1));
                if next.0 > next.1 {
                    break;
                }
                (low, high) = next;
                to += 1;
            }
            // The first room is the upper box; items follow, and the lower box comes last.
            let members = from.max(1) - 1..(to - 1).min(chain.items.len());
            let members = chain.items.get(members).unwrap_or_default();
            let mut wanted: Vec<i64> = members.iter().map(|it| self.items[*it]).collect();
            wanted.sort_unstable();
            if let Some(wanted) = wanted.get(wanted.len() / 2) {
                let column = (*wanted).clamp(low, high.max(low));
                members.iter().for_each(|it| self.items[*it] = column);
            }
            from = to;
        }
    }

    /// Where an item may stand between its neighbours.
    fn room(&self, placed: &Placed, slots: &[(usize, usize)], item: usize) -> (i64, i64) {
        let layers = &placed.layers;
        let (level, at) = slots[item];
        let level = &layers.levels[level];
        let apart = |left: usize, right: usize| {
            let (left, right) = (&layers.items[left], &layers.items[right]);
            left.right as i64 + right.left as i64 + GAP
        };
        let left = at.checked_sub(1).and_then(|it| level.get(it));
        let right = level.get(at + 1);
        // What is closer already stays where it is.
        let here = self.items[item];
        (
            left.map_or(i64::MIN / 2, |it| {
                (self.items[*it] + apart(*it, item)).min(here)
            }),
            right.map_or(i64::MAX / 2, |it| {
                (self.items[*it] - apart(item, *it)).max(here)
            }),
        )
    }

    /// Where a line may end at its upper or lower box.
    fn side(&self, plan: &Plan, placed: &Placed, line: usize, is_upper: bool) -> (i64, i64) {
        let pick = |ends: (i64, i64)| if is_upper { ends.0 } else { ends.1 };
        let here = pick(self.ends[line]);
        let (node, port) = end(plan, placed, line, is_upper);
        if port.is_some() {
            return (here, here);
        }
        let (mut low, mut high) = self.interior(plan, node);
        for other in (0..plan.lines.len()).filter(|it| *it != line) {
            if end(plan, placed, other, is_upper).0 != node {
                continue;
            }
            let column = pick(self.ends[other]);
            if column < here {
                low = low.max((column + GAP).min(here));
            } else {
                high = high.min((column - GAP).max(here));
            }
        }
        (low, high)
    }

    /// The columns of a box within its borders.
    fn interior(&self, plan: &Plan, node: usize) -> (i64, i64) {
        let half = (plan.size(node).0 / 2) as i64;
        (self.items[node] - half + 1, self.items[node] + half - 1)
    }

    /// Gives each line a column of its own at the sides of boxes, as near as possible to where it goes.
    fn settle(&mut self, plan: &Plan, placed: &Placed) {
        for node in 0..plan.things.len() {
            for is_upper in [true, false] {
                let mut ends: Vec<End> = Vec::new();
                for (line, chain) in placed.layers.chains.iter().enumerate() {
                    let (at, port) = end(plan, placed, line, is_upper);
                    if at != node {
                        continue;
                    }
                    let near = if is_upper {
                        chain.items.first()
                    } else {
                        chain.items.last()
                    };
                    let wanted = match port {
                        Some(port) => self.items[node] + port as i64,
                        None => near.map_or(0, |it| self.items[*it]),
                    };
                    ends.push(End {
                        line,
                        wanted,
                        is_fixed: port.is_some(),
                    });
                }
                ends.sort_by_key(|it| (it.wanted, it.line));
                for (end, column) in ends.iter().zip(apart(&ends, self.interior(plan, node))) {
                    let at = &mut self.ends[end.line];
                    *(if is_upper { &mut at.0 } else { &mut at.1 }) = column;
                }
            }
        }
    }

    /// Moves everything so that the first column is the leftmost one that is used.
    fn shift(&mut self, placed: &Placed) {
        let left = self.items.iter().zip(&placed.layers.items);
        let left = left.map(|(column, it)| column - it.left as i64).min();
        let left = left.unwrap_or(0);
        self.items.iter_mut().for_each(|it| *it -= left);
        for end in &mut self.ends {
            *end = (end.0 - left, end.1 - left);
        }
    }
}

/// The upper or lower box of a line, and where in it the line has to end.
fn end(plan: &Plan, placed: &Placed, line: usize, is_upper: bool) -> (usize, Option<isize>) {
    let is_up = placed.layers.chains.get(line).is_some_and(|it| it.reversed);
    let line = &plan.lines[line];
    if is_upper == is_up {
        (line.to, line.to_port)
    } else {
        (line.from, line.from_port)
    }
}

/// Columns for the ends at one side of a box, from left to right, each different from the others if that is possible.
fn apart(ends: &[End], (low, high): (i64, i64)) -> Vec<i64> {
    let count = ends.len() as i64;
    let gap = if high - low >= (count - 1) * GAP {
        GAP
    } else {
        1
    };
    let clamped = ends.iter().map(|it| {
        if it.is_fixed {
            it.wanted
        } else {
            it.wanted.clamp(low, high.max(low))
        }
    });
    let mut columns: Vec<i64> = clamped.collect();
    for at in 1..columns.len() {
        if !ends[at].is_fixed {
            columns[at] = columns[at].max(columns[at - 1] + gap);
        }
    }
    let mut most = high;
    for (column, end) in columns.iter_mut().zip(ends).rev() {
        if !end.is_fixed {
            *column = (*column).min(most).max(low);
        }
        most = *column - gap;
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: &[i64], room: (i64, i64), expect: &[i64]) {
        let ends: Vec<End> = wanted
            .iter()
            .enumerate()
            .map(|(line, wanted)| End {
                line,
                wanted: *wanted,
                is_fixed: false,
            })
            .collect();
        assert_eq!(apart(&ends, room), expect);
    }

    #[test]
    fn ends_stand_apart() {
        check(&[4], (1, 9), &[4]);
        check(&[4, 4, 4], (1, 9), &[4, 6, 8]);
        check(&[9, 9, 20], (1, 9), &[5, 7, 9]);
        check(&[0, 0, 0], (1, 3), &[1, 2, 3]);
    }
}
