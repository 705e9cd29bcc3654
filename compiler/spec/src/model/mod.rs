//! Machines as their authors write them: plain values, without places.
//!
//! Lists have an item for every item of the file, so that an index means the same in both. A value that is
//! absent, or was refused, is `None`: checks that care for the difference ask the tree.

mod machine;
mod properties;
#[cfg(feature = "schema")]
pub(crate) mod schema;
mod watcher;

pub use machine::{Declaration, Declared, ForeignState, Machine, Subscription, Transition};
pub use properties::{
    Archive, CcmManifest, Exec, Expression, File, Gossip, HttpSwitch, Kv, Metric, Nagios, Plugins,
    Registration, Schedule, Timer,
};
#[cfg(feature = "schema")]
pub use schema::machine_schema;
pub use watcher::{Kind, Properties, Support, Watcher};
