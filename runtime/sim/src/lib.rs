//! Machines in virtual time: the code that ships, with a script or chance in place of the world.
//!
//! A [`World`] is a [`Fleet`](chorister_fsm::Fleet), both clocks and a seeded source of randomness. Time only passes when
//! it is told to, runs of watchers come to what a script or the [`Surroundings`] say, and whatever happens is written
//! on a time line. The same calls on the same [`Setup`] give the same time line.
//!
//! ```text
//! Setup ──► World ──► Entry, Entry, Entry … ──► judge ──► Verdict
//!             ▲
//!             └── Step, Step … or Surroundings
//! ```
//!
//! Nothing here reads a clock, a file, the environment or a random source of its own.

mod answer;
mod chance;
mod expect;
mod judge;
mod random;
mod rows;
mod script;
mod setup;
mod shrink;
mod tally;
mod timeline;
mod trial;
mod world;

pub use chance::{Chance, Odds};
pub use expect::{EventMatch, Expectation, Unwanted};
pub use judge::{Judge, Verdict, human, judge};
pub use random::Seeded;
pub use rows::{Row, Rows, Tone, rows};
pub use script::{Action, Scripted, Step};
pub use setup::{Member, Setup};
pub use shrink::{Shrunk, shrink};
pub use tally::{Tallies, Tally};
pub use timeline::{Cause, Entry, Fault, Given, What};
pub use trial::{Finished, Sink, Trial, Unscripted};
pub use world::{Run, Surroundings, Unused, World};

#[cfg(test)]
mod tests;
