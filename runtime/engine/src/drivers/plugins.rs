//! Machines of `plugins` watchers: listed and signed by their author, each fetched by a machine of its own.
//!
//! For each plugin that is for this node there is a manager: a machine with an `archive` watcher, in a directory where
//! the node looks for machines. So what fetches, verifies and unpacks is what does so for every other machine, and
//! what it does is told, recorded and limited in the same way.

mod manager;
mod matcher;
mod place;
#[cfg(test)]
mod tests;

use core::time::Duration;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use chorister_bundle::PublicKey;
use chorister_bundle::plugins::{self, Plugin, Refusal};
use chorister_fsm::{Job, JobResult, Provision, Provisioned, Work};
use tokio::time::{Instant, timeout};

use crate::driver::{JobContext, JobFuture, Shape, failed};
use matcher::Node;
use place::Place;

/// How long the file system may take. One that takes longer is a network file system that is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the node's machines are, and whose lists it obeys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Premises {
    /// Where the node looks for machines, absolute; `None` where it looks for none.
    pub(crate) machines: Option<PathBuf>,
    /// The key for all lists, whatever watchers say, in hexadecimal.
    pub(crate) key: Option<String>,
}

/// What a job may use.
struct Order {
    wanted: Provision,
    premises: Premises,
    /// Where commands are found.
    search: OsString,
}

/// What was done so far.
#[derive(Default)]
struct Progress {
    plugins: Option<Vec<String>>,
    changed: bool,
    is_refused: bool,
    unfinished: bool,
    failures: Vec<String>,
}

/// Keeps the machines of a job in place.
pub(super) fn run(job: Job, cx: JobContext) -> JobFuture {
    Box::pin(async move {
        let shape = Shape::from(&job.work);
        let Work::Plugins(wanted) = job.work else {
            return failed(shape, "only machines can be kept in place".to_owned());
        };
        let began = Instant::now();
        let order = Order {
            wanted: *wanted,
            premises: cx.shared.premises.clone(),
            search: cx.shared.search.clone(),
        };
        let patient = timeout(PATIENCE, async {
            let permit = Arc::clone(&cx.shared.limits.file_calls)
                .acquire_owned()
                .await;
            // The permit stays with the call, also when nobody waits for it any more.
            let call = move || {
                let _permit = permit;
                order.carry_out()
            };
            tokio::task::spawn_blocking(call).await
        });
        let mut done = match patient.await {
            Ok(Ok(done)) => done,
            Ok(Err(error)) => return failed(shape, error.to_string()),
            Err(_) => {
                let reason = format!("the file system does not answer for {PATIENCE:?}");
                return failed(shape, reason);
            }
        };
        done.runtime = began.elapsed();
        JobResult::Plugins(Box::new(done))
    })
}

// === impl Order ===

impl Order {
    fn carry_out(mut self) -> Provisioned {
        let mut progress = Progress::default();
        if let Err(reason) = self.provide(&mut progress) {
            progress.failures.push(reason);
        }
        Provisioned {
            plugins: progress.plugins,
            outcome: match progress.failures.as_slice() {
                [] => Ok(progress.changed),
                failures => Err(failures.join("; ")),
            },
            refused: self.wanted.list.take().filter(|_| progress.is_refused),
            unfinished: progress.unfinished,
            runtime: Duration::ZERO,
        }
    }

    /// Does as much as can be done, and notes what could not.
    ///
    /// # Errors
    /// Why nothing was done at all.
    fn provide(&self, progress: &mut Progress) -> Result<(), String> {
        let Provision { item, prefix, .. } = &self.wanted;
        let legal = |it: char| it.is_ascii_alphanumeric() || it == '-';
        if prefix.is_empty() || !prefix.chars().all(legal) {
            return Err(format!("names of machines cannot begin with {prefix:?}"));
        }
        let base = self.premises.machines.as_deref().ok_or(
            "this node looks for machines nowhere, so that none would run: it needs a distribution with \
             `loaded: {machines: DIR}`, and that directory or --machines",
        )?;
        let listed = self.list(progress)?;
        if let Some(it) = listed.iter().find(|it| owns(prefix, &it.name)) {
            return Err(format!(
                "the list in `{item}` is not obeyed: `{}` is a name for what fetches others",
                it.name
            ));
        }
        let place = Place {
            base,
            target: self.wanted.target.as_deref().unwrap_or(base),
            prefix,
            mark: manager::mark(&self.wanted.keeper),
            running: &self.wanted.running,
        };
        let (chosen, undecided) = self.choose(&listed, progress)?;
        for plugin in &chosen {
            let text = manager::text(plugin, &place, self.wanted.every);
            match place.install(&plugin.name, &text) {
                Ok(changed) => progress.changed |= changed,
                Err(reason) => progress.failures.push(reason),
            }
        }
        let mut names: Vec<_> = chosen.iter().map(|it| it.name.clone()).collect();
        names.sort_unstable();
        if self.wanted.purge {
            let mut kept: BTreeSet<&str> = names.iter().map(String::as_str).collect();
            kept.extend(undecided);
            let purged = place.purge(&kept)?;
            progress.changed |= purged.changed;
            progress.unfinished = purged.unfinished;
            progress.failures.extend(purged.failures);
        }
        progress.plugins = Some(names);
        Ok(())
    }

    /// What is listed, if it is the author's.
    fn list(&self, progress: &mut Progress) -> Result<Vec<Plugin>, String> {
        let Provision { item, .. } = &self.wanted;
        let list = self.wanted.list.as_ref();
        let list = list.ok_or_else(|| format!("the machine has no data `{item}` yet"))?;
        // Compat: go-choria aagent/watchers/pluginswatcher: the key of the node counts before that of the watcher.
        let key = self.premises.key.as_ref().or(self.wanted.key.as_ref());
        let key = key.map(|it| it.parse::<PublicKey>()).transpose()?;
        if key.is_none() && !self.wanted.insecure {
            return Err(format!(
                "the list in `{item}` is not obeyed, as it is not known whose it has to be: set \
                 `plugin.choria.machine.signing_key`, or `public_key` of the watcher"
            ));
        }
        plugins::read(list, key.as_ref()).map_err(|refusal| {
            progress.is_refused = matches!(refusal, Refusal::Signature(_));
            format!("the list in `{item}` is not obeyed: {refusal}")
        })
    }

    /// The plugins that are for this node, and the names of those of which that cannot be told: they stay as they are.
    ///
    /// # Errors
    /// What is no condition at all; then nothing of the list is obeyed.
    fn choose<'a>(
        &self,
        listed: &'a [Plugin],
        progress: &mut Progress,
    ) -> Result<(Vec<&'a Plugin>, Vec<&'a str>), String> {
        let node = Node {
            identity: &self.wanted.identity,
            facts: &self.wanted.facts,
            search: &self.search,
        };
        let conditions = listed
            .iter()
            .map(|it| matcher::condition(it).map(|condition| (it, condition)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|reason| {
                format!("the list in `{}` is not obeyed: {reason}", self.wanted.item)
            })?;
        let (mut chosen, mut undecided) = (Vec::new(), Vec::new());
        for (plugin, condition) in conditions {
            match condition.map_or(Ok(true), |it| it.is_true_for(&node)) {
                Ok(true) => chosen.push(plugin),
                Ok(false) => {}
                Err(error) => {
                    let name = plugin.name.as_str();
                    undecided.push(name);
                    progress
                        .failures
                        .push(format!("`{name}` may be for this node or not: {error}"));
                }
            }
        }
        Ok((chosen, undecided))
    }
}

/// Whether a name is one of those of managers.
fn owns(prefix: &str, name: &str) -> bool {
    name.strip_prefix(prefix)
        .is_some_and(|it| it.starts_with('_'))
}
