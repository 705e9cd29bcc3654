//! Where a record can begin: where a machine that is new in a state does the same as the one that was there.

use chorister_ir::WatcherKind;

use super::super::entry::{Entry, Micros, Name, What};
use super::{Source, last};

/// For how long it matters that an edge was taken, in microseconds; with the longest time that one may have to wait.
const REMEMBERED: i64 = 68_000_000;

/// Where a record begins.
#[derive(Clone, Debug)]
pub(super) struct Beginning {
    /// The entry after which it does.
    pub(super) place: usize,
    pub(super) time: Micros,
    pub(super) state: Name,
    /// Why the test may fail because it begins here.
    pub(super) doubts: Vec<String>,
}

/// Where to begin to tell what happened since a time; `None` where nothing is recorded.
///
/// That is the latest place at or before that time from which on nothing depends on what was before; else the first
/// such place after it; else, with doubts, the one that is nearest.
pub(super) fn choose(source: &Source<'_>, since: Micros) -> Option<Beginning> {
    let origin = origin(source);
    let candidates: Vec<Beginning> = source
        .entries
        .iter()
        .enumerate()
        .skip(origin)
        .filter_map(|(place, entry)| {
            let state = entry.enters()?;
            let is_new = matches!(
                entry.what,
                What::Started {
                    restored: false,
                    ..
                }
            );
            let doubts = if is_new {
                Vec::new()
            } else {
                doubts(source, place)
            };
            Some(Beginning {
                place,
                time: entry.time,
                state,
                doubts,
            })
        })
        .collect();
    let is_before = |it: &&Beginning| it.time <= since;
    let is_sure = |it: &&Beginning| it.doubts.is_empty();
    candidates
        .iter()
        .rfind(|it| is_before(it) && is_sure(it))
        .or_else(|| candidates.iter().find(is_sure))
        .or_else(|| candidates.iter().rfind(is_before))
        .or_else(|| candidates.first())
        .cloned()
}

/// The first entry of the machine as it is now: no test can say that it was taken away and put in anew.
fn origin(source: &Source<'_>) -> usize {
    let version = source.machine.version.as_ref();
    let of_another = last(source.entries, |what| match what {
        What::Started { version: it, .. } => source.text(*it) != version,
        _ => false,
    });
    let new = last(source.entries, |what| {
        matches!(
            what,
            What::Started {
                restored: false,
                ..
            }
        )
    });
    let after_another = of_another.map_or(0, |place| {
        let started = |it: &Entry| matches!(it.what, What::Started { .. });
        let after = source.entries.iter().skip(place + 1).position(started);
        after.map_or(source.entries.len(), |it| place + 1 + it)
    });
    after_another.max(new.unwrap_or(0))
}

/// What a machine that begins in the state entered here does not know, although it matters.
fn doubts(source: &Source<'_>, place: usize) -> Vec<String> {
    let mut doubts = Vec::new();
    let Some(here) = source.entries.get(place) else {
        return doubts;
    };
    if let What::Started { .. } = here.what {
        doubts.push(
            "it begins with a restart; what the watchers remembered then is not told".to_owned(),
        );
    }
    for watcher in &source.machine.watchers {
        let name = &watcher.name;
        match &watcher.kind {
            WatcherKind::Schedule(_) => {
                doubts.push(format!(
                    "whether schedule {name} was on at the beginning is not told"
                ));
            }
            WatcherKind::Expression(_) => {
                doubts.push(format!(
                    "when {name} is evaluated, and on what data, began before the record"
                ));
            }
            WatcherKind::Timer(timer) if timer.splay => {
                doubts.push(format!(
                    "the length of timer {name} was drawn before the record began"
                ));
            }
            _ => {}
        }
    }
    let near = |it: &&Entry| it.time.saturating_sub(here.time).abs() < REMEMBERED;
    let taken: Vec<_> = source
        .entries
        .iter()
        .take(place + 1)
        .filter(near)
        .filter(|it| it.enters().is_some())
        .filter_map(Entry::attempt)
        .map(|it| (it.from, it.transition))
        .collect();
    let mut after = source.entries.iter().skip(place + 1).take_while(near);
    if after.any(|it| {
        it.attempt()
            .is_some_and(|it| taken.contains(&(it.from, it.transition)))
    }) {
        doubts.push("how often transitions came before the beginning is not told".to_owned());
    }
    doubts
}
