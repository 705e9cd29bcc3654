//! How busy the processors are.
