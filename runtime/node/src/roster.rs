//! The agents that a node hosts, now and as they come and go.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chorister_ddl::{Agent, AgentState, Hosting};
use chorister_ir::ddl::Ddl;
use tokio::sync::{Semaphore, watch};

use crate::breaker::Breaker;
use crate::discovery::DISCOVERY;

/// How many requests one agent works on at a time.
const AT_ONCE: usize = 32;

/// An agent of a node.
pub struct Hosted {
    pub(crate) agent: Arc<dyn Agent>,
    pub(crate) permits: Semaphore,
    breaker: Mutex<Breaker>,
}

/// The agents of a node at one time.
#[derive(Debug, Default)]
pub struct Agents {
    hosted: BTreeMap<String, Arc<Hosted>>,
    ddls: Arc<[Ddl]>,
    deadlines: Arc<BTreeMap<String, Duration>>,
    names: Vec<String>,
}

/// The agents of a node. Clones are the same roster.
///
/// Whoever works on a request holds the agent that it was for, so that one that is replaced or dismissed finishes what
/// it has begun.
#[derive(Clone, Debug)]
pub struct Roster {
    agents: Arc<watch::Sender<Arc<Agents>>>,
    /// Whether only those are hosted of which one in all the network is to answer.
    services_only: bool,
}

// === impl Hosted ===

impl Hosted {
    fn new(agent: Arc<dyn Agent>) -> Self {
        Self {
            agent,
            permits: Semaphore::new(AT_ONCE),
            breaker: Mutex::default(),
        }
    }

    /// What it can be asked.
    #[must_use]
    pub fn ddl(&self) -> &Ddl {
        self.agent.ddl()
    }

    /// How long it has for an action; zero leaves that to the node.
    #[must_use]
    pub fn deadline(&self) -> Duration {
        self.agent.deadline()
    }

    /// Does something with what keeps the agent from being asked.
    pub fn with_breaker<T>(&self, act: impl FnOnce(&mut Breaker) -> T) -> T {
        act(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

// === impl Agents ===

impl Agents {
    /// The agent of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Hosted>> {
        self.hosted.get(name)
    }

    /// The agents by their names, without `discovery`, which every node is itself.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<Hosted>)> {
        self.hosted.iter().map(|(name, it)| (name.as_str(), it))
    }

    /// The names of all agents, as filters see them.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What all agents can be asked, in order of name.
    #[must_use]
    pub const fn ddls(&self) -> &Arc<[Ddl]> {
        &self.ddls
    }

    /// How long those have for an action who have another time than their DDLs say.
    #[must_use]
    pub const fn deadlines(&self) -> &Arc<BTreeMap<String, Duration>> {
        &self.deadlines
    }
}

// === impl Roster ===

impl Roster {
    /// One without agents, but for `discovery`.
    #[must_use]
    pub fn new() -> Self {
        Self::begin(false)
    }

    /// One that will host only agents that are services.
    #[must_use]
    pub fn of_services() -> Self {
        Self::begin(true)
    }

    fn begin(services_only: bool) -> Self {
        let roster = Self {
            agents: Arc::default(),
            services_only,
        };
        roster.change(|_| {});
        roster
    }

    /// The agents now.
    #[must_use]
    pub fn now(&self) -> Arc<Agents> {
        Arc::clone(&self.agents.borrow())
    }

    /// The agents now, and whenever one comes or goes.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Arc<Agents>> {
        self.agents.subscribe()
    }

    /// Whether requests reach the agents, by their names.
    #[must_use]
    pub fn states(&self) -> BTreeMap<String, AgentState> {
        let state =
            |(name, it): (&str, &Arc<Hosted>)| (name.to_owned(), it.with_breaker(|it| it.state()));
        self.agents.borrow().iter().map(state).collect()
    }

    /// Lets no request reach an agent any more, or lets them again; false where there is no such agent.
    ///
    /// An agent that tripped is given another chance by that too.
    pub fn pause(&self, name: &str, paused: bool) -> bool {
        let agents = self.now();
        let Some(hosted) = agents.get(name) else {
            return false;
        };
        tracing::info!(
            agent = name,
            paused,
            "somebody decided whether an agent is asked"
        );
        hosted.with_breaker(|it| match paused {
            true => it.hold(),
            false => it.release(),
        });
        true
    }

    fn change(&self, act: impl FnOnce(&mut BTreeMap<String, Arc<Hosted>>)) {
        self.agents.send_modify(|agents| {
            let mut hosted = agents.hosted.clone();
            act(&mut hosted);
            let own = (!self.services_only).then_some(&DISCOVERY);
            let all = hosted.values().map(|it| it.ddl()).chain(own);
            let mut ddls: Vec<_> = all.cloned().collect();
            ddls.sort_by(|one, other| one.metadata.name.cmp(&other.metadata.name));
            let names = ddls.iter().map(|it| it.metadata.name.to_string());
            let names = names.collect();
            let other = |it: &&Arc<Hosted>| it.deadline() != it.ddl().metadata.timeout;
            let deadlines = hosted.values().filter(other);
            let deadlines = deadlines.map(|it| (it.ddl().metadata.name.to_string(), it.deadline()));
            let deadlines = Arc::new(deadlines.collect());
            *agents = Arc::new(Agents {
                hosted,
                ddls: ddls.into(),
                deadlines,
                names,
            });
        });
    }
}

impl Default for Roster {
    fn default() -> Self {
        Self::new()
    }
}

impl Hosting for Roster {
    fn hosts(&self, name: &str) -> bool {
        self.agents.borrow().get(name).is_some()
    }

    fn host(&self, agent: Arc<dyn Agent>) -> bool {
        let metadata = &agent.ddl().metadata;
        let name = metadata.name.to_string();
        if self.services_only && !metadata.service {
            self.dismiss(&name);
            return false;
        }
        self.change(|hosted| {
            let new = Hosted::new(agent);
            let old = hosted.get(&name);
            // Whoever holds an agent back means its next version too.
            if old.is_some_and(|it| it.with_breaker(|it| it.state()) == AgentState::Paused) {
                new.with_breaker(Breaker::hold);
            }
            hosted.insert(name, Arc::new(new));
        });
        true
    }

    fn dismiss(&self, name: &str) {
        if self.hosts(name) {
            self.change(|hosted| {
                hosted.remove(name);
            });
        }
    }
}

impl std::fmt::Debug for Hosted {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Hosted")
            .field("breaker", &self.breaker)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use chorister_ddl::{Calling, Data, Failure, RequestContext};

    use super::*;

    /// An agent that does nothing.
    struct Idle(Ddl);

    impl Agent for Idle {
        fn ddl(&self) -> &Ddl {
            &self.0
        }

        fn call<'a>(&'a self, _: &'a RequestContext, action: &'a str, _: Data) -> Calling<'a> {
            let failure = Failure::unknown_action(&self.0.metadata.name, action);
            Box::pin(async { Err(failure) })
        }
    }

    fn idle(name: &str, service: bool) -> Arc<dyn Agent> {
        let mut ddl = DISCOVERY.clone();
        ddl.metadata.name = name.to_owned().into();
        ddl.metadata.service = service;
        Arc::new(Idle(ddl))
    }

    #[test]
    fn agents_come_and_go_and_whoever_listens_hears_of_it() {
        let roster = Roster::new();
        let mut changes = roster.changes();
        assert_eq!(roster.now().names(), ["discovery"]);
        assert!(roster.host(idle("puppet", false)));
        assert!(changes.has_changed().unwrap());
        let before = changes.borrow_and_update().clone();
        assert_eq!(before.names(), ["discovery", "puppet"]);
        roster.dismiss("unknown");
        assert!(!changes.has_changed().unwrap());
        roster.dismiss("puppet");
        assert!(!roster.hosts("puppet"));
        // Whoever works on a request still has it.
        assert!(before.get("puppet").is_some());
    }

    #[test]
    fn what_somebody_paused_stays_paused_when_it_is_replaced() {
        let roster = Roster::new();
        roster.host(idle("puppet", false));
        assert!(!roster.pause("unknown", true));
        assert!(roster.pause("puppet", true));
        roster.host(idle("puppet", false));
        assert_eq!(roster.states()["puppet"], AgentState::Paused);
        assert!(roster.pause("puppet", false));
        assert_eq!(roster.states()["puppet"], AgentState::Active);
    }

    #[test]
    fn a_host_of_services_has_nothing_else() {
        let roster = Roster::of_services();
        assert!(!roster.host(idle("puppet", false)));
        assert!(roster.host(idle("registry", true)));
        assert_eq!(roster.now().names(), ["registry"]);
        // It is a service no more.
        assert!(!roster.host(idle("registry", false)));
        assert_eq!(roster.now().names(), [""; 0]);
    }
}
