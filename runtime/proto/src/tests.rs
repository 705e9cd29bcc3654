//! Tests over samples of our own and over the shared vectors.

mod mutation;
mod roundtrip;
pub(crate) mod vectors;
