//! Switches and metrics over HTTP.
#[derive(Clone, Copy)]
pub(crate) struct Serve;
pub(crate) const SERVE: Serve = Serve;
