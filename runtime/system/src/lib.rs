//! Looks at the operating system this process runs on, and at what can be reached from it.
//!
//! One function for each question, each with a typed answer. Whatever can wait for somebody else has a deadline,
//! and whatever is read from elsewhere has a limit on its size. Nothing here judges what it finds or changes the
//! system, and nothing is kept between two questions but which of them still hang.
//!
//! Start reading at the module that is named after the thing in question.

pub mod accounts;
pub mod aside;
pub mod child;
pub mod dial;
pub mod dns;
pub mod files;
#[cfg(feature = "http")]
pub mod http;
pub mod interfaces;
pub mod kernel;
pub mod load;
pub mod memory;
pub mod mounts;
pub mod names;
pub mod packages;
pub mod ports;
pub mod processes;
pub mod programs;
mod release;
pub mod services;
#[cfg(feature = "tls")]
pub mod tls;

/// What the kernel printed is not what it is known to print.
fn unreadable(text: &'static str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, text)
}
