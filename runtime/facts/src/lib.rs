//! What is true of a node, in one snapshot that filters, policies, inventories and machines share.
//!
//! ```text
//! native: the kernel, /etc, /proc, /sys, what cloud-init left  ─┐ the most general
//! files: `plugin.yaml`, as configuration management writes them ┼─► one object, later ones win name by name
//! a directory: structured files, and programs that print facts ─┘ the most particular
//! ```
//!
//! The shape of native facts is that of Facter, so that what people wrote for it finds the same names: `os.family`,
//! `networking.fqdn`, `memory.system.total_bytes`. No network is asked for any of them.
//!
//! A source that breaks keeps what it said last, and is a problem of the node until it is well again. [`Collector`] asks
//! the sources; [`follow`] keeps an engine's snapshot new, which is replaced as a whole.

mod collector;
mod directory;
mod follow;
pub mod native;
mod output;

pub use collector::{Collected, Collector, Sources};
pub use follow::follow;
