//! The command line as people and programs see it: arguments in, output and exit code out.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "these are tests"
)]

mod can;
mod check;
mod codegen;
mod diff;
mod explain;
mod graph;
mod help;
mod new;
mod schema;
mod simulate;
mod support;
mod sync;
mod test;
mod watch;
