//! How a request went.

use core::time::Duration;

use jiff::Timestamp;

/// How a request went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// The id of the request.
    pub request: String,
    /// When it began.
    pub started: Timestamp,
    /// How many nodes were found; 0 where nobody looked for them.
    pub discovered: usize,
    /// How many nodes were asked by their names so far.
    pub asked: usize,
    /// How many nodes answered, whether or not they were asked.
    pub responses: usize,
    /// How many of them say that it worked.
    pub ok: usize,
    /// How many of them say that it did not.
    pub failed: usize,
    /// Those who were asked and did not answer, in the order of their names.
    pub silent: Vec<String>,
    /// Those who answered and were not asked, likewise.
    pub unexpected: Vec<String>,
    /// How many replies were dropped because their sender had answered already.
    pub duplicates: usize,
    /// How many replies were not believed.
    pub refused: usize,
    /// How many replies came faster than they could be looked at, and were lost.
    pub lost: usize,
    /// How long it took to find the nodes.
    pub discovery: Duration,
    /// How long it took to send the requests, without the replies.
    pub publishing: Duration,
    /// How long it took from the first request to the last reply, or to the end of the time.
    pub duration: Duration,
}
