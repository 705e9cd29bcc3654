//! Which row each box stands in.

use super::Link;

/// The rank of each node, from 0 at the top; no two ends of a line have the same.
///
/// Lines that close a cycle go upwards. Which do depends on where one begins to read: two orders are tried, and the
/// one with shorter lines is taken.
pub(crate) fn ranks(count: usize, links: &[Link]) -> Vec<usize> {
    let edges: Vec<(usize, usize)> = links.iter().map(|it| (it.from.node, it.to.node)).collect();
    let deep = layered(count, &edges, &depth_first(count, &edges));
    let wide = layered(count, &edges, &breadth_first(count, &edges));
    if cost(&edges, &wide) < cost(&edges, &deep) {
        wide
    } else {
        deep
    }
}

/// Rows that lines pass in all, and more for those that go upwards.
fn cost(edges: &[(usize, usize)], ranks: &[usize]) -> usize {
    let height = ranks.iter().max().copied().unwrap_or(0);
    let spans = edges.iter().map(|(from, to)| {
        let (from, to) = (ranks[*from], ranks[*to]);
        from.abs_diff(to) + usize::from(from > to)
    });
    spans.sum::<usize>() + height
}

/// The longest way from the top, once lines against `order` are turned around.
fn layered(count: usize, edges: &[(usize, usize)], order: &[usize]) -> Vec<usize> {
    let mut place = vec![0; count];
    for (at, node) in order.iter().enumerate() {
        place[*node] = at;
    }
    let down: Vec<(usize, usize)> = edges
        .iter()
        .map(|&(from, to)| {
            if place[from] <= place[to] {
                (from, to)
            } else {
                (to, from)
            }
        })
        .collect();
    let mut ranks = vec![0; count];
    for node in order {
        for (_, to) in down.iter().filter(|it| it.0 == *node) {
            ranks[*to] = ranks[*to].max(ranks[*node] + 1);
        }
    }
    shorten(&mut ranks, &down);
    let top = ranks.iter().min().copied().unwrap_or(0);
    ranks.iter_mut().for_each(|it| *it -= top);
    ranks
}

/// Moves nodes up or down where that makes lines shorter.
fn shorten(ranks: &mut [usize], down: &[(usize, usize)]) {
    for _ in 0..8 {
        let mut moved = false;
        for node in (1..ranks.len()).rev() {
            let above: Vec<usize> = down
                .iter()
                .filter(|it| it.1 == node)
                .map(|it| ranks[it.0])
                .collect();
            let below: Vec<usize> = down
                .iter()
                .filter(|it| it.0 == node)
                .map(|it| ranks[it.1])
                .collect();
            let wanted = match (above.iter().max(), below.iter().min()) {
                (Some(high), Some(_)) if above.len() >= below.len() => high + 1,
                (Some(_) | None, Some(low)) => low - 1,
                (Some(high), None) => high + 1,
                (None, None) => ranks[node],
            };
            moved |= ranks[node] != wanted;
            ranks[node] = wanted;
        }
        if !moved {
            break;
        }
    }
}

/// Nodes so that a line goes back only to where the way came from.
fn depth_first(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut seen = vec![false; count];
    let mut finished = Vec::with_capacity(count);
    for root in 0..count {
        // The next way out to take from each node on the way.
        let mut way = vec![(root, 0)];
        if std::mem::replace(&mut seen[root], true) {
            continue;
        }
        while let Some((node, next)) = way.last_mut() {
            match edges
                .iter()
                .enumerate()
                .skip(*next)
                .find(|(_, it)| it.0 == *node && !seen[it.1])
            {
                Some((at, &(_, to))) => {
                    *next = at + 1;
                    seen[to] = true;
                    way.push((to, 0));
                }
                None => {
                    finished.push(*node);
                    way.pop();
                }
            }
        }
    }
    finished.reverse();
    // A root that was reached from none is above those before it; the first node stays the first.
    if let Some(at) = finished.iter().position(|it| *it == 0) {
        finished[..=at].rotate_right(1);
    }
    finished
}

fn breadth_first(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut seen = vec![false; count];
    let mut order = Vec::with_capacity(count);
    for root in 0..count {
        if std::mem::replace(&mut seen[root], true) {
            continue;
        }
        let mut at = order.len();
        order.push(root);
        while let Some(node) = order.get(at).copied() {
            for (_, to) in edges.iter().filter(|it| it.0 == node) {
                if !std::mem::replace(&mut seen[*to], true) {
                    order.push(*to);
                }
            }
            at += 1;
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::super::End;
    use super::*;

    fn check(count: usize, edges: &[(usize, usize)], expect: &[usize]) {
        let end = |node| End { node, port: None };
        let links: Vec<Link> = edges
            .iter()
            .map(|(from, to)| Link {
                from: end(*from),
                to: end(*to),
                label: (0.0, 0.0),
            })
            .collect();
        assert_eq!(ranks(count, &links), expect);
    }

    #[test]
    fn a_chain_goes_down() {
        check(3, &[(0, 1), (1, 2)], &[0, 1, 2]);
    }

    #[test]
    fn the_line_that_closes_a_cycle_goes_up() {
        check(3, &[(0, 1), (1, 2), (2, 0)], &[0, 1, 2]);
        check(3, &[(2, 0), (0, 1), (1, 2)], &[0, 1, 2]);
    }

    #[test]
    fn branches_stand_side_by_side() {
        check(4, &[(0, 1), (0, 2), (1, 3), (2, 3)], &[0, 1, 1, 2]);
    }

    #[test]
    fn lonely_boxes_stand_at_the_top() {
        check(3, &[(0, 1)], &[0, 1, 0]);
    }
}
