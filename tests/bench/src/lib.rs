//! Nothing: the benchmarks are in `main.rs`, and cargo wants a package to have a target that is not one.
