//! `NAME ping`: which nodes answer, and how quickly.

use chorister_report::ping::{graph, line, statistics};
use tokio::time::Instant;

use super::super::{Failure, print};
use super::discovery::Search;
use super::session::{Session, wait};
use crate::{Distribution, args};

pub(super) fn run(distribution: &Distribution, arguments: &args::Ping) -> Result<(), Failure> {
    let session = Session::read(distribution, &arguments.access)?;
    let mut discovery = Search::everywhere(distribution, &arguments.nodes)?;
    if let Some(timeout) = arguments.timeout {
        discovery = discovery.timeout(timeout);
    }
    if let Some(nodes) = arguments.expect {
        discovery = discovery.enough(nodes);
    }
    wait(async {
        let begun = Instant::now();
        let client = session.connect().await?;
        let mut pongs = discovery.ping(&client).await?;
        let overhead = begun.elapsed();
        let mut times = Vec::new();
        while let Some(pong) = pongs.next().await? {
            times.push(pong.elapsed);
            if arguments.names {
                print(format_args!("{}\n", pong.sender))?;
            } else if !arguments.silent {
                print(line(&pong.sender, pong.elapsed))?;
            }
        }
        if !arguments.names {
            print(statistics(&times, overhead))?;
            if arguments.graph && !times.is_empty() {
                print(format_args!("\n{}\n", graph(&times)))?;
            }
        }
        match times.is_empty() {
            true => Err(Failure::Refused("no responses received".to_owned())),
            false => Ok(()),
        }
    })
}
