//! A distribution as an author writes it: agents that are commands and machines, and data plugins.

#![allow(
    unused_qualifications,
    reason = "generated code names types by their whole paths"
)]

mod stock;

chorister::distribution!();

fn main() -> std::process::ExitCode {
    chorister::run(&DISTRIBUTION)
}
