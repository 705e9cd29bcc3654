//! Events of machines that were made up, or recorded.

mod checks;
mod console;
mod made;
mod oracle;
mod prometheus;
mod vectors;
