//! The engine's core: (state, event, now) to (state, effects), without IO.
//!
//! A [`Fleet`] holds every machine of a node and is driven by exactly one owner. Whatever comes from outside
//! — time, randomness, the results of commands, operators — is an argument of one of its calls; whatever
//! has to happen outside is an [`Effect`] that the call leaves in [`Cx::effects`]. The same calls in the same
//! order have the same effects, so a simulation in virtual time, a test and a production node run the same
//! code.
//!
//! # Driving a fleet
//!
//! 1. [`Fleet::insert`] the machines.
//! 2. Carry out the effects, in order, before the next call.
//! 3. Sleep until [`Fleet::next_wakeup`], or until something happens: a job ended ([`Fleet::finish`]), somebody
//!    fires a transition ([`Fleet::fire`]) or turns a switch ([`Fleet::switch`]), or else [`Fleet::tick`].
//!
//! While [`Fleet::has_wall_deadlines`] is true, the owner should tick at least each second, because a wall
//! clock may be set without notice.
//!
//! This crate never reads a clock, a file, the environment or a random source.

mod calendar;
mod check;
mod cx;
mod effect;
mod examine;
mod finish;
mod fleet;
mod job;
mod key;
mod limit;
mod maintenance;
mod metric;
mod network;
mod node;
mod plugins;
mod prepare;
mod queue;
mod record;
mod registry;
mod rehearse;
mod republish;
mod restore;
mod results;
mod run;
mod snapshot;
mod standing;
mod step;
mod view;

pub use calendar::{Place, Position, Zones};
pub use check::{Check, CheckProbe, Examination, GossFile, Piece, Remedy, Subject, offset};
pub use cx::{Cx, Now, Random};
pub use effect::{
    Effect, Gossiped, Happening, Level, Measurement, Notice, Outcome, Relay, Remark, Report, Weight,
};
pub use fleet::{Fired, Fleet, Switched};
pub use job::{
    Command, Content, Download, Exit, FileLook, Files, Job, JobResult, KvFound, KvRead, Listening,
    Look, Message, Provision, Provisioned, Queue, Republished, Stamp, Unpacked, Work,
};
pub use key::{Instance, JobId, MachineKey, MachineRef};
pub use limit::Taken;
pub use maintenance::Maintenance;
pub use record::{Cause, Decision, Evidence, Record, Verdict};
pub use results::{Execution, Measures};
pub use snapshot::{Snapshot, UnixNanos, WatcherMemory, WatcherSnapshot};
pub use standing::{CheckMemory, CheckState};
pub use view::{Counters, MachineView, WatcherView};

#[cfg(test)]
mod tests;
