//! Events of machines that were made up, or recorded.

mod console;
mod made;
mod oracle;
mod prometheus;
mod vectors;
