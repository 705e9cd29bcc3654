//! The processes that run.
