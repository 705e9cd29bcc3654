//! The subjects of NATS that messages are published on.

use core::fmt;

use crate::Request;

/// A subject. [`Subject::checked`] is its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A request for all nodes that have an agent.
    Agent {
        /// The collective.
        collective: &'a str,
        /// The agent.
        agent: &'a str,
    },
    /// A request for one of those that have a service agent.
    Service {
        /// The collective.
        collective: &'a str,
        /// The agent, which also is the queue group.
        agent: &'a str,
    },
    /// A request for one node.
    Node {
        /// The collective.
        collective: &'a str,
        /// The node's identity, which may have dots.
        identity: &'a str,
    },
    /// The replies to a request.
    Reply {
        /// The collective.
        collective: &'a str,
        /// The client, see [`crate::id::unique`].
        client: &'a str,
        /// The request's id.
        request: &'a str,
    },
    /// What a federation broker gets from clients.
    FederatedRequest {
        /// The federation.
        federation: &'a str,
    },
    /// What a federation broker gets from nodes.
    FederatedReply {
        /// The federation.
        federation: &'a str,
    },
    /// An event in the life of a program.
    Lifecycle {
        /// What happens.
        event: Lifecycle,
        /// The kind of program: `server`, `provision_mode_server`, `service_host` or its own name.
        component: &'a str,
    },
    /// A machine's transition.
    Transition,
    /// What a watcher has to tell.
    Watcher {
        /// The kind of watcher.
        kind: &'a str,
    },
    /// A message that somebody on the node hands in.
    Submission {
        /// The node's main collective.
        collective: &'a str,
        /// The subject of the message, which may have dots.
        subject: &'a str,
    },
    /// A place in a governor.
    Governor {
        /// The collective.
        collective: &'a str,
        /// The governor.
        name: &'a str,
    },
}

/// What happens in the life of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lifecycle {
    /// It started.
    Startup,
    /// It stops.
    Shutdown,
    /// It was provisioned.
    Provisioned,
    /// It is still there.
    Alive,
    /// It uses a governor.
    Governor,
    /// It was replaced by another version.
    Upgraded,
}

/// A part of a subject that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{part}` cannot be part of a subject")]
pub struct SubjectError {
    /// The part.
    pub part: String,
}

/// Where a message went that is replied to by nobody.
pub const NOBODY: &str = "dev.null";

/// The collective of nodes that wait to be provisioned.
pub const PROVISIONING: &str = "provisioning";

// === impl Subject ===

impl Subject<'_> {
    /// The subject as text.
    ///
    /// # Errors
    /// A part is empty, or has white space, wildcards or, where there is no room for them, dots.
    pub fn checked(&self) -> Result<String, SubjectError> {
        let (single, dotted): (&[&str], &[&str]) = match self {
            Self::Agent { collective, agent } | Self::Service { collective, agent } => {
                (&[agent], &[collective])
            }
            Self::Node {
                collective,
                identity,
            } => (&[], &[collective, identity]),
            Self::Reply {
                collective,
                client,
                request,
            } => (&[client, request], &[collective]),
            Self::FederatedRequest { federation } | Self::FederatedReply { federation } => {
                (&[federation], &[])
            }
            Self::Lifecycle { component, .. } => (&[component], &[]),
            Self::Transition => (&[], &[]),
            Self::Watcher { kind } => (&[kind], &[]),
            Self::Submission {
                collective,
                subject,
            } => (&[], &[collective, subject]),
            Self::Governor { collective, name } => (&[name], &[collective]),
        };
        let tokens = dotted.iter().flat_map(|part| part.split('.'));
        match single
            .iter()
            .copied()
            .chain(tokens)
            .find(|it| !is_token(it))
        {
            None => Ok(self.to_string()),
            Some(part) => Err(SubjectError {
                part: part.to_owned(),
            }),
        }
    }

    /// The queue group that subscribers of this subject are in.
    #[must_use]
    pub const fn queue_group(&self) -> Option<&str> {
        match self {
            Self::Service { agent, .. } => Some(agent),
            _ => None,
        }
    }
}

/// Whether a text can stand between the dots of a subject.
fn is_token(text: &str) -> bool {
    let forbidden =
        |it: char| it.is_whitespace() || it.is_control() || matches!(it, '.' | '*' | '>');
    !text.is_empty() && text.len() <= crate::limits::NAME && !text.chars().any(forbidden)
}

/// Whether a node may publish its reply on a subject because a request names it.
///
/// Nobody signs where a reply is to go, and a node may publish more than its caller. So a reply goes to no subject that has
/// a meaning of its own in a network: those of NATS, of events, of requests, of submissions and of governors. All others
/// count, as clients may choose one.
#[must_use]
pub fn takes_replies(subject: &str) -> bool {
    let tokens: Vec<&str> = subject.split('.').collect();
    if subject.len() > crate::limits::NAME || !tokens.iter().all(|it| is_token(it)) {
        return false;
    }
    match tokens.as_slice() {
        [first, ..] if first.starts_with('$') => false,
        // What a federation is called is its own affair.
        ["_INBOX", ..] | ["choria", "federation", _, "collective"] => true,
        [
            "choria",
            "lifecycle" | "machine" | "submission" | "executor" | "streams",
            ..,
        ] => false,
        // The names of collectives may have dots.
        [_, rest @ .., _] => !rest
            .iter()
            .any(|it| matches!(*it, "node" | "broadcast" | "submission" | "governor")),
        _ => true,
    }
}

/// Whether a request belongs on a subject that a node listens on.
#[must_use]
pub fn carries(subject: &str, request: &Request, identity: &str) -> bool {
    let (collective, agent) = (&*request.collective, &*request.agent);
    [
        Subject::Agent { collective, agent },
        Subject::Service { collective, agent },
        Subject::Node {
            collective,
            identity,
        },
    ]
    .iter()
    .any(|it| it.checked().is_ok_and(|it| it == subject))
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent { collective, agent } => write!(f, "{collective}.broadcast.agent.{agent}"),
            Self::Service { collective, agent } => {
                write!(f, "{collective}.broadcast.service.{agent}")
            }
            Self::Node {
                collective,
                identity,
            } => write!(f, "{collective}.node.{identity}"),
            Self::Reply {
                collective,
                client,
                request,
            } => write!(f, "{collective}.reply.{client}.{request}"),
            Self::FederatedRequest { federation } => {
                write!(f, "choria.federation.{federation}.federation")
            }
            Self::FederatedReply { federation } => {
                write!(f, "choria.federation.{federation}.collective")
            }
            Self::Lifecycle { event, component } => {
                write!(f, "choria.lifecycle.event.{event}.{component}")
            }
            Self::Transition => f.write_str("choria.machine.transition"),
            Self::Watcher { kind } => write!(f, "choria.machine.watcher.{kind}.state"),
            Self::Submission {
                collective,
                subject,
            } => write!(f, "{collective}.submission.in.{subject}"),
            Self::Governor { collective, name } => write!(f, "{collective}.governor.{name}"),
        }
    }
}

impl fmt::Display for Lifecycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Startup => "startup",
            Self::Shutdown => "shutdown",
            Self::Provisioned => "provisioned",
            Self::Alive => "alive",
            Self::Governor => "governor",
            Self::Upgraded => "upgraded",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_go_where_clients_wait_for_them() {
        for subject in [
            "choria.reply.0123456789abcdef0123456789abcdef.1DLkJf2oLAvAlqPx2Sh9tnZvHB7",
            "emea.web.reply.0123.4567",
            "_INBOX.Kq2pLmT8rW.1",
            "choria.federation.dc1.collective",
            "choria.federation.node.collective",
            NOBODY,
            "results",
            "my.results",
            "node",
            "node.reply.0123.4567",
            "provisioning.registration.data",
        ] {
            assert!(takes_replies(subject), "{subject}");
        }
    }

    #[test]
    fn replies_go_nowhere_else() {
        for subject in [
            "",
            ">",
            "a.*",
            "a.>",
            "a..b",
            ".a",
            "a.",
            "a b",
            "a\tb",
            "a\r\nPUB x 0\r\n",
            "$JS.API.STREAM.DELETE.X",
            "$KV.CHORIA_LEADER_ELECTION.provisioner",
            "$SYS.REQ.SERVER.PING",
            "choria.streams.STREAM.DELETE.X",
            "choria.lifecycle.event.startup.server",
            "choria.machine.transition",
            "choria.machine.watcher.exec.state",
            "choria.submission.in.x",
            "choria.executor.x",
            "mcollective.submission.in.x.y",
            "choria.node.n1.example.net",
            "emea.web.node.n1",
            "choria.broadcast.agent.rpcutil",
            "choria.broadcast.service.aaa",
            "choria.governor.upgrades",
        ] {
            assert!(!takes_replies(subject), "{subject}");
        }
        assert!(!takes_replies(&"x".repeat(2_000)));
        assert!(!takes_replies(&"x.".repeat(1_000)));
    }
}
