//! The graph of a machine: its states and the edges between them.

use std::collections::HashMap;

use crate::model::Machine;
use crate::text::Guesses;

/// The states of a machine and the edges between them.
#[derive(Debug)]
pub(crate) struct Graph<'m> {
    /// Names in order of first mention, the initial state first.
    pub(crate) states: Vec<&'m str>,
    /// Every pair of an event and a state in which it is offered; of duplicates the last.
    pub(crate) edges: Vec<Edge<'m>>,
    /// Whether a state can be entered.
    pub(crate) reachable: Vec<bool>,
    /// Edges that a later one for the same event and state has replaced.
    pub(crate) shadowed: Vec<Edge<'m>>,
    /// Whether a state can be entered from another one.
    pub(crate) entered: Vec<bool>,
    /// The edge of each event in each state.
    rows: HashMap<(&'m str, usize), usize>,
    index: HashMap<&'m str, usize>,
    /// The edges of each event, as indexes.
    events: HashMap<&'m str, Vec<usize>>,
    /// Edges as they were meant where a state is misspelt.
    guessed: Vec<Edge<'m>>,
    /// States that look like misspelt ones, and what they were meant to be.
    misspelt: HashMap<usize, usize>,
    /// Whether a watcher names a state.
    pub(crate) watched: Vec<bool>,
}

/// One event in one state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge<'m> {
    /// The name of the event.
    pub(crate) event: &'m str,
    /// Index of the transition.
    pub(crate) transition: usize,
    /// Where it starts.
    pub(crate) from: usize,
    /// Where it leads.
    pub(crate) to: usize,
}

impl<'m> Graph<'m> {
    /// The graph of a machine, as far as it could be read.
    pub(crate) fn of(machine: &'m Machine) -> Self {
        let mut graph = Self {
            states: Vec::new(),
            edges: Vec::new(),
            reachable: Vec::new(),
            shadowed: Vec::new(),
            guessed: Vec::new(),
            entered: Vec::new(),
            rows: HashMap::new(),
            index: HashMap::new(),
            events: HashMap::new(),
            misspelt: HashMap::new(),
            watched: Vec::new(),
        };
        if let Some(name) = &machine.initial_state {
            graph.state(name);
        }
        for (transition, it) in machine.transitions.iter().enumerate() {
            let from: Vec<_> = it
                .from
                .iter()
                .map(|name| name.as_deref().map(|name| graph.state(name)))
                .collect();
            let Some(to) = it.destination.as_deref().map(|name| graph.state(name)) else {
                continue;
            };
            let Some(event) = it.name.as_deref() else {
                continue;
            };
            graph.events.entry(event).or_default();
            for from in from.into_iter().flatten() {
                let edge = Edge {
                    event,
                    transition,
                    from,
                    to,
                };
                // Compat: go-choria aagent/machine/machine.go: of two entries for one event and state the last wins.
                match graph
                    .rows
                    .get(&(event, from))
                    .and_then(|at| graph.edges.get_mut(*at))
                {
                    Some(earlier) => graph.shadowed.push(core::mem::replace(earlier, edge)),
                    None => {
                        graph.rows.insert((event, from), graph.edges.len());
                        graph.edges.push(edge);
                    }
                }
            }
        }
        for (at, edge) in graph.edges.iter().enumerate() {
            graph.events.entry(edge.event).or_default().push(at);
        }
        graph.explore(machine);
        graph
    }

    /// The state of this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The name of a state.
    pub(crate) fn name(&self, state: usize) -> &'m str {
        self.states.get(state).copied().unwrap_or_default()
    }

    /// Whether a state can be entered.
    pub(crate) fn is_reachable(&self, state: usize) -> bool {
        self.reachable.get(state).copied().unwrap_or(true)
    }

    /// The names of the events, sorted.
    pub(crate) fn event_names(&self) -> Vec<&'m str> {
        let mut names: Vec<_> = self.events.keys().copied().collect();
        names.sort_unstable();
        names
    }

    /// Whether there is such an event.
    pub(crate) fn has_event(&self, name: &str) -> bool {
        self.events.contains_key(name)
    }

    /// The edges as they are written, and as they were meant where a state is misspelt.
    pub(crate) fn likely(&self) -> impl Iterator<Item = &Edge<'m>> {
        self.edges.iter().chain(&self.guessed)
    }

    /// The likely edges of an event.
    pub(crate) fn edges_of<'a>(&'a self, event: &'a str) -> impl Iterator<Item = &'a Edge<'m>> {
        let guessed = self.guessed.iter().filter(move |it| it.event == event);
        self.written_edges_of(event).chain(guessed)
    }

    /// The edges of an event as they are written.
    pub(crate) fn written_edges_of(&self, event: &str) -> impl Iterator<Item = &Edge<'m>> {
        let written = self.events.get(event).into_iter().flatten();
        written.filter_map(|at| self.edges.get(*at))
    }

    /// Where an event most likely leads from a state.
    pub(crate) fn next(&self, from: usize, event: &str) -> Option<usize> {
        let written = self
            .rows
            .get(&(event, from))
            .and_then(|at| self.edges.get(*at));
        let guessed = || {
            self.guessed
                .iter()
                .find(|it| it.from == from && it.event == event)
        };
        written.or_else(guessed).map(|it| it.to)
    }

    /// Whether the machine can enter a state from another one.
    pub(crate) fn is_entered(&self, state: usize) -> bool {
        self.entered.get(state).copied().unwrap_or(true)
    }

    fn state(&mut self, name: &'m str) -> usize {
        *self.index.entry(name).or_insert_with(|| {
            self.states.push(name);
            self.states.len() - 1
        })
    }

    /// How many states may be looked at for misspelt ones.
    const MOST: usize = 4096;

    /// Finds out which states can be entered, with misspelt names taken for what they were meant to be.
    fn explore(&mut self, machine: &Machine) {
        let count = self.states.len();
        let (mut entered, mut left) = (vec![false; count], vec![false; count]);
        let mut next = vec![Vec::new(); count];
        for edge in self.edges.iter().chain(&self.shadowed) {
            entered[edge.to] |= edge.to != edge.from;
            left[edge.from] = true;
            next[edge.from].push(edge.to);
        }
        let guesses = Guesses::default();
        let mut mentions = vec![0_usize; count];
        let mut watched = vec![false; count];
        for state in mentioned(machine).filter_map(|it| self.find(it)) {
            mentions[state] += 1;
        }
        for name in machine
            .watchers
            .iter()
            .flat_map(|it| it.state_match.iter().flatten())
        {
            let near = || self.find(guesses.similar(name, self.states.iter().copied())?);
            if let Some(state) = self.find(name).or_else(near) {
                mentions[state] += 1;
                watched[state] = true;
            }
        }
        for state in 0..count.min(Self::MOST) {
            // A name that is only ever left, or only ever entered, may be misspelt, if it resembles another one
            // that is mentioned more often.
            let odd = match state {
                0 => !left[0],
                _ => !entered[state] || (!left[state] && !watched[state]),
            };
            let others = (0..count)
                .filter(|it| *it != state && odd)
                .map(|it| self.states[it]);
            let Some(meant) = guesses
                .similar(self.states[state], others)
                .and_then(|it| self.find(it))
            else {
                continue;
            };
            // Of two names that are mentioned equally often either may be the one.
            let mentioned = |it: usize| mentions[it] + self.echoes(machine, it);
            if mentioned(state) <= mentioned(meant) || (state == 0 && mentions[0] <= 1) {
                self.misspelt.insert(state, meant);
                next[state].push(meant);
                next[meant].push(state);
            }
        }
        self.watched = watched;
        let meant = |state: usize| self.misspelt.get(&state).copied().unwrap_or(state);
        let guess = |it: &Edge<'m>| Edge {
            from: meant(it.from),
            to: meant(it.to),
            ..*it
        };
        let guessed = self.edges.iter().map(|it| (it, guess(it)));
        let differs =
            |(it, guess): &(&Edge<'_>, Edge<'_>)| (it.from, it.to) != (guess.from, guess.to);
        self.guessed = guessed.filter(differs).map(|it| it.1).collect();
        // A machine that never leaves its first state is reported as such, and not once for each other state.
        let stuck = count > 0 && next[0].is_empty();
        self.reachable = vec![stuck; count];
        let mut open: Vec<usize> = (0..count.min(1)).collect();
        while let Some(state) = open.pop() {
            if stuck || core::mem::replace(&mut self.reachable[state], true) {
                continue;
            }
            open.extend(&next[state]);
        }
        self.entered = vec![false; count];
        for edge in self.edges.iter().chain(&self.guessed) {
            self.entered[edge.to] |= edge.from != edge.to && self.reachable[edge.from];
        }
    }

    /// How many transitions have the name of a state in theirs, as `enter_maintenance` has that of `MAINTENANCE`.
    fn echoes(&self, machine: &Machine, state: usize) -> usize {
        let name = self.name(state).to_lowercase();
        let events = machine
            .transitions
            .iter()
            .filter_map(|it| it.name.as_deref());
        events
            .filter(|it| it.to_lowercase().contains(&name))
            .count()
    }

    /// What a state was most likely meant to be.
    pub(crate) fn meant(&self, state: usize) -> Option<&'m str> {
        self.misspelt.get(&state).map(|it| self.name(*it))
    }

    /// Whether another state is most likely this one, misspelt.
    pub(crate) fn is_meant(&self, state: usize) -> bool {
        !self.misspelt.contains_key(&state) && self.misspelt.values().any(|it| *it == state)
    }

    /// Whether a state is most likely another one, misspelt.
    pub(crate) fn is_misspelt(&self, state: usize) -> bool {
        self.misspelt.contains_key(&state)
    }
}

/// The states that the machine itself mentions, as often as it does.
fn mentioned(machine: &Machine) -> impl Iterator<Item = &str> {
    let initial = machine.initial_state.as_deref();
    let transitions = machine.transitions.iter();
    let states = transitions.flat_map(|it| it.from.iter().flatten().chain(&it.destination));
    initial.into_iter().chain(states.map(String::as_str))
}
