//! Tests over samples of our own and over the shared vectors.

mod mutation;
mod negative;
mod replays;
mod rim;
mod vectors;
