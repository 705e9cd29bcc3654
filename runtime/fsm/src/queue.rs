//! A priority queue with one entry a machine.

/// Deadlines of machines, the earliest first; among equal ones the lowest slot first.
///
/// Each machine has one entry at most, which is moved in place, so restarting a timer a million times
/// leaves nothing behind.
pub(crate) struct Queue<K> {
    /// A binary heap.
    heap: Vec<(K, u32)>,
    /// Where in the heap a slot's entry is; [`ABSENT`] where it has none.
    places: Vec<u32>,
}

const ABSENT: u32 = u32::MAX;

impl<K: Copy + Ord> Queue<K> {
    pub(crate) const fn new() -> Self {
        Self {
            heap: Vec::new(),
            places: Vec::new(),
        }
    }

    /// The earliest entry.
    pub(crate) fn first(&self) -> Option<(K, u32)> {
        self.heap.first().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// The slots that have an entry, in no useful order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = u32> + '_ {
        self.heap.iter().map(|&(_, slot)| slot)
    }

    /// How much memory it holds.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.heap.capacity() * size_of::<(K, u32)>() + self.places.capacity() * size_of::<u32>()
    }

    /// Gives a slot this deadline, or none.
    pub(crate) fn set(&mut self, slot: u32, deadline: Option<K>) {
        let place = self.places.get(slot as usize).copied().unwrap_or(ABSENT);
        match (deadline, place) {
            (None, ABSENT) => {}
            (Some(key), ABSENT) => self.push(slot, key),
            (Some(key), place) => self.change(place as usize, key),
            (None, place) => self.remove(place as usize, slot),
        }
    }

    fn push(&mut self, slot: u32, key: K) {
        if self.places.len() <= slot as usize {
            self.places.resize(slot as usize + 1, ABSENT);
        }
        self.heap.push((key, slot));
        self.rise(self.heap.len() - 1);
    }

    fn change(&mut self, place: usize, key: K) {
        if self.heap[place].0 == key {
            return;
        }
        self.heap[place].0 = key;
        self.settle(place);
    }

    fn remove(&mut self, place: usize, slot: u32) {
        self.places[slot as usize] = ABSENT;
        self.heap.swap_remove(place);
        if place < self.heap.len() {
            self.settle(place);
        }
    }

    /// Moves an entry, whose neighbours are in order, to where it belongs.
    fn settle(&mut self, place: usize) {
        let risen = self.rise(place);
        if risen == place {
            self.sink(place);
        }
    }

    fn rise(&mut self, mut place: usize) -> usize {
        let entry = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.heap[parent] <= entry {
                break;
            }
            self.put(place, self.heap[parent]);
            place = parent;
        }
        self.put(place, entry);
        place
    }

    fn sink(&mut self, mut place: usize) {
        let entry = self.heap[place];
        loop {
            let left = 2 * place + 1;
            let Some(&on_left) = self.heap.get(left) else {
                break;
            };
            let (child, smaller) = match self.heap.get(left + 1) {
                Some(&on_right) if on_right < on_left => (left + 1, on_right),
                _ => (left, on_left),
            };
            if entry <= smaller {
                break;
            }
            self.put(place, smaller);
            place = child;
        }
        self.put(place, entry);
    }

    fn put(&mut self, place: usize, entry: (K, u32)) {
        self.heap[place] = entry;
        // The heap holds one entry a slot at most, so its length fits the type of slots.
        self.places[entry.1 as usize] = place as u32;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::Queue;

    proptest! {
        #[test]
        fn it_agrees_with_a_sorted_map(
            calls in prop::collection::vec((0..12_u32, prop::option::of(0..9_u64)), 0..200)
        ) {
            let mut queue = Queue::new();
            let mut model = BTreeMap::new();
            for (slot, deadline) in calls {
                queue.set(slot, deadline);
                match deadline {
                    Some(key) => model.insert(slot, key),
                    None => model.remove(&slot),
                };
                let first = model.iter().map(|(&slot, &key)| (key, slot)).min();
                prop_assert_eq!(queue.first(), first);
                prop_assert_eq!(queue.slots().count(), model.len());
            }
        }
    }
}
