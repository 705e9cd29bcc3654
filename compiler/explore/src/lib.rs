//! Explores what machines can do: exhaustively, and before they ever run.
//!
//! Machines that are linked by subscriptions and foreign states are explored together: every combination of states that
//! watchers, subscriptions and operators lead to, whatever the watchers come to. Time is abstracted: of each result only
//! the least time since the state was entered is kept, as the engine (`chorister-fsm`) has it. Watchers run at once when
//! their state is entered, timers start anew, a self transition does nothing, a transition that is heard of fires before
//! anything else unless the rate limit delays it.
//!
//! An operator may fire anything at any time. Here operators only fire what nobody else does: the other events would
//! lead everywhere, and nothing could be said.
//!
//! [`explore`] is all there is to call. It is pure and its answers depend on nothing but the machines.

mod guards;
mod links;
mod moves;
mod pace;
mod path;
mod questions;
mod races;
mod rounds;
mod silence;
mod sinks;
mod space;
mod turns;

use core::time::Duration;

use chorister_ir::{Machine, StateId, TransitionId, WatcherId};

use links::{Group, Links};
use moves::Moves;
pub use path::{Cause, Outcome, Path, Step, Told};
use space::{Kicks, Space};

/// What the rate limit of transitions counts as quiet: a round that takes as long is never delayed.
pub const QUIET: Duration = Duration::from_secs(60);

/// How often what nobody fires is looked for: what operators start may end in something else that nobody fires.
const KICKS: usize = 4;

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many combinations of states of linked machines are looked at, at most.
    pub states: usize,
}

/// What was found out about some machines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exploration {
    /// What is suspect, in the order of the machines.
    pub findings: Vec<Finding>,
    /// What is worth knowing of each machine, in their order.
    pub portraits: Vec<Portrait>,
    /// How many combinations of states were looked at.
    pub explored: usize,
}

/// What is worth knowing of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portrait {
    /// The transitions that only an operator can fire.
    pub operator: Vec<TransitionId>,
    /// The states that the machine only enters when somebody makes it, directly or on the way.
    pub by_hand: Vec<StateId>,
    /// By state, the least time from entering it to entering it again without anybody's doing; `None` where that does
    /// not happen, or is not known.
    pub least_return: Vec<Option<Duration>>,
}

/// Something suspect, and the shortest path that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The machine that it is about, as an index of those that were explored.
    pub machine: usize,
    /// What it is.
    pub kind: Kind,
    /// The shortest path to it from the start of all machines.
    pub path: Path,
}

/// What is suspect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A state that the path leads to and nobody can leave, not even an operator.
    Sink {
        /// The state.
        state: StateId,
        /// Whether any watcher is active in it.
        watched: bool,
    },
    /// A round that machines make by themselves, faster than the rate limit lets them.
    Round {
        /// How many steps at the end of the path are the round.
        steps: usize,
        /// The least time that it takes; nothing where every step comes at once.
        least: Duration,
        /// Whether it only goes on while something fails, or while a formula or a schedule stays as it is.
        meanwhile: bool,
    },
    /// Two things that can fire in the same state at the same moment, and lead to different states.
    Race {
        /// The one that is given first.
        one: Step,
        /// The other.
        other: Step,
        /// In how many states they race.
        states: usize,
        /// Whether both come when all goes well.
        usual: bool,
    },
    /// A subscription that never fires: whenever the event comes, the machine does not offer the transition.
    Undelivered {
        /// The transition that should be fired.
        transition: TransitionId,
        /// Which of its subscriptions.
        subscription: usize,
        /// The states that the machine is in when the event comes.
        states: Vec<StateId>,
    },
    /// A watcher that never runs: what it waits for never comes while it is active.
    Unmet {
        /// The watcher.
        watcher: WatcherId,
    },
    /// There was more than the limit allows to look at.
    Unexplored {
        /// The machines that were explored together.
        together: Vec<usize>,
        /// How many combinations of their states were seen.
        seen: usize,
    },
}

/// Machines that are ready to be explored, group by group.
#[derive(Debug)]
pub struct Plan<'m> {
    links: Links<'m>,
    moves: Vec<Moves>,
    groups: Vec<Group>,
}

/// What was found out about one group.
#[derive(Clone, Debug, Default)]
pub struct Part {
    findings: Vec<Finding>,
    /// Of the machines that the group is about.
    portraits: Vec<(usize, Portrait)>,
    explored: usize,
}

// === impl Limits ===

impl Default for Limits {
    fn default() -> Self {
        Self { states: 10_000 }
    }
}

/// Explores machines.
#[must_use]
pub fn explore(machines: &[&Machine], limits: Limits) -> Exploration {
    let plan = Plan::of(machines);
    let parts = (0..plan.groups()).map(|it| plan.explore(it, limits));
    plan.join(parts.collect())
}

// === impl Plan ===

impl<'m> Plan<'m> {
    /// Finds out what each machine can do, and which are to be explored together.
    #[must_use]
    pub fn of(machines: &'m [&'m Machine]) -> Self {
        let links = Links::of(machines);
        let moves = machines.iter().enumerate();
        Self {
            moves: moves
                .map(|(at, machine)| Moves::of(machine, |of, item| links.knows(at, of, item)))
                .collect(),
            groups: links.groups(),
            links,
        }
    }

    /// How many groups there are; each can be explored apart.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Explores a group.
    #[must_use]
    pub fn explore(&self, group: usize, limits: Limits) -> Part {
        let mut found = Part::default();
        let Some(group) = self.groups.get(group) else {
            return found;
        };
        let space = self.space(group, limits, &mut found.findings);
        sinks::find(&space, &mut found.findings);
        turns::find(&space, &mut found.findings);
        races::find(&space, &mut found.findings);
        if !space.complete {
            found.findings.push(Finding {
                machine: group.subjects.first().copied().unwrap_or_default(),
                kind: Kind::Unexplored {
                    together: group.members.clone(),
                    seen: space.nodes.len(),
                },
                path: Path::default(),
            });
        }
        for (member, machine) in space.subjects() {
            if let Some(moves) = self.moves.get(machine) {
                let portrait = pace::portrait(&space, member, moves);
                found.portraits.push((machine, portrait));
            }
        }
        found.explored = space.nodes.len();
        found
    }

    /// Everything that a group can do, with what nobody fires left to operators; what never comes is found on the way.
    fn space<'s>(
        &'s self,
        group: &'s Group,
        limits: Limits,
        findings: &mut Vec<Finding>,
    ) -> Space<'s> {
        let mut kicks = Kicks::new();
        let mut space = Space::of(&self.links, &self.moves, group, limits.states, &kicks);
        if space.complete {
            silence::find(&space, findings);
        }
        // What turns out to be fired by nobody is left to operators, and may lead on.
        for _ in 0..KICKS {
            let before = kicks.len();
            kicks.extend(space.unfired());
            if before == kicks.len() || !space.complete {
                break;
            }
            space = Space::of(&self.links, &self.moves, group, limits.states, &kicks);
        }
        space
    }

    /// Puts the groups together, in order.
    #[must_use]
    pub fn join(&self, parts: Vec<Part>) -> Exploration {
        let mut all = Exploration {
            portraits: vec![Portrait::default(); self.links.machines.len()],
            ..Exploration::default()
        };
        for part in parts {
            all.explored += part.explored;
            all.findings.extend(part.findings);
            for (machine, portrait) in part.portraits {
                if let Some(own) = all.portraits.get_mut(machine) {
                    *own = portrait;
                }
            }
        }
        all.findings.sort_by_key(|it| it.machine);
        all
    }
}

// === impl Exploration ===

impl Exploration {
    /// Whether everything was looked at.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self
            .findings
            .iter()
            .any(|it| matches!(it.kind, Kind::Unexplored { .. }))
    }
}

#[cfg(test)]
mod tests;
