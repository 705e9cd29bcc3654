//! Watchers that keep other machines in place.

use std::sync::Arc;

use chorister_ir::{Plugins, Watcher};

use crate::node::{Memory, Nanos, Node, nanos};
use crate::{Cx, Fleet, JobId, Outcome, Provision, Provisioned, Weight, Work};

/// How long machines that are to go are given to stop, before it is looked again.
const STOPPING: Nanos = 2_000_000_000;

/// What is to be kept in place for a `plugins` watcher.
pub(crate) fn provision(fleet: &Fleet, node: &Node, def: &Watcher, plugins: &Plugins) -> Work {
    let directory = |it: &chorister_ir::Text| node.directory.join(it.as_ref());
    Work::Plugins(Box::new(Provision {
        item: plugins.item.clone().into_owned(),
        list: node.data.get(plugins.item.as_ref()).cloned(),
        key: plugins.key.clone().map(Into::into),
        insecure: plugins.insecure,
        purge: plugins.purge,
        every: plugins.every,
        target: plugins.directory.as_ref().map(directory),
        prefix: plugins.prefix.clone().into_owned(),
        keeper: format!("{}#{}", node.machine.name, def.name),
        facts: Arc::clone(&fleet.facts),
        identity: fleet.identity().into(),
        running: fleet.directories().collect(),
    }))
}

impl Fleet {
    /// Takes what came of keeping machines in place.
    // Compat: go-choria aagent/watchers/pluginswatcher: that everything is as it was is not published.
    pub(crate) fn provisioned(
        &mut self,
        job: JobId,
        plugins: &Plugins,
        done: &Provisioned,
        epoch: u32,
        cx: &mut Cx<'_>,
    ) {
        let (slot, id) = (job.machine.slot, job.watcher);
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let forgets =
            done.refused.is_some() && node.data.get(plugins.item.as_ref()) == done.refused.as_ref();
        if forgets {
            Arc::make_mut(&mut node.data).remove(plugins.item.as_ref());
        }
        let Some(watch) = node.watch_mut(id) else {
            return;
        };
        watch.runtime = nanos(done.runtime);
        if let (Some(names), Memory::Plugins(known)) = (&done.plugins, &mut watch.memory)
            && **known != **names
        {
            *known = names.as_slice().into();
        }
        if done.unfinished {
            watch.next = watch.next.min(nanos(cx.now.mono).saturating_add(STOPPING));
        }
        if forgets {
            self.save(slot, Weight::State, cx);
        }
        match &done.outcome {
            Ok(true) => self.succeed(job, Outcome::Updated, epoch, true, cx),
            Ok(false) => self.note(slot, id, Outcome::Unchanged, cx),
            Err(reason) => self.fail(slot, id, reason.clone(), epoch, cx),
        }
    }
}
