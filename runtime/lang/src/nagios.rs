//! The conventions of monitoring plugins: a status as an exit code, and a text with performance data.

pub mod perfdata;

mod status;

pub use perfdata::PerfData;
pub use status::Status;
