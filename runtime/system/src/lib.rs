//! Looks at the operating system this process runs on, and at what can be reached from it.
//!
//! One function for each question, each with a typed answer. Whatever can wait for somebody else has a deadline,
//! and whatever is read from elsewhere has a limit on its size. Nothing here judges what it finds, keeps anything
//! between two questions or changes the system.
//!
//! Start reading at the module that is named after the thing in question.

pub mod load;
pub mod memory;
pub mod mounts;
pub mod processes;
pub mod services;
