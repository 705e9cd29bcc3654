//! A queue of lines on disk.

mod segment;
#[cfg(test)]
mod tests;

use core::fmt::Write as _;
use core::sync::atomic::{AtomicBool, Ordering};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use self::segment::Segment;
use crate::line::Line;

/// How large a spool may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes on disk; the oldest make room, a file at a time.
    pub disk: u64,
    /// Bytes of one file.
    pub segment: u64,
    /// Bytes in memory, where the disk takes nothing.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            disk: 64 << 20,
            segment: 1 << 20,
            memory: 4 << 20,
        }
    }
}

/// What became of the lines of a spool since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines that a broker has.
    pub told: u64,
    /// Lines that had to make room, or that nobody takes.
    pub dropped: u64,
    /// Lines that wait.
    pub waiting: u64,
    /// Bytes that wait.
    pub bytes: u64,
}

impl Tally {
    /// The same for Prometheus.
    #[must_use]
    pub fn figures(&self) -> String {
        let figures = [
            (
                "told_total",
                "counter",
                "Events that a broker has",
                self.told,
            ),
            (
                "dropped_total",
                "counter",
                "Events that found no room, or that nobody takes",
                self.dropped,
            ),
            (
                "waiting",
                "gauge",
                "Events that wait for a broker",
                self.waiting,
            ),
            (
                "waiting_bytes",
                "gauge",
                "Bytes of events that wait for a broker",
                self.bytes,
            ),
        ];
        let mut text = String::new();
        for (name, kind, help, value) in figures {
            let name = format!("chorister_spool_{name}");
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}"
            );
        }
        text
    }
}

/// Lines in files of a directory, in the order in which they came. Offsets count bytes from the first line that ever was
/// in it.
#[derive(Debug)]
pub struct Spool {
    directory: PathBuf,
    limits: Limits,
    state: Mutex<State>,
    /// The file that is written, by whoever writes.
    writer: Mutex<Writer>,
    news: Notify,
    progress: Notify,
    /// Whether somebody waits until nothing waits.
    is_awaited: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    segments: VecDeque<Segment>,
    /// The offset up to which everything was told.
    told: u64,
    /// How many lines there were.
    lines: u64,
    /// How many of them need not be told any more.
    lines_done: u64,
    told_lines: u64,
    dropped: u64,
    /// Whether something may not be on the medium yet.
    is_dirty: bool,
}

#[derive(Debug)]
struct Writer {
    file: Option<Arc<File>>,
    /// The file that says what was told.
    told: File,
    /// The files of a former process that hold nothing any more.
    stale: Vec<u64>,
    is_failing: bool,
}

/// The file that says up to which offset everything was told.
const TOLD: &str = "told";

impl Spool {
    /// Goes on with what lies in a directory, which is made where it is missing. It blocks.
    ///
    /// No file is changed before something is put or told: another process may find out only later that it is not alone.
    ///
    /// # Errors
    /// What the file system said.
    pub fn open(directory: PathBuf, limits: Limits) -> io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)?;
        let mut state = State {
            told: told(&directory),
            ..State::default()
        };
        let mut stale = Vec::new();
        for start in segment::found(&directory)? {
            let path = segment::path(&directory, start);
            let (size, lines) = segment::measure(&path)?;
            // Told in full, or overlapping what no process of ours writes.
            let end = state.segments.back().map_or(0, Segment::end);
            if start + size <= state.told || start < end {
                stale.push(start);
                continue;
            }
            state.segments.push_back(Segment {
                start,
                size,
                lines_before: state.lines,
                memory: None,
            });
            state.lines += lines;
        }
        if let Some(first) = state.segments.front() {
            let told = state.told.saturating_sub(first.start);
            let bytes = segment::read(&segment::path(&directory, first.start), 0, told)?;
            state.lines_done = bytes.iter().filter(|it| **it == b'\n').count() as u64;
            state.told = state.told.max(first.start);
        }
        let told = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(directory.join(TOLD))?;
        Ok(Self {
            directory,
            limits,
            state: Mutex::new(state),
            writer: Mutex::new(Writer {
                file: None,
                told,
                stale,
                is_failing: false,
            }),
            news: Notify::new(),
            progress: Notify::new(),
            is_awaited: AtomicBool::new(false),
        })
    }

    /// Where it lies.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Puts a message at the end. It blocks.
    pub fn put(&self, line: Line<'_>) {
        let mut bytes = Vec::new();
        line.write(&mut bytes);
        bytes.push(b'\n');
        self.append(&bytes);
    }

    /// Puts lines at the end, each with its line feed. It blocks.
    ///
    /// What the disk does not take is kept in memory.
    pub fn append(&self, lines: &[u8]) {
        let mut writer = self.writer();
        for start in std::mem::take(&mut writer.stale) {
            let _ = fs::remove_file(segment::path(&self.directory, start));
        }
        let count = lines.iter().filter(|it| **it == b'\n').count() as u64;
        let (start, size, is_new) = self.place(&mut writer);
        let written = writer.write(&segment::path(&self.directory, start), size, lines);
        if let Err(error) = &written
            && !writer.is_failing
        {
            tracing::warn!(%error, directory = %self.directory.display(), "events are kept in memory");
        }
        writer.is_failing = written.is_err();
        let mut state = self.state();
        match (written, state.segments.back()) {
            (Ok(()), _) if is_new => state.begin(start, None),
            (Ok(()), _) => {}
            (Err(_), Some(last)) if last.memory.is_some() => {}
            (Err(_), _) => {
                let end = state.end();
                state.begin(end, Some(Vec::new()));
            }
        }
        if let Some(last) = state.segments.back_mut() {
            last.size += lines.len() as u64;
            if let Some(memory) = &mut last.memory {
                memory.extend_from_slice(lines);
            }
        }
        state.is_dirty = true;
        state.lines += count;
        let surplus = state.make_room(&self.limits);
        drop(state);
        for start in surplus {
            let _ = fs::remove_file(segment::path(&self.directory, start));
        }
        self.news.notify_one();
    }

    /// Where the next line goes: a segment's start, its size, and whether it is a new one.
    fn place(&self, writer: &mut Writer) -> (u64, u64, bool) {
        let state = self.state();
        let end = state.end();
        match state.segments.back() {
            // What is in memory stays there; the next line tries the disk again.
            Some(last) if last.memory.is_none() && last.size < self.limits.segment => {
                (last.start, last.size, false)
            }
            _ => {
                writer.file = None;
                (end, 0, true)
            }
        }
    }

    /// Some lines from an offset on, whole ones, and the offset at which they begin: later where lines made room. Empty
    /// where there are none. It blocks.
    #[must_use]
    pub fn read(&self, from: u64, most: usize) -> (u64, Vec<u8>) {
        let mut from = from;
        loop {
            let (start, size, memory) = {
                let state = self.state();
                from = from.max(state.first());
                let found = state.segments.iter().find(|it| it.end() > from);
                let Some(segment) = found else {
                    return (from, Vec::new());
                };
                from = from.max(segment.start);
                let at = usize::try_from(from - segment.start).unwrap_or(usize::MAX);
                let memory = segment.memory.as_ref().map(|it| it.get(at..));
                let memory = memory.map(|it| it.unwrap_or_default().to_vec());
                (segment.start, segment.size, memory)
            };
            let at = from - start;
            let bytes = match memory {
                Some(mut bytes) => {
                    bytes.truncate(most);
                    Ok(bytes)
                }
                None => {
                    let most = (size - at).min(most as u64);
                    segment::read(&segment::path(&self.directory, start), at, most)
                }
            };
            let whole = bytes.map(|mut bytes| {
                let whole = bytes.iter().rposition(|it| *it == b'\n');
                bytes.truncate(whole.map_or(0, |it| it + 1));
                bytes
            });
            match whole {
                Ok(bytes) if !bytes.is_empty() => return (from, bytes),
                // Somebody has cut the file, or the medium has.
                Ok(_) => self.lose(start + size, "no whole line is where one was"),
                Err(error) => self.lose(start + size, &error.to_string()),
            }
            from = start + size;
        }
    }

    /// Gives up what is before an offset.
    fn lose(&self, until: u64, why: &str) {
        tracing::warn!(directory = %self.directory.display(), why, "events are lost");
        let mut state = self.state();
        let lines = state.lines_before(until);
        let lost = lines.saturating_sub(state.lines_done);
        state.dropped += lost;
        state.lines_done = state.lines_done.max(lines);
        state.told = state.told.max(until);
    }

    /// Takes note that everything before an offset was told, `told` lines of it, and that nobody takes `refused` others. It
    /// blocks.
    pub fn done(&self, until: u64, told: u64, refused: u64) {
        let mut writer = self.writer();
        let mut state = self.state();
        if until <= state.told {
            return;
        }
        state.told = until;
        state.told_lines += told;
        state.dropped += refused;
        state.lines_done = (state.lines_done + told + refused).min(state.lines);
        let mut done = Vec::new();
        // The last is written to, unless it is large.
        while let Some(first) = state.segments.front()
            && first.end() <= until
            && (state.segments.len() > 1 || first.size > self.limits.segment / 4)
        {
            done.extend(state.segments.pop_front().map(|it| it.start));
        }
        if state.segments.is_empty() {
            writer.file = None;
        }
        drop(state);
        writer.note(until);
        drop(writer);
        self.progress.notify_waiters();
        for start in done {
            // One that was in memory has no file.
            let _ = fs::remove_file(segment::path(&self.directory, start));
        }
    }

    /// The offset up to which everything was told.
    #[must_use]
    pub fn told(&self) -> u64 {
        let state = self.state();
        state.told.max(state.first())
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let state = self.state();
        state.told >= state.end()
    }

    /// Waits until something came since the last call.
    pub async fn news(&self) {
        self.news.notified().await;
    }

    /// Whether somebody waits, or has waited, until nothing waits.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.is_awaited.load(Ordering::Relaxed)
    }

    /// Waits until nothing waits. Whoever empties it hurries from now on.
    pub async fn emptied(&self) {
        self.is_awaited.store(true, Ordering::Relaxed);
        self.news.notify_one();
        loop {
            let progress = self.progress.notified();
            if self.is_empty() {
                return;
            }
            progress.await;
        }
    }

    /// What became of its lines.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let state = self.state();
        Tally {
            told: state.told_lines,
            dropped: state.dropped,
            waiting: state.lines.saturating_sub(state.lines_done),
            bytes: state.end().saturating_sub(state.told.max(state.first())),
        }
    }

    /// Waits until what came last is on the medium. It blocks.
    pub fn sync(&self) {
        if !std::mem::take(&mut self.state().is_dirty) {
            return;
        }
        let file = self.writer().file.clone();
        if let Some(Err(error)) = file.map(|it| it.sync_data()) {
            tracing::warn!(%error, directory = %self.directory.display(), "events may not outlive a loss of power");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Taken before the state, where both are.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The offset of the oldest line.
    fn first(&self) -> u64 {
        self.segments.front().map_or(self.told, |it| it.start)
    }

    /// The offset behind the newest line.
    fn end(&self) -> u64 {
        self.segments.back().map_or(self.told, Segment::end)
    }

    /// How many lines there were before the end of a segment.
    fn lines_before(&self, end: u64) -> u64 {
        let next = self.segments.iter().find(|it| it.start >= end);
        next.map_or(self.lines, |it| it.lines_before)
    }

    /// Begins a segment at an offset.
    fn begin(&mut self, start: u64, memory: Option<Vec<u8>>) {
        self.segments.push_back(Segment {
            start,
            size: 0,
            lines_before: self.lines,
            memory,
        });
    }

    /// Drops the oldest until the rest fits; the starts of segments that are gone.
    fn make_room(&mut self, limits: &Limits) -> Vec<u64> {
        let mut gone = Vec::new();
        loop {
            let size = |in_memory: bool| -> u64 {
                let kept = self.segments.iter();
                let kept = kept.filter(|it| it.memory.is_some() == in_memory);
                kept.map(|it| it.size).sum()
            };
            let is_full = size(false) > limits.disk || size(true) > limits.memory;
            if !is_full || self.segments.len() < 2 {
                return gone;
            }
            let Some(oldest) = self.segments.pop_front() else {
                return gone;
            };
            let lines = self.lines_before(oldest.end());
            self.dropped += lines.saturating_sub(self.lines_done);
            self.lines_done = self.lines_done.max(lines);
            gone.push(oldest.start);
        }
    }
}

impl Writer {
    /// Writes at the end of a file, which is opened where it is another one.
    fn write(&mut self, path: &Path, size: u64, bytes: &[u8]) -> io::Result<()> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => {
                let file = Arc::new(segment::open(path, size)?);
                self.file = Some(Arc::clone(&file));
                file
            }
        };
        let written = segment::write(&file, size, bytes);
        if written.is_err() {
            self.file = None;
        }
        written
    }

    /// Writes down what was told. It is not waited for the medium: after a loss of power more is told again.
    fn note(&self, told: u64) {
        if let Err(error) = self
            .told
            .write_all_at(format!("{told:020}\n").as_bytes(), 0)
        {
            tracing::debug!(%error, "what was told is not written down");
        }
    }
}

/// The offset up to which everything was told, as it is written down.
fn told(directory: &Path) -> u64 {
    let text = fs::read_to_string(directory.join(TOLD)).unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}
