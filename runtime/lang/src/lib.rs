//! The small languages inside specs.
//!
//! Each module parses one of them into a value that can stand in a constant, checks it, and evaluates it.
//! Nothing here reads a clock, a file or the environment: time, facts and data are arguments.

pub mod cron;
pub mod expr;
pub mod template;

mod data;
#[cfg(feature = "emit")]
mod emit;

pub use data::{List, Text, list, text};
#[cfg(feature = "emit")]
pub use emit::ConstTokens;
