//! Runs the tests of specs in virtual time, on the engine code that ships.
//!
//! ```text
//! scenario::Test ──lower──► sim::Setup, Step, Expectation ──World──► time line ──judge──► TestRun ──► report
//! ```
//!
//! `chorister-spec` reads tests and checks them against their machines ([`chorister_spec::scenario`] has the format);
//! whoever has the files puts both together as [`Batch`]es and calls [`run`]. What comes back says of each test what
//! was not as expected, where that stands in the file and at which entry of the time line it became clear, and which
//! states, transitions and watchers of the machines the tests have seen.

mod batch;
mod coverage;
mod lower;
pub mod report;
mod run;
mod story;

pub use batch::{Batch, Options, Subject, run};
pub use coverage::{Coverage, Covered};
pub use lower::{Script, expectations, script, setup};
pub use run::{Failure, Moment, Place, TestRun, run_test};
pub use story::{Line, Story};
