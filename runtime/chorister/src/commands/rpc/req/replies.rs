//! What is shown of a request and its replies.

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chorister_client::{Progress, Response, Responses, Statistics};
use chorister_ddl::Summaries;
use chorister_ir::ddl::{Action, Ddl};
use chorister_proto::body::Status;
use chorister_proto::filter::ReplyFilter;
use chorister_report::Which;
use chorister_report::json::{Line, indented, whole};
use chorister_report::table::replies;
use chorister_report::text::Text;
use serde_json::Value;

use super::super::super::Failure;
use super::super::printer::Printer;
use crate::args;

/// The exit code where nodes were asked and not all did what they should.
const INCOMPLETE: u8 = 2;

/// A request, and how its replies are shown.
pub(super) struct Shown<'a> {
    pub(super) ddl: &'a Ddl,
    pub(super) action: &'a Action,
    /// How nodes are found.
    pub(super) method: &'static str,
    /// Which replies people see.
    pub(super) which: Which,
    /// Which replies count.
    pub(super) filter: Option<ReplyFilter>,
    pub(super) output: &'a args::Output,
    /// How many nodes there were before anybody was asked.
    pub(super) found: usize,
    pub(super) printer: &'a Arc<Mutex<Printer>>,
}

/// How it is told that nodes were found.
#[derive(Clone, Copy)]
enum Telling {
    /// To people.
    Text,
    /// To programs, line by line.
    Lines,
    /// Not at all.
    Nothing,
}

pub(super) fn lock(printer: &Mutex<Printer>) -> MutexGuard<'_, Printer> {
    printer.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Telling {
    fn found(
        self,
        printer: &mut Printer,
        method: &str,
        nodes: usize,
        took: Duration,
    ) -> Result<(), Failure> {
        match self {
            Self::Nothing => Ok(()),
            Self::Text => printer.print(format_args!("{nodes}\n")),
            Self::Lines => {
                let line = Line::Discovered {
                    method,
                    nodes,
                    took,
                };
                printer.print(format_args!("{}\n", line.text()))
            }
        }
    }
}

impl Shown<'_> {
    const fn telling(&self) -> Telling {
        let output = self.output;
        if output.jsonl {
            Telling::Lines
        } else if output.json || output.table || output.senders || output.reply_to.is_some() {
            Telling::Nothing
        } else {
            Telling::Text
        }
    }

    /// Tells that nodes are being looked for.
    pub(super) fn searching(&self) -> Result<(), Failure> {
        let method = self.method;
        let mut printer = lock(self.printer);
        match self.telling() {
            Telling::Nothing => Ok(()),
            Telling::Text => printer.print(format_args!(
                "Discovering nodes using the {method} method .... "
            )),
            Telling::Lines => {
                printer.print(format_args!("{}\n", Line::Discovering { method }.text()))
            }
        }
    }

    /// Tells how many there are, before anybody is asked.
    pub(super) fn found(&mut self, nodes: usize) -> Result<(), Failure> {
        self.found = nodes;
        let mut printer = lock(self.printer);
        self.telling()
            .found(&mut printer, self.method, nodes, Duration::ZERO)
    }

    /// What tells how many nodes answered that they are there.
    pub(super) fn observer(&self) -> impl Fn(Progress<'_>) + Send + Sync + 'static {
        let (telling, method) = (self.telling(), self.method);
        let printer = Arc::clone(self.printer);
        move |progress| {
            if let Progress::Discovered { nodes, took } = progress {
                // What cannot be printed is told when the next thing is.
                let _ = telling.found(&mut lock(&printer), method, nodes, took);
            }
        }
    }

    /// Takes all replies, and prints what is to be printed of them.
    pub(super) async fn all(&self, mut responses: Responses) -> Result<(), Failure> {
        let output = self.output;
        if output.reply_to.is_some() {
            lock(self.printer).print(format_args!("{}\n", responses.request()))?;
            while responses.next().await?.is_some() {}
            return Ok(());
        }
        let is_kept = output.sort || output.json || output.table || output.senders;
        let mut summaries = Summaries::of(self.action);
        let mut kept = Vec::new();
        let mut answered = 0;
        while let Some(response) = responses.next().await? {
            answered += 1;
            let mut printer = lock(self.printer);
            if self.counts(&response) {
                if let Value::Object(data) = &response.reply.data {
                    summaries.add(data);
                }
                match is_kept {
                    true => kept.push(response),
                    false => self.one(&mut printer, &response)?,
                }
            }
            printer.progress(answered, responses.asked());
            if !printer.is_read() {
                break;
            }
        }
        let mut statistics = responses.statistics();
        statistics.discovered = statistics.discovered.max(self.found);
        if output.sort {
            kept.sort_by(|one, other| one.sender.cmp(&other.sender));
        }
        self.end(&kept, &summaries, &statistics)?;
        let all_ok = statistics.failed == 0 && statistics.silent.is_empty() && statistics.ok > 0;
        match all_ok || output.exit_zero {
            true => Ok(()),
            false => Err(Failure::Verdict(INCOMPLETE)),
        }
    }

    fn counts(&self, response: &Response) -> bool {
        let filter = self.filter.as_ref();
        filter.is_none_or(|it| it.shows(&response.reply, &response.sender, response.time))
    }

    fn text(&self) -> Text<'_> {
        Text {
            action: self.action,
            which: self.which,
            verbose: self.output.verbose,
        }
    }

    /// Prints a reply.
    fn one(&self, printer: &mut Printer, response: &Response) -> Result<(), Failure> {
        if self.output.jsonl {
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
        kept: &[Response],
        summaries: &Summaries,
        statistics: &Statistics,
    ) -> Result<(), Failure> {
        let output = self.output;
        let mut printer = lock(self.printer);
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
        kept.iter().try_for_each(|it| self.one(&mut printer, it))?;
        if output.jsonl {
            let lines = [Line::Summaries(summaries), Line::Statistics(statistics)];
            return lines
                .iter()
                .try_for_each(|it| printer.print(format_args!("{}\n", it.text())));
        }
        printer.print(self.text().end(summaries, statistics))
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
