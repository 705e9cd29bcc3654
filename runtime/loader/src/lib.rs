//! What comes at run time: machines from directories, watched and reloaded.
//!
//! Each has a room of its own behind a feature: [`machines`] are code for the engine. It is kept as files say, through
//! the one front end of the compiler. A change of one thing never touches another. What cannot be used is reported as
//! a problem of the node, with the diagnostic that its author would have seen, and what ran before goes on.

#[cfg(feature = "machines")]
pub mod machines;

#[cfg(feature = "machines")]
mod follow;
#[cfg(feature = "machines")]
mod reports;
#[cfg(feature = "machines")]
mod stamp;
