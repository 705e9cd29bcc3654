//! Facts and data as files for commands.

/// The private directory in which commands find facts and data.
#[derive(Debug)]
pub(crate) struct Scratch {}
