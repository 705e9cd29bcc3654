//! The places that linked machines can be in together, and the steps between them.

use core::time::Duration;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};
use std::ops::Range;

use chorister_ir::{Machine, StateId, TransitionId};

use crate::guards::Guards;
use crate::links::{Group, Links};
use crate::moves::{Move, Moves, Place, Repeat};
use crate::path::{Cause, Path, Step};

/// How many completed transitions may wait to be heard of; more would mean that machines shout at each other.
const MAX_HEARD: usize = 32;

/// Everything that the machines of a group can be in together, as far as it was explored.
pub(crate) struct Space<'m> {
    pub(crate) group: &'m Group,
    /// The machines, by member.
    pub(crate) machines: Vec<&'m Machine>,
    moves: Vec<&'m Moves>,
    pub(crate) guards: Guards,
    /// What hears of a transition of a member.
    listeners: HashMap<(usize, TransitionId), Vec<Heard>>,
    /// Index 0 is the beginning.
    pub(crate) nodes: Vec<Node>,
    /// Sorted by `from`.
    pub(crate) arcs: Vec<Arc>,
    out: Vec<Range<usize>>,
    /// The cheapest way to each node: its cost and its last arc.
    came: Vec<(Cost, Option<usize>)>,
    /// Whether nothing was left out.
    pub(crate) complete: bool,
}

/// Where all machines of a group are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    /// By member.
    pub(crate) places: Vec<Place>,
    /// Which guarded watchers have begun to run since their machine entered its state, by bits.
    pub(crate) armed: u64,
    /// Subscriptions that fire next, in order. Where the rate limit delays one, other things may come before it.
    pub(crate) heard: Vec<Heard>,
}

/// Edges that only operators take, though somebody else was meant to: by member, state and transition.
pub(crate) type Kicks = BTreeSet<(usize, StateId, TransitionId)>;

/// A subscription that fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Heard {
    member: u16,
    transition: TransitionId,
    subscription: u16,
}

/// A step from one node to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arc {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) member: usize,
    pub(crate) step: Step,
    pub(crate) repeat: Repeat,
    /// Whether it needs another machine: to hear of, or to wait for.
    pub(crate) depends: bool,
    /// Whether it comes out of turn, which it only does where the rate limit delays something.
    pub(crate) late: bool,
    /// Whether it comes of a job that began when another machine was still in the state that it needs.
    pub(crate) lingers: bool,
}

/// What a way costs, in the order of importance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost {
    /// Steps that somebody has to make happen.
    pub(crate) by_hand: u32,
    /// Steps that need a delay, or a job that takes its time.
    late: u32,
    steps: u32,
}

const FREE: Cost = Cost {
    by_hand: 0,
    late: 0,
    steps: 0,
};

impl<'m> Space<'m> {
    /// Explores what the members of a group can do, up to `limit` nodes.
    pub(crate) fn of(
        links: &Links<'m>,
        moves: &'m [Moves],
        group: &'m Group,
        limit: usize,
        kicks: &Kicks,
    ) -> Self {
        let machines: Vec<_> = group
            .members
            .iter()
            .filter_map(|it| links.machines.get(*it).copied())
            .collect();
        let mut space = Self {
            group,
            guards: Guards::of(links, group, &machines),
            moves: group
                .members
                .iter()
                .filter_map(|it| moves.get(*it))
                .collect(),
            listeners: listeners(links, group, &machines),
            machines,
            nodes: Vec::new(),
            arcs: Vec::new(),
            out: Vec::new(),
            came: Vec::new(),
            complete: true,
        };
        space.run(limit.max(1), kicks);
        space
    }

    fn run(&mut self, limit: usize, kicks: &Kicks) {
        let places: Vec<_> = self.moves.iter().map(|it| it.start()).collect();
        let states = self.states(&places);
        let start = Node {
            armed: self.guards.begun(&states, 0, None),
            places,
            heard: Vec::new(),
        };
        let mut known = HashMap::from([(start.clone(), 0)]);
        self.nodes.push(start);
        self.came.push((FREE, None));
        self.out.push(0..0);
        let mut open = BinaryHeap::from([Reverse((FREE, 0))]);
        while let Some(Reverse((cost, at))) = open.pop() {
            if self.came.get(at).is_none_or(|it| it.0 < cost) {
                continue;
            }
            let begin = self.arcs.len();
            for (mut arc, node) in self.steps_from(at, kicks) {
                let Some(node) = node else {
                    self.complete = false;
                    continue;
                };
                let new = self.nodes.len();
                let to = match known.get(&node) {
                    Some(to) => *to,
                    None if new >= limit => {
                        self.complete = false;
                        continue;
                    }
                    None => {
                        known.insert(node.clone(), new);
                        self.nodes.push(node);
                        self.out.push(0..0);
                        self.came.push((
                            Cost {
                                by_hand: u32::MAX,
                                ..FREE
                            },
                            None,
                        ));
                        new
                    }
                };
                arc.to = to;
                let cost = cost.with(&arc);
                if let Some(best) = self.came.get_mut(to).filter(|it| cost < it.0) {
                    *best = (cost, Some(self.arcs.len()));
                    open.push(Reverse((cost, to)));
                }
                self.arcs.push(arc);
            }
            if let Some(out) = self.out.get_mut(at) {
                *out = begin..self.arcs.len();
            }
        }
    }

    /// What can happen in a node, and what it leads to.
    fn steps_from(&self, at: usize, kicks: &Kicks) -> Vec<(Arc, Option<Node>)> {
        let Some(node) = self.nodes.get(at).cloned() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (turn, heard) in node.heard.iter().enumerate() {
            let member = usize::from(heard.member);
            let Some((state, to)) = self.offered(&node, *heard) else {
                continue;
            };
            let subscription = usize::from(heard.subscription);
            let cause = Cause::Subscription { subscription };
            let own = Move {
                cause,
                transition: heard.transition,
                to,
                after: Duration::ZERO,
                repeat: Repeat::Usually,
            };
            let next = self.after(&node, member, &own, Some(turn));
            let arc = Arc {
                depends: true,
                late: turn > 0,
                ..self.arc(at, member, state, &own)
            };
            found.push((arc, next));
        }
        let states = self.states(&node.places);
        for (member, (moves, place)) in self.moves.iter().zip(&node.places).enumerate() {
            for own in moves.at(*place) {
                let guard = match own.cause {
                    Cause::Watcher { watcher, .. } => self.guards.find(member, watcher),
                    _ => None,
                };
                let (begun, now) = guard.map_or((true, true), |it| {
                    (it.is_armed(node.armed), it.holds(&states))
                });
                if !begun {
                    continue;
                }
                let late = !node.heard.is_empty();
                let next = self.after(&node, member, own, None);
                let state = moves.state(*place);
                let arc = Arc {
                    depends: guard.is_some(),
                    late,
                    lingers: !now,
                    ..self.arc(at, member, state, own)
                };
                found.push((arc, next));
            }
        }
        for (member, state) in states.iter().enumerate() {
            let first = (member, *state, TransitionId(0));
            let last = (member, *state, TransitionId(u16::MAX));
            for (_, _, transition) in kicks.range(first..=last) {
                let to = self
                    .machines
                    .get(member)
                    .and_then(|it| it.next(*state, *transition));
                let Some(to) = to else { continue };
                let own = Move {
                    cause: Cause::Operator,
                    transition: *transition,
                    to,
                    after: Duration::ZERO,
                    repeat: Repeat::Never,
                };
                let arc = Arc {
                    late: !node.heard.is_empty(),
                    ..self.arc(at, member, *state, &own)
                };
                found.push((arc, self.after(&node, member, &own, None)));
            }
        }
        found
    }

    fn arc(&self, from: usize, member: usize, state: StateId, own: &Move) -> Arc {
        Arc {
            from,
            to: from,
            member,
            step: Step {
                machine: self.group.members.get(member).copied().unwrap_or_default(),
                from: state,
                transition: own.transition,
                to: own.to,
                cause: own.cause,
                after: own.after,
            },
            repeat: own.repeat,
            depends: false,
            late: false,
            lingers: false,
        }
    }

    /// What a node becomes when a member makes a move; `turn` is the place among what is heard that it comes from.
    /// `None` where more would be heard than anybody can keep track of.
    fn after(&self, node: &Node, member: usize, own: &Move, turn: Option<usize>) -> Option<Node> {
        let mut next = node.clone();
        if let Some(turn) = turn {
            next.heard.remove(turn);
        }
        if let Some(place) = next.places.get_mut(member) {
            *place = own.to.0;
        }
        let states = self.states(&next.places);
        next.armed = self.guards.begun(&states, node.armed, Some(member));
        let news = self.listeners.get(&(member, own.transition));
        next.heard.extend(news.into_iter().flatten());
        self.forget_refused(&mut next);
        (next.heard.len() <= MAX_HEARD).then_some(next)
    }

    /// Takes away what a member does not offer when it hears of it. Only the first thing that it hears is known to
    /// find it in its present state.
    fn forget_refused(&self, node: &mut Node) {
        let mut kept: Vec<Heard> = Vec::with_capacity(node.heard.len());
        for heard in core::mem::take(&mut node.heard) {
            let follows = kept.iter().any(|it| it.member == heard.member);
            let again = kept.contains(&heard);
            if !again && (follows || self.offered(node, heard).is_some()) {
                kept.push(heard);
            }
        }
        node.heard = kept;
    }

    /// The state that a member is in and the other one that something heard would lead to.
    fn offered(&self, node: &Node, heard: Heard) -> Option<(StateId, StateId)> {
        let member = usize::from(heard.member);
        let state = self.state_of(node, member)?;
        let to = self.machines.get(member)?.next(state, heard.transition)?;
        (to != state).then_some((state, to))
    }

    /// The state of a member in a node.
    pub(crate) fn state_of(&self, node: &Node, member: usize) -> Option<StateId> {
        let place = *node.places.get(member)?;
        Some(self.moves.get(member)?.state(place))
    }

    fn states(&self, places: &[Place]) -> Vec<StateId> {
        let own = self.moves.iter().zip(places);
        own.map(|(moves, place)| moves.state(*place)).collect()
    }

    /// The edges that lead away from states that are entered, and that nothing takes.
    pub(crate) fn unfired(&self) -> Kicks {
        let key = |arc: &Arc| (arc.member, arc.step.from, arc.step.transition);
        let fired: HashSet<_> = self.arcs.iter().map(key).collect();
        let entered: BTreeSet<(usize, StateId)> = self
            .nodes
            .iter()
            .flat_map(|node| self.states(&node.places).into_iter().enumerate())
            .collect();
        let mut unfired = Kicks::new();
        for (member, state) in entered {
            let Some(machine) = self.machines.get(member) else {
                continue;
            };
            let leads = |it: &TransitionId| machine.next(state, *it).is_some_and(|to| to != state);
            let all = machine.transition_ids().filter(leads);
            unfired.extend(
                all.map(|it| (member, state, it))
                    .filter(|it| !fired.contains(it)),
            );
        }
        unfired
    }

    /// Which nodes are reached without any delay of the rate limit.
    pub(crate) fn usual(&self) -> Vec<bool> {
        let mut usual = vec![false; self.nodes.len()];
        let mut open = vec![0];
        while let Some(node) = open.pop() {
            match usual.get_mut(node) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            let next = self.arcs_from(node).iter().filter(|it| !it.late);
            open.extend(next.map(|it| it.to));
        }
        usual
    }

    /// The nodes in which a member is in a state.
    pub(crate) fn nodes_with(&self, member: usize, state: StateId) -> impl Iterator<Item = usize> {
        let nodes = self.nodes.iter().enumerate();
        nodes
            .filter(move |it| self.state_of(it.1, member) == Some(state))
            .map(|it| it.0)
    }

    /// The nodes in which a member is in a place.
    pub(crate) fn nodes_at(&self, member: usize, place: Place) -> impl Iterator<Item = usize> {
        let nodes = self.nodes.iter().enumerate();
        nodes
            .filter(move |it| it.1.places.get(member) == Some(&place))
            .map(|it| it.0)
    }

    /// What a member can do in a place.
    pub(crate) fn moves_at(&self, member: usize, place: Place) -> &'m [Move] {
        self.moves.get(member).map_or(&[], |it| it.at(place))
    }

    /// Whether two moves are possible together in some node.
    pub(crate) fn meet(&self, member: usize, state: StateId, one: &Move, other: &Move) -> bool {
        let guards = [one, other].map(|it| match it.cause {
            Cause::Watcher { watcher, .. } => self.guards.find(member, watcher),
            _ => None,
        });
        guards.iter().all(Option::is_none)
            || self.nodes_at(member, state.0).any(|at| {
                let states = self.nodes.get(at).map(|it| self.states(&it.places));
                let holds = |states: &Vec<_>| guards.iter().flatten().all(|it| it.holds(states));
                states.as_ref().is_some_and(holds)
            })
    }

    /// The arcs that leave a node.
    pub(crate) fn arcs_from(&self, node: usize) -> &[Arc] {
        let range = self.out.get(node).cloned().unwrap_or_default();
        self.arcs.get(range).unwrap_or_default()
    }

    /// What the way to a node costs.
    pub(crate) fn cost(&self, node: usize) -> Cost {
        self.came.get(node).map_or(FREE, |it| it.0)
    }

    /// The cheapest of some nodes, the first of several.
    pub(crate) fn nearest(&self, nodes: impl Iterator<Item = usize>) -> Option<usize> {
        nodes.min_by_key(|it| (self.cost(*it), *it))
    }

    /// The shortest way to a node.
    pub(crate) fn way_to(&self, node: usize) -> Path {
        let mut steps = Vec::new();
        let mut at = node;
        while let Some(arc) = self
            .came
            .get(at)
            .and_then(|it| it.1)
            .and_then(|it| self.arcs.get(it))
        {
            steps.push(arc.step);
            at = arc.from;
        }
        steps.reverse();
        Path { steps }
    }

    /// The members that the group is about, and their indexes among all machines.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = (usize, usize)> {
        let members = self.group.members.iter().enumerate();
        members
            .filter(|it| self.group.subjects.contains(it.1))
            .map(|(member, machine)| (member, *machine))
    }
}

impl Cost {
    fn with(self, arc: &Arc) -> Self {
        Self {
            by_hand: self.by_hand + u32::from(arc.step.cause.is_by_hand()),
            late: self.late + u32::from(arc.late || arc.lingers),
            steps: self.steps + 1,
        }
    }
}

/// What hears of each transition of each member, in the order in which the engine tells it.
fn listeners(
    links: &Links<'_>,
    group: &Group,
    machines: &[&Machine],
) -> HashMap<(usize, TransitionId), Vec<Heard>> {
    let mut listeners: HashMap<_, Vec<Heard>> = HashMap::new();
    for (listener, machine) in (0_u16..).zip(machines) {
        for (transition, definition) in (0..).map(TransitionId).zip(&machine.transitions) {
            for (subscription, it) in (0_u16..).zip(&definition.subscribe) {
                for teller in links.named(&it.machine) {
                    let Some(member) = group.members.iter().position(|it| it == teller) else {
                        continue;
                    };
                    let event = machines
                        .get(member)
                        .and_then(|other| other.transition_named(&it.event));
                    let Some(event) = event else { continue };
                    listeners.entry((member, event)).or_default().push(Heard {
                        member: listener,
                        transition,
                        subscription,
                    });
                }
            }
        }
    }
    listeners
}
