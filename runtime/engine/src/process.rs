//! Child processes, whose ends are told in the fleet's words.

use chorister_fsm::Exit;
use chorister_system::child;

pub use child::{Ended, Limits, Mark, Program, find, run, run_fed, seal, search_folders};

/// How a child ended, for the fleet.
pub(crate) fn exit(exit: child::Exit) -> Exit {
    match exit {
        child::Exit::Code(code) => Exit::Code(code),
        child::Exit::Signal(signal) => Exit::Signal(signal),
        child::Exit::Timeout => Exit::Timeout,
        child::Exit::Failed(reason) => Exit::Failed(reason),
    }
}
