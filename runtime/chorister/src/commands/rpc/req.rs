//! `NAME req`: an action of an agent, on many nodes.

use std::sync::{Arc, Mutex, PoisonError};

use chorister_client::{
    Batches, Invocation, Limit, Pick, Progress, Requester, Response, Responses, Statistics, Targets,
};
use chorister_ddl::{Data, Summaries};
use chorister_ir::ddl::{Action, Ddl};
use chorister_proto::body::Status;
use chorister_proto::filter::ReplyFilter;
use chorister_report::Which;
use chorister_report::json::{Line, indented, whole};
use chorister_report::table::replies;
use chorister_report::text::Text;
use chorister_settings::value::LimitMethod;
use serde_json::Value;

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
    let done = prepared(distribution, arguments, &printer);
    if let Err(Failure::Refused(text) | Failure::Impossible(text)) = &done
        && output.jsonl
    {
        lock(&printer).print(format_args!("{}\n", Line::Error(text).text()))?;
    }
    done
}

/// Reads everything that is said about the request, and makes it.
fn prepared(
    distribution: &'static Distribution,
    arguments: &args::Req,
    printer: &Arc<Mutex<Printer>>,
) -> Result<(), Failure> {
    let session = Session::read(distribution, &arguments.access)?;
    let ddl = ddls::find(distribution, &session.settings, &arguments.agent)?;
    let action = ddls::action(&ddl, &arguments.action)?;
    let data = inputs(action, &arguments.inputs)?;
    let output = &arguments.output;
    let filter = output.filter_replies.as_deref().map(ReplyFilter::compile);
    let filter = filter
        .transpose()
        .map_err(|error| Failure::Impossible(format!("--filter-replies: {error}")))?;
    let search = Search::new(
        distribution,
        &session,
        &arguments.nodes,
        &arguments.discovery,
    )?;
    if ddl.metadata.service && (!search.discovery.filter().is_empty() || search.among.is_some()) {
        return Err(Failure::Impossible(format!(
            "{} is a service, which any node answers: service requests does not support filters",
            ddl.metadata.name
        )));
    }
    let limit = limit(&session, &arguments.pace)?;
    let request = Request {
        ddl: &ddl,
        action,
        filter,
        arguments,
        which: output
            .display
            .map_or_else(|| action.display.into(), Which::from),
    };
    wait(async {
        let client = session.connect().await?;
        let targets = match ddl.metadata.service {
            true => Targets::Nodes(Vec::new()),
            false => {
                request.searching(printer, search.method)?;
                search.targets(&client).await?
            }
        };
        if let Targets::Nodes(nodes) = &targets
            && !ddl.metadata.service
        {
            request.found(
                printer,
                search.method,
                nodes.len(),
                core::time::Duration::ZERO,
            )?;
        }
        let given = match &targets {
            Targets::Nodes(nodes) => nodes.len(),
            _ => 0,
        };
        let mut requester = Requester::new(client, targets);
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
        let telling = request.telling(Arc::clone(printer), search.method);
        let requester = requester.observe(telling);
        let invocation = Invocation::new(&ddl, action, data);
        let responses = requester.ask(&invocation).await?;
        request.take(responses, printer, given).await
    })
}

/// The values that words of the command line give.
fn inputs(action: &Action, words: &[String]) -> Result<Data, Failure> {
    let pair = |word: &'_ String| {
        let pair = word
            .split_once('=')
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        pair.ok_or_else(|| {
            Failure::Impossible(format!("invalid input: `{word}`: write INPUT=VALUE"))
        })
    };
    let pairs: Vec<(String, String)> = words.iter().map(pair).collect::<Result<_, _>>()?;
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    chorister_ddl::request(action, pairs)
        .map_err(|error| Failure::Impossible(format!("invalid input: {error}")))
}

/// How many are asked, and which.
fn limit(session: &Session, pace: &args::Pace) -> Result<Option<(Limit, Pick)>, Failure> {
    let Some(text) = &pace.limit else {
        return Ok(None);
    };
    let limit: Limit = text
        .parse()
        .map_err(|error: chorister_client::LimitError| Failure::Impossible(error.to_string()))?;
    let method = session.settings.client.limit_method;
    let pick = match (pace.limit_seed, method) {
        (Some(seed), _) => Pick::Random { seed },
        (None, LimitMethod::Random) => {
            let now = jiff::Timestamp::now().as_nanosecond();
            let seed = u64::try_from(now).unwrap_or_default();
            Pick::Random { seed }
        }
        (None, LimitMethod::First) => Pick::First,
    };
    Ok(Some((limit, pick)))
}

fn lock(printer: &Mutex<Printer>) -> std::sync::MutexGuard<'_, Printer> {
    printer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request, and how its replies are shown.
struct Request<'a> {
    ddl: &'a Ddl,
    action: &'a Action,
    filter: Option<ReplyFilter>,
    arguments: &'a args::Req,
    which: Which,
}

impl Request<'_> {
    /// Whether people read along.
    const fn is_text(&self) -> bool {
        let output = &self.arguments.output;
        !(output.json || output.jsonl || output.table || output.senders)
            && output.reply_to.is_none()
    }

    /// Tells that nodes are being looked for.
    fn searching(&self, printer: &Mutex<Printer>, method: &'static str) -> Result<(), Failure> {
        let mut printer = lock(printer);
        if self.arguments.output.jsonl {
            printer.print(format_args!("{}\n", Line::Discovering { method }.text()))
        } else if self.is_text() {
            printer.print(format_args!(
                "Discovering nodes using the {method} method .... "
            ))
        } else {
            Ok(())
        }
    }

    /// Tells how many there are.
    fn found(
        &self,
        printer: &Mutex<Printer>,
        method: &'static str,
        nodes: usize,
        took: core::time::Duration,
    ) -> Result<(), Failure> {
        let telling = Telling::of(self, method);
        telling.found(&mut lock(printer), nodes, took)
    }

    /// What tells of progress while it goes on.
    fn telling(
        &self,
        printer: Arc<Mutex<Printer>>,
        method: &'static str,
    ) -> impl Fn(Progress<'_>) + Send + Sync + 'static {
        let telling = Telling::of(self, method);
        move |progress| {
            if let Progress::Discovered { nodes, took } = progress {
                // What cannot be printed is told when the next thing is.
                let _ = telling.found(&mut lock(&printer), nodes, took);
            }
        }
    }

    /// Takes all replies, and prints what is to be printed of them. `given` nodes were there before anybody was asked.
    async fn take(
        &self,
        mut responses: Responses,
        printer: &Mutex<Printer>,
        given: usize,
    ) -> Result<(), Failure> {
        let output = &self.arguments.output;
        if output.reply_to.is_some() {
            lock(printer).print(format_args!("{}\n", responses.request()))?;
            while responses.next().await?.is_some() {}
            return Ok(());
        }
        let mut summaries = Summaries::of(self.action);
        let mut kept = Vec::new();
        let mut answered = 0;
        while let Some(response) = responses.next().await? {
            answered += 1;
            if self.is_wanted(&response) {
                if let Value::Object(data) = &response.reply.data {
                    summaries.add(data);
                }
                if output.sort || !self.prints_at_once() {
                    kept.push(response);
                } else {
                    self.print(&mut lock(printer), &response)?;
                }
            }
            let mut printer = lock(printer);
            printer.progress(answered, responses.asked());
            if !printer.is_read() {
                break;
            }
        }
        let mut statistics = responses.statistics();
        statistics.discovered = statistics.discovered.max(given);
        if output.sort {
            kept.sort_by(|one, other| one.sender.cmp(&other.sender));
        }
        self.end(&mut lock(printer), &kept, &summaries, &statistics)?;
        let all_ok = statistics.failed == 0 && statistics.silent.is_empty() && statistics.ok > 0;
        match output.all_ok && !all_ok {
            true => Err(Failure::Silent),
            false => Ok(()),
        }
    }

    fn is_wanted(&self, response: &Response) -> bool {
        let filter = self.filter.as_ref();
        filter.is_none_or(|it| it.shows(&response.reply, &response.sender, response.time))
    }

    /// Whether replies are printed as they come.
    const fn prints_at_once(&self) -> bool {
        let output = &self.arguments.output;
        !(output.json || output.table || output.senders)
    }

    fn text(&self) -> Text<'_> {
        Text {
            action: self.action,
            which: self.which,
            verbose: self.arguments.output.verbose,
        }
    }

    /// Prints a reply.
    fn print(&self, printer: &mut Printer, response: &Response) -> Result<(), Failure> {
        if self.arguments.output.jsonl {
            let line = Line::Result(self.action, response).text();
            return printer.print(format_args!("{line}\n"));
        }
        match self.text().reply(response) {
            Some(text) => printer.print(text),
            None => Ok(()),
        }
    }

    /// Prints what is left when all replies are there.
    fn end(
        &self,
        printer: &mut Printer,
        kept: &[Response],
        summaries: &Summaries,
        statistics: &Statistics,
    ) -> Result<(), Failure> {
        let output = &self.arguments.output;
        if output.senders {
            let ok = kept.iter().filter(|it| it.reply.status == Status::Ok);
            let senders: Vec<&str> = ok.map(|it| it.sender.as_str()).collect();
            return match output.json {
                true => printer.print(format_args!("{}\n", indented(&senders, 2))),
                false => senders
                    .iter()
                    .try_for_each(|it| printer.print(format_args!("{it}\n"))),
            };
        }
        if output.json {
            let text = whole(self.ddl, self.action, kept, statistics, summaries);
            return printer.print(format_args!("{text}\n"));
        }
        if output.table {
            return printer.print(replies(self.action, kept));
        }
        kept.iter().try_for_each(|it| self.print(printer, it))?;
        if output.jsonl {
            let lines = [Line::Summaries(summaries), Line::Statistics(statistics)];
            return lines
                .iter()
                .try_for_each(|it| printer.print(format_args!("{}\n", it.text())));
        }
        printer.print(self.text().end(summaries, statistics))
    }
}

/// How it is told that nodes were found.
struct Telling {
    method: &'static str,
    jsonl: bool,
    text: bool,
}

impl Telling {
    const fn of(request: &Request<'_>, method: &'static str) -> Self {
        Self {
            method,
            jsonl: request.arguments.output.jsonl,
            text: request.is_text(),
        }
    }

    fn found(
        &self,
        printer: &mut Printer,
        nodes: usize,
        took: core::time::Duration,
    ) -> Result<(), Failure> {
        let method = self.method;
        if self.jsonl {
            let line = Line::Discovered {
                method,
                nodes,
                took,
            };
            printer.print(format_args!("{}\n", line.text()))
        } else if self.text {
            printer.print(format_args!("{nodes}\n"))
        } else {
            Ok(())
        }
    }
}

impl From<args::Shown> for Which {
    fn from(shown: args::Shown) -> Self {
        match shown {
            args::Shown::Ok => Self::Ok,
            args::Shown::Failed => Self::Failed,
            args::Shown::All => Self::All,
            args::Shown::None => Self::None,
        }
    }
}
