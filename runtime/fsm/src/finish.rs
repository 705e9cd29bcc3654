//! Ends of jobs.

use core::time::Duration;
use std::sync::Arc;

use chorister_ir::{Exec, Metric, WatcherId, WatcherKind};
use chorister_lang::template::Scope;
use serde_json::{Map, Value};

use crate::node::{Memory, nanos};
use crate::prepare::expand;
use crate::{
    Cx, Effect, Evidence, Exit, Fleet, JobId, JobResult, Level, Look, MachineKey, Measurement,
    Outcome, Relay, Stamp, Unpacked, Weight, metric,
};

/// How many keys the data of a machine may have.
pub(crate) const MAX_DATA_KEYS: usize = 4_096;

impl Fleet {
    /// Takes the result of a job: publishes it, fires what it fires, and runs again what wanted to.
    pub(crate) fn conclude(&mut self, job: JobId, result: JobResult, cx: &mut Cx<'_>) {
        let (slot, id) = (job.machine.slot, job.watcher);
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let machine = node.machine.clone();
        let Some(def) = machine.watchers.get(usize::from(id.0)) else {
            return;
        };
        let Some(watch) = node.watch_mut(id) else {
            return;
        };
        if watch.job.is_none_or(|serial| serial.get() != job.serial) {
            return;
        }
        watch.job = None;
        let epoch = watch.epoch;
        // A look for reference only comes to nothing, and a run of an interval is not worth a write of its own.
        let is_reference = matches!(
            &watch.memory,
            Memory::File {
                reference: true,
                ..
            }
        );
        let weight = match (def.interval, &def.kind) {
            (Some(_), _) | (_, WatcherKind::Nagios(_)) => Weight::Progress,
            (None, _) => Weight::State,
        };
        match (&def.kind, &result) {
            (
                WatcherKind::Exec(exec),
                JobResult::Exec {
                    exit,
                    output,
                    runtime,
                },
            ) => {
                watch.runtime = nanos(*runtime);
                let done = exit_text(exit).and_then(|()| self.keep_output(slot, exec, output, cx));
                match done {
                    Ok(()) => {
                        let quiet = exec.suppress_success_announce;
                        self.succeed(job, Outcome::Success, epoch, !quiet, cx);
                    }
                    Err(reason) => self.fail(slot, id, reason, epoch, cx),
                }
            }
            (
                WatcherKind::Metric(metric),
                JobResult::Exec {
                    exit,
                    output,
                    runtime,
                },
            ) => {
                watch.runtime = nanos(*runtime);
                let output = exit_text(exit).map(|()| output.as_slice());
                self.measured(job, metric, output, epoch, cx);
            }
            (
                WatcherKind::Nagios(nagios),
                JobResult::Exec {
                    exit,
                    output,
                    runtime,
                },
            ) => {
                watch.runtime = nanos(*runtime);
                self.checked(slot, id, nagios, (exit, output), epoch, cx);
            }
            (WatcherKind::File(_), JobResult::File(look)) => self.looked(job, look, epoch, cx),
            (WatcherKind::Archive(_), JobResult::Archive { unpacked, runtime }) => {
                watch.runtime = nanos(*runtime);
                match unpacked {
                    Unpacked::Verified => self.succeed(job, Outcome::Verified, epoch, true, cx),
                    Unpacked::Downloaded => self.succeed(job, Outcome::Downloaded, epoch, true, cx),
                    Unpacked::Failed(reason) => self.fail(slot, id, reason.clone(), epoch, cx),
                }
            }
            (WatcherKind::Kv(kv), JobResult::Kv(found)) => self.read(job, kv, found, epoch, cx),
            (WatcherKind::Gossip(_), JobResult::Told(told)) => self.told(job, told, cx),
            (WatcherKind::Plugins(plugins), JobResult::Plugins(done)) => {
                self.provisioned(job, plugins, done, epoch, cx);
            }
            _ => {
                let reason = "the result is not one of this kind of watcher".to_owned();
                self.fail(slot, id, reason, epoch, cx);
            }
        }
        let outcome = self.node(job.machine).and_then(|node| node.watch(id));
        if let Some(outcome) = outcome.map(|watch| watch.outcome).filter(|_| !is_reference) {
            self.decided(slot, id, outcome, Evidence::Job(Box::new(result)), cx);
        }
        self.save(slot, weight, cx);
        self.drain(cx);
        let watch = self.node(job.machine).and_then(|node| node.watch(id));
        if watch.is_some_and(|watch| watch.again && watch.job.is_none()) {
            self.run(slot, id, cx);
            self.drain(cx);
        }
        self.reschedule(slot);
    }

    /// Lets a watcher succeed.
    pub(crate) fn succeed(
        &mut self,
        job: JobId,
        outcome: Outcome,
        epoch: u32,
        publish: bool,
        cx: &mut Cx<'_>,
    ) {
        let (slot, id) = (job.machine.slot, job.watcher);
        self.note(slot, id, outcome, cx);
        if publish {
            self.publish(slot, id, false, cx);
        }
        let def = self
            .at(slot)
            .and_then(|node| node.machine.watchers.get(usize::from(id.0)));
        let fires = def.and_then(|def| def.on_success);
        self.request(slot, id, fires, epoch);
    }

    fn looked(&mut self, job: JobId, look: &Look, epoch: u32, cx: &mut Cx<'_>) {
        let (slot, id) = (job.machine.slot, job.watcher);
        let stamp = match look {
            Look::Changed(stamp) | Look::Unchanged(stamp) => Some(*stamp),
            Look::Error(_) => None,
        };
        if self.remember(slot, id, stamp) {
            return;
        }
        match look {
            Look::Changed(_) => self.succeed(job, Outcome::Changed, epoch, true, cx),
            Look::Unchanged(_) => self.note(slot, id, Outcome::Unchanged, cx),
            Look::Error(reason) => self.fail(slot, id, reason.clone(), epoch, cx),
        }
    }

    /// Remembers what a file was like; true when that was all that was wanted.
    fn remember(&mut self, slot: u32, id: WatcherId, stamp: Option<Stamp>) -> bool {
        let watch = self.node_mut(slot).and_then(|node| node.watch_mut(id));
        let Some(Memory::File { seen, reference }) = watch.map(|watch| &mut watch.memory) else {
            return false;
        };
        *seen = stamp.or(*seen);
        core::mem::take(reference)
    }

    /// Takes what a metric command printed, or why it printed nothing.
    fn measured(
        &mut self,
        job: JobId,
        def: &Metric,
        output: Result<&[u8], String>,
        epoch: u32,
        cx: &mut Cx<'_>,
    ) {
        let (slot, id) = (job.machine.slot, job.watcher);
        let output = match output {
            Ok(output) => output,
            // Compat: go-choria aagent/watchers/metricwatcher: a command that fails is only logged.
            Err(reason) => {
                self.note(slot, id, Outcome::Error, cx);
                self.remark(slot, Some(id), Level::Warning, reason, cx);
                return;
            }
        };
        let measurement = match metric::read(output, def, cx.now.wall.as_second()) {
            Ok(measurement) => Arc::new(measurement),
            Err(reason) => {
                let reason = format!("could not read the measurement: {reason}");
                self.fail(slot, id, reason, epoch, cx);
                return;
            }
        };
        let watch = self.node_mut(slot).and_then(|node| node.watch_mut(id));
        let Some(watch) = watch else { return };
        watch.memory = Memory::Metric(Some(Arc::clone(&measurement)));
        let runtime = Duration::from_nanos(watch.runtime);
        if def.store {
            self.store(slot, id, &measurement, runtime, cx);
        }
        self.relay(slot, id, def, &measurement, runtime, cx);
        // Compat: go-choria aagent/watchers/metricwatcher: success fires nothing.
        self.note(slot, id, Outcome::Success, cx);
        self.publish(slot, id, false, cx);
    }

    /// Makes a measurement machine data, beside those of other watchers.
    fn store(
        &mut self,
        slot: u32,
        id: WatcherId,
        measurement: &Measurement,
        runtime: Duration,
        cx: &mut Cx<'_>,
    ) {
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let Some(def) = node.machine.watchers.get(usize::from(id.0)) else {
            return;
        };
        let value = metric::to_value(measurement, runtime);
        let data = Arc::make_mut(&mut node.data);
        let stored = data
            .entry("metric")
            .or_insert_with(|| Value::Object(Map::new()));
        if !stored.is_object() {
            *stored = Value::Object(Map::new());
        }
        if let Value::Object(stored) = stored {
            stored.insert(def.name.as_ref().to_owned(), value);
        }
        self.save(slot, Weight::State, cx);
    }

    /// Sends a measurement to Graphite, where the watcher asks for it.
    fn relay(
        &mut self,
        slot: u32,
        id: WatcherId,
        def: &Metric,
        measurement: &Arc<Measurement>,
        runtime: Duration,
        cx: &mut Cx<'_>,
    ) {
        let (Some(graphite), Some(node)) = (&def.graphite, self.at(slot)) else {
            return;
        };
        let scope = Scope {
            facts: &self.facts,
            data: &node.data,
            overrides: None,
        };
        let address = || {
            let port = expand("the Graphite port", &graphite.port, &scope)?;
            Ok::<_, String>(Relay {
                machine: MachineKey {
                    slot,
                    generation: node.generation,
                },
                watcher: id,
                host: expand("the Graphite host", &graphite.host, &scope)?,
                port: port
                    .trim()
                    .parse()
                    .map_err(|_| format!("Graphite port {port:?} is not a port number"))?,
                prefix: expand("the Graphite prefix", &graphite.prefix, &scope)?,
                measurement: Arc::clone(measurement),
                runtime,
            })
        };
        match address() {
            Ok(relay) => cx.effects.push(Effect::Relay(Box::new(relay))),
            Err(reason) => self.remark(slot, Some(id), Level::Warning, reason, cx),
        }
    }

    /// Makes the output of a command machine data, where the watcher asks for it.
    fn keep_output(
        &mut self,
        slot: u32,
        exec: &Exec,
        output: &[u8],
        cx: &mut Cx<'_>,
    ) -> Result<(), String> {
        if !exec.parse_as_data {
            return Ok(());
        }
        let values: Map<String, Value> = serde_json::from_slice(output)
            .map_err(|error| format!("the output is not a JSON object: {error}"))?;
        let Some(node) = self.node_mut(slot) else {
            return Ok(());
        };
        if values
            .iter()
            .all(|(key, value)| node.data.get(key) == Some(value))
        {
            return Ok(());
        }
        let new = values
            .keys()
            .filter(|key| !node.data.contains_key(*key))
            .count();
        if node.data.len().saturating_add(new) > MAX_DATA_KEYS {
            return Err(format!(
                "machine data would have more than {MAX_DATA_KEYS} keys"
            ));
        }
        Arc::make_mut(&mut node.data).extend(values);
        self.save(slot, Weight::State, cx);
        Ok(())
    }
}

/// Nothing where a command succeeded, and else how it failed.
fn exit_text(exit: &Exit) -> Result<(), String> {
    match exit {
        Exit::Code(0) => Ok(()),
        Exit::Code(code) => Err(format!("the command ended with status {code}")),
        Exit::Signal(signal) => Err(format!("the command was ended by signal {signal}")),
        Exit::Timeout => Err("the command did not end in time".to_owned()),
        Exit::Failed(reason) => Err(format!("the command failed: {reason}")),
    }
}
