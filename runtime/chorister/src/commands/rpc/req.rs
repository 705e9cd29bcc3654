//! `NAME req`: an action of an agent, on many nodes.

mod replies;

use std::sync::{Arc, Mutex};

use chorister_client::{Batches, Invocation, Limit, LimitError, Pick, Requester, Targets};
use chorister_ddl::Data;
use chorister_ir::ddl::{Action, Ddl};
use chorister_proto::filter::ReplyFilter;
use chorister_report::Which;
use chorister_report::json::Line;
use chorister_settings::Settings;
use chorister_settings::value::LimitMethod;

use self::replies::{Shown, lock};
use super::super::Failure;
use super::ddls;
use super::discovery::Search;
use super::printer::Printer;
use super::session::{Session, wait};
use crate::{Distribution, args};

pub(super) fn run(
    distribution: &'static Distribution,
    arguments: &args::Req,
) -> Result<(), Failure> {
    let output = &arguments.output;
    let printer = Printer::new(output.output_file.as_deref(), !output.no_progress)?;
    let printer = Arc::new(Mutex::new(printer));
    let done = ask(distribution, arguments, &printer);
    if let Err(Failure::Refused(text) | Failure::Impossible(text)) = &done
        && output.jsonl
    {
        lock(&printer).print(format_args!("{}\n", Line::Error(text).text()))?;
    }
    done
}

/// Reads everything that is said about the request, makes it, and shows what is answered.
fn ask(
    distribution: &'static Distribution,
    arguments: &args::Req,
    printer: &Arc<Mutex<Printer>>,
) -> Result<(), Failure> {
    let session = Session::read(distribution, &arguments.access)?;
    let ddl = ddls::find(distribution, &session, &arguments.agent)?;
    let action = ddls::action(&ddl, &arguments.action)?;
    let data = inputs(action, &arguments.inputs)?;
    let search = Search::new(
        distribution,
        &session,
        &arguments.nodes,
        &arguments.discovery,
    )?;
    refuse_filters_of_services(&ddl, &search)?;
    let limit = limit(&session.settings, &arguments.pace)?;
    let output = &arguments.output;
    let which = output
        .display
        .map_or_else(|| action.display.into(), Which::from);
    let filter = output.filter_replies.as_deref().map(ReplyFilter::compile);
    let filter = filter
        .transpose()
        .map_err(|error| Failure::Impossible(format!("--filter-replies: {error}")))?;
    let mut shown = Shown {
        ddl: &ddl,
        action,
        method: search.method,
        which,
        filter,
        output,
        found: 0,
        printer,
    };
    wait(async {
        let client = session.connect().await?;
        let targets = match ddl.metadata.service {
            true => Targets::Nodes(Vec::new()),
            false => {
                shown.searching()?;
                search.targets(&client).await?
            }
        };
        if let Targets::Nodes(nodes) = &targets
            && !ddl.metadata.service
        {
            shown.found(nodes.len())?;
        }
        let mut requester = Requester::new(client, targets).observe(shown.observer());
        if let Some((limit, pick)) = limit {
            requester = requester.limit(limit, pick);
        }
        if let Some(size) = arguments.pace.batch {
            let sleep = arguments.pace.batch_sleep;
            requester = requester.batches(Batches { size, sleep });
        }
        if let Some(timeout) = arguments.pace.timeout {
            requester = requester.timeout(timeout);
        }
        if let Some(subject) = &output.reply_to {
            requester = requester.reply_to(subject);
        }
        let invocation = Invocation::new(&ddl, action, data);
        shown.all(requester.ask(&invocation).await?).await
    })
}

/// Any node answers for a service: whoever wants certain ones would be surprised.
fn refuse_filters_of_services(ddl: &Ddl, search: &Search) -> Result<(), Failure> {
    let is_filtered = !search.discovery.filter().is_empty() || search.among.is_some();
    if ddl.metadata.service && is_filtered {
        return Err(Failure::Impossible(format!(
            "{} is a service, which any node answers: service requests does not support filters",
            ddl.metadata.name
        )));
    }
    Ok(())
}

/// The values that words of the command line give.
fn inputs(action: &Action, words: &[String]) -> Result<Data, Failure> {
    let pair = |word: &'_ String| match word.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(Failure::Impossible(format!(
            "invalid input: `{word}`: write INPUT=VALUE"
        ))),
    };
    let pairs: Vec<(String, String)> = words.iter().map(pair).collect::<Result<_, _>>()?;
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    chorister_ddl::request(action, pairs)
        .map_err(|error| Failure::Impossible(format!("invalid input: {error}")))
}

/// How many are asked, and which.
fn limit(settings: &Settings, pace: &args::Pace) -> Result<Option<(Limit, Pick)>, Failure> {
    let Some(text) = &pace.limit else {
        return Ok(None);
    };
    let limit = text
        .parse()
        .map_err(|error: LimitError| Failure::Impossible(error.to_string()))?;
    let pick = match (pace.limit_seed, settings.client.limit_method) {
        (Some(seed), _) => Pick::Random { seed },
        (None, LimitMethod::Random) => Pick::Random {
            seed: fastrand::u64(..),
        },
        (None, LimitMethod::First) => Pick::First,
    };
    Ok(Some((limit, pick)))
}
