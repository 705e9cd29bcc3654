//! Tests that need several rooms, in one binary: linking is what costs time.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "these are tests"
)]

mod architecture;
mod check_files;
mod configuration;
mod crash;
mod differential;
mod goss_matchers;
mod goss_verdicts;
mod loaded;
mod network;
mod node;
mod outputs;
mod plugins;
mod recorded;
mod scaffold;
mod standard_classes;
mod support;
mod validate;
mod walk;
