//! The compiler's back end and its entry for build scripts: prints the IR as Rust.
