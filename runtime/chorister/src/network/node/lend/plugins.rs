//! The data plugins of a node: those that every node has, and those of its distribution.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use chorister_agents::data;
use chorister_ddl::{Answer, DataPlugin, Failure, Host, RequestContext, question};
use chorister_node::filter::{DataFunction, Functions};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::Distribution;

/// Data plugins by their names.
pub(in super::super) struct Plugins(BTreeMap<String, Arc<dyn DataPlugin>>);

impl Plugins {
    /// Those of a distribution.
    pub(in super::super) fn of(distribution: &Distribution) -> Self {
        let plugins = distribution.data.iter().map(|it| {
            let name = it.ddl.metadata.name.to_string();
            (name, Arc::from((it.start)()))
        });
        Self(plugins.collect())
    }

    /// The names of all, also of those that every node has, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let own = self.0.keys().cloned();
        let mut names: Vec<_> = own
            .chain(data::ALL.iter().map(|it| it.name.to_owned()))
            .collect();
        names.sort_unstable();
        names
    }

    /// What compound filters may call.
    pub(in super::super) fn functions(&self) -> Functions {
        let common = data::ALL.iter().map(|it| DataFunction {
            name: it.name.to_owned(),
            takes_query: it.takes_query,
        });
        let own = self.0.iter().map(|(name, it)| DataFunction {
            name: name.clone(),
            takes_query: it.ddl().takes_query(),
        });
        Functions::new(&common.chain(own).collect::<Vec<_>>())
    }

    /// Asks one of them, which answers within its timeout; its query is held against its DDL first.
    pub(super) async fn ask(
        &self,
        host: Option<Arc<dyn Host>>,
        name: &str,
        query: Option<&Value>,
    ) -> Answer {
        let (Some(plugin), Some(host)) = (self.0.get(name), host) else {
            return Err(Failure::aborted("Unknown data plugin"));
        };
        let most = plugin.ddl().metadata.timeout;
        let data = question(plugin.ddl(), query);
        let plugin = Arc::clone(plugin);
        // A task of its own, so that what happens there happens there; it ends with this future.
        let mut task = JoinSet::new();
        task.spawn(async move {
            let deadline = Instant::now()
                .checked_add(most)
                .unwrap_or_else(Instant::now);
            plugin.ask(&RequestContext::new(deadline, host), data).await
        });
        match timeout(most, task.join_next()).await {
            Ok(Some(Ok(answer))) => answer,
            Ok(_) => Err(Failure::unknown(format!(
                "The data plugin {name} failed unexpectedly"
            ))),
            Err(_) => Err(Failure::unknown(format!(
                "timeout after {}s",
                most.as_secs()
            ))),
        }
    }
}
