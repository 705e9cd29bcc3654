//! Machines as their authors write them.
