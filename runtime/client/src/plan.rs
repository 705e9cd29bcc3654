//! What is asked, of whom, and how long they have.

use core::time::Duration;

use chorister_proto::Filter;

use crate::Batches;
use crate::progress::Observer;

/// What is asked, of whom, and how long they have.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) agent: String,
    pub(crate) body: Vec<u8>,
    pub(crate) filter: Option<Filter>,
    pub(crate) reach: Reach,
    /// How long each batch has, from when it was sent.
    pub(crate) timeout: Duration,
    /// How long after the last reply another one is waited for.
    pub(crate) window: Option<Duration>,
    pub(crate) batches: Option<Batches>,
    /// Where somebody else listens to the replies; nobody does here then.
    pub(crate) reply_to: Option<String>,
    pub(crate) observer: Observer,
}

/// Who is asked.
#[derive(Debug)]
pub(crate) enum Reach {
    /// All nodes that the filter fits, until so many have answered.
    Everybody {
        /// How many replies are enough.
        enough: usize,
    },
    /// One of those that host a service.
    AnyOne,
    /// These nodes.
    Nodes(Vec<String>),
}
