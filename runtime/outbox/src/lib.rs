//! What a node has to tell its network, kept on disk until a broker has it.
//!
//! ```text
//! engine ──► Sink ──────► Spool ──► Courier ──► stream
//! node   ──► Spool::put ──► │          │  ▲
//!                         files      Window: what is on its way
//! ```
//!
//! [`Spool`] is a queue of lines in files. It has a largest size: the oldest lines make room, and are counted. It
//! outlives the process, and where the disk is full it goes on in memory.
//!
//! [`Courier`] sends what is in it, in order, hundreds at a time, and removes what a stream has confirmed. Each message
//! carries the id of its event (`Nats-Msg-Id`), and streams take an id once within their duplicate window (two minutes
//! unless they say otherwise). When a connection breaks, whatever was not confirmed is sent again.
//!
//! Whether a stream takes a subject is found out by asking: a message goes out with a place for the receipt. Where the
//! broker says that nobody listens, or has the message and no receipt comes within [`PATIENCE`], there is no stream. The
//! next messages of that subject go out plain, as upstream sends them, and count as told when the broker is known to
//! have them; after [`AGAIN`], and with each new connection, it is found out again.
//!
//! [`submission`] is for messages of other programs, which lie in a folder that upstream's tools know.
//!
//! Messages reach a stream in the order in which they were put here. One thing can change that: of messages that were on
//! their way when a connection broke, those that the broker missed follow those that it got.

mod courier;
mod letters;
mod line;
mod routes;
mod sink;
mod spool;
pub mod submission;
mod window;

pub use courier::Courier;
pub use letters::Letters;
pub use line::{Line, event_id};
pub use routes::{AGAIN, PATIENCE};
pub use sink::Sink;
pub use spool::{Limits, Spool, Tally};
