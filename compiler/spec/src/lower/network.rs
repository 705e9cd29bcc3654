//! What watchers ask of the network.

use core::time::Duration;

use chorister_ir as ir;
use chorister_ir::Text;
use chorister_lang::template::Template;

use super::{duration, flag, pairs, template, text};
use crate::model::{Gossip, Kv, Plugins};

/// How long to wait for a governor where nothing is said.
const GOVERNOR_TIMEOUT: Duration = Duration::from_secs(300);

pub(super) fn kv(it: &Kv) -> ir::Kv {
    ir::Kv {
        bucket: text(&it.bucket),
        key: template(&it.key),
        bucket_prefix: it.bucket_prefix.unwrap_or(true),
        on_successful_get: flag(it.on_successful_get),
        on_matching_update: flag(it.on_matching_update),
        store_key: it.store_key.clone().filter(|it| !it.source.is_empty()),
        query: it
            .query
            .clone()
            .filter(|it| !it.is_empty())
            .map(Text::Owned),
        trigger: it
            .republish_trigger
            .clone()
            .filter(|it| !it.source.is_empty()),
    }
}

pub(super) fn gossip(it: &Gossip) -> Option<ir::Gossip> {
    let message = match &it.registration {
        Some(it) => ir::Rumour::Registration(ir::Registration {
            cluster: text(&it.cluster),
            service: text(&it.service),
            protocol: text(&it.protocol),
            address: text(&it.ip),
            port: u16::try_from(it.port?).ok()?,
            priority: u32::try_from(it.priority.unwrap_or_default()).ok()?,
            annotations: pairs(&it.annotations),
            prefix: it.prefix.clone().map(Text::Owned),
        }),
        None => ir::Rumour::Text {
            subject: template(&it.subject),
            payload: template(&it.payload),
        },
    };
    Some(ir::Gossip {
        message,
        ttl: it.ttl_seconds.and_then(|it| u32::try_from(it).ok()),
    })
}

pub(super) fn plugins(it: &Plugins) -> ir::Plugins {
    let default = ir::Plugins::DEFAULT;
    let some = |it: &Option<String>| it.clone().filter(|it| !it.is_empty()).map(Text::Owned);
    ir::Plugins {
        item: text(&it.data_item),
        purge: flag(it.purge_unknown),
        every: duration(it.plugin_manage_interval, default.every),
        key: some(&it.public_key),
        insecure: flag(it.insecure),
        directory: some(&it.plugins_directory),
        prefix: some(&it.manager_machine_prefix).unwrap_or(default.prefix),
    }
}

pub(super) fn governor(name: &Option<Template>, timeout: Option<Duration>) -> Option<ir::Governor> {
    let name = name.clone().filter(|it| !it.source.is_empty())?;
    Some(ir::Governor {
        name,
        timeout: duration(timeout, GOVERNOR_TIMEOUT),
    })
}
