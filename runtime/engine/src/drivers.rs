//! The drivers that exist, each behind the feature of its watcher.

#[cfg(feature = "watch-archive")]
mod archive;
#[cfg(any(
    feature = "watch-exec",
    feature = "watch-metric",
    feature = "watch-nagios"
))]
mod command;
#[cfg(feature = "watch-file")]
mod file;
#[cfg(feature = "watch-gossip")]
mod gossip;
#[cfg(feature = "watch-kv")]
mod kv;
#[cfg(feature = "watch-nagios")]
mod nagios;
#[cfg(feature = "watch-file")]
mod owner;
#[cfg(feature = "watch-plugins")]
mod plugins;
#[cfg(feature = "watch-nagios")]
mod status_file;

#[cfg(feature = "watch-plugins")]
pub(crate) use plugins::Premises;

#[allow(unused_imports, reason = "which are used depends on the features")]
use crate::driver::{Driver, DriverKind, Part};

/// Runs the commands of `exec` watchers.
#[cfg(feature = "watch-exec")]
pub const EXEC: Driver = Driver::new(DriverKind::Exec, command::run);

/// Looks at the files of `file` watchers, or keeps their content.
#[cfg(feature = "watch-file")]
pub const FILE: Driver = Driver::new(DriverKind::File, file::run);

/// Runs the commands of `metric` watchers.
#[cfg(feature = "watch-metric")]
pub const METRIC: Driver = Driver::new(DriverKind::Metric, command::run);

/// Keeps the archives of `archive` watchers in place.
#[cfg(feature = "watch-archive")]
pub const ARCHIVE: Driver = Driver::new(DriverKind::Archive, archive::run);

/// Runs the checks of `nagios` watchers.
#[cfg(feature = "watch-nagios")]
pub const NAGIOS: Driver = Driver::new(DriverKind::Nagios, nagios::run);

/// Reads the keys of `kv` watchers, where the node is part of a network.
#[cfg(feature = "watch-kv")]
pub const KV: Driver = Driver::new(DriverKind::Kv, kv::run);

/// Publishes for `gossip` watchers, where the node is part of a network.
#[cfg(feature = "watch-gossip")]
pub const GOSSIP: Driver = Driver::new(DriverKind::Gossip, gossip::run);

/// Keeps the machines of `plugins` watchers in place, where the node looks for machines.
#[cfg(feature = "watch-plugins")]
pub const PLUGINS: Driver = Driver::new(DriverKind::Plugins, plugins::run);

/// Serves `httpswitch` watchers, and the measurements of `metric` watchers, over HTTP.
#[cfg(feature = "watch-httpswitch")]
pub const HTTPSWITCH: Driver = Driver {
    kind: DriverKind::HttpSwitch,
    part: Part::Routes(crate::http::SWITCHES),
};
