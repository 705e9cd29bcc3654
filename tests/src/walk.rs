//! The walk: README's commands as a reader types them, and the same way gone with machines of others.

mod corpus;
mod readme;
