//! `NAME find`: the nodes that filters fit.

use chorister_client::Targets;
use chorister_report::json::indented;
use tokio::time::Instant;

use super::super::{Failure, print};
use super::discovery::Search;
use super::session::{Session, wait};
use crate::{Distribution, args};

pub(super) fn run(distribution: &Distribution, arguments: &args::Find) -> Result<(), Failure> {
    let session = Session::read(distribution, &arguments.access)?;
    let search = Search::new(
        distribution,
        &session,
        &arguments.nodes,
        &arguments.discovery,
    )?;
    wait(async {
        let begun = Instant::now();
        let method = search.method;
        if arguments.verbose {
            print(format_args!(
                "Discovering nodes using the {method} method .... "
            ))?;
        }
        let client = session.connect().await?;
        let nodes = match search.targets(&client).await? {
            Targets::Nodes(nodes) => nodes,
            _ => search.discovery.nodes(&client, |_| ()).await?,
        };
        if arguments.verbose {
            print(format_args!("{}\n", nodes.len()))?;
        }
        if arguments.json {
            print(format_args!("{}\n", indented(&nodes, 2)))?;
        } else {
            for node in &nodes {
                print(format_args!("{node}\n"))?;
            }
        }
        if arguments.verbose {
            let took = begun.elapsed().as_secs_f64();
            print(format_args!(
                "\nDiscovered {} nodes using the {method} method in {took:.2} seconds\n",
                nodes.len()
            ))?;
        }
        Ok(())
    })
}
