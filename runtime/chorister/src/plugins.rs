//! Machines that come over the network: the node's own `plugins_manager`.
//!
//! It is a machine as any other, made of settings: it follows a key of a bucket and keeps the machines in place that
//! are listed there.

use core::time::Duration;
use std::path::PathBuf;

use chorister_engine::{Builder, EngineHandle};
use chorister_ir::{
    Edge, Edges, Kv, List, Machine, StateId, Text, TransitionDef, TransitionId, Watcher,
    WatcherKind,
};
use chorister_lang::template::Template;
use chorister_settings::Settings;
use chorister_settings::settings::Plugins;

/// The name of the machine.
const NAME: &str = "plugins_manager";

/// What the engine's problems about it are called.
const SOURCE: &str = "plugins";

/// No key is asked for more often.
const LEAST: Duration = Duration::from_secs(2);

/// Nothing is known of what is to be kept in place.
const INITIAL: StateId = StateId(0);
/// It is kept in place.
const MANAGE: StateId = StateId(1);
/// It is left alone.
const MAINTENANCE: StateId = StateId(2);

/// Tells an engine where machines are put, and whose lists of them it obeys.
pub(crate) fn equip(builder: Builder, machines: Option<PathBuf>, settings: &Settings) -> Builder {
    builder.plugins(machines, settings.machines.signing_key.clone())
}

/// Starts the manager where the settings ask for it.
pub(crate) async fn manage(settings: Settings, engine: EngineHandle) {
    let wanted = &settings.plugins;
    if !wanted.download {
        return;
    }
    let problem = match manager(wanted) {
        Ok(machine) => {
            let directory = engine.directory_of(NAME);
            let inserted = engine.insert(machine, directory).await;
            inserted.err().map(|error| error.to_string())
        }
        Err(reason) => Some(reason),
    };
    // A node that has stopped has no problems.
    let _ = engine.report(SOURCE, NAME, problem).await;
}

/// The machine.
// Compat: go-choria providers/autoagents/plugins: names of states and of the way into the second.
fn manager(wanted: &Plugins) -> Result<Machine, String> {
    let key = Template::parse(&wanted.key)
        .map_err(|error| format!("`plugin.machines.key` cannot be read: {}", error.message))?;
    let poll = wanted.poll_interval.max(LEAST);
    let follow = Kv {
        bucket: Text::Owned(wanted.bucket.clone()),
        key,
        bucket_prefix: false,
        store_key: Some(Template::parse(ITEM).map_err(|error| error.message.to_string())?),
        ..Kv::DEFAULT
    };
    let begin = Kv {
        on_successful_get: true,
        ..follow.clone()
    };
    let keep = chorister_ir::Plugins {
        item: Text::Borrowed(ITEM),
        purge: wanted.purge,
        key: wanted.signing_key.clone().map(Text::Owned),
        ..chorister_ir::Plugins::DEFAULT
    };
    let ways = [
        ("manage_plugins", INITIAL, MANAGE),
        ("enter_maintenance", MANAGE, MAINTENANCE),
        ("resume", MAINTENANCE, MANAGE),
    ];
    let (transitions, mut edges): (Vec<_>, Vec<_>) = ways
        .into_iter()
        .zip(0..)
        .map(|((name, from, to), at)| {
            let definition = TransitionDef {
                name: Text::Borrowed(name),
                ..TransitionDef::DEFAULT
            };
            let transition = TransitionId(at);
            (
                definition,
                Edge {
                    from,
                    transition,
                    to,
                },
            )
        })
        .unzip();
    edges.sort_unstable();
    let begins = Watcher {
        on_success: Some(TransitionId(0)),
        ..watcher(
            "initial_specification",
            INITIAL,
            poll,
            WatcherKind::Kv(begin),
        )
    };
    Ok(Machine {
        name: Text::Borrowed(NAME),
        description: Text::Borrowed("Keeps the machines in place that are listed in the network"),
        version: Text::Borrowed(env!("CARGO_PKG_VERSION")),
        initial: INITIAL,
        splay_start: Duration::ZERO,
        states: ["INITIAL", "MANAGE", "MAINTENANCE"]
            .into_iter()
            .map(Text::Borrowed)
            .collect(),
        transitions: transitions.into(),
        edges: Edges::Table(edges.into()),
        watchers: List::from(vec![
            begins,
            watcher("specification", MANAGE, poll, WatcherKind::Kv(follow)),
            watcher(
                "manage",
                MANAGE,
                wanted.check_interval.max(LEAST),
                WatcherKind::Plugins(keep),
            ),
        ]),
    })
}

/// The item of machine data that the list becomes.
const ITEM: &str = "plugins";

fn watcher(name: &'static str, state: StateId, every: Duration, kind: WatcherKind) -> Watcher {
    Watcher {
        name: Text::Borrowed(name),
        active_in: [state].into_iter().collect(),
        foreign: List::EMPTY,
        on_success: None,
        on_failure: None,
        interval: Some(every),
        announce_interval: None,
        kind,
    }
}
