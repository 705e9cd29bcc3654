//! The small languages inside specs.
//!
//! Each module parses one of them into a value that can stand in a constant, checks it, and evaluates it.
//! Nothing here reads a clock, a file or the environment: time, facts and data are arguments.

pub mod cron;
pub mod duration;
pub mod expr;
pub mod gjson;
pub mod glob;
pub mod nagios;
pub mod re2;
pub mod size;
pub mod suggest;
pub mod syntax;
pub mod template;
pub mod words;

mod data;
#[cfg(feature = "emit")]
mod emit;

pub use data::{List, Text, list, text};
#[cfg(feature = "emit")]
pub use emit::ConstTokens;
pub use syntax::SyntaxError;
