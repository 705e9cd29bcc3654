//! Compiles the distribution.

fn main() -> std::process::ExitCode {
    chorister_compiler::compile("specs/distribution.yaml")
}
