//! Transitions, and what they set off.

use core::time::Duration;
use std::borrow::Cow;

use chorister_ir::{StateId, TransitionId, WatcherId, WatcherKind};
use jiff::SignedDuration;

use crate::node::{Delayed, Item, Memory, Node, Watch, nanos, watcher_ids};
use crate::{
    Cause, Cx, Effect, Fired, Fleet, Happening, Level, MachineKey, MachineRef, Notice, Remark,
    Report, Verdict, Weight,
};

/// How many tasks may wait at one time. Each edge is taken at once only when it was quiet before, so a
/// cascade ends by itself; the bound is for fleets in which that would still take too long.
const MAX_TASKS: usize = 65_536;

/// How far the wall clock may fall behind the monotonic one before it counts as set back.
const SLACK: SignedDuration = SignedDuration::from_secs(1);

/// Something to do before the call returns, but after what is being done.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    /// Fire what a watcher wants, if its epoch is not over.
    Fire {
        key: MachineKey,
        watcher: WatcherId,
        transition: TransitionId,
        epoch: u32,
    },
    /// Fire what subscribes to a transition that has happened.
    Notify {
        key: MachineKey,
        transition: TransitionId,
    },
    /// Look at a schedule again, since a machine that it depends on has changed.
    Observe { key: MachineKey, watcher: WatcherId },
}

impl Fleet {
    /// Takes note of the time; every call from outside begins with it.
    pub(crate) fn begin(&mut self, cx: &mut Cx<'_>) {
        let before = self.last.replace(cx.now);
        let Some(before) = before.filter(|_| !self.wall.is_empty()) else {
            return;
        };
        let passed = SignedDuration::try_from(cx.now.mono.saturating_sub(before.mono))
            .unwrap_or(SignedDuration::MAX);
        let shown = cx.now.wall.duration_since(before.wall);
        if shown < passed.saturating_sub(SLACK) {
            self.replan(cx);
        }
    }

    /// Finds the next windows of every schedule anew.
    fn replan(&mut self, cx: &mut Cx<'_>) {
        let mut slots: Vec<u32> = self.wall.slots().collect();
        slots.sort_unstable();
        for slot in slots {
            let Some(node) = self.node_mut(slot) else {
                continue;
            };
            for (watch, def) in node.watches.iter_mut().zip(&node.machine.watchers) {
                if let (Memory::Schedule(calendar), WatcherKind::Schedule(schedule)) =
                    (&mut watch.memory, &def.kind)
                {
                    calendar.plan(schedule, cx.now, cx.random);
                }
            }
            self.reschedule(slot);
        }
    }

    /// Does what is due, in the order of the deadlines.
    pub(crate) fn run_due(&mut self, cx: &mut Cx<'_>) {
        let now = nanos(cx.now.mono);
        while let Some((_, slot)) = self.due.first().filter(|&(due, _)| due <= now) {
            self.run_item(slot, cx);
            self.reschedule(slot);
            self.drain(cx);
        }
        while let Some((_, slot)) = self.wall.first().filter(|&(wall, _)| wall <= cx.now.wall) {
            let count = self.at(slot).map_or(0, |node| node.watches.len());
            for id in watcher_ids(count) {
                self.advance_schedule(slot, id, cx);
            }
            self.end_maintenance(slot, cx);
            self.reschedule(slot);
            self.drain(cx);
        }
    }

    /// Does the first thing that a machine has to do.
    fn run_item(&mut self, slot: u32, cx: &mut Cx<'_>) {
        let Some((due, item)) = self.at(slot).and_then(Node::next_item) else {
            return;
        };
        match item {
            Item::Start => self.start(slot, None, cx),
            Item::Delayed(place) => {
                let Some(node) = self.node_mut(slot) else {
                    return;
                };
                let Delayed {
                    transition, cause, ..
                } = node.delayed.remove(place);
                if let Some(to) = node.machine.next(node.state, transition) {
                    self.enter(slot, transition, to, cause, cx);
                }
            }
            Item::End(watcher) => self.end(slot, watcher, cx),
            Item::Run(watcher) => {
                self.set_next(slot, watcher, due, cx);
                self.run(slot, watcher, cx);
            }
            Item::Announce(watcher) => {
                self.set_announce(slot, watcher, due, cx);
                self.publish(slot, watcher, true, cx);
            }
        }
    }

    /// Does everything that was left to be done.
    pub(crate) fn drain(&mut self, cx: &mut Cx<'_>) {
        while let Some(task) = self.tasks.pop_front() {
            match task {
                Task::Fire {
                    key,
                    watcher,
                    transition,
                    epoch,
                } => {
                    self.fire_for(key, watcher, transition, epoch, cx);
                }
                Task::Notify { key, transition } => self.notify(key, transition, cx),
                Task::Observe { key, watcher } => {
                    if self.node(key).is_some() {
                        self.evaluate_schedule(key.slot, watcher, cx);
                    }
                }
            }
        }
    }

    /// Leaves something to be done.
    pub(crate) fn defer(&mut self, task: Task) {
        if self.tasks.len() < MAX_TASKS {
            self.tasks.push_back(task);
        } else {
            self.overflows += 1;
        }
    }

    /// Fires a transition for whoever wants it, and says what came of it.
    pub(crate) fn attempt(
        &mut self,
        slot: u32,
        cause: Cause,
        transition: TransitionId,
        cx: &mut Cx<'_>,
    ) -> Fired {
        let now = nanos(cx.now.mono);
        let Some(node) = self.node_mut(slot) else {
            return Fired::NoMachine;
        };
        let state = node.state;
        let Some(to) = node.machine.next(state, transition) else {
            node.counters.refused = node.counters.refused.saturating_add(1);
            let text = format!(
                "could not fire {} while in {}",
                node.machine.transition(transition),
                node.machine.state(state)
            );
            self.judged(slot, transition, cause, Verdict::Refused, cx);
            self.remark(slot, cause.watcher(), Level::Warning, text, cx);
            return Fired::Refused { state };
        };
        // Compat: go-choria aagent/machine/machine.go: a self transition tells nobody.
        if to == state {
            self.judged(slot, transition, cause, Verdict::Stayed, cx);
            return Fired::Done { to };
        }
        if let Some(delayed) = node.delayed.iter().find(|it| it.transition == transition) {
            let by = Duration::from_nanos(delayed.due.saturating_sub(now));
            node.counters.coalesced = node.counters.coalesced.saturating_add(1);
            self.judged(slot, transition, cause, Verdict::Coalesced, cx);
            return Fired::Delayed { by };
        }
        let wait = node.limiter.take(state, transition, now, cx.random);
        if wait == 0 {
            self.enter(slot, transition, to, cause, cx);
            return Fired::Done { to };
        }
        node.delayed.push(Delayed {
            transition,
            cause,
            due: now.saturating_add(wait),
        });
        node.counters.delayed = node.counters.delayed.saturating_add(1);
        let by = Duration::from_nanos(wait);
        self.judged(slot, transition, cause, Verdict::Delayed(by), cx);
        self.save(slot, Weight::State, cx);
        self.reschedule(slot);
        Fired::Delayed { by }
    }

    /// Enters a state that differs from the current one.
    fn enter(
        &mut self,
        slot: u32,
        transition: TransitionId,
        to: StateId,
        cause: Cause,
        cx: &mut Cx<'_>,
    ) {
        self.judged(slot, transition, cause, Verdict::Entered(to), cx);
        self.drop_delayed(slot, cx);
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let key = MachineKey {
            slot,
            generation: node.generation,
        };
        let from = node.state;
        node.state = to;
        node.entered = cx.now.wall;
        node.epoch = node.epoch.wrapping_add(1);
        let running = node.starts == crate::node::NEVER;
        let machine = node.machine.clone();
        self.left(slot, from);

        if self.subscribers.contains_key(&machine.name) {
            self.defer(Task::Notify { key, transition });
        }
        self.observe_name(slot);
        if running {
            self.nudge(slot, &machine, true, cx);
        }
        cx.effects.push(Effect::Publish(Notice {
            machine: key,
            time: cx.now.wall,
            happening: Happening::Transition {
                transition,
                from,
                to,
            },
        }));
        if running {
            self.nudge(slot, &machine, false, cx);
        }
        self.save(slot, Weight::State, cx);
        self.reschedule(slot);
    }

    /// Drops the transitions that wait, since their state is left.
    fn drop_delayed(&mut self, slot: u32, cx: &mut Cx<'_>) {
        let Some(node) = self.node_mut(slot).filter(|node| !node.delayed.is_empty()) else {
            return;
        };
        let delayed = core::mem::take(&mut node.delayed);
        let dropped = u32::try_from(delayed.len()).unwrap_or(u32::MAX);
        node.counters.dropped = node.counters.dropped.saturating_add(dropped);
        for it in delayed {
            self.judged(slot, it.transition, it.cause, Verdict::Dropped, cx);
        }
    }

    /// Lets the watchers react to a new state: the timers, or all others.
    // Compat: go-choria aagent/watchers/timerwatcher: what a timer says precedes the transition event.
    fn nudge(&mut self, slot: u32, machine: &MachineRef, timers: bool, cx: &mut Cx<'_>) {
        for (id, def) in watcher_ids(machine.watchers.len()).zip(&machine.watchers) {
            if matches!(def.kind, WatcherKind::Timer(_)) != timers {
                continue;
            }
            // Compat: go-choria aagent/watchers/metricwatcher: deaf until it has run once.
            let deaf = matches!(def.kind, WatcherKind::Metric(_))
                && def.interval.is_some()
                && self
                    .at(slot)
                    .and_then(|node| node.watch(id))
                    .is_some_and(Watch::is_fresh)
                || self.read_lately(slot, id, def, cx.now);
            if matches!(def.kind, WatcherKind::Nagios(_)) {
                self.nudge_check(slot, id, def, cx);
            } else if !deaf {
                self.run_as(slot, id, def, cx);
            }
        }
    }

    /// Asks for a transition in the name of a watcher, to be fired after what is being done.
    pub(crate) fn request(
        &mut self,
        slot: u32,
        watcher: WatcherId,
        transition: Option<TransitionId>,
        epoch: u32,
    ) {
        let Some(node) = self.at(slot) else { return };
        let key = MachineKey {
            slot,
            generation: node.generation,
        };
        if let Some(transition) = transition {
            self.defer(Task::Fire {
                key,
                watcher,
                transition,
                epoch,
            });
        }
    }

    fn fire_for(
        &mut self,
        key: MachineKey,
        watcher: WatcherId,
        transition: TransitionId,
        epoch: u32,
        cx: &mut Cx<'_>,
    ) {
        if self.node(key).is_none() {
            return;
        }
        let Some(node) = self.node_mut(key.slot) else {
            return;
        };
        let cause = Cause::Watcher(watcher);
        if node.epoch == epoch {
            self.attempt(key.slot, cause, transition, cx);
            return;
        }
        node.counters.stale = node.counters.stale.saturating_add(1);
        let text = format!(
            "did not fire {}: its cause began in a state that was left since; now in {}",
            node.machine.transition(transition),
            node.machine.state(node.state)
        );
        self.judged(key.slot, transition, cause, Verdict::Stale, cx);
        self.remark(key.slot, Some(watcher), Level::Info, text, cx);
    }

    /// Fires what subscribes to a transition.
    // Compat: go-choria aagent/aagent.go: by name alone, the sender included.
    fn notify(&mut self, key: MachineKey, transition: TransitionId, cx: &mut Cx<'_>) {
        let Some(machine) = self.node(key).map(|node| node.machine.clone()) else {
            return;
        };
        let cause = Cause::Machine {
            machine: key,
            transition,
        };
        self.inform(&machine.name, machine.transition(transition), cause, cx);
    }

    /// Fires what subscribes to this transition of machines of this name.
    pub(crate) fn inform(&mut self, machine: &str, event: &str, cause: Cause, cx: &mut Cx<'_>) {
        let mut place = 0;
        // Subscriptions only change from outside, so places stay what they are.
        while let Some(subscriber) = self.subscribers.get(machine).and_then(|all| all.get(place)) {
            place += 1;
            if subscriber.event == event {
                let (slot, transition) = (subscriber.key.slot, subscriber.transition);
                self.attempt(slot, cause, transition, cx);
            }
        }
    }

    /// Lets schedules that depend on a machine look again.
    pub(crate) fn observe_name(&mut self, slot: u32) {
        if self.observers.is_empty() {
            return;
        }
        let Some(node) = self.at(slot) else { return };
        let observers = self
            .observers
            .get(&node.machine.name)
            .cloned()
            .unwrap_or_default();
        for (key, watcher) in observers {
            self.defer(Task::Observe { key, watcher });
        }
    }

    /// Publishes the state of a watcher.
    pub(crate) fn publish(
        &mut self,
        slot: u32,
        watcher: WatcherId,
        announced: bool,
        cx: &mut Cx<'_>,
    ) {
        if let Some(report) = self.at(slot).and_then(|node| node.report(watcher)) {
            self.publish_report(slot, watcher, report, announced, cx);
        }
    }

    fn publish_report(
        &mut self,
        slot: u32,
        watcher: WatcherId,
        report: Report,
        announced: bool,
        cx: &mut Cx<'_>,
    ) {
        let Some(node) = self.at(slot) else { return };
        cx.effects.push(Effect::Publish(Notice {
            machine: MachineKey {
                slot,
                generation: node.generation,
            },
            time: cx.now.wall,
            happening: Happening::Watcher {
                watcher,
                report,
                announced,
            },
        }));
    }

    /// Remarks something for the log.
    pub(crate) fn remark(
        &self,
        slot: u32,
        watcher: Option<WatcherId>,
        level: Level,
        text: impl Into<Cow<'static, str>>,
        cx: &mut Cx<'_>,
    ) {
        let Some(node) = self.at(slot) else { return };
        let machine = MachineKey {
            slot,
            generation: node.generation,
        };
        cx.effects.push(Effect::Log(Remark {
            machine,
            watcher,
            level,
            text: text.into(),
        }));
    }
}
