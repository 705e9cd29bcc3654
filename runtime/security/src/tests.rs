//! Tests over samples of our own and over the shared vectors.

mod certificates;
mod journal;
mod messages;
mod mutation;
mod replays;
mod rim;
mod signatures;
mod tokens;
mod vectors;
