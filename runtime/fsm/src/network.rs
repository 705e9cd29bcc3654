//! Watchers that live off the network: keys of buckets, gossip, and places in governors.

use std::borrow::Cow;
use std::sync::Arc;

use chorister_ir::{Gossip, Governor, Kv, Registration, Rumour, Watcher, WatcherId, WatcherKind};
use chorister_lang::gjson;
use chorister_lang::template::Scope;
use serde_json::{Map, Value, json};

use crate::finish::MAX_DATA_KEYS;
use crate::node::{Memory, NEVER, Nanos, Node, nanos, watcher_ids};
use crate::prepare::expand;
use crate::{
    Cx, Fleet, Gossiped, JobId, KvFound, KvRead, Level, Message, Now, Outcome, Queue, Weight, Work,
};

/// The bucket that services are registered in, where nobody says another.
const SERVICES: &str = "$KV.CHORIA_SERVICES";

/// What a `kv` watcher remembers.
pub(crate) struct Seen {
    /// The revision that was read last.
    pub(crate) revision: Option<u64>,
    /// The data item that the value becomes.
    item: Arc<str>,
    /// When it was read last.
    at: Nanos,
}

/// What a `gossip` watcher remembers.
#[derive(Default)]
pub(crate) struct Told {
    /// What is being published.
    sending: Option<Arc<Gossiped>>,
    /// What was published last.
    pub(crate) sent: Option<Arc<Gossiped>>,
}

/// What is to be read for a `kv` watcher.
pub(crate) fn read(node: &Node, kv: &Kv, scope: &Scope<'_>) -> Result<Work, String> {
    let key = expand("the key", &kv.key, scope)?;
    let legal = |it: char| it.is_ascii_alphanumeric() || "-/_=.".contains(it);
    if key.is_empty() || !key.chars().all(legal) || key.split('.').any(str::is_empty) {
        return Err(format!("{key:?} is not a key"));
    }
    let stored = match &kv.store_key {
        Some(name) => expand("the name of the data item", name, scope)?,
        None => key.clone(),
    };
    let item = if kv.bucket_prefix {
        format!("{}_{stored}", kv.bucket)
    } else {
        stored
    };
    if !node.data.contains_key(&item) && node.data.len() >= MAX_DATA_KEYS {
        return Err(format!("machine data has {MAX_DATA_KEYS} keys already"));
    }
    Ok(Work::Kv(KvRead {
        bucket: kv.bucket.clone().into_owned(),
        key,
        item,
    }))
}

/// What a `gossip` watcher is to publish.
pub(crate) fn tell(node: &Node, gossip: &Gossip, scope: &Scope<'_>) -> Result<Work, String> {
    let (subject, payload) = match &gossip.message {
        Rumour::Text { subject, payload } => (
            expand("the subject", subject, scope)?,
            expand("the payload", payload, scope)?,
        ),
        Rumour::Registration(service) => (service_subject(service, node.id), service_text(service)),
    };
    let odd = |it: char| it.is_whitespace() || it.is_control() || matches!(it, '*' | '>' | '^');
    if subject.contains(odd) || subject.split('.').any(str::is_empty) {
        return Err(format!("{subject:?} cannot be published to"));
    }
    Ok(Work::Tell(Message {
        subject,
        payload,
        ttl: gossip.ttl,
    }))
}

fn service_subject(service: &Registration, instance: [u8; 16]) -> String {
    let prefix = service.prefix.as_deref().unwrap_or(SERVICES);
    let Registration {
        cluster,
        protocol,
        service,
        ..
    } = service;
    let instance = uuid(instance);
    format!("{prefix}.{cluster}.{protocol}.{service}.{instance}")
}

// Compat: go-choria aagent/watchers/gossipwatcher: names and order of the members.
fn service_text(service: &Registration) -> String {
    let mut text = Map::new();
    let mut add = |key: &str, value: Value| text.insert(key.to_owned(), value);
    add("cluster", service.cluster.as_ref().into());
    add("service", service.service.as_ref().into());
    add("protocol", service.protocol.as_ref().into());
    add("address", service.address.as_ref().into());
    add("port", service.port.into());
    add("priority", service.priority.into());
    if !service.annotations.is_empty() {
        let pairs = service.annotations.iter();
        let mut pairs: Vec<_> = pairs
            .map(|it| (it.key.as_ref(), it.value.as_ref()))
            .collect();
        pairs.sort_unstable();
        let pairs = pairs
            .into_iter()
            .map(|(key, value)| (key.to_owned(), json!(value)));
        add("annotations", Value::Object(pairs.collect()));
    }
    Value::Object(text).to_string()
}

/// The usual text of a UUID.
fn uuid(id: [u8; 16]) -> String {
    let hex = format!("{:032x}", u128::from_be_bytes(id));
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

/// The queue that a watcher has to stand in before its job is done.
pub(crate) fn queue(
    node: &Node,
    def: &Watcher,
    governor: Option<&Governor>,
    scope: &Scope<'_>,
) -> Result<Option<Queue>, String> {
    let Some(governor) = governor else {
        return Ok(None);
    };
    let name = expand("the governor", &governor.name, scope)?;
    let legal = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
    if name.is_empty() || !name.chars().all(legal) {
        return Err(format!("{name:?} is not the name of a governor"));
    }
    Ok(Some(Queue {
        governor: name,
        timeout: governor.timeout,
        machine: node.machine.name.clone().into_owned(),
        watcher: def.name.clone().into_owned(),
    }))
}

/// A value as data: JSON where it looks like an object or a list, else text.
fn data(value: &[u8], query: Option<&str>) -> Result<Value, String> {
    let text = String::from_utf8_lossy(value);
    let trimmed = text.trim();
    let framed = |open: char, close: char| trimmed.starts_with(open) && trimmed.ends_with(close);
    let parsed = if framed('{', '}') || framed('[', ']') {
        serde_json::from_str::<Value>(trimmed).ok()
    } else {
        None
    };
    match (parsed, query) {
        (Some(value @ Value::Object(_)), Some(query)) => gjson::get(&value, query)
            .map(Cow::into_owned)
            .ok_or_else(|| format!("the query {query:?} finds nothing in the value")),
        (Some(value), _) => Ok(value),
        (None, _) => Ok(Value::String(text.into_owned())),
    }
}

// === impl Seen ===

impl Default for Seen {
    fn default() -> Self {
        Self {
            revision: None,
            item: Arc::from(""),
            at: NEVER,
        }
    }
}

impl Seen {
    /// Takes note of what is about to be read.
    pub(crate) fn begin(&mut self, work: &Work, now: Now) {
        if let Work::Kv(read) = work {
            if *self.item != *read.item {
                self.item = read.item.as_str().into();
            }
            self.at = nanos(now.mono);
        }
    }
}

// === impl Told ===

impl Told {
    /// Takes note of what is about to be published.
    pub(crate) fn begin(&mut self, work: &Work, now: Now) {
        if let Work::Tell(message) = work {
            self.sending = Some(Arc::new(Gossiped {
                subject: message.subject.clone(),
                payload: message.payload.clone(),
                time: now.wall.as_second(),
            }));
        }
    }
}

// === impl Fleet ===

impl Fleet {
    /// Runs again what could not do its work for want of a network, which is there now.
    pub fn network_came(&mut self, cx: &mut Cx<'_>) {
        self.begin(cx);
        let slots = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        for slot in 0..slots {
            let Some(machine) = self.at(slot).map(|node| node.machine.clone()) else {
                continue;
            };
            for (id, def) in watcher_ids(machine.watchers.len()).zip(&machine.watchers) {
                let waits = matches!(def.kind, WatcherKind::Kv(_) | WatcherKind::Gossip(_));
                let watch = self.at(slot).and_then(|node| node.watch(id));
                let failed =
                    watch.is_some_and(|it| it.outcome == Outcome::Error && it.job.is_none());
                if waits && failed && self.is_active(slot, def) {
                    self.run_as(slot, id, def, cx);
                }
            }
            self.reschedule(slot);
        }
        self.drain(cx);
    }

    /// Whether a `kv` watcher has read its key less than its interval ago, so that a new state is no reason to.
    pub(crate) fn read_lately(&self, slot: u32, id: WatcherId, def: &Watcher, now: Now) -> bool {
        let watch = self.at(slot).and_then(|node| node.watch(id));
        match (watch.map(|it| &it.memory), def.interval) {
            (Some(Memory::Kv(seen)), Some(interval)) if seen.at != NEVER => {
                nanos(now.mono).saturating_sub(seen.at) < nanos(interval)
            }
            _ => false,
        }
    }

    /// Takes what was read for a `kv` watcher. Nothing is published.
    pub(crate) fn read(
        &mut self,
        job: JobId,
        kv: &Kv,
        found: &KvFound,
        epoch: u32,
        cx: &mut Cx<'_>,
    ) {
        let (slot, id) = (job.machine.slot, job.watcher);
        let Some(node) = self.at(slot) else { return };
        let Some(def) = node.machine.watchers.get(usize::from(id.0)) else {
            return;
        };
        let (success, failure) = (def.on_success, def.on_failure);
        match self.keep_value(slot, id, kv, found, cx) {
            Ok(true) => {
                self.note(slot, id, Outcome::Changed, cx);
                self.request(slot, id, success, epoch);
            }
            Ok(false) => self.note(slot, id, Outcome::Unchanged, cx),
            Err(reason) => {
                self.fail_quietly(slot, id, reason, cx);
                self.request(slot, id, failure, epoch);
            }
        }
    }

    /// Makes a value machine data; true where that counts as a change.
    // Compat: go-choria aagent/watchers/kvwatcher: what counts, and that the first look at a value that the machine
    // has already does not.
    fn keep_value(
        &mut self,
        slot: u32,
        id: WatcherId,
        kv: &Kv,
        found: &KvFound,
        cx: &mut Cx<'_>,
    ) -> Result<bool, String> {
        let value = match found {
            KvFound::Value { value, .. } => Some(data(value, kv.query.as_deref())?),
            KvFound::Absent => None,
            KvFound::Same => return Ok(kv.on_successful_get),
            KvFound::Failed(reason) => return Err(reason.clone()),
        };
        let Some(node) = self.node_mut(slot) else {
            return Ok(false);
        };
        let watch = node.watches.get_mut(usize::from(id.0));
        let Some(Memory::Kv(seen)) = watch.map(|it| &mut it.memory) else {
            return Ok(false);
        };
        let revision = match found {
            KvFound::Value { revision, .. } => Some(*revision),
            _ => None,
        };
        let before = core::mem::replace(&mut seen.revision, revision);
        let item = Arc::clone(&seen.item);
        let known = node.data.get(&*item);
        if known == value.as_ref() {
            let is_newer = before.is_some() && revision > before;
            let is_there = value.is_some();
            return Ok(is_there && (kv.on_successful_get || kv.on_matching_update && is_newer));
        }
        let data = Arc::make_mut(&mut node.data);
        match value {
            Some(value) => drop(data.insert(item.to_string(), value)),
            None => drop(data.remove(&*item)),
        }
        self.save(slot, Weight::State, cx);
        Ok(true)
    }

    /// Takes what came of publishing. Nothing is fired.
    pub(crate) fn told(&mut self, job: JobId, told: &Result<(), String>, cx: &mut Cx<'_>) {
        let (slot, id) = (job.machine.slot, job.watcher);
        if let Err(reason) = told {
            return self.fail_quietly(slot, id, reason.clone(), cx);
        }
        let watch = self.node_mut(slot).and_then(|node| node.watch_mut(id));
        if let Some(Memory::Gossip(memory)) = watch.map(|it| &mut it.memory) {
            memory.sent = memory.sending.take();
        }
        self.note(slot, id, Outcome::Success, cx);
    }

    /// Lets a watcher fail without an event; the reason is remarked once, and not at each try.
    pub(crate) fn fail_quietly(
        &mut self,
        slot: u32,
        id: WatcherId,
        reason: String,
        cx: &mut Cx<'_>,
    ) {
        let watch = self.at(slot).and_then(|node| node.watch(id));
        let is_news = watch.is_some_and(|it| it.outcome != Outcome::Error);
        self.note(slot, id, Outcome::Error, cx);
        if is_news {
            self.remark(slot, Some(id), Level::Warning, reason, cx);
        }
    }
}
