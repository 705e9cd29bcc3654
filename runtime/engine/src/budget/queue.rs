//! What waits for its turn.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// A queue in which owners take turns, however much each of them has waiting; nothing in it is dropped.
#[derive(Debug)]
pub(super) struct Queue<K, T> {
    /// Those who have something waiting, in the order of their turns.
    turns: VecDeque<K>,
    waiting: HashMap<K, VecDeque<T>>,
    len: usize,
}

impl<K: Copy + Eq + Hash, T> Queue<K, T> {
    pub(super) fn new() -> Self {
        Self {
            turns: VecDeque::new(),
            waiting: HashMap::new(),
            len: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn push(&mut self, owner: K, item: T) {
        let items = self.waiting.entry(owner).or_default();
        if items.is_empty() {
            self.turns.push_back(owner);
        }
        items.push_back(item);
        self.len += 1;
    }

    /// What waits longest for the owner whose turn it is; then it is the turn of the next one.
    pub(super) fn pop(&mut self) -> Option<T> {
        let owner = self.turns.pop_front()?;
        let items = self.waiting.get_mut(&owner)?;
        let item = items.pop_front()?;
        if items.is_empty() {
            self.waiting.remove(&owner);
        } else {
            self.turns.push_back(owner);
        }
        self.len -= 1;
        Some(item)
    }

    /// Takes out the first item of an owner that is meant.
    pub(super) fn remove(&mut self, owner: K, is_meant: impl Fn(&T) -> bool) -> Option<T> {
        let items = self.waiting.get_mut(&owner)?;
        let place = items.iter().position(is_meant)?;
        let item = items.remove(place)?;
        if items.is_empty() {
            self.waiting.remove(&owner);
            self.turns.retain(|it| *it != owner);
        }
        self.len -= 1;
        Some(item)
    }

    /// What an owner has waiting, first come first.
    pub(super) fn of(&self, owner: K) -> impl Iterator<Item = &T> {
        self.waiting.get(&owner).into_iter().flatten()
    }
}
