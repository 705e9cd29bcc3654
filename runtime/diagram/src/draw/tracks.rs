//! Which row each line takes to the side between two levels.

/// A line between two levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wire {
    /// Its column at the upper level.
    pub(super) top: usize,
    /// Its column at the lower level.
    pub(super) bottom: usize,
}

/// What a line that runs into another one costs, in crossings.
const CLASH: usize = 50;

/// How often neighbours are exchanged at most.
const ROUNDS: usize = 64;

/// The track of each line, from 0 at the top; `None` for one that goes straight down.
///
/// Lines on one track stand apart, and the order of tracks is one with few crossings.
pub(super) fn tracks(wires: &[Wire]) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (0..wires.len())
        .filter(|it| wires[*it].top != wires[*it].bottom)
        .collect();
    order.sort_by_key(|it| (wires[*it].top.min(wires[*it].bottom), *it));
    for _ in 0..ROUNDS {
        let mut better = false;
        for at in 1..order.len() {
            let (one, other) = (wires[order[at - 1]], wires[order[at]]);
            if cost(other, one) < cost(one, other) {
                order.swap(at - 1, at);
                better = true;
            }
        }
        if !better {
            break;
        }
    }
    let mut tracks = vec![None; wires.len()];
    for (at, &wire) in order.iter().enumerate() {
        let above = order[..at].iter().filter_map(|&it| {
            let (one, other) = (wires[it], wires[wire]);
            let depends = meet(one, other) || cost(one, other) != cost(other, one);
            tracks[it].filter(|_| depends).map(|track: usize| track + 1)
        });
        tracks[wire] = Some(above.max().unwrap_or(0));
    }
    tracks
}

/// Whether two lines would touch on the same track.
fn meet(one: Wire, other: Wire) -> bool {
    let ends = |it: Wire| (it.top.min(it.bottom), it.top.max(it.bottom));
    let ((left, right), (start, end)) = (ends(one), ends(other));
    left <= end + 1 && start <= right + 1
}

/// How many times two lines cross when the first one is above.
fn cost(above: Wire, below: Wire) -> usize {
    let within = |column: usize, wire: Wire| {
        column > wire.top.min(wire.bottom) && column < wire.top.max(wire.bottom)
    };
    usize::from(within(below.top, above))
        + usize::from(within(above.bottom, below))
        + usize::from(above.bottom == below.top) * CLASH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wires: &[(usize, usize)], expect: &[Option<usize>]) {
        let wires: Vec<Wire> = wires
            .iter()
            .map(|&(top, bottom)| Wire { top, bottom })
            .collect();
        assert_eq!(tracks(&wires), expect);
    }

    #[test]
    fn straight_lines_need_no_track() {
        check(&[(3, 3), (9, 9)], &[None, None]);
    }

    #[test]
    fn lines_that_stay_apart_share_a_track() {
        check(&[(1, 5), (9, 12)], &[Some(0), Some(0)]);
    }

    #[test]
    fn fans_do_not_cross() {
        check(&[(5, 10), (6, 20)], &[Some(1), Some(0)]);
        check(&[(5, 1), (6, 3)], &[Some(0), Some(1)]);
    }

    #[test]
    fn a_line_does_not_run_into_another() {
        check(&[(5, 9), (9, 14)], &[Some(1), Some(0)]);
    }
}
