//! What watchers do when it is their turn.

use core::time::Duration;

use chorister_ir::{Expression, Watcher, WatcherId, WatcherKind};
use chorister_lang::expr::{Program, Scope};

use crate::calendar::Calendar;
use crate::node::{Memory, NEVER, Nanos, nanos, watcher_ids};
use crate::snapshot::{Snapshot, unix};
use crate::{Cx, Evidence, Fleet, Level, Outcome, Switched, Weight};

/// What an `exec` watcher that gathers its initial state waits for at most.
const GATHER: Nanos = 30_000_000_000;

/// Nothing repeats faster, whatever the definition says.
const SHORTEST: Nanos = 1_000_000;

/// No timer is shorter.
const SHORTEST_TIMER: Duration = Duration::from_secs(1);

impl Fleet {
    /// Starts the watchers of a machine.
    pub(crate) fn start(&mut self, slot: u32, memory: Option<&Snapshot>, cx: &mut Cx<'_>) {
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        node.starts = NEVER;
        let machine = node.machine.clone();
        let now = nanos(cx.now.mono);
        for (id, def) in watcher_ids(machine.watchers.len()).zip(&machine.watchers) {
            let next = self.first_run(slot, def, cx);
            let Some(watch) = self.node_mut(slot).and_then(|node| node.watch_mut(id)) else {
                return;
            };
            watch.next = next;
            watch.announce = def
                .announce_interval
                .map_or(NEVER, |every| after(now, every));
            self.equip(slot, id, def, cx);
            if !memory.is_some_and(|memory| self.resume(slot, id, def, memory, cx)) {
                self.begin_watching(slot, id, def, cx);
            }
        }
    }

    /// When a watcher first runs by itself.
    fn first_run(&self, slot: u32, def: &Watcher, cx: &mut Cx<'_>) -> Nanos {
        let now = nanos(cx.now.mono);
        let Some(node) = self.at(slot) else {
            return NEVER;
        };
        let Some(interval) = node.every(def) else {
            return NEVER;
        };
        match &def.kind {
            WatcherKind::Exec(exec) if exec.gather_initial_state => {
                now.saturating_add(cx.random.below(GATHER))
            }
            WatcherKind::Metric(_) => now.saturating_add(cx.random.below(nanos(interval))),
            WatcherKind::Nagios(_) => self.soon(node, def, interval, cx.now),
            WatcherKind::Exec(_)
            | WatcherKind::File(_)
            | WatcherKind::Expression(_)
            | WatcherKind::Archive(_)
            | WatcherKind::Kv(_)
            | WatcherKind::Gossip(_)
            | WatcherKind::Plugins(_) => after(now, interval),
            WatcherKind::Schedule(_) | WatcherKind::Timer(_) | WatcherKind::HttpSwitch(_) => NEVER,
        }
    }

    /// Gives a watcher what its kind has to remember.
    fn equip(&mut self, slot: u32, id: WatcherId, def: &Watcher, cx: &mut Cx<'_>) {
        let memory = match &def.kind {
            WatcherKind::Timer(timer) => {
                let length = nanos(timer.timer.max(SHORTEST_TIMER));
                let length = if timer.splay {
                    cx.random.below(length)
                } else {
                    length
                };
                Memory::Timer {
                    length,
                    ends: NEVER,
                }
            }
            WatcherKind::Schedule(schedule) => {
                let zone = self.zones.find(schedule.timezone.as_deref());
                if zone.is_none() {
                    let name = schedule.timezone.as_deref().unwrap_or_default();
                    let text = format!("time zone {name} is not known here; using the local one");
                    self.remark(slot, Some(id), Level::Warning, text, cx);
                }
                let zone = zone.unwrap_or_else(|| self.zones.local.clone());
                let calendar = Calendar::new(schedule, zone, cx.now, cx.random);
                Memory::Schedule(Box::new(calendar))
            }
            _ => return,
        };
        if let Some(watch) = self.node_mut(slot).and_then(|node| node.watch_mut(id)) {
            watch.memory = memory;
        }
    }

    /// Does what a watcher does at the start of its machine.
    fn begin_watching(&mut self, slot: u32, id: WatcherId, def: &Watcher, cx: &mut Cx<'_>) {
        match &def.kind {
            WatcherKind::File(file) if file.gather_initial_state => {
                self.start_job(slot, id, def, true, cx);
            }
            WatcherKind::Kv(kv) => {
                self.listen(slot, id, kv, cx);
                self.run_as(slot, id, def, cx);
            }
            WatcherKind::Timer(_)
            | WatcherKind::Schedule(_)
            | WatcherKind::Archive(_)
            | WatcherKind::HttpSwitch(_)
            | WatcherKind::Gossip(_)
            | WatcherKind::Plugins(_) => self.run_as(slot, id, def, cx),
            _ => {}
        }
    }

    /// Runs a watcher.
    pub(crate) fn run(&mut self, slot: u32, id: WatcherId, cx: &mut Cx<'_>) {
        let Some(machine) = self.at(slot).map(|node| node.machine.clone()) else {
            return;
        };
        if let Some(def) = machine.watchers.get(usize::from(id.0)) {
            self.run_as(slot, id, def, cx);
        }
    }

    /// Runs a watcher of this definition.
    pub(crate) fn run_as(&mut self, slot: u32, id: WatcherId, def: &Watcher, cx: &mut Cx<'_>) {
        match &def.kind {
            WatcherKind::Exec(exec) if exec.remedies => self.run_remedy(slot, id, def, cx),
            WatcherKind::Exec(_)
            | WatcherKind::File(_)
            | WatcherKind::Metric(_)
            | WatcherKind::Archive(_)
            | WatcherKind::Kv(_)
            | WatcherKind::Gossip(_)
            | WatcherKind::Plugins(_) => self.run_job(slot, id, def, cx),
            WatcherKind::Nagios(_) => self.run_check(slot, id, def, cx),
            WatcherKind::Timer(_) => self.run_timer(slot, id, def, cx),
            WatcherKind::Schedule(_) => self.evaluate_schedule(slot, id, cx),
            WatcherKind::Expression(expression) => {
                self.evaluate_expression(slot, id, def, expression, cx);
            }
            WatcherKind::HttpSwitch(switch) => {
                let Some(state) = self.at(slot).map(|node| node.state) else {
                    return;
                };
                let holds = |set: &Option<chorister_ir::StateSet>| {
                    set.as_ref().is_some_and(|set| set.contains(state))
                };
                let shows = match (holds(&switch.on_when), holds(&switch.off_when)) {
                    (true, _) => Outcome::On,
                    (false, true) => Outcome::Off,
                    (false, false) => return,
                };
                if self.is_active(slot, def) {
                    self.note(slot, id, shows, cx);
                    self.publish(slot, id, false, cx);
                }
            }
        }
    }

    /// Whether a watcher is to run now.
    pub(crate) fn is_active(&self, slot: u32, def: &Watcher) -> bool {
        let Some(node) = self.at(slot) else {
            return false;
        };
        def.active_in.contains(node.state)
            && def.foreign.iter().all(|foreign| {
                self.named(&foreign.machine)
                    .and_then(|key| self.node(key))
                    .is_some_and(|other| other.machine.state(other.state) == foreign.state)
            })
    }

    /// Remembers what a run came to.
    pub(crate) fn note(&mut self, slot: u32, id: WatcherId, outcome: Outcome, cx: &Cx<'_>) {
        if let Some(watch) = self.node_mut(slot).and_then(|node| node.watch_mut(id)) {
            watch.outcome = outcome;
            watch.ran = unix(cx.now.wall);
        }
    }

    /// Finds the next regular run after the one that was due at `due`, in step with it.
    pub(crate) fn set_next(&mut self, slot: u32, id: WatcherId, due: Nanos, cx: &Cx<'_>) {
        let Some(node) = self.at(slot) else { return };
        let Some(def) = node.machine.watchers.get(usize::from(id.0)) else {
            return;
        };
        let next = match (node.every(def), &def.kind) {
            (None, _) => NEVER,
            (Some(every), WatcherKind::Nagios(_)) => self.next_check(node, def, every, cx.now),
            (Some(every), _) => in_step(due, every, nanos(cx.now.mono)),
        };
        if let Some(watch) = self.node_mut(slot).and_then(|node| node.watch_mut(id)) {
            watch.next = next;
        }
    }

    /// Finds the next announcement after the one that was due at `due`.
    pub(crate) fn set_announce(&mut self, slot: u32, id: WatcherId, due: Nanos, cx: &Cx<'_>) {
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let def = node.machine.watchers.get(usize::from(id.0));
        let every = def.and_then(|def| def.announce_interval);
        if let Some(watch) = node.watch_mut(id) {
            watch.announce = every.map_or(NEVER, |every| in_step(due, every, nanos(cx.now.mono)));
        }
    }

    /// Turns a switch.
    pub(crate) fn turn(&mut self, slot: u32, id: WatcherId, on: bool, cx: &mut Cx<'_>) -> Switched {
        let Some(node) = self.at(slot) else {
            return Switched::NoSwitch;
        };
        let (machine, state, epoch) = (node.machine.clone(), node.state, node.epoch);
        let Some(def) = machine.watchers.get(usize::from(id.0)) else {
            return Switched::NoSwitch;
        };
        let WatcherKind::HttpSwitch(switch) = &def.kind else {
            return Switched::NoSwitch;
        };
        if switch
            .disable_when
            .as_ref()
            .is_some_and(|set| set.contains(state))
        {
            return Switched::Disabled;
        }
        if node.starts != NEVER || !self.is_active(slot, def) {
            return Switched::Inactive;
        }
        let (outcome, fires) = if on {
            (Outcome::On, def.on_success)
        } else {
            (Outcome::Off, def.on_failure)
        };
        self.note(slot, id, outcome, cx);
        self.publish(slot, id, false, cx);
        self.decided(slot, id, outcome, Evidence::None, cx);
        self.save(slot, Weight::Progress, cx);
        self.request(slot, id, fires, epoch);
        Switched::Done
    }

    /// Starts a timer anew where it is to run, and stops it elsewhere.
    fn run_timer(&mut self, slot: u32, id: WatcherId, def: &Watcher, cx: &mut Cx<'_>) {
        let active = self.is_active(slot, def);
        let now = nanos(cx.now.mono);
        let Some(watch) = self.node_mut(slot).and_then(|node| node.watch_mut(id)) else {
            return;
        };
        let Memory::Timer { length, ends } = &mut watch.memory else {
            return;
        };
        if active {
            *ends = now.saturating_add(*length);
            self.note(slot, id, Outcome::Running, cx);
            self.decided(slot, id, Outcome::Running, Evidence::None, cx);
        } else if *ends != NEVER {
            *ends = NEVER;
            self.note(slot, id, Outcome::Stopped, cx);
            self.decided(slot, id, Outcome::Stopped, Evidence::None, cx);
        } else {
            return;
        }
        self.publish(slot, id, false, cx);
        self.save(slot, Weight::State, cx);
    }

    /// Does what is to be done when a timer or a window ends.
    pub(crate) fn end(&mut self, slot: u32, id: WatcherId, cx: &mut Cx<'_>) {
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let epoch = node.epoch;
        let fires = node
            .machine
            .watchers
            .get(usize::from(id.0))
            .and_then(|watcher| watcher.on_failure);
        match node.watch_mut(id).map(|watch| &mut watch.memory) {
            Some(Memory::Timer { ends, .. }) => {
                *ends = NEVER;
                self.note(slot, id, Outcome::Stopped, cx);
                self.publish(slot, id, false, cx);
                self.decided(slot, id, Outcome::Stopped, Evidence::None, cx);
                self.save(slot, Weight::State, cx);
                self.request(slot, id, fires, epoch);
            }
            _ => self.advance_schedule(slot, id, cx),
        }
    }

    /// Opens and closes the windows of a schedule, and lets it react.
    pub(crate) fn advance_schedule(&mut self, slot: u32, id: WatcherId, cx: &mut Cx<'_>) {
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let Some(def) = node.machine.watchers.get(usize::from(id.0)) else {
            return;
        };
        let Some(watch) = node.watches.get_mut(usize::from(id.0)) else {
            return;
        };
        let (WatcherKind::Schedule(schedule), Memory::Schedule(calendar)) =
            (&def.kind, &mut watch.memory)
        else {
            return;
        };
        let open = calendar.advance(schedule, cx.now, cx.random);
        watch.outcome = match (open, watch.outcome) {
            (true, _) => Outcome::On,
            (false, Outcome::On) => {
                calendar.triggered = false;
                Outcome::Off
            }
            (false, as_before) => as_before,
        };
        self.save(slot, Weight::State, cx);
        self.evaluate_schedule(slot, id, cx);
    }

    /// Lets a schedule fire where it has changed, or where its machine has just become one it is for.
    pub(crate) fn evaluate_schedule(&mut self, slot: u32, id: WatcherId, cx: &mut Cx<'_>) {
        let Some(machine) = self.at(slot).map(|node| node.machine.clone()) else {
            return;
        };
        let Some(def) = machine.watchers.get(usize::from(id.0)) else {
            return;
        };
        let WatcherKind::Schedule(schedule) = &def.kind else {
            return;
        };
        let active = self.is_active(slot, def);
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let epoch = node.epoch;
        let Some(watch) = node.watch_mut(id) else {
            return;
        };
        let Memory::Schedule(calendar) = &mut watch.memory else {
            return;
        };
        if !active {
            calendar.seen = Outcome::Skipped;
            return;
        }
        let state = watch.outcome;
        if core::mem::replace(&mut calendar.seen, state) == state {
            return;
        }
        let fires = if state == Outcome::On {
            if schedule.skip_trigger_on_reenter && calendar.triggered {
                return;
            }
            calendar.triggered = true;
            def.on_success
        } else {
            // Compat: go-choria aagent/watchers/schedulewatcher: an unknown state counts as off.
            def.on_failure
        };
        watch.ran = unix(cx.now.wall);
        self.publish(slot, id, false, cx);
        self.decided(slot, id, state, Evidence::None, cx);
        self.save(slot, Weight::State, cx);
        self.request(slot, id, fires, epoch);
    }

    /// Asks the expressions of a watcher.
    fn evaluate_expression(
        &mut self,
        slot: u32,
        id: WatcherId,
        def: &Watcher,
        expression: &Expression,
        cx: &mut Cx<'_>,
    ) {
        if !self.is_active(slot, def) {
            self.note(slot, id, Outcome::Skipped, cx);
            return;
        }
        let Some(node) = self.at(slot) else { return };
        let scope = Scope {
            data: &node.data,
            facts: &self.facts,
            identity: &self.identity,
        };
        let holds = |program: &Option<Program>| {
            program
                .as_ref()
                .map_or(Ok(false), |program| program.is_true(&scope))
        };
        let answer = holds(&expression.success_when).and_then(|success| {
            Ok(match success {
                true => Outcome::SuccessWhen,
                false if holds(&expression.fail_when)? => Outcome::FailedWhen,
                false => Outcome::NoMatch,
            })
        });
        match answer {
            Ok(outcome) => self.evaluated(slot, id, def, outcome, Evidence::None, cx),
            Err(error) => {
                let text = format!("could not evaluate the expression: {error}");
                let reason = Evidence::Reason(text.as_str().into());
                self.remark(slot, Some(id), Level::Warning, text, cx);
                self.evaluated(slot, id, def, Outcome::Error, reason, cx);
            }
        }
    }

    /// Takes what the expressions of a watcher came to.
    pub(crate) fn evaluated(
        &mut self,
        slot: u32,
        id: WatcherId,
        def: &Watcher,
        outcome: Outcome,
        evidence: Evidence,
        cx: &mut Cx<'_>,
    ) {
        let Some(node) = self.at(slot) else { return };
        let epoch = node.epoch;
        let before = node.watch(id).map(|watch| watch.outcome);
        let fires = match outcome {
            Outcome::SuccessWhen => def.on_success,
            Outcome::FailedWhen => def.on_failure,
            _ => None,
        };
        self.note(slot, id, outcome, cx);
        if outcome != Outcome::NoMatch {
            self.publish(slot, id, false, cx);
        }
        self.decided(slot, id, outcome, evidence, cx);
        self.save(slot, Weight::Progress, cx);
        if before != Some(outcome) {
            self.request(slot, id, fires, epoch);
        }
    }
}

fn after(now: Nanos, every: Duration) -> Nanos {
    now.saturating_add(nanos(every).max(SHORTEST))
}

/// The first time after `now` that is a whole number of intervals after `due`.
fn in_step(due: Nanos, every: Duration, now: Nanos) -> Nanos {
    let every = nanos(every).max(SHORTEST);
    let late = now.saturating_sub(due) % every;
    now.saturating_add(every - late)
}
