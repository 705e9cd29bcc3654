//! Asking agents of other nodes.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;

use chorister_ir::ddl::{Action, Ddl};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Data, Failure, StatusCode, Summaries, complete, normal};

/// A way to ask the agents of other nodes.
///
/// Which nodes are asked, how long and how many at a time is its own business: typed clients only add what is asked.
pub trait Call: Sync {
    /// Why nobody could be asked.
    type Error: Send;

    /// Asks, and hands each reply to `each` as it comes, until all came or there is no more time.
    fn call(
        &self,
        ddl: &'static Ddl,
        action: &'static Action,
        data: Data,
        each: &mut (dyn FnMut(RawReply) + Send),
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// What one node answered.
#[derive(Clone, Debug, PartialEq)]
pub struct RawReply {
    /// The node.
    pub sender: String,
    /// How it ended there.
    pub code: StatusCode,
    /// What the node says about that.
    pub message: String,
    /// The values of the reply.
    pub data: Data,
}

/// What one node answered, as a value in Rust.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply<O> {
    /// The node.
    pub sender: String,
    /// What it answered, or why it did not.
    pub result: Result<O, Failure>,
}

/// What all nodes answered.
#[derive(Debug)]
pub struct Replies<O> {
    /// In the order in which they came.
    pub replies: Vec<Reply<O>>,
    /// The sums that the agent declares.
    pub summaries: Summaries,
}

/// A request that is ready to be sent.
#[must_use = "a request does nothing until it is sent"]
pub struct Pending<'c, C, O> {
    call: &'c C,
    ddl: &'static Ddl,
    action: &'static Action,
    data: Data,
    output: PhantomData<fn() -> O>,
}

// === impl Pending ===

impl<'c, C: Call, O: DeserializeOwned + Send> Pending<'c, C, O> {
    /// A request for an action, with its values.
    pub fn new(
        call: &'c C,
        ddl: &'static Ddl,
        action: &'static Action,
        input: &impl Serialize,
    ) -> Self {
        let data = match serde_json::to_value(input) {
            Ok(Value::Object(data)) => data,
            // An action without inputs.
            _ => Data::new(),
        };
        Self {
            call,
            ddl,
            action,
            data,
            output: PhantomData,
        }
    }

    /// Sends the request and collects all replies.
    ///
    /// # Errors
    /// Why nobody could be asked.
    pub async fn send(self) -> Result<Replies<O>, C::Error> {
        let mut replies = Vec::new();
        let summaries = self.each(|it| replies.push(it)).await?;
        Ok(Replies { replies, summaries })
    }

    /// Sends the request and hands each reply to `each` as it comes; returns the sums of all.
    ///
    /// # Errors
    /// Why nobody could be asked.
    pub async fn each(self, mut each: impl FnMut(Reply<O>) + Send) -> Result<Summaries, C::Error> {
        let action = self.action;
        let mut summaries = Summaries::of(action);
        let mut take = |raw: RawReply| {
            summaries.add(&raw.data);
            each(Reply::of(action, raw));
        };
        self.call
            .call(self.ddl, action, self.data, &mut take)
            .await?;
        Ok(summaries)
    }
}

impl<C, O> fmt::Debug for Pending<'_, C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("agent", &self.ddl.metadata.name)
            .field("action", &self.action.name)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

// === impl Reply ===

impl<O: DeserializeOwned> Reply<O> {
    /// The reply as a value in Rust; one that is not what the agent declares is an unknown error.
    pub fn of(action: &Action, raw: RawReply) -> Self {
        let RawReply {
            sender,
            code,
            message,
            mut data,
        } = raw;
        if code != StatusCode::Ok {
            let result = Err(Failure {
                code,
                message,
                data,
            });
            return Self { sender, result };
        }
        complete(action, &mut data);
        data.retain(|_, value| !value.is_null());
        for output in &action.outputs {
            if let (Some(kind), Some(value)) = (output.kind, data.get_mut(output.name.as_ref())) {
                *value = normal(kind, value.take());
            }
        }
        let read = serde_json::from_value(Value::Object(data.clone()));
        let result = read.map_err(|error| Failure {
            code: StatusCode::UnknownError,
            message: format!("The reply is not what the agent declares: {error}"),
            data,
        });
        Self { sender, result }
    }
}
