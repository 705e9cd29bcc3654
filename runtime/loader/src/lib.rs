//! What comes at run time: machines and check files from directories, watched and reloaded.
//!
//! Each has a room of its own behind a feature: [`machines`] are code for the engine, [`checks`] are data for
//! classes that are compiled in, also from a signed `bundle`; [`policies`] are data for who may do what, [`ddls`] tell clients what agents can be asked. The first two keep the engine as files say, through the one front end of the compiler. A
//! change of one thing never touches another. What cannot be used is reported as a problem of the node, with the
//! diagnostic that its author would have seen, and what ran before goes on.

#[cfg(feature = "bundle")]
pub mod bundle;
#[cfg(feature = "checks")]
pub mod checks;
#[cfg(feature = "ddls")]
pub mod ddls;
#[cfg(feature = "machines")]
pub mod machines;

#[cfg(feature = "policies")]
pub mod policies;

#[cfg(feature = "follow")]
pub mod follow;
#[cfg(feature = "follow")]
pub mod reports;

pub use chorister_engine::stamp;
pub use chorister_engine::trust::{Judge, Trust};
