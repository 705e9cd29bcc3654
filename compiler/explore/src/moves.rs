//! What one machine can do in each of its states, and how soon.
//!
//! This is the engine (`chorister-fsm`) with time taken out of it: of each result that a watcher can come to, only the
//! least time since the state was entered is kept, and whether the result can come again at once.

use core::time::Duration;

use chorister_ir::{Machine, StateId, TransitionId, Watcher, WatcherId, WatcherKind};
use chorister_lang::nagios::Status;

use crate::path::{Cause, Outcome};

/// No timer is shorter.
const SHORTEST_TIMER: Duration = Duration::from_secs(1);

/// A place of a machine: the index of a state or, one above the last of them, the initial state before anything was
/// entered. There watchers wait for their first interval; a state that is entered they look at at once.
pub(crate) type Place = u16;

/// Something that a machine can do in a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move {
    pub(crate) cause: Cause,
    pub(crate) transition: TransitionId,
    pub(crate) to: StateId,
    /// The least time since the place was entered.
    pub(crate) after: Duration,
    pub(crate) repeat: Repeat,
}

/// Whether a result comes again when its state is entered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Repeat {
    /// It does, where all goes well: a command succeeds, a timer is over.
    Usually,
    /// It does while something else is as it is: a command fails, a formula holds.
    Meanwhile,
    /// It does not by itself: a file has to change, somebody has to act.
    Never,
}

/// A machine's moves.
#[derive(Debug)]
pub(crate) struct Moves {
    initial: StateId,
    /// By place; moves to the same state are left out, because they do nothing.
    by_place: Vec<Vec<Move>>,
    /// Whether a watcher fires a transition anywhere, also where that does nothing.
    pub(crate) watched: Vec<bool>,
}

// === impl Moves ===

impl Moves {
    /// The moves of a machine; `known` says whether a subscription is to a machine whose moves are known too.
    pub(crate) fn of(machine: &Machine, known: impl Fn(TransitionId, usize) -> bool) -> Self {
        let mut moves = Self {
            initial: machine.initial,
            by_place: Vec::with_capacity(machine.states.len() + 1),
            watched: vec![false; machine.transitions.len()],
        };
        for state in machine.state_ids() {
            let exits = moves.exits(machine, state, false, &known);
            moves.by_place.push(exits);
        }
        let exits = moves.exits(machine, machine.initial, true, &known);
        moves.by_place.push(exits);
        moves
    }

    /// Where the machine is before it has entered any state.
    pub(crate) fn start(&self) -> Place {
        Place::try_from(self.by_place.len().saturating_sub(1)).unwrap_or(Place::MAX)
    }

    /// The state of a place.
    pub(crate) fn state(&self, place: Place) -> StateId {
        if place == self.start() {
            self.initial
        } else {
            StateId(place)
        }
    }

    /// What the machine can do in a place.
    pub(crate) fn at(&self, place: Place) -> &[Move] {
        self.by_place
            .get(usize::from(place))
            .map_or(&[], Vec::as_slice)
    }

    fn exits(
        &mut self,
        machine: &Machine,
        state: StateId,
        fresh: bool,
        known: &impl Fn(TransitionId, usize) -> bool,
    ) -> Vec<Move> {
        let mut exits: Vec<Move> = Vec::new();
        for (id, watcher) in (0..).map(WatcherId).zip(&machine.watchers) {
            let is_forced =
                matches!(watcher.kind, WatcherKind::Nagios(_)) && machine.state(state) == FORCED;
            if !is_forced && !watcher.active_in.contains(state) {
                continue;
            }
            for result in results(machine, watcher, state, fresh)
                .into_iter()
                .flatten()
            {
                if let Some(fired) = self.watched.get_mut(usize::from(result.fires.0)) {
                    *fired = true;
                }
                let Some(to) = machine.next(state, result.fires).filter(|it| *it != state) else {
                    continue;
                };
                exits.push(Move {
                    cause: Cause::Watcher {
                        watcher: id,
                        outcome: result.outcome,
                    },
                    transition: result.fires,
                    to,
                    after: result.after,
                    repeat: result.repeat,
                });
            }
        }
        for (transition, definition) in (0..).map(TransitionId).zip(&machine.transitions) {
            let Some(to) = machine.next(state, transition).filter(|it| *it != state) else {
                continue;
            };
            let foreign = (0..definition.subscribe.len()).find(|at| !known(transition, *at));
            let cause = match foreign {
                // A machine that nothing is known about may do anything at any time.
                Some(subscription) => Cause::Subscription { subscription },
                None if !definition.subscribe.is_empty() => continue,
                None if exits.iter().any(|it| it.transition == transition) => continue,
                None => Cause::Operator,
            };
            exits.push(Move {
                cause,
                transition,
                to,
                after: Duration::ZERO,
                repeat: Repeat::Never,
            });
        }
        exits
    }
}

/// The state in which a check runs whatever states it is for.
const FORCED: &str = "FORCE_CHECK";

/// A result of a watcher that fires something.
struct Reaction {
    outcome: Outcome,
    fires: TransitionId,
    after: Duration,
    repeat: Repeat,
}

/// The results that a watcher can come to in a state in which it is active.
fn results(
    machine: &Machine,
    watcher: &Watcher,
    state: StateId,
    fresh: bool,
) -> [Option<Reaction>; 4] {
    let reaction = |fires: Option<TransitionId>, outcome, after, repeat| {
        fires.map(|fires| Reaction {
            outcome,
            fires,
            after,
            repeat,
        })
    };
    let (success, failure) = (watcher.on_success, watcher.on_failure);
    // What runs on entering a state has to wait for its first interval when the machine has just been started.
    let first = match (fresh, watcher.interval) {
        (false, _) => Some(Duration::ZERO),
        (true, interval) => interval,
    };
    let none = [None, None, None, None];
    let pair = match &watcher.kind {
        WatcherKind::Nagios(_) => {
            let runs = watcher.interval.is_some() || machine.state(state) == FORCED;
            if !runs {
                return none;
            }
            // It runs at its own times, not when a state is entered.
            let after = match watcher.interval {
                Some(interval) if machine.state(state) != FORCED => interval,
                _ => Duration::ZERO,
            };
            return Status::ALL.map(|status| {
                reaction(
                    machine.transition_named(status.as_str()),
                    Outcome::Status(status),
                    after,
                    Repeat::Meanwhile,
                )
            });
        }
        WatcherKind::Exec(exec) => {
            let first = match first {
                Some(_) if exec.gather_initial_state => Duration::ZERO,
                Some(first) => first,
                None => return none,
            };
            [
                reaction(success, Outcome::Success, first, Repeat::Usually),
                reaction(failure, Outcome::Failure, first, Repeat::Meanwhile),
            ]
        }
        WatcherKind::Archive(_) => [
            reaction(success, Outcome::Success, Duration::ZERO, Repeat::Usually),
            reaction(failure, Outcome::Failure, Duration::ZERO, Repeat::Meanwhile),
        ],
        WatcherKind::File(_) => {
            let Some(first) = first else { return none };
            [
                // Once seen, a change is none any more.
                reaction(success, Outcome::Changed, first, Repeat::Never),
                reaction(failure, Outcome::Failure, first, Repeat::Meanwhile),
            ]
        }
        WatcherKind::Expression(_) => {
            let Some(first) = first else { return none };
            [
                reaction(success, Outcome::SuccessWhen, first, Repeat::Meanwhile),
                reaction(failure, Outcome::FailWhen, first, Repeat::Meanwhile),
            ]
        }
        WatcherKind::Schedule(schedule) => {
            let open = if schedule.skip_trigger_on_reenter {
                Repeat::Never
            } else {
                Repeat::Meanwhile
            };
            [
                reaction(success, Outcome::Open, Duration::ZERO, open),
                reaction(failure, Outcome::Closed, Duration::ZERO, Repeat::Meanwhile),
            ]
        }
        WatcherKind::Timer(timer) => {
            let (length, repeat) = if timer.splay {
                (Duration::ZERO, Repeat::Never)
            } else {
                (timer.timer.max(SHORTEST_TIMER), Repeat::Usually)
            };
            [None, reaction(failure, Outcome::Over, length, repeat)]
        }
        // Compat: go-choria aagent/watchers/metricwatcher: success fires nothing.
        WatcherKind::Metric(_) => [
            None,
            reaction(failure, Outcome::Failure, Duration::ZERO, Repeat::Meanwhile),
        ],
        WatcherKind::Kv(_) => [
            // Once read, a value is none that changes any more.
            reaction(success, Outcome::Changed, Duration::ZERO, Repeat::Never),
            reaction(failure, Outcome::Failure, Duration::ZERO, Repeat::Meanwhile),
        ],
        WatcherKind::Plugins(_) => [
            // Once they are in place, they are as they were.
            reaction(success, Outcome::Changed, Duration::ZERO, Repeat::Never),
            reaction(failure, Outcome::Failure, Duration::ZERO, Repeat::Meanwhile),
        ],
        // Compat: go-choria aagent/watchers/gossipwatcher: it fires nothing.
        WatcherKind::Gossip(_) => return none,
        WatcherKind::HttpSwitch(switch) => {
            let disabled = switch.disable_when.as_ref();
            if disabled.is_some_and(|it| it.contains(state)) {
                return none;
            }
            [
                reaction(success, Outcome::On, Duration::ZERO, Repeat::Never),
                reaction(failure, Outcome::Off, Duration::ZERO, Repeat::Never),
            ]
        }
    };
    let [success, failure] = pair;
    [success, failure, None, None]
}
