//! Requests that were let in, on disk, so that none comes through again after a restart.
//!
//! Each is written at once, before it is acted upon, with one short write: the end of the process loses nothing. The medium
//! is not waited for; a machine that loses its power comes back later than most requests count. The file has a few bytes for
//! each request that still counts, and is written anew when most of it is old.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::replay::{Account, Keep, Key, ReplaySnapshot, Replays, account};

/// What the file begins with: whose it is, and which form it has.
const MAGIC: &[u8; 8] = b"CHREPLY2";

/// The bytes of one request: when it stops to count, and what it is known by. One without an id says what was forgotten of
/// its caller; one without a caller, of all others.
const RECORD: usize = 32;

/// How many records the file may have beside twice those that there is room for.
const SPARE: usize = 1024;

/// The file.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    records: usize,
    problem: Option<String>,
}

impl Journal {
    /// Goes on with the requests that a file remembers, and has it remember those that come; there is room for `room` of
    /// them. What is no such file is moved aside, to the name with `.broken` at its end.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn open(path: &Path, room: usize, now: Timestamp) -> io::Result<(Replays, Arc<Self>)> {
        let most = room.max(1).saturating_mul(2).saturating_add(SPARE);
        let known = match read(path, most) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => ReplaySnapshot::default(),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                fs::rename(path, path.with_extension("broken"))?;
                ReplaySnapshot::default()
            }
            known => known?,
        };
        let replays = Replays::restore(known, room, now);
        let (file, records) = write(path, &replays.snapshot())?;
        let journal = Arc::new(Self {
            path: path.to_owned(),
            most,
            state: Mutex::new(State {
                file,
                records,
                problem: None,
            }),
        });
        Ok((
            replays.kept_by(Arc::clone(&journal) as Arc<dyn Keep>),
            journal,
        ))
    }

    /// Why what is let in now would be let in once more after a restart, if it would.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let problem = state.problem.as_ref()?;
        Some(format!("{}: {problem}", self.path.display()))
    }
}

impl Keep for Journal {
    fn keep(&self, end: i64, key: &Key, all: &dyn Fn() -> ReplaySnapshot) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // After an error half a record may be at the end of the file.
        let written = if state.records >= self.most || state.problem.is_some() {
            write(&self.path, &all()).map(|(file, records)| {
                state.file = file;
                state.records = records;
            })
        } else {
            let written = state.file.write_all(&record(end, key));
            state.records = state.records.saturating_add(1);
            written
        };
        state.problem = written.err().map(|error| error.to_string());
    }
}

/// What a file remembers. Half a record at its end is one that nobody acted upon.
fn read(path: &Path, most: usize) -> io::Result<ReplaySnapshot> {
    let limit = most.saturating_add(1).saturating_mul(RECORD) + MAGIC.len();
    let mut bytes = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    let records = bytes
        .strip_prefix(MAGIC)
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
    let mut known = ReplaySnapshot::default();
    for record in records.chunks_exact(RECORD) {
        let Some((end, key)) = record.split_first_chunk::<8>() else {
            continue;
        };
        let end = i64::from_le_bytes(*end);
        match Key::try_from(key) {
            // No digest is that.
            Ok(key) if key == Key::default() => known.floor = known.floor.max(end),
            Ok(key) if key == of_caller(account(&key)) => known.floors.push((end, account(&key))),
            Ok(key) => known.seen.push((end, key)),
            Err(_) => {}
        }
    }
    Ok(known)
}

/// Puts a new file in the place of what is there, and gives it with the number of its records.
fn write(path: &Path, all: &ReplaySnapshot) -> io::Result<(File, usize)> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(record(all.floor, &Key::default()));
    for (floor, account) in &all.floors {
        bytes.extend(record(*floor, &of_caller(*account)));
    }
    for (end, key) in &all.seen {
        bytes.extend(record(*end, key));
    }
    let beside = path.with_extension("new");
    // What is left over from a process that died; `create_new` follows no link.
    let _ = fs::remove_file(&beside);
    let mut file = OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(&bytes)?;
    fs::rename(&beside, path)?;
    let records = all.seen.len().saturating_add(all.floors.len());
    Ok((file, records.saturating_add(1)))
}

/// What says what was forgotten of a caller.
fn of_caller(account: Account) -> Key {
    let mut key = Key::default();
    let (front, _) = key.split_at_mut(account.len());
    front.copy_from_slice(&account);
    key
}

fn record(end: i64, key: &Key) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    let (front, back) = record.split_at_mut(8);
    front.copy_from_slice(&end.to_le_bytes());
    back.copy_from_slice(key);
    record
}
