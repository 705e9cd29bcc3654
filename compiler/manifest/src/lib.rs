//! What a distribution is and may do, as data.
//!
//! A [`Manifest`] says what the machines of a distribution do (states, edges, watchers, timings) and what they need
//! for it ([`Capabilities`]). The compiler derives it from the IR and embeds it in the binary as JSON, so that a
//! binary can be asked without being run: [`Manifest::find_in`] scans its bytes.
//!
//! Unlike the IR, which names by index and holds parsed programs, everything here is text that people read, with
//! names, and stays readable for later releases: fields are added, never changed.
//!
//! This crate is pure: values in, values out.

mod capability;
pub mod diff;
mod duration;
mod embed;
mod estimate;
pub mod figure;
pub mod limits;
mod machine;
mod manifest;
mod script;
mod secret;
mod watcher;

pub use capability::{Capabilities, Cause, Need, Unknown, Why};
pub use diff::diff;
pub use embed::MAX_LENGTH;
pub use estimate::{Estimate, Rate, Share, estimate};
pub use limits::{Cover, Limits};
pub use machine::{Edge, Machine, Subscription};
pub use manifest::{Budget, FORMAT, Manifest, ReadError};
pub use script::Script;
pub use secret::Digest;
pub use watcher::{
    Content, ForeignState, Gossip, Governor, Graphite, Kind, Kv, Plugins, Probe, Registration,
    Verify, Watcher,
};
