//! What comes at run time: machines and check files from directories, watched and reloaded.
//!
//! Each has a room of its own behind a feature: [`machines`] are code for the engine, [`checks`] are data for
//! classes that are compiled in, also from a signed `bundle`; [`policies`] are data for who may do what. The first two keep the engine as files say, through the one front end of the compiler. A
//! change of one thing never touches another. What cannot be used is reported as a problem of the node, with the
//! diagnostic that its author would have seen, and what ran before goes on.

#[cfg(feature = "bundle")]
pub mod bundle;
#[cfg(feature = "checks")]
pub mod checks;
#[cfg(feature = "machines")]
pub mod machines;

#[cfg(feature = "policies")]
pub mod policies;

#[cfg(any(feature = "checks", feature = "machines"))]
mod follow;
#[cfg(any(feature = "checks", feature = "machines"))]
mod reports;
#[cfg(any(feature = "checks", feature = "machines"))]
mod stamp;
#[cfg(any(feature = "checks", feature = "policies"))]
mod trust;

#[cfg(any(feature = "checks", feature = "policies"))]
pub use trust::Trust;
