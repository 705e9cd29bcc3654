//! The process group of a child.

use rustix::process::{Pid, Signal, kill_process_group};

/// A process group that is killed unless it is released.
#[derive(Debug)]
pub(super) struct Group {
    leader: Option<Pid>,
    owned: bool,
}

impl Group {
    /// The group that a child leads; `None` where the child has already been waited for.
    pub(super) fn led_by(child: Option<u32>, owned: bool) -> Self {
        let leader = child
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        Self { leader, owned }
    }

    /// Asks every process of the group to end.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends every process of the group.
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Leaves the group to itself.
    pub(super) fn release(&mut self) {
        self.owned = false;
    }

    fn signal(&self, signal: Signal) {
        // It fails only when no process of the group is left, which is what the signal is for.
        if let Some(leader) = self.leader {
            let _ = kill_process_group(leader, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.owned {
            self.kill();
        }
    }
}
