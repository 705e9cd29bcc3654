//! `NAME inventory`: everything about a node, and which collectives there are.

use core::cmp::Reverse;
use std::collections::BTreeMap;

use chorister_client::{Client, Invocation, Requester, Targets};
use chorister_ddl::Data;
use chorister_proto::body::Status;
use chorister_report::inventory::Portrait;
use chorister_report::json::indented;
use chorister_report::table::Table;
use chorister_std::rpcutil;
use serde_json::Value;

use super::super::{Failure, print};
use super::ddls::action;
use super::discovery::Search;
use super::session::{Session, wait};
use crate::{Distribution, args};

pub(super) fn run(distribution: &Distribution, arguments: &args::Inventory) -> Result<(), Failure> {
    let session = Session::read(distribution, &arguments.access)?;
    match &arguments.node {
        Some(node) => one(&session, node, arguments),
        None => collectives(distribution, &session, arguments),
    }
}

/// Everything about a node.
fn one(session: &Session, node: &str, arguments: &args::Inventory) -> Result<(), Failure> {
    wait(async {
        let client = session.connect().await?;
        // Both at once: each alone waits for an answer and for nothing else.
        let (statistics, inventory) = tokio::join!(
            of_node(&client, node, "daemon_stats"),
            of_node(&client, node, "inventory"),
        );
        let portrait = Portrait {
            identity: node.to_owned(),
            statistics: statistics?,
            inventory: inventory?,
        };
        match arguments.json {
            true => print(format_args!("{}\n", portrait.json())),
            false => print(portrait.text(!arguments.no_facts)),
        }
    })
}

/// What one node answers.
async fn of_node(client: &Client, node: &str, name: &str) -> Result<Data, Failure> {
    let invocation = Invocation::new(&rpcutil::DDL, action(&rpcutil::DDL, name)?, Data::new());
    let requester = Requester::new(client.clone(), Targets::Nodes(vec![node.to_owned()]));
    let mut responses = requester.ask(&invocation).await?;
    match responses.next().await? {
        None => Err(Failure::Refused(format!(
            "no response from {node}: it is not there, or has no agent rpcutil"
        ))),
        Some(response) => match (response.reply.status, response.reply.data) {
            (Status::Ok, Value::Object(data)) => Ok(data),
            _ => Err(Failure::Refused(format!(
                "{node} does not tell its {name}: {}",
                response.reply.message
            ))),
        },
    }
}

/// How many nodes each collective has.
fn collectives(
    distribution: &Distribution,
    session: &Session,
    arguments: &args::Inventory,
) -> Result<(), Failure> {
    let discovery = Search::everywhere(distribution, &arguments.nodes)?;
    let action = action(&rpcutil::DDL, "collective_info")?;
    let invocation = Invocation::new(&rpcutil::DDL, action, Data::new());
    wait(async {
        let client = session.connect().await?;
        let requester = Requester::new(client, Targets::Discovered(discovery));
        let mut responses = requester.ask(&invocation).await?;
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut nodes = 0;
        while let Some(response) = responses.next().await? {
            nodes += 1;
            let named = response.reply.data.get("collectives");
            let named = named.and_then(Value::as_array).into_iter().flatten();
            for name in named.filter_map(Value::as_str) {
                *counts.entry(name.to_owned()).or_default() += 1;
            }
        }
        if arguments.json {
            return print(format_args!("{}\n", indented(&counts, 2)));
        }
        let mut rows: Vec<(String, usize)> = counts.into_iter().collect();
        rows.sort_by_key(|(_, count)| Reverse(*count));
        let title = format!("Collective Report for {nodes} nodes");
        let mut table = Table::new(["Collective", "Nodes"]).titled(title);
        for (name, count) in rows {
            table.push([name, count.to_string()]);
        }
        print(table)
    })
}
