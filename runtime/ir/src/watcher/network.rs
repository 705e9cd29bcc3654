//! What watchers ask of the network.

use core::time::Duration;

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;
use chorister_lang::template::Template;

use super::Pair;
use crate::{List, Text};

/// A governor of the network, which limits how many nodes do something at once.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Governor {
    /// Its name.
    pub name: Template,
    /// How long to wait for a place in it.
    pub timeout: Duration,
}

/// Properties of a `kv` watcher.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Kv::DEFAULT))]
pub struct Kv {
    /// The bucket.
    pub bucket: Text,
    /// The key in it.
    pub key: Template,
    /// Whether the name of the data item begins with the bucket and `_`.
    pub bucket_prefix: bool,
    /// Whether a value that is as it was is a success too.
    pub on_successful_get: bool,
    /// Whether a newer revision of the same value is a success.
    pub on_matching_update: bool,
    /// What the data item is called instead of the key.
    pub store_key: Option<Template>,
    /// The gjson path of what is kept of a value that is a JSON object.
    pub query: Option<Text>,
    /// Where the stream publishes values again, so that they are known at once.
    pub trigger: Option<Template>,
}

/// Properties of a `gossip` watcher.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Gossip {
    /// What it publishes.
    pub message: Rumour,
    /// How many seconds those who keep the message keep it; `None` for ever.
    pub ttl: Option<u32>,
}

/// What a `gossip` watcher publishes.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Rumour {
    /// Text of its author's.
    Text {
        /// Where.
        subject: Template,
        /// What.
        payload: Template,
    },
    /// That a service is here.
    Registration(Registration),
}

/// A service, as others find it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Registration {
    /// The cluster that it belongs to.
    pub cluster: Text,
    /// What it is called.
    pub service: Text,
    /// What it speaks, such as `http`.
    pub protocol: Text,
    /// Its IP address.
    pub address: Text,
    /// Its port.
    pub port: u16,
    /// Its priority; lower is preferred.
    pub priority: u32,
    /// Free text that is published with it.
    pub annotations: List<Pair>,
    /// What the subject begins with; `None` for the bucket that services are usually in.
    pub prefix: Option<Text>,
}

/// Properties of a `plugins` watcher.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Plugins::DEFAULT))]
pub struct Plugins {
    /// The machine data that lists the machines.
    pub item: Text,
    /// Whether machines that are no longer listed are removed.
    pub purge: bool,
    /// How often each machine is looked at.
    pub every: Duration,
    /// The ed25519 key that signs the list, in hexadecimal; a key of the node's own counts before it.
    pub key: Option<Text>,
    /// Whether a list is obeyed although nobody's key is known.
    pub insecure: bool,
    /// Where machines are unpacked; `None` where the node looks for machines.
    pub directory: Option<Text>,
    /// What the names of the machines that fetch others begin with, without `_`.
    pub prefix: Text,
}

impl Plugins {
    /// A watcher without an item, with every other property as if it were not written.
    pub const DEFAULT: Self = Self {
        item: Text::Borrowed(""),
        purge: false,
        every: Duration::from_secs(120),
        key: None,
        insecure: false,
        directory: None,
        prefix: Text::Borrowed("mm"),
    };
}

impl Kv {
    /// A watcher without a bucket and a key, with every other property as if it were not written.
    pub const DEFAULT: Self = Self {
        bucket: Text::Borrowed(""),
        key: Template::EMPTY,
        bucket_prefix: true,
        on_successful_get: false,
        on_matching_update: false,
        store_key: None,
        query: None,
        trigger: None,
    };
}
