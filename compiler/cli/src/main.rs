//! The author's compiler and toolbox.

fn main() {}
