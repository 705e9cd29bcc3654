//! What is wrong with a machine that could be read.
