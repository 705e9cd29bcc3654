//! What watchers ask of the network.

use core::time::Duration;
use std::collections::BTreeMap;

use chorister_ir as ir;
use serde::{Deserialize, Serialize};

use super::{is_false, pairs, text};
use crate::{Digest, duration};

/// What limits how many nodes do something at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Governor {
    /// Its name.
    pub name: String,
    /// How long to wait for a place.
    #[serde(with = "duration")]
    pub timeout: Duration,
}

/// A key of a bucket that is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kv {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// Whether the name of the data item is without that of the bucket.
    #[serde(default, skip_serializing_if = "is_false")]
    pub without_bucket: bool,
    /// Whether a value that is as it was is a success too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub on_successful_get: bool,
    /// Whether a newer revision of the same value is a success.
    #[serde(default, skip_serializing_if = "is_false")]
    pub on_matching_update: bool,
    /// What the data item is called instead of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_key: Option<String>,
    /// What is kept of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Where values are published again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
}

/// A message that is published again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gossip {
    /// The subject; of a registration what it begins with.
    pub subject: String,
    /// Digest of the payload, where it is not a registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Digest>,
    /// The service that is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
    /// How many seconds the message is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
}

/// Machines that are kept in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugins {
    /// The machine data that lists them.
    pub item: String,
    /// Whether those that are no longer listed are removed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub purge: bool,
    /// How often each is looked at.
    #[serde(with = "duration")]
    pub every: Duration,
    /// The key that signs the list, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether a list is obeyed although nobody's key is known.
    #[serde(default, skip_serializing_if = "is_false")]
    pub insecure: bool,
    /// Where they are unpacked; missing is where the node looks for machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// What the names of the machines that fetch them begin with.
    pub prefix: String,
}

/// A service, as others find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Its IP address.
    pub address: String,
    /// Its port.
    pub port: u16,
    /// Its priority; lower is preferred.
    pub priority: u32,
    /// Free text that is published with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

// === impl Governor ===

impl Governor {
    pub(super) fn of(it: &ir::Governor) -> Self {
        Self {
            name: text(&it.name),
            timeout: it.timeout,
        }
    }
}

// === impl Plugins ===

impl Plugins {
    pub(super) fn of(it: &ir::Plugins) -> Self {
        Self {
            item: it.item.clone().into_owned(),
            purge: it.purge,
            every: it.every,
            key: it.key.clone().map(Into::into),
            insecure: it.insecure,
            directory: it.directory.clone().map(Into::into),
            prefix: it.prefix.clone().into_owned(),
        }
    }
}

// === impl Kv ===

impl Kv {
    pub(super) fn of(it: &ir::Kv) -> Self {
        Self {
            bucket: it.bucket.clone().into_owned(),
            key: text(&it.key),
            without_bucket: !it.bucket_prefix,
            on_successful_get: it.on_successful_get,
            on_matching_update: it.on_matching_update,
            store_key: it.store_key.as_ref().map(text),
            query: it.query.clone().map(Into::into),
            trigger: it.trigger.as_ref().map(text),
        }
    }
}

// === impl Gossip ===

impl Gossip {
    pub(super) fn of(it: &ir::Gossip) -> Self {
        let (subject, payload, registration) = match &it.message {
            ir::Rumour::Text { subject, payload } => {
                (text(subject), Some(Digest::of(&payload.source)), None)
            }
            ir::Rumour::Registration(service) => (
                format!(
                    "{}{}.{}.{}",
                    service
                        .prefix
                        .as_ref()
                        .map(|it| format!("{it}."))
                        .unwrap_or_default(),
                    service.cluster,
                    service.protocol,
                    service.service
                ),
                None,
                Some(Registration {
                    address: service.address.clone().into_owned(),
                    port: service.port,
                    priority: service.priority,
                    annotations: pairs(&service.annotations),
                }),
            ),
        };
        Self {
            subject,
            payload,
            registration,
            ttl: it.ttl,
        }
    }
}
