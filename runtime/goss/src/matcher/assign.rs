//! Which rule is content with which item: every rule wants one of its own.

use std::collections::VecDeque;

/// The largest assignment of items to rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Assignment {
    /// Rules without an item.
    pub(super) missing: Vec<usize>,
    /// Items without a rule.
    pub(super) extra: Vec<usize>,
}

// === impl Assignment ===

impl Assignment {
    /// Finds it: a maximum matching, grown along one shortest alternating path for each rule.
    pub(super) fn find(items: usize, rules: usize, fits: impl Fn(usize, usize) -> bool) -> Self {
        let wanted: Vec<Vec<usize>> = (0..rules)
            .map(|rule| (0..items).filter(|&item| fits(item, rule)).collect())
            .collect();
        let mut owner = vec![None; items];
        let missing = (0..rules)
            .filter(|&rule| !grow(&wanted, &mut owner, rule))
            .collect();
        let extra = owner
            .iter()
            .enumerate()
            .filter(|(_, owner)| owner.is_none())
            .map(|(item, _)| item)
            .collect();
        Self { missing, extra }
    }

    /// Whether nothing is left over.
    pub(super) fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty()
    }
}

/// Gives one more rule an item, moving the items of others where it must.
fn grow(wanted: &[Vec<usize>], owner: &mut [Option<usize>], rule: usize) -> bool {
    // The rule from which each item was come to.
    let mut from: Vec<Option<usize>> = vec![None; owner.len()];
    let mut taken: Vec<Option<usize>> = vec![None; wanted.len()];
    for (item, rule) in owner.iter().enumerate() {
        if let Some(slot) = rule.and_then(|rule| taken.get_mut(rule)) {
            *slot = Some(item);
        }
    }
    let mut queue = VecDeque::from([rule]);
    while let Some(asking) = queue.pop_front() {
        for &item in wanted.get(asking).into_iter().flatten() {
            let (Some(way), Some(owned)) = (from.get_mut(item), owner.get(item)) else {
                continue;
            };
            if way.is_some() {
                continue;
            }
            *way = Some(asking);
            if let Some(other) = *owned {
                queue.push_back(other);
                continue;
            }
            // A free item: everybody on the way takes the next one.
            let mut free = Some(item);
            while let Some(item) = free {
                let Some(taker) = from.get(item).copied().flatten() else {
                    break;
                };
                if let Some(slot) = owner.get_mut(item) {
                    *slot = Some(taker);
                }
                free = if taker == rule {
                    None
                } else {
                    taken.get(taker).copied().flatten()
                };
            }
            return true;
        }
    }
    false
}
