//! All machines of a node.

use core::time::Duration;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;

use chorister_ir::{StateId, TransitionId, WatcherId};
use chorister_lang::Text;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::calendar::Zones;
use crate::limit::Limiter;
use crate::node::{Nanos, Node, Watch, nanos, watcher_ids};
use crate::queue::Queue;
use crate::registry::{Slot, Subscriber};
use crate::snapshot::{Clocks, timestamp};
use crate::step::Task;
use crate::{
    Cause, Cx, Decision, Effect, Instance, JobId, JobResult, MachineKey, MachineRef, MachineView,
    Now, Weight,
};

/// All machines of a node.
pub struct Fleet {
    pub(crate) identity: Text,
    pub(crate) zones: Zones,
    pub(crate) facts: Arc<Value>,
    /// What `o` reads in the plugins of checks, by the name of the machine.
    pub(crate) overrides: Arc<Value>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) free: Vec<u32>,
    /// Machines by name, those of one name in the order they were inserted.
    pub(crate) names: HashMap<Text, Vec<u32>>,
    /// What is fired by the transitions of the machine of this name.
    pub(crate) subscribers: HashMap<Text, Vec<Subscriber>>,
    /// Schedules that look at the state of the machine of this name.
    pub(crate) observers: HashMap<Text, Vec<(MachineKey, WatcherId)>>,
    /// When machines have something to do by the monotonic clock.
    pub(crate) due: Queue<Nanos>,
    /// When machines have something to do by the wall clock.
    pub(crate) wall: Queue<Timestamp>,
    pub(crate) tasks: VecDeque<Task>,
    pub(crate) overflows: u64,
    pub(crate) last: Option<Now>,
    no_data: Arc<Map<String, Value>>,
}

/// What came of firing a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fired {
    /// It happened.
    Done {
        /// Where it led; the state before in a self transition. What the transition set off may have led
        /// further since.
        to: StateId,
    },
    /// It happens later, unless the state is left before, because it came too often.
    Delayed {
        /// How much later.
        by: Duration,
    },
    /// The machine's state does not offer it.
    Refused {
        /// That state.
        state: StateId,
    },
    /// There is no such machine.
    NoMachine,
}

/// What came of turning a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switched {
    /// It is turned.
    Done,
    /// The watcher is not active now.
    Inactive,
    /// The machine is in a state that disables the switch.
    Disabled,
    /// There is no such switch.
    NoSwitch,
}

impl Fleet {
    /// A fleet without machines or facts, on the node of this name, with schedules in universal time.
    #[must_use]
    pub fn new(identity: impl Into<Text>) -> Self {
        Self {
            identity: identity.into(),
            zones: Zones::default(),
            facts: Arc::new(Value::Object(Map::new())),
            overrides: Arc::new(Value::Object(Map::new())),
            slots: Vec::new(),
            free: Vec::new(),
            names: HashMap::new(),
            subscribers: HashMap::new(),
            observers: HashMap::new(),
            due: Queue::new(),
            wall: Queue::new(),
            tasks: VecDeque::new(),
            overflows: 0,
            last: None,
            no_data: Arc::default(),
        }
    }

    /// The same fleet with these time zones for the machines that are inserted from now on.
    #[must_use]
    pub fn with_zones(mut self, zones: Zones) -> Self {
        self.zones = zones;
        self
    }

    /// The node's name.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Adds a machine and starts it, after its splay if it has one.
    ///
    /// A state that the definition does not have is taken for the initial one. With
    /// [`Instance::memory`] the machine goes on where it was, as far as the definition still has that.
    pub fn insert(
        &mut self,
        machine: impl Into<MachineRef>,
        instance: Instance,
        cx: &mut Cx<'_>,
    ) -> MachineKey {
        self.begin(cx);
        let machine = machine.into();
        let splay = machine.splay_start.as_secs();
        let mut wait = Duration::from_secs(cx.random.below(splay));
        let known = |state: &StateId| usize::from(state.0) < machine.states.len();
        let asked = instance.state.filter(known);
        // A state that is no more takes with it what was remembered of the watchers in it.
        let memory = instance
            .memory
            .filter(|memory| asked.is_none() && machine.state_named(&memory.state).is_some());
        let clocks = Clocks::at(cx.now);
        let now = nanos(cx.now.mono);
        let mut node = Node {
            generation: 0,
            epoch: 0,
            id: instance.id,
            directory: instance.directory,
            data: Arc::clone(&self.no_data),
            started: cx.now.wall,
            state: asked.unwrap_or(machine.initial),
            entered: cx.now.wall,
            starts: 0,
            watches: machine.watchers.iter().map(Watch::new).collect(),
            limiter: Default::default(),
            delayed: Vec::new(),
            counters: Default::default(),
            machine: machine.clone(),
            check: instance.check,
            maintenance: None,
        };
        if !instance.data.is_empty() {
            node.data = Arc::new(instance.data);
        }
        if let Some(memory) = &memory {
            node.state = machine.state_named(&memory.state).unwrap_or(node.state);
            node.entered = timestamp(memory.entered).min(cx.now.wall);
            node.limiter = Limiter::restore(&memory.taken_edges, &machine, clocks, now);
            node.delayed = memory.delayed(&machine, clocks);
            node.maintenance = memory.maintenance.clone().map(Box::new);
            if node.data.is_empty() {
                node.data = Arc::clone(&memory.data);
            }
            if memory.running {
                wait = Duration::ZERO;
            }
        }
        node.starts = nanos(cx.now.mono.saturating_add(wait));
        let state = node.state;
        let key = self.reserve();
        node.generation = key.generation;
        self.enlist(key, &node.machine);
        if let Some(slot) = self.slots.get_mut(key.slot as usize) {
            slot.node = Some(Box::new(node));
        }
        let restored = memory.is_some();
        self.record(key.slot, Decision::Started { state, restored }, cx);
        self.observe_name(key.slot);
        if wait.is_zero() {
            self.start(key.slot, memory.as_deref(), cx);
        }
        self.save(key.slot, Weight::State, cx);
        self.reschedule(key.slot);
        self.drain(cx);
        key
    }

    /// Removes a machine and cancels its jobs; false where there is no such machine.
    ///
    /// Nothing is published. Notices of the machine that are not carried out yet lose their names.
    pub fn remove(&mut self, key: MachineKey, cx: &mut Cx<'_>) -> bool {
        self.begin(cx);
        if self.node(key).is_none() {
            return false;
        }
        self.observe_name(key.slot);
        let Some(slot) = self.slots.get_mut(key.slot as usize) else {
            return false;
        };
        let Some(node) = slot.node.take() else {
            return false;
        };
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(key.slot);
        self.due.set(key.slot, None);
        self.wall.set(key.slot, None);
        self.delist(key, &node.machine);
        for id in watcher_ids(node.watches.len()) {
            let job = node.watch(id).and_then(|watch| watch.job);
            if let Some(serial) = job {
                cx.effects.push(Effect::Cancel(JobId {
                    machine: key,
                    watcher: id,
                    serial: serial.get(),
                }));
            }
        }
        self.drain(cx);
        true
    }

    /// Fires a transition, as an operator does.
    pub fn fire(&mut self, key: MachineKey, transition: TransitionId, cx: &mut Cx<'_>) -> Fired {
        self.begin(cx);
        if self.node(key).is_none() {
            return Fired::NoMachine;
        }
        let fired = self.attempt(key.slot, Cause::Operator, transition, cx);
        self.drain(cx);
        fired
    }

    /// Turns a switch, as people do over HTTP.
    pub fn switch(
        &mut self,
        key: MachineKey,
        watcher: WatcherId,
        on: bool,
        cx: &mut Cx<'_>,
    ) -> Switched {
        self.begin(cx);
        if self.node(key).is_none() {
            return Switched::NoSwitch;
        }
        let switched = self.turn(key.slot, watcher, on, cx);
        self.drain(cx);
        switched
    }

    /// Reports the end of a job; of one that was cancelled nothing is heard again.
    pub fn finish(&mut self, job: JobId, result: JobResult, cx: &mut Cx<'_>) {
        self.begin(cx);
        if self.node(job.machine).is_some() {
            self.conclude(job, result, cx);
        }
    }

    /// Does what is due.
    pub fn tick(&mut self, cx: &mut Cx<'_>) {
        self.begin(cx);
        self.run_due(cx);
    }

    /// When [`tick`](Self::tick) has something to do next, as time since the engine started.
    #[must_use]
    pub fn next_wakeup(&self, now: Now) -> Option<Duration> {
        let due = self.due.first().map(|(due, _)| Duration::from_nanos(due));
        let wall = self.wall.first().map(|(wall, _)| {
            let wait = Duration::try_from(wall.duration_since(now.wall)).unwrap_or_default();
            now.mono.saturating_add(wait)
        });
        due.into_iter().chain(wall).min()
    }

    /// Whether any deadline depends on the wall clock.
    #[must_use]
    pub fn has_wall_deadlines(&self) -> bool {
        !self.wall.is_empty()
    }

    /// Replaces the facts; watchers see them at their next run.
    pub fn set_facts(&mut self, facts: Arc<Value>) {
        self.facts = facts;
    }

    /// The facts.
    #[must_use]
    pub fn facts(&self) -> &Arc<Value> {
        &self.facts
    }

    /// Replaces what `o` reads in the plugins of checks: an object with one for each machine, by its name.
    pub fn set_overrides(&mut self, overrides: Arc<Value>) {
        self.overrides = overrides;
    }

    /// Replaces the data of a machine; false where there is no such machine.
    pub fn set_data(&mut self, key: MachineKey, data: Map<String, Value>) -> bool {
        let Some(node) = self
            .node_mut(key.slot)
            .filter(|node| node.generation == key.generation)
        else {
            return false;
        };
        node.data = Arc::new(data);
        true
    }

    /// The machine of this name, the first inserted if several bear it.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<MachineKey> {
        let slot = *self.names.get(name)?.first()?;
        let generation = self.at(slot)?.generation;
        Some(MachineKey { slot, generation })
    }

    /// A machine.
    #[must_use]
    pub fn machine(&self, key: MachineKey) -> Option<MachineView<'_>> {
        self.node(key).map(|node| MachineView::new(key, node))
    }

    /// Every machine, in an order that only insertions and removals change.
    pub fn machines(&self) -> impl Iterator<Item = MachineView<'_>> + '_ {
        self.slots.iter().zip(0..).filter_map(|(slot, at)| {
            let node = slot.node.as_deref()?;
            Some(MachineView::new(
                MachineKey {
                    slot: at,
                    generation: slot.generation,
                },
                node,
            ))
        })
    }

    /// How many machines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether there are no machines.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many transitions were lost because too many set each other off at one time.
    #[must_use]
    pub fn overflows(&self) -> u64 {
        self.overflows
    }
}
