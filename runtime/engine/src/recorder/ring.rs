//! What is kept of all machines, within a bound that they share fairly.

use std::collections::HashMap;

use super::entry::Micros;
use super::track::{Saved, Track};

/// The tracks of all machines.
#[derive(Debug)]
pub(crate) struct Ring {
    tracks: HashMap<Box<str>, Track>,
    budget: usize,
    size: usize,
}

/// How full a [`Ring`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fill {
    pub(crate) machines: usize,
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
    pub(crate) oldest: Option<Micros>,
}

impl Ring {
    /// A ring that takes about this much memory, in bytes.
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            tracks: HashMap::new(),
            budget,
            size: 0,
        }
    }

    /// How much memory it may take, in bytes.
    pub(crate) fn budget(&self) -> usize {
        self.budget
    }

    /// The track of a machine.
    pub(crate) fn track(&self, machine: &str) -> Option<&Track> {
        self.tracks.get(machine)
    }

    /// Changes the track of a machine, and makes room for what was added.
    pub(crate) fn change<T>(&mut self, machine: &str, change: impl FnOnce(&mut Track) -> T) -> T {
        if !self.tracks.contains_key(machine) {
            self.tracks.insert(machine.into(), Track::default());
        }
        let mut before = 0;
        let mut nowhere = Track::default();
        let track = match self.tracks.get_mut(machine) {
            Some(track) => {
                before = track.size();
                track
            }
            None => &mut nowhere,
        };
        let value = change(track);
        self.size = (self.size + track.size()).saturating_sub(before);
        if self.size > self.budget {
            self.make_room();
        }
        value
    }

    /// Shortens the longest tracks, so that one that has much to say drives out none that says little; and where
    /// there are too many machines for the bound, forgets those that have said nothing for longest.
    fn make_room(&mut self) {
        // A tenth at once, because looking at all of them takes its time.
        let wanted = self.budget - self.budget / 10;
        let level = level(self.tracks.values().map(Track::size), wanted);
        for track in self.tracks.values_mut() {
            track.shrink(level);
        }
        self.size = self.tracks.values().map(Track::size).sum();
        if self.size <= self.budget {
            return;
        }
        let mut newest: Vec<(Micros, Box<str>)> = self
            .tracks
            .iter()
            .map(|(name, it)| (it.newest, name.clone()))
            .collect();
        newest.sort_unstable();
        for (_, name) in newest {
            if self.size <= wanted {
                break;
            }
            if let Some(track) = self.tracks.remove(&name) {
                self.size = self.size.saturating_sub(track.size());
            }
        }
    }

    /// How full it is.
    pub(crate) fn fill(&self) -> Fill {
        Fill {
            machines: self.tracks.len(),
            entries: self.tracks.values().map(Track::len).sum(),
            bytes: self.size,
            oldest: self.tracks.values().filter_map(Track::oldest).min(),
        }
    }

    /// What is not saved yet, encoded; `with_open` saves also how often the latest runs were repeated.
    pub(crate) fn unsaved(&mut self, with_open: bool) -> Option<Vec<u8>> {
        let saved: Vec<Saved> = self
            .tracks
            .iter_mut()
            .filter_map(|(machine, track)| track.unsaved(machine, with_open))
            .collect();
        (!saved.is_empty()).then(|| postcard::to_stdvec(&saved).unwrap_or_default())
    }

    /// Everything, encoded, to take the place of all that was saved before.
    pub(crate) fn whole(&mut self) -> Option<Vec<u8>> {
        self.tracks.values_mut().for_each(Track::forget_saved);
        self.unsaved(true)
    }

    /// Takes in what was saved. What makes no sense is left out; false then.
    pub(crate) fn restore(&mut self, bytes: &[u8]) -> bool {
        let Ok(saved) = postcard::from_bytes::<Vec<Saved>>(bytes) else {
            return false;
        };
        let mut is_whole = true;
        for saved in saved {
            let machine = saved.machine.clone();
            is_whole &= self.change(&machine, |track| track.restore(saved));
        }
        is_whole
    }
}

/// The size to which the longest have to be cut so that all together have the wanted one.
fn level(sizes: impl Iterator<Item = usize>, wanted: usize) -> usize {
    let mut sizes: Vec<usize> = sizes.collect();
    sizes.sort_unstable();
    let mut rest = wanted;
    let mut count = sizes.len();
    for size in sizes {
        let share = rest / count.max(1);
        if size > share {
            return share;
        }
        rest -= size;
        count -= 1;
    }
    usize::MAX
}
