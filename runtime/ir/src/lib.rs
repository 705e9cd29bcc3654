//! The checked form of machines, check classes and RPC agents.
//!
//! The compiler prints these values as Rust constants and the loader hands them to the engine as they are: one
//! form, two ends. Whatever a specification may get wrong has been refused before a value of these types
//! exists, so its readers never check again. Names have become ids; text remains only where it goes on the
//! wire, on a screen or to the operating system.
//!
//! This crate has no IO, no serialisation and no behaviour beyond looking things up. Start with [`Machine`];
//! agents are in [`ddl`].

mod check;
mod command;
pub mod ddl;
mod json;
mod machine;
mod sandbox;
pub mod scout;
mod watcher;

pub use check::{
    Active, Argument, CheckClass, CheckDefaults, CheckRow, ClassCommand, ClassRun, Flapping,
    FlappingSettings, Given, GossText, Literal, Parameter, ParameterId, ParameterKind, Part,
    Policy, Publish, PublishSettings, Remediation, Retry, RetrySettings, SecretSource, Settings,
    Variable, Word,
};
pub use chorister_lang::{List, Text, list, text};
pub use command::{Filling, command_line, filled};
pub use json::{Json, Member};
pub use machine::{
    Edge, Edges, Machine, StateId, StateSet, Subscription, TransitionDef, TransitionId, WatcherId,
};
pub use sandbox::{Connect, Sandbox};
pub use watcher::{
    Archive, Exec, Expression, File, ForeignState, Gossip, Governor, Graphite, HttpSwitch, Kv,
    ManagedContent, Metric, Nagios, NodeStatus, Pair, Plugins, Probe, Registration, Rumour,
    Schedule, Timer, Verify, Watcher, WatcherKind,
};
