//! Reading our own formats: which keys stand where, and values of a wanted type.
//!
//! Machines are upstream's format and have readers of their own in `decode`; what is ours is strict, and read here.

mod command;
mod keys;
mod parse;
mod reader;

pub(crate) use command::{Placeholders, Slot, Words, program};
pub(crate) use keys::{Family, Level};
pub(crate) use parse::parse;
pub(crate) use reader::Reader;
