//! What there is on a machine, and the checks that it deserves.
//!
//! [`look`] finds out, [`propose`] judges what was found without looking at anything.

mod facts;
mod propose;

pub use facts::{Facts, Port, Speaks, look};
pub use propose::{Proposal, Topic, propose};
