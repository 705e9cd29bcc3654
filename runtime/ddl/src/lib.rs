//! RPC agents at run time.
//!
//! What a request gives is held against the [`Action`](chorister_ir::ddl::Action) that it asks for ([`accept`]), words of a
//! command line become such values ([`request`]), replies are completed ([`complete`]) and summed up ([`Summaries`]).
//! All texts are those that people know from Choria.
//!
//! Generated agents are adapters around this: a trait for their author, a service that implements [`Agent`] for a node,
//! and a client that asks others through whatever implements [`Call`]. What they may name is in [`codegen`].
//!
//! This crate reads no file, clock or environment and knows no network. Start with [`accept`].

mod agent;
mod aggregate;
mod client;
pub mod codegen;
mod data;
mod document;
mod exec;
mod failure;
mod host;
mod input;
mod invalid;
mod json;
mod output;
mod pattern;
mod ruby;
mod text;
mod value;

pub use agent::{Agent, Answer, Calling, Hosting, RequestContext, Rights, declared, validated};
pub use aggregate::{Summaries, Summary, plot};
pub use client::{Call, Pending, RawReply, Replies, Reply};
pub use data::{DataPlugin, asked, question};
pub use document::{data_document, document};
pub use exec::{argv, extract};
pub use failure::{Failure, StatusCode};
pub use host::{
    AgentState, Command, ConnectionInfo, Finished, Fire, Fired, Host, Job, MachineInfo,
    MessageCounts, NodeInfo, Setting,
};
pub use input::{Rejected, accept, checked, default, default_of, nothing, request, take};
pub use invalid::Invalid;
pub use json::to_value;
pub use output::{answer, complete};
pub use pattern::is_ignored_pattern;
pub use ruby::ruby;
pub use text::parse;
pub use value::{check, check_text, fits, normal};

/// The values of a request or a reply by their names.
pub type Data = serde_json::Map<String, serde_json::Value>;

#[cfg(test)]
mod tests;
