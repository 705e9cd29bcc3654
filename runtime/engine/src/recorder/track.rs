//! What is kept of one machine: entries in a compact form, oldest first.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::entry::{Attempt, Cause, Entry, Micros, Name, Names, Run, Verdict, What};

/// How many bytes of entries are dropped at once.
const SEGMENT: usize = 512;

/// What a track, and each of its segments, take besides their entries.
const OVERHEAD: usize = 200;

/// What is kept of one machine.
#[derive(Debug, Default)]
pub(crate) struct Track {
    pub(crate) names: Names,
    segments: VecDeque<Segment>,
    /// The latest runs of watchers, which more may join.
    open: Vec<Open>,
    /// When the last encoded entry was.
    last: Micros,
    /// The memory that the segments take, in bytes.
    encoded: usize,
    /// How many names are saved; `None` where nothing is.
    saved_names: Option<usize>,
    /// Whether the open runs have changed since they were saved.
    is_stirred: bool,
    /// When the newest entry was made.
    pub(crate) newest: Micros,
}

/// Some entries that follow each other.
#[derive(Debug)]
struct Segment {
    /// The time that the first entry counts from.
    base: Micros,
    bytes: Vec<u8>,
    count: u32,
    /// How many of the bytes are saved, and the time that the rest counts from.
    saved: (usize, Micros),
}

/// Runs that are not encoded yet.
#[derive(Clone, Debug)]
struct Open {
    /// When the last one was.
    time: Micros,
    run: Run,
    /// A run since, of which it is not known yet what it fires.
    next: Option<(Micros, Run)>,
}

/// What is saved of a track.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Saved {
    /// The machine.
    pub(crate) machine: Box<str>,
    /// How many names were saved before; `None` where this is all there is.
    first_name: Option<u32>,
    names: Vec<Box<str>>,
    parts: Vec<(Micros, Vec<u8>)>,
    /// Runs that more may join; they take the place of those saved before.
    open: Vec<Entry>,
}

impl Track {
    /// Keeps an entry.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.newest = self.newest.max(entry.time);
        match entry.what {
            What::Ran(run) => self.ran(entry.time, run),
            What::Fired {
                cause: Cause::Watcher(watcher),
                attempt,
            } => {
                if !self.attach(entry.time, watcher, attempt) {
                    self.encode_after(entry);
                }
            }
            _ => self.encode_after(entry),
        }
    }

    fn ran(&mut self, time: Micros, run: Run) {
        self.is_stirred = true;
        let Some(open) = self
            .open
            .iter_mut()
            .find(|it| it.run.watcher == run.watcher)
        else {
            self.open.push(Open {
                time,
                run,
                next: None,
            });
            return;
        };
        let before = open.close();
        match &mut open.next {
            Some(_) => {}
            next => *next = Some((time, run)),
        }
        if let Some(before) = before {
            self.encode(&before);
        }
    }

    /// Says of a run that has just been what it fired; false where there is none.
    fn attach(&mut self, time: Micros, watcher: Name, attempt: Attempt) -> bool {
        let Some(open) = self.open.iter_mut().find(|it| it.run.watcher == watcher) else {
            return false;
        };
        let (at, run) = match &mut open.next {
            Some((at, run)) => (*at, run),
            None if open.run.count == 1 => (open.time, &mut open.run),
            None => return false,
        };
        if at != time || run.attempt.is_some() {
            return false;
        }
        run.attempt = Some(attempt);
        self.is_stirred = true;
        if let Verdict::Entered(_) = attempt.verdict {
            self.seal();
        }
        true
    }

    /// Keeps an entry that no run may pass.
    fn encode_after(&mut self, entry: Entry) {
        self.seal();
        self.encode(&entry);
    }

    /// Encodes the open runs, in the order of their times.
    pub(crate) fn seal(&mut self) {
        if self.open.is_empty() {
            return;
        }
        self.is_stirred = true;
        let mut open = std::mem::take(&mut self.open);
        let mut runs: Vec<Entry> = open.iter_mut().filter_map(Open::close).collect();
        runs.extend(open.into_iter().flat_map(Open::entries));
        runs.sort_by_key(|it| it.time);
        for run in &runs {
            self.encode(run);
        }
    }

    fn encode(&mut self, entry: &Entry) {
        let gap = entry.time.wrapping_sub(self.last);
        // Writing into memory does not fail.
        let Ok(bytes) = postcard::to_stdvec(&(gap, &entry.what)) else {
            return;
        };
        let is_full = |it: &Segment| it.bytes.len() + bytes.len() > SEGMENT;
        if self.segments.back().is_none_or(is_full) {
            self.encoded += OVERHEAD / 2;
            self.segments.push_back(Segment {
                base: self.last,
                bytes: Vec::new(),
                count: 0,
                saved: (0, self.last),
            });
        }
        if let Some(segment) = self.segments.back_mut() {
            self.encoded += bytes.len();
            segment.bytes.extend_from_slice(&bytes);
            segment.count = segment.count.saturating_add(1);
        }
        self.last = entry.time;
    }

    /// All entries, in order.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for segment in &self.segments {
            decode(segment.base, &segment.bytes, &mut entries);
        }
        for open in &self.open {
            let mut open = open.clone();
            entries.extend(open.close());
            entries.extend(open.entries());
        }
        entries.sort_by_key(|it| it.time);
        entries
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        let encoded: usize = self.segments.iter().map(|it| it.count as usize).sum();
        encoded + self.open.len()
    }

    /// When the oldest entry was made.
    pub(crate) fn oldest(&self) -> Option<Micros> {
        let mut first = Vec::new();
        if let Some(segment) = self.segments.front() {
            decode(segment.base, &segment.bytes, &mut first);
        }
        first
            .first()
            .map(|it| it.time)
            .or_else(|| self.open.iter().map(|it| it.time).min())
    }

    /// The memory it takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        let open: usize = self
            .open
            .iter()
            .map(|it| OVERHEAD + it.run.evidence.size())
            .sum();
        OVERHEAD + self.encoded + self.names.size() + open
    }

    /// Drops the oldest entries until it takes no more than this, in bytes, or nothing is left to drop.
    pub(crate) fn shrink(&mut self, size: usize) {
        while self.size() > size
            && let Some(dropped) = self.segments.pop_front()
        {
            self.encoded = self
                .encoded
                .saturating_sub(dropped.bytes.len() + OVERHEAD / 2);
        }
    }

    /// What is not saved yet; nothing where only the open runs have changed, unless that is asked for.
    pub(crate) fn unsaved(&mut self, machine: &str, with_open: bool) -> Option<Saved> {
        let mut parts = Vec::new();
        for segment in &mut self.segments {
            let (done, base) = segment.saved;
            let rest = segment.bytes.get(done..).unwrap_or_default();
            if !rest.is_empty() {
                parts.push((base, rest.to_vec()));
            }
        }
        if parts.is_empty() && !(with_open && self.is_stirred) {
            return None;
        }
        let open = self.open.iter().cloned().flat_map(Open::entries).collect();
        let saved = Saved {
            machine: machine.into(),
            first_name: self.saved_names.and_then(|it| u32::try_from(it).ok()),
            names: self.names.since(self.saved_names.unwrap_or(0)).to_vec(),
            parts,
            open,
        };
        self.saved_names = Some(self.names.len());
        self.is_stirred = false;
        self.mark_saved();
        Some(saved)
    }

    fn mark_saved(&mut self) {
        let mut bases = self
            .segments
            .iter()
            .skip(1)
            .map(|it| it.base)
            .collect::<Vec<_>>();
        bases.push(self.last);
        for (segment, last) in self.segments.iter_mut().zip(bases) {
            segment.saved = (segment.bytes.len(), last);
        }
    }

    /// Counts everything as not saved, so that it is saved as a whole.
    pub(crate) fn forget_saved(&mut self) {
        self.saved_names = None;
        self.is_stirred = true;
        for segment in &mut self.segments {
            segment.saved = (0, segment.base);
        }
    }

    /// Takes in what was saved, after what was saved before; false where it does not follow.
    pub(crate) fn restore(&mut self, saved: Saved) -> bool {
        match saved.first_name {
            None => *self = Self::default(),
            Some(first) if usize::try_from(first) == Ok(self.names.len()) => {}
            Some(_) => return false,
        }
        self.names.extend(saved.names);
        self.open.clear();
        for (base, bytes) in saved.parts {
            let mut entries = Vec::new();
            decode(base, &bytes, &mut entries);
            entries.iter().for_each(|it| self.encode(it));
        }
        for Entry { time, what } in saved.open {
            if let What::Ran(run) = what {
                self.ran(time, run);
            }
        }
        let newest = self.open.iter().map(|it| it.time).max();
        self.newest = newest.unwrap_or(self.last).max(self.last);
        self.saved_names = Some(self.names.len());
        self.is_stirred = false;
        self.mark_saved();
        true
    }
}

// === impl Open ===

impl Open {
    /// Lets the next run join the others, or take their place: then those are returned.
    fn close(&mut self) -> Option<Entry> {
        let (time, next) = self.next.take()?;
        let gap = u64::try_from(time.saturating_sub(self.time)).unwrap_or(0);
        if self.run.fold(&next, gap) {
            self.time = time;
            return None;
        }
        let run = std::mem::replace(&mut self.run, next);
        let time = std::mem::replace(&mut self.time, time);
        Some(Entry {
            time,
            what: What::Ran(run),
        })
    }

    fn entries(self) -> impl Iterator<Item = Entry> {
        let next = self.next.map(|(time, run)| Entry {
            time,
            what: What::Ran(run),
        });
        let run = Entry {
            time: self.time,
            what: What::Ran(self.run),
        };
        [run].into_iter().chain(next)
    }
}

/// Adds the entries in the bytes, up to where they make no sense.
fn decode(base: Micros, mut bytes: &[u8], entries: &mut Vec<Entry>) {
    let mut last = base;
    while let Ok(((gap, what), rest)) = postcard::take_from_bytes::<(i64, What)>(bytes) {
        last = last.wrapping_add(gap);
        entries.push(Entry { time: last, what });
        bytes = rest;
        if bytes.is_empty() {
            break;
        }
    }
}
