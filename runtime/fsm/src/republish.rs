//! Values of keys that a stream publishes again, for `kv` watchers that listen to that.

use std::sync::Arc;

use chorister_ir::{Kv, WatcherId, WatcherKind};
use chorister_lang::template::Scope;

use crate::node::{Memory, NEVER, Node};
use crate::prepare::expand;
use crate::{
    Cx, Effect, Evidence, Fleet, JobId, JobResult, Level, Listening, MachineKey, Outcome,
    Republished, Weight, Work, network,
};

/// A subject to listen to, once its template is expanded.
fn subject(kv: &Kv, scope: &Scope<'_>) -> Option<Result<String, String>> {
    let template = kv.trigger.as_ref()?;
    let odd = |it: char| it.is_whitespace() || it.is_control();
    Some(
        expand("the subject to listen to", template, scope).and_then(|subject| {
            if subject.contains(odd) || subject.split('.').any(str::is_empty) {
                return Err(format!("{subject:?} cannot be listened to"));
            }
            Ok(subject)
        }),
    )
}

impl Fleet {
    /// Asks to be told what is published again, where a watcher wants that.
    pub(crate) fn listen(&mut self, slot: u32, id: WatcherId, kv: &Kv, cx: &mut Cx<'_>) {
        let Some(node) = self.at(slot) else { return };
        let machine = MachineKey {
            slot,
            generation: node.generation,
        };
        match subject(kv, &self.scope(node)) {
            None => {}
            Some(Ok(subject)) => cx.effects.push(Effect::Listen(Box::new(Listening {
                machine,
                watcher: id,
                subject,
            }))),
            Some(Err(reason)) => self.remark(slot, Some(id), Level::Warning, reason, cx),
        }
    }

    /// Takes what a stream published again, as if the key had been read. What is not of the watcher's key, or no news,
    /// is passed over.
    // Compat: go-choria aagent/watchers/kvwatcher: what has no effect while the watcher is not active.
    pub fn republished(
        &mut self,
        machine: MachineKey,
        id: WatcherId,
        message: &Republished,
        cx: &mut Cx<'_>,
    ) {
        self.begin(cx);
        let slot = machine.slot;
        let Some(node) = self.node(machine).filter(|it| it.starts == NEVER) else {
            return;
        };
        let (of, epoch) = (node.machine.clone(), node.epoch);
        let Some(def) = of.watchers.get(usize::from(id.0)) else {
            return;
        };
        let WatcherKind::Kv(kv) = &def.kind else {
            return;
        };
        let work = network::read(node, kv, &self.scope(node));
        let Ok(work @ Work::Kv(_)) = work else { return };
        if !self.is_active(slot, def) || !message.is_of(&work) {
            return;
        }
        let watch = self.node_mut(slot).and_then(|node| node.watch_mut(id));
        let Some(Memory::Kv(seen)) = watch.map(|it| &mut it.memory) else {
            return;
        };
        if seen.revision.is_some_and(|it| message.sequence <= it) {
            return;
        }
        seen.begin(&work, cx.now);
        let job = JobId {
            machine,
            watcher: id,
            serial: 0,
        };
        self.read(job, kv, &message.found, epoch, cx);
        let outcome = self.node(machine).and_then(|node| node.watch(id));
        let outcome = outcome.map_or(Outcome::Unknown, |it| it.outcome);
        let evidence = Evidence::Job(Box::new(JobResult::Kv(message.found.clone())));
        self.decided(slot, id, outcome, evidence, cx);
        self.save(slot, Weight::Progress, cx);
        self.drain(cx);
        self.reschedule(slot);
    }

    fn scope<'a>(&'a self, node: &'a Node) -> Scope<'a> {
        Scope {
            facts: &self.facts,
            data: &node.data,
            overrides: None,
        }
    }
}

impl Republished {
    /// Whether it is a value of this key.
    fn is_of(&self, work: &Work) -> bool {
        let Work::Kv(read) = work else { return false };
        let name = |text: &Arc<str>, prefix: &str, rest: &str| {
            text.strip_prefix(prefix).is_some_and(|it| it == rest)
        };
        let of_key = self
            .subject
            .strip_prefix("$KV.")
            .and_then(|it| it.strip_prefix(read.bucket.as_str()))
            .and_then(|it| it.strip_prefix('.'));
        name(&self.stream, "KV_", &read.bucket) && of_key == Some(read.key.as_str())
    }
}
