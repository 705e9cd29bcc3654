//! A distribution as an author writes it: agents that are commands and machines.

chorister::distribution!();

fn main() -> std::process::ExitCode {
    chorister::run(&DISTRIBUTION)
}
