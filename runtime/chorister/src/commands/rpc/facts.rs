//! `NAME facts`: how often a fact has each of its values.

use chorister_client::{Invocation, Requester, Standing};
use chorister_proto::body::Status;
use chorister_report::facts::{Histogram, Listing};
use chorister_report::text::finished;
use chorister_std::rpcutil;
use serde_json::Value;

use super::super::{Failure, print};
use super::ddls::action;
use super::discovery::Search;
use super::printer::Printer;
use super::session::{Session, wait};
use crate::{Distribution, args};

pub(super) fn run(distribution: &Distribution, arguments: &args::Facts) -> Result<(), Failure> {
    let session = Session::read(distribution, &arguments.access)?;
    let search = Search::new(
        distribution,
        &session,
        &arguments.nodes,
        &arguments.discovery,
    )?;
    let action = action(&rpcutil::DDL, "get_fact")?;
    let words = [("fact", arguments.fact.as_str())];
    let data = chorister_ddl::request(action, words)
        .map_err(|error| Failure::Impossible(format!("invalid input: {error}")))?;
    let invocation = Invocation::new(&rpcutil::DDL, action, data);
    let mut printer = Printer::new(None, true)?;
    wait(async {
        let client = session.connect().await?;
        let targets = search.targets(&client).await?;
        let requester = Requester::new(client, targets);
        let mut responses = requester.ask(&invocation).await?;
        let mut histogram = Histogram::default();
        let mut answered = 0;
        while let Some(response) = responses.next().await? {
            answered += 1;
            printer.progress(answered, responses.asked());
            if response.standing == Standing::Expected && response.reply.status == Status::Ok {
                let value = response.reply.data.get("value").unwrap_or(&Value::Null);
                histogram.add(&response.sender, value);
            }
        }
        printer.clear();
        let listing = Listing {
            nodes: arguments.show_nodes,
            reverse: arguments.reverse,
        };
        if arguments.json {
            return print(format_args!("{}\n", histogram.json()));
        }
        if arguments.table {
            return print(histogram.table(listing));
        }
        let text = histogram.text(&arguments.fact, listing);
        print(format_args!(
            "{text}\n{}",
            finished(&responses.statistics())
        ))
    })
}
