//! Main memory and swap space.
