//! Why nobody could be asked.

use core::time::Duration;

use chorister_bus::PublishError;
use chorister_proto::subject::SubjectError;
use chorister_security::SignError;

use crate::LimitError;

/// Why nobody could be asked. Nodes that fail or are silent are no error of the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No broker let us in.
    #[error("no broker let us in within {} s{}", waited.as_secs_f64(), because(reason.as_deref()))]
    NoBroker {
        /// How long we waited.
        waited: Duration,
        /// Why the last one did not, if it said.
        reason: Option<String>,
    },
    /// Nobody was found to ask.
    #[error("no nodes were found that fit the filter")]
    NobodyFound,
    /// The profile does not allow to ask all nodes.
    #[error(
        "requests without filters have been disabled; say which nodes are meant, by identity, class, fact or agent"
    )]
    Unfiltered,
    /// The batches take longer than a message that is signed once may count.
    #[error("{batches} batches take {} s, and a request that is signed once counts for {} s at most; take larger ones", .ttl.as_secs(), .most.as_secs())]
    TooLong {
        /// How many there are.
        batches: usize,
        /// How long they take together.
        ttl: Duration,
        /// How long they may take.
        most: Duration,
    },
    /// The request is larger than a message may be.
    #[error("the request has {size} bytes, at most {most} can be sent")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// What can be sent, in bytes.
        most: usize,
    },
    /// A collective, an agent or a node has a name that none can have.
    #[error(transparent)]
    Name(#[from] SubjectError),
    /// The limit cannot be used.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The request cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The request was not taken.
    #[error("the request could not be sent: {0}")]
    Publish(PublishError),
    /// Somebody closed the connection.
    #[error("the connection was closed")]
    Closed,
}

fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |it| format!(": {it}"))
}

impl From<PublishError> for ClientError {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::TooLarge { size, most } => Self::TooLarge { size, most },
            other => Self::Publish(other),
        }
    }
}
