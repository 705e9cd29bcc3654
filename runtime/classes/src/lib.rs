//! From a check class and a row of values to a check that can run.
//!
//! A class is compiled in; its checks are rows: of a distribution, of a check file that a configuration tool dropped
//! on the node, of a signed bundle. [`resolve`] holds a row against its class and fills the class in, or says what is
//! wrong with which value as [`Problem`]s. Where that stands in a file is known to whoever read the row.
//!
//! [`value`] reads the value of one parameter; compilers read defaults with it, so that there is one opinion of what
//! a value may be.
//!
//! This crate reads no file, clock or environment, and knows no format.

mod argument;
mod order;
mod pattern;
mod portrait;
mod problem;
mod resolve;
mod threshold;
mod value;

pub use order::orders;
pub use pattern::check_pattern;
pub use portrait::{portrait, values};
pub use problem::{Kind, Problem};
pub use resolve::{Row, compiled, example, fitted, given, resolve, variables};
pub use value::value;

#[cfg(test)]
mod tests;
