//! Parts of a graph in which every node can be reached from every other one.

/// The strongly connected components of a graph of `count` nodes, by Tarjan's algorithm without recursion.
pub(crate) fn components<I: Iterator<Item = usize>>(
    count: usize,
    next: impl Fn(usize) -> I,
) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let mut order = vec![NEW; count];
    let mut lowest = vec![0; count];
    let mut open = vec![false; count];
    let (mut stack, mut found, mut clock) = (Vec::new(), Vec::new(), 0);
    for root in 0..count {
        if order.get(root) != Some(&NEW) {
            continue;
        }
        let mut calls = vec![(root, None::<I>)];
        while let Some((node, rest)) = calls.last_mut() {
            let node = *node;
            let rest = rest.get_or_insert_with(|| {
                order[node] = clock;
                lowest[node] = clock;
                open[node] = true;
                clock += 1;
                stack.push(node);
                next(node)
            });
            match rest.next() {
                Some(to) if order[to] == NEW => calls.push((to, None)),
                Some(to) if open[to] => lowest[node] = lowest[node].min(order[to]),
                Some(_) => {}
                None => {
                    calls.pop();
                    if let Some((caller, _)) = calls.last() {
                        lowest[*caller] = lowest[*caller].min(lowest[node]);
                    }
                    if lowest[node] == order[node] {
                        let mut component = Vec::new();
                        while let Some(member) = stack.pop() {
                            open[member] = false;
                            component.push(member);
                            if member == node {
                                break;
                            }
                        }
                        found.push(component);
                    }
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_back_is_together() {
        let next = [vec![1], vec![2, 3], vec![0], vec![3, 4], vec![]];
        let mut found = components(5, |it| next[it].iter().copied());
        for component in &mut found {
            component.sort_unstable();
        }
        found.sort();
        assert_eq!(found, [vec![0, 1, 2], vec![3], vec![4]]);
    }
}
