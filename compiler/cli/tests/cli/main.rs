//! The command line as people and programs see it: arguments in, output and exit code out.

mod check;
mod codegen;
mod explain;
mod graph;
mod help;
mod new;
mod schema;
mod support;
mod sync;
mod watch;
