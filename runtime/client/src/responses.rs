//! What agents answer.

use core::time::Duration;

use chorister_proto::body::{Reply, Status};
use jiff::Timestamp;

use crate::exchange::{Exchange, Heard};
use crate::progress::{Observer, Progress};
use crate::{ClientError, Standing, Statistics};

/// What one node answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The node.
    pub sender: String,
    /// Whether it was asked.
    pub standing: Standing,
    /// Whether it signed its answer. What is not signed could be from anybody who may publish replies.
    pub signed: bool,
    /// When it says that it answered.
    pub time: Timestamp,
    /// How long after the last request was sent its answer came.
    pub elapsed: Duration,
    /// What it answered; an unknown error where it answered something else than the result of a call.
    pub reply: Reply,
    /// The message that said so.
    pub message: chorister_proto::Reply,
}

/// What agents answer, in the order in which they do. Dropping this ends it: nobody else is asked or waited for.
///
/// Only names are kept here: whoever wants the answers keeps them.
#[derive(Debug)]
pub struct Responses {
    exchange: Exchange,
    observer: Observer,
    started: Timestamp,
    found: Found,
    ok: usize,
    failed: usize,
    is_over: bool,
}

/// What became of the search for nodes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    pub(crate) nodes: usize,
    pub(crate) took: Duration,
    /// Whether nobody was looked for, and whoever answers is the one that was found.
    pub(crate) whoever_answers: bool,
}

// === impl Responses ===

impl Responses {
    pub(crate) fn new(
        exchange: Exchange,
        started: Timestamp,
        found: Found,
        observer: Observer,
    ) -> Self {
        Self {
            exchange,
            observer,
            started,
            found,
            ok: 0,
            failed: 0,
            is_over: false,
        }
    }

    /// The id of the request.
    #[must_use]
    pub fn request(&self) -> &str {
        self.exchange.id()
    }

    /// How many nodes were asked by their names so far.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.exchange.figures().asked
    }

    /// The next answer; `None` when all have answered or their time is over. May be dropped and called again.
    ///
    /// # Errors
    /// The next nodes could not be asked, or the connection was closed.
    pub async fn next(&mut self) -> Result<Option<Response>, ClientError> {
        if let Some(heard) = self.exchange.next().await? {
            let response = Response::of(heard);
            match response.reply.status {
                Status::Ok => self.ok += 1,
                _ => self.failed += 1,
            }
            return Ok(Some(response));
        }
        if !core::mem::replace(&mut self.is_over, true) {
            self.observer.tell(Progress::Finished(&self.statistics()));
        }
        Ok(None)
    }

    /// How it went so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let figures = self.exchange.figures();
        let tally = self.exchange.tally();
        Statistics {
            request: self.request().to_owned(),
            started: self.started,
            discovered: match self.found.whoever_answers {
                true => self.ok + self.failed,
                false => self.found.nodes,
            },
            asked: figures.asked,
            responses: self.ok + self.failed,
            ok: self.ok,
            failed: self.failed,
            silent: tally.silent(),
            unexpected: tally.unexpected(),
            duplicates: figures.duplicates,
            refused: figures.refused,
            lost: figures.lost,
            discovery: self.found.took,
            publishing: figures.publishing,
            duration: figures.duration,
        }
    }
}

// === impl Response ===

impl Response {
    fn of(heard: Heard) -> Self {
        let reply = heard.reply.reply;
        let body = Reply::decode(&reply.payload).unwrap_or_else(|error| {
            let message = format!("The node answered something that is no result: {error}");
            Reply::failed("", Status::UnknownError, message)
        });
        Self {
            sender: reply.sender.clone(),
            standing: heard.standing,
            signed: heard.reply.signed,
            time: reply.time,
            elapsed: heard.elapsed,
            reply: body,
            message: reply,
        }
    }
}
