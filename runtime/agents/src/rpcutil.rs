//! `rpcutil`: how a node is, what it knows of itself and what it hosts.

use core::time::Duration;

use chorister_ddl::{Agent, Data, Failure, RequestContext, Setting};
use chorister_ir::ddl::{Metadata, Provider};
use chorister_lang::gjson;
pub use chorister_std::rpcutil::DDL;
use chorister_std::rpcutil::{
    AgentInventoryOutput, CollectiveInfoOutput, DaemonStatsOutput, GetConfigItemInput,
    GetConfigItemOutput, GetDataInput, GetFactInput, GetFactOutput, GetFactsInput, GetFactsOutput,
    InventoryOutput, PingOutput, RpcutilAgent, RpcutilService,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{machine, object};

/// What stands for a value that nobody is to be told.
const HIDDEN: &str = "(hidden)";

/// The agent as nodes host it.
#[must_use]
pub fn start() -> Box<dyn Agent> {
    Box::new(RpcutilService(Rpcutil))
}

struct Rpcutil;

impl RpcutilAgent for Rpcutil {
    async fn agent_inventory(&self, cx: &RequestContext) -> Result<AgentInventoryOutput, Failure> {
        let node = cx.host.node();
        let agents = node.agents.iter().map(|it| {
            let own = node.deadlines.get(it.metadata.name.as_ref());
            described(&it.metadata, own.copied().unwrap_or(it.metadata.timeout))
        });
        Ok(AgentInventoryOutput {
            agents: Some(agents.collect()),
        })
    }

    async fn collective_info(&self, cx: &RequestContext) -> Result<CollectiveInfoOutput, Failure> {
        let node = cx.host.node();
        Ok(CollectiveInfoOutput {
            main_collective: Some(node.main_collective),
            collectives: Some(node.collectives),
        })
    }

    async fn daemon_stats(&self, cx: &RequestContext) -> Result<DaemonStatsOutput, Failure> {
        let node = cx.host.node();
        let counts = cx.host.messages();
        let count = |of: u64| Some(i64::try_from(of).unwrap_or(i64::MAX));
        Ok(DaemonStatsOutput {
            agents: Some(node.agent_names().map(str::to_owned).collect()),
            configfile: Some(configuration(&node)),
            filtered: count(counts.filtered),
            pid: Some(i64::from(std::process::id())),
            passed: count(counts.passed),
            threads: Some(vec![runtime()]),
            replies: count(counts.replies),
            starttime: Some(node.started),
            ttlexpired: count(counts.ttl_expired),
            events: count(counts.events),
            // Compat: go-choria providers/agent/mcorpc/golang/rpcutil: always nothing.
            times: Some(object(
                json!({"cstime": 0, "cutime": 0, "stime": 0, "utime": 0}),
            )),
            total: count(counts.total),
            unvalidated: count(counts.unvalidated),
            validated: count(counts.validated),
            version: Some(node.version),
        })
    }

    async fn get_config_item(
        &self,
        cx: &RequestContext,
        input: GetConfigItemInput,
    ) -> Result<GetConfigItemOutput, Failure> {
        let setting = cx.host.setting(&input.item);
        let setting = setting.ok_or_else(|| Failure::aborted("Unknown key"))?;
        Ok(GetConfigItemOutput {
            item: Some(input.item.to_string()),
            value: Some(shown(setting)),
        })
    }

    async fn get_data(&self, cx: &RequestContext, input: GetDataInput) -> Result<Data, Failure> {
        let query = input.query.as_deref().map(Value::from);
        cx.host.data(&input.source, query.as_ref()).await
    }

    async fn get_fact(
        &self,
        cx: &RequestContext,
        input: GetFactInput,
    ) -> Result<GetFactOutput, Failure> {
        Ok(GetFactOutput {
            value: Some(fact(&cx.host.node().facts, &input.fact)),
            fact: Some(input.fact.to_string()),
        })
    }

    async fn get_facts(
        &self,
        cx: &RequestContext,
        input: GetFactsInput,
    ) -> Result<GetFactsOutput, Failure> {
        let node = cx.host.node();
        let paths = input.facts.split(',').map(str::trim);
        let values = paths.map(|path| (path.to_owned(), fact(&node.facts, path)));
        Ok(GetFactsOutput {
            values: Some(values.collect()),
        })
    }

    async fn inventory(&self, cx: &RequestContext) -> Result<InventoryOutput, Failure> {
        let node = cx.host.node();
        let machines = machine::all(cx).await.into_iter();
        let told = machines
            .map(|it| object(json!({"name": it.name, "version": it.version, "state": it.state})));
        Ok(InventoryOutput {
            agents: Some(node.agent_names().map(str::to_owned).collect()),
            facts: node
                .facts
                .as_object()
                .cloned()
                .or_else(|| Some(Data::new())),
            classes: Some(node.classes),
            collectives: Some(node.collectives),
            data_plugins: Some(node.data_plugins),
            machines: Some(told.collect()),
            main_collective: Some(node.main_collective),
            version: Some(node.version),
            upgradable: false,
        })
    }

    async fn ping(&self, _: &RequestContext) -> Result<PingOutput, Failure> {
        Ok(PingOutput {
            pong: Some(Timestamp::now().as_second() as f64),
        })
    }
}

/// What an agent says of itself.
fn described(of: &Metadata, deadline: Duration) -> Data {
    let mut told = object(json!({
        "agent": of.name,
        "license": of.license,
        "author": of.author,
        "timeout": deadline.as_secs(),
        "name": of.name,
        "version": of.version,
        "url": of.url,
        "description": of.description,
    }));
    // Compat: go-choria mcorpc: agents that are part of the node say nothing of that.
    if let Some(provider) = of.provider.filter(|it| *it != Provider::Golang) {
        told.insert("provider".to_owned(), provider.name().into());
    }
    if of.service {
        told.insert("service".to_owned(), true.into());
    }
    told
}

fn fact(facts: &Value, path: &str) -> Value {
    gjson::get(facts, path).map_or(Value::Null, std::borrow::Cow::into_owned)
}

/// A value as others may see it, which upstream tells in any case.
pub(crate) fn shown(setting: Setting) -> Value {
    match setting.is_secret {
        true => HIDDEN.into(),
        false => setting.value,
    }
}

pub(crate) fn configuration(node: &chorister_ddl::NodeInfo) -> String {
    let file = node.configuration.as_ref();
    file.map_or_else(String::new, |it| it.display().to_string())
}

/// How many processors there are.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What the node runs on, in words.
fn runtime() -> String {
    format!("Rust on {} cores", processors())
}
