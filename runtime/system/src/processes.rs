//! What runs.

use core::time::Duration;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::io::Errno;
use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::load::uptime;

/// How much of a command line is read, in bytes.
const COMMAND_LINE: usize = 64 << 10;

/// A process as it was when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// The number of its parent; 0 where that is the kernel.
    pub parent: u32,
    /// What the kernel calls it: the first 15 bytes of its program's file name, unless it renamed itself.
    pub name: String,
    /// `R` runs, `S` sleeps, `D` waits for a device, `Z` has ended and nobody looked, `T` is stopped, `I` idles.
    pub state: char,
    /// The effective user it runs as.
    pub user: u32,
    /// How long it has been running.
    pub age: Duration,
    /// Processor time that it has used.
    pub processor_time: Duration,
    /// Memory that it holds, in bytes.
    pub resident: u64,
    /// Memory that it has asked for, in bytes.
    pub size: u64,
    /// Whether it is a part of the kernel.
    pub kernel: bool,
}

/// All processes, in the order of their numbers. Those that end meanwhile are left out.
///
/// # Errors
///
/// `/proc` cannot be read.
pub fn processes() -> io::Result<Vec<Process>> {
    let clock = Clock::read()?;
    let mut processes = Vec::new();
    for id in ids()? {
        processes.extend(look(id, &clock));
    }
    Ok(processes)
}

/// The process of this number; `None` where there is none.
///
/// # Errors
///
/// `/proc` cannot be read.
pub fn process(id: u32) -> io::Result<Option<Process>> {
    Ok(look(id, &Clock::read()?))
}

/// Sends a signal to the process of this number if it is the one that is meant, and says whether it was sent.
///
/// It never goes to another process that was given the number meanwhile.
///
/// # Errors
///
/// There is no such signal ([`io::ErrorKind::InvalidInput`]), it is not allowed to be sent, or `/proc` cannot be read.
pub fn signal(id: u32, signal: i32, is_meant: impl FnOnce(&Process) -> bool) -> io::Result<bool> {
    let Some(signal) = Signal::from_named_raw(signal) else {
        let text = format!("there is no signal {signal}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    };
    let Some(number) = i32::try_from(id).ok().and_then(Pid::from_raw) else {
        return Ok(false);
    };
    // Opened before it is looked at: this stays the same process, which its number does not.
    let handle = match pidfd_open(number, PidfdFlags::empty()) {
        Ok(handle) => handle,
        Err(Errno::SRCH | Errno::INVAL) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if !process(id)?.as_ref().is_some_and(is_meant) {
        return Ok(false);
    }
    match pidfd_send_signal(handle, signal) {
        Ok(()) => Ok(true),
        Err(Errno::SRCH) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The names of all processes, in the order of their numbers: [`Process::name`] without the rest.
///
/// # Errors
///
/// `/proc` cannot be read.
pub fn names() -> io::Result<Vec<String>> {
    let names = ids()?.into_iter().filter_map(|id| {
        let stat = fs::read(folder(id).join("stat")).ok()?;
        Some(text(cut(&stat)?.1))
    });
    Ok(names.collect())
}

/// The command line of a process with spaces between its arguments; empty for parts of the kernel and for
/// processes that have ended.
#[must_use]
pub fn command_line(id: u32) -> String {
    use std::io::Read;

    let mut bytes = Vec::new();
    // A process that is gone has no command line any more.
    let _ = fs::File::open(folder(id).join("cmdline"))
        .and_then(|file| file.take(COMMAND_LINE as u64).read_to_end(&mut bytes));
    let end = bytes.iter().rposition(|&it| it != 0).map_or(0, |it| it + 1);
    bytes.truncate(end);
    for byte in &mut bytes {
        if *byte == 0 {
            *byte = b' ';
        }
    }
    text(&bytes)
}

/// What turns the kernel's counts into time and sizes.
struct Clock {
    uptime: Duration,
    ticks: u64,
    page: u64,
}

/// Where a process belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kinship {
    /// Its process group.
    pub(crate) group: u32,
    /// Its session.
    pub(crate) session: u32,
}

/// Where a process belongs.
///
/// # Errors
///
/// There is no such process, or `/proc` cannot be read.
pub(crate) fn kinship(id: u32) -> io::Result<Kinship> {
    let stat = fs::read(folder(id).join("stat"))?;
    let known = || {
        let rest = core::str::from_utf8(cut(&stat)?.2).ok()?;
        // Fields 5 and 6 of proc_pid_stat(5); the first here is field 3.
        let mut fields = rest.split_ascii_whitespace().skip(2);
        Some(Kinship {
            group: fields.next()?.parse().ok()?,
            session: fields.next()?.parse().ok()?,
        })
    };
    known().ok_or_else(|| crate::unreadable("the state of a process"))
}

/// A process as it is now, if there is one.
fn look(id: u32, clock: &Clock) -> Option<Process> {
    let folder = folder(id);
    let stat = fs::read(folder.join("stat")).ok()?;
    let owner = fs::metadata(&folder).ok()?.uid();
    parse(&stat, owner, clock)
}

fn folder(id: u32) -> std::path::PathBuf {
    Path::new("/proc").join(id.to_string())
}

/// The numbers of all processes, in order.
///
/// # Errors
///
/// `/proc` cannot be read.
pub(crate) fn ids() -> io::Result<Vec<u32>> {
    let mut ids = Vec::new();
    for entry in fs::read_dir("/proc")? {
        if let Some(id) = OsStr::to_str(&entry?.file_name()).and_then(|it| it.parse().ok()) {
            ids.push(id);
        }
    }
    ids.sort_unstable();
    Ok(ids)
}

/// Cuts `123 (name) S 1 …` into what stands before, inside and after the parentheses. A name may itself
/// hold parentheses.
fn cut(stat: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let open = stat.iter().position(|&it| it == b'(')?;
    let close = stat.iter().rposition(|&it| it == b')')?;
    Some((
        stat.get(..open)?,
        stat.get(open + 1..close)?,
        stat.get(close + 1..)?,
    ))
}

fn parse(stat: &[u8], user: u32, clock: &Clock) -> Option<Process> {
    /// Set for parts of the kernel (`include/linux/sched.h`).
    const KERNEL: u64 = 0x0020_0000;

    let (id, name, rest) = cut(stat)?;
    let rest = core::str::from_utf8(rest).ok()?;
    // Field 3 of proc_pid_stat(5) is the first here.
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).copied();
    let number = |at: usize| field(at)?.parse::<u64>().ok();
    let started = clock.time(number(22)?);
    Some(Process {
        id: core::str::from_utf8(id).ok()?.trim().parse().ok()?,
        parent: field(4)?.parse().ok()?,
        name: text(name),
        state: field(3)?.chars().next()?,
        user,
        age: clock.uptime.saturating_sub(started),
        processor_time: clock.time(number(14)?.saturating_add(number(15)?)),
        resident: number(24)?.saturating_mul(clock.page),
        size: number(23)?,
        kernel: number(9)? & KERNEL != 0,
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

// === impl Clock ===

impl Clock {
    fn read() -> io::Result<Self> {
        Ok(Self {
            uptime: uptime()?,
            ticks: clock_ticks_per_second().max(1),
            page: page_size() as u64,
        })
    }

    #[allow(
        clippy::arithmetic_side_effects,
        reason = "there is at least one tick in a second"
    )]
    fn time(&self, ticks: u64) -> Duration {
        let rest = ticks % self.ticks;
        Duration::from_secs(ticks / self.ticks)
            + Duration::from_nanos(rest * 1_000_000_000 / self.ticks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: Clock = Clock {
        uptime: Duration::from_secs(100),
        ticks: 100,
        page: 4096,
    };

    fn stat(name: &str) -> String {
        format!(
            "42 ({name}) S 1 42 42 0 -1 4194560 10 0 0 0 150 50 0 0 20 0 1 0 2500 8192 3 18446744073709551615 1 1\n"
        )
    }

    #[test]
    fn fields_are_counted_after_the_name() {
        let process = parse(stat("cron").as_bytes(), 7, &CLOCK).unwrap();
        assert_eq!((process.id, process.parent, process.user), (42, 1, 7));
        assert_eq!((process.name.as_str(), process.state), ("cron", 'S'));
        assert_eq!(process.processor_time, Duration::from_secs(2));
        assert_eq!(process.age, Duration::from_secs(75));
        assert_eq!((process.resident, process.size), (3 * 4096, 8192));
        assert!(!process.kernel);
    }

    #[test]
    fn a_name_may_hold_spaces_and_parentheses() {
        for name in ["(sd-pam)", "a) b (c", "", " "] {
            assert_eq!(parse(stat(name).as_bytes(), 0, &CLOCK).unwrap().name, name);
        }
    }

    #[test]
    fn half_a_line_is_no_process() {
        let whole = stat("cron");
        for length in 0..whole.len() - 60 {
            assert_eq!(
                parse(&whole.as_bytes()[..length], 0, &CLOCK),
                None,
                "{length}"
            );
        }
    }

    #[test]
    fn this_process_is_among_them() {
        let id = std::process::id();
        let mine = processes()
            .unwrap()
            .into_iter()
            .find(|it| it.id == id)
            .unwrap();
        assert!(mine.resident > 0 && !mine.kernel);
        assert!(names().unwrap().contains(&mine.name));
        assert!(!command_line(id).is_empty());
        assert_eq!(command_line(u32::MAX), "");
        assert_eq!(process(id).unwrap().map(|it| it.name), Some(mine.name));
        assert_eq!(process(u32::MAX).unwrap(), None);
    }

    #[test]
    fn a_signal_reaches_nobody_but_who_is_meant() {
        let mut child = std::process::Command::new("sleep")
            .arg("1000")
            .spawn()
            .unwrap();
        let id = child.id();
        assert!(!signal(id, 9, |_| false).unwrap());
        assert!(child.try_wait().unwrap().is_none());
        let error = signal(id, 0, |_| true).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(signal(id, 9, |it| it.id == id).unwrap());
        assert!(!child.wait().unwrap().success());
        assert!(!signal(id, 9, |it| it.id == id).unwrap());
        assert!(!signal(u32::MAX, 9, |_| true).unwrap());
    }
}
