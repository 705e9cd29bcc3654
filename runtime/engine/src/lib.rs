//! The engine's rim: clock, child processes, files, sockets and sinks around the pure core.
//!
//! [`Engine::run`] owns the [`Fleet`](chorister_fsm::Fleet) of a node and is the only place that calls it. It
//! sleeps until something is due or arrives, lets the fleet take one step, and carries out the effects before
//! the next: events go to the [`sink`]s, work that waits becomes a task run by a [`Driver`], data is saved.
//! Nothing that waits on the world is done inside the loop, so no command, file or reader of events can hold
//! up a machine.
//!
//! Everybody else talks to the loop through an [`EngineHandle`], whose requests travel in a bounded queue:
//! the loader of machine directories, the [`control`] socket, the HTTP switches.
//!
//! Start reading at [`Builder`], then [`Engine::run`].

#![cfg_attr(
    not(all(
        feature = "watch-exec",
        feature = "watch-file",
        feature = "watch-httpswitch"
    )),
    allow(dead_code, reason = "what jobs share is there whichever drivers are")
)]

pub mod audit;
mod budget;
mod builder;
mod changes;
mod check;
mod checks;
mod clock;
pub mod control;
mod delays;
mod driver;
pub mod drivers;
mod engine;
mod figures;
mod files;
mod governor;
mod handle;
#[cfg(feature = "http")]
mod http;
mod jobs;
mod listen;
mod listeners;
mod name;
pub mod native;
pub mod network;
mod notify;
mod orphans;
mod parts;
mod problem;
pub mod process;
pub mod recorder;
mod relay;
mod scratch;
pub mod sink;
pub mod stamp;
mod status;
mod store;
mod textfile;
pub mod trust;
mod values;
pub mod watch;
#[cfg(feature = "web")]
pub mod web;

pub use budget::Budget;
pub use builder::{Builder, StartError};
pub use changes::Update;
pub use check::{CheckResult, CheckStatus, MaintenanceStatus, Measure, Standing};
pub use chorister_fsm::{Check, MachineKey, MachineRef, Maintenance};
pub use clock::{Clock, Seeded, SystemClock};
pub use delays::Delay;
pub use driver::{Driver, DriverKind, JobContext, JobFuture};
pub use engine::Engine;
pub use files::{BundledFile, replace};
pub use handle::{EngineHandle, Fired, HandleError, Order, Steered, Switched};
pub use listen::{Listen, TlsFiles};
pub use native::StatusFile;
pub use notify::Hook;
pub use orphans::end_orphans;
pub use parts::Part;
pub use problem::Problem;
pub use status::{
    BudgetStatus, Counts, EventUse, ForkUse, MachineStatus, MemoryUse, Sandboxed, Status,
    WatcherStatus, size,
};
pub use store::{Stays, Step, StoreMode, StoreStatus};
pub use values::{parse_values, read_values};
