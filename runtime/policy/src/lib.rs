//! Who may call which action of which agent.
//!
//! [`Authorizer::decide`] is the one entry: it takes a [`Request`] and gives a [`Decision`], which says what decided and
//! why everything before it did not. What decides is a file of rules ([`ActionPolicy`]), a policy in Rego, or what the
//! token of the caller permits; [`Provider`] says which. Whatever is missing, cannot be read or fails denies.
//!
//! This crate reads no files and no environment: texts, facts and classes are arguments. Only an evaluation of Rego looks
//! at a clock, to end one that takes too long.

mod action;
mod authorizer;
mod decision;
mod finding;
mod groups;
mod rego;
mod request;
mod token;

#[cfg(test)]
mod tests;

pub use action::{ActionPolicy, Verdict};
pub use authorizer::{Authorizer, Policies, Provider, RegoFile, Settings};
pub use chorister_proto::Filter;
pub use chorister_proto::filter::{Node, Semantics};
pub use decision::{By, Decision, Fault, Place, Step, Why};
pub use finding::{Finding, Mistake};
pub use groups::Groups;
#[cfg(feature = "rego")]
pub use rego::REGO;
pub use rego::{Package, Rego, RegoPolicy};
pub use request::Request;

/// The largest policy or file of groups, in bytes.
pub const FILE_LIMIT: usize = 1 << 20;
