//! What watchers ask of the world: two that ask the same get the same answer.

use chorister_ir::{Machine, Watcher, WatcherId, WatcherKind};

/// The first watcher of a machine that asks what this one does.
pub(crate) fn first_asked(machine: &Machine, watcher: WatcherId) -> WatcherId {
    let Some(own) = machine.watchers.get(usize::from(watcher.0)) else {
        return watcher;
    };
    let mut all = (0..).map(WatcherId).zip(&machine.watchers);
    all.find(|it| asks_the_same(it.1, own))
        .map_or(watcher, |it| it.0)
}

fn asks_the_same(one: &Watcher, other: &Watcher) -> bool {
    match (&one.kind, &other.kind) {
        (WatcherKind::Exec(one), WatcherKind::Exec(other)) => {
            (&one.command, &one.environment) == (&other.command, &other.environment)
        }
        (WatcherKind::File(one), WatcherKind::File(other)) => one.path == other.path,
        _ => core::ptr::eq(one, other),
    }
}
