//! What becomes of each message that arrives.

use chorister_proto::body::is_ping;
use chorister_proto::filter::{Functions, Node, Semantics};
use chorister_proto::subject::takes_replies;
use chorister_proto::{Transport, Version};
use chorister_security::{Guard, Refusal, Trust, VerifiedRequest};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::counters::{Count, Counters, Judged};
use crate::discovery;
use crate::undecided::{Undecided, Verdict};

/// Lets requests in: those that are true, new, and for this node.
#[derive(Debug)]
pub struct Reception {
    guard: Guard,
    semantics: Semantics,
    functions: Functions,
    trust: Option<watch::Receiver<Trust>>,
}

/// What a message turned out to be.
#[derive(Debug)]
pub enum Received {
    /// Somebody wants to know whether the node is there.
    Ping(Box<VerifiedRequest>),
    /// A request for an agent of the node.
    Call(Box<VerifiedRequest>),
    /// A request for an agent that the node does not have.
    NoAgent(Box<VerifiedRequest>),
    /// A request for other nodes.
    Filtered,
    /// A request that data plugins have to be asked about.
    Undecided(Undecided),
    /// A request whose reply would go where no replies belong.
    Unanswerable(Box<VerifiedRequest>),
    /// Nothing that the node accepts.
    Refused(Refusal),
}

impl Reception {
    /// One that lets in what `guard` admits. Filters may ask the data plugins that `functions` knows.
    #[must_use]
    pub const fn new(guard: Guard, semantics: Semantics, functions: Functions) -> Self {
        Self {
            guard,
            semantics,
            functions,
            trust: None,
        }
    }

    /// Has it believe whom somebody else says, from the next message on.
    #[must_use]
    pub fn renewed(self, trust: watch::Receiver<Trust>) -> Self {
        Self {
            trust: Some(trust),
            ..self
        }
    }

    /// Takes a message that arrived on a subject.
    ///
    /// Compat: go-choria `server/requests.go` asks the filters before it looks at the age of a request; here everything that
    /// makes a request acceptable comes first, which only counters can tell.
    pub fn receive(
        &mut self,
        payload: &[u8],
        subject: &str,
        now: Timestamp,
        node: &Node<'_>,
        counters: &Counters,
    ) -> Received {
        counters.arrived(now);
        if let Some(trust) = &mut self.trust
            && trust.has_changed().unwrap_or_default()
        {
            self.guard.verifier.trust = trust.borrow_and_update().clone();
        }
        let verified = match self.guard.admit(payload, subject, now) {
            Ok(verified) => Box::new(verified),
            Err(refusal) => {
                counters.judge(version(payload), judged(&refusal));
                counters.add(match refusal.code() {
                    "ttl" => Count::TtlExpired,
                    _ => Count::Unvalidated,
                });
                return Received::Refused(refusal);
            }
        };
        counters.judge(verified.request.version, Judged::Valid);
        let to = verified.transport.reply_to.as_deref();
        if to.is_some_and(|it| !takes_replies(it)) {
            counters.add(Count::Unvalidated);
            return Received::Unanswerable(verified);
        }
        let filter = verified.request.filter.as_ref();
        let Some(filter) = filter.filter(|it| !it.is_empty()) else {
            return pass(verified, node.agents, counters);
        };
        let matcher = filter.compile(self.semantics, &self.functions);
        match Undecided::new(verified, matcher).judge(*node) {
            Verdict::Meant(verified) => pass(verified, node.agents, counters),
            Verdict::Filtered => {
                counters.add(Count::Filtered);
                Received::Filtered
            }
            Verdict::Undecided(undecided) => Received::Undecided(undecided),
        }
    }
}

/// What a request for the node is, which has these agents.
pub(crate) fn pass(
    verified: Box<VerifiedRequest>,
    agents: &[String],
    counters: &Counters,
) -> Received {
    counters.add(Count::Passed);
    counters.add(Count::Validated);
    let agent = &verified.request.agent;
    if agent == discovery::NAME {
        // Compat: go-choria `providers/agent/discovery`: whatever else is said to it is not answered.
        return if is_ping(&verified.request.body()) {
            Received::Ping(verified)
        } else {
            Received::NoAgent(verified)
        };
    }
    if agents.contains(agent) {
        Received::Call(verified)
    } else {
        Received::NoAgent(verified)
    }
}

/// Why a message was refused, as metrics count it.
fn judged(refusal: &Refusal) -> Judged {
    match refusal.code() {
        "transport" | "secure_request" | "request" => Judged::JsonParseFailures,
        "certificate" | "token" | "signature" | "denied" => Judged::Invalid,
        "version" => Judged::Error,
        // Whoever signed it is believed; it is something else that is wrong.
        _ => Judged::Valid,
    }
}

/// The version that a message says it is of; what says nothing is counted as the older.
fn version(payload: &[u8]) -> Version {
    match Transport::decode(payload) {
        Ok(transport) => transport.version,
        Err(_) => Version::V1,
    }
}
