//! Children that outlived a process which was killed.
//!
//! Whoever is killed ends nobody. So each child carries a mark of the process that started it in its environment, and
//! a later process that knows the mark finds those that are left. Only commands themselves are ended, with their
//! groups: what they started in a session of its own, such as a service, was meant to stay.

use core::fmt;
use core::str::FromStr;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::processes::{Kinship, ids, kinship};

/// The variable that holds the mark.
const VARIABLE: &str = "CHORISTER_NODE";

/// How much of an environment is looked at, in bytes.
const ENVIRONMENT: u64 = 1 << 20;

/// By what the children of one process are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Drawn by chance, once for each process.
    token: u128,
    /// The session of the process, which is that of its children.
    session: u32,
}

/// The text is no mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no mark of a process")]
pub struct NoMark;

impl Mark {
    /// The mark of this process, with a number that no other draws.
    ///
    /// # Errors
    ///
    /// `/proc` cannot be read.
    pub fn new(token: u128) -> io::Result<Self> {
        let own = kinship(std::process::id())?;
        Ok(Self {
            token,
            session: own.session,
        })
    }

    /// What a child has in its environment.
    #[must_use]
    pub fn variable(&self) -> (OsString, OsString) {
        (VARIABLE.into(), format!("{:032x}", self.token).into())
    }

    /// Kills the groups of commands that carry this mark, and says how many there were.
    ///
    /// # Errors
    ///
    /// `/proc` cannot be read. What belongs to other users is passed over.
    pub fn end_orphans(&self) -> io::Result<usize> {
        let wanted = format!("{VARIABLE}={:032x}", self.token);
        let mut ended = 0;
        for id in ids()? {
            if self.leads(id) && carries(id, wanted.as_bytes()) && kill(id) {
                ended += 1;
            }
        }
        Ok(ended)
    }

    /// Whether a process leads a group in the session of the marked process, as commands do.
    fn leads(&self, id: u32) -> bool {
        kinship(id).is_ok_and(|it| {
            let Kinship { group, session } = it;
            group == id && session == self.session && session != id
        })
    }
}

/// Whether a process was started with this in its environment.
fn carries(id: u32, wanted: &[u8]) -> bool {
    let mut environment = Vec::new();
    let read = fs::File::open(format!("/proc/{id}/environ"))
        .and_then(|file| file.take(ENVIRONMENT).read_to_end(&mut environment));
    read.is_ok() && environment.split(|it| *it == 0).any(|it| it == wanted)
}

fn kill(leader: u32) -> bool {
    let leader = i32::try_from(leader).ok().and_then(Pid::from_raw);
    leader.is_some_and(|it| kill_process_group(it, Signal::KILL).is_ok())
}

// === impl Mark ===

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x} {}", self.token, self.session)
    }
}

impl FromStr for Mark {
    type Err = NoMark;

    fn from_str(text: &str) -> Result<Self, NoMark> {
        let (token, session) = text.trim_end().split_once(' ').ok_or(NoMark)?;
        Ok(Self {
            token: u128::from_str_radix(token, 16).map_err(|_| NoMark)?,
            session: session.parse().map_err(|_| NoMark)?,
        })
    }
}
