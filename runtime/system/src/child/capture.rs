//! What a child writes.

use std::fs::File;
use std::io::{self, Write as _};

use tokio::net::unix::pipe::Receiver;

/// What a child writes to standard output and, where that is apart, to standard error.
#[derive(Debug)]
pub(super) struct Captures(pub(super) [Capture; 2]);

/// What was kept.
#[derive(Debug)]
pub(super) struct Captured {
    pub(super) output: Vec<u8>,
    pub(super) errors: Vec<u8>,
    /// How many bytes were not.
    pub(super) discarded: u64,
}

/// Reads one pipe and keeps the beginning of what comes.
#[derive(Debug)]
pub(super) struct Capture {
    pipe: Option<Receiver>,
    kept: Kept,
    keep: usize,
    written: u64,
    most: u64,
}

/// Where it is kept.
#[derive(Debug)]
enum Kept {
    Memory(Vec<u8>),
    /// In a file, and how much of it.
    File(File, usize),
}

/// What came of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum More {
    /// Something was written.
    Some,
    /// Nobody can write any more.
    End,
    /// More was written than is allowed; said once.
    Flood,
}

impl Captures {
    /// Whether somebody can still write.
    pub(super) fn is_open(&self) -> bool {
        self.0.iter().any(Capture::is_open)
    }

    /// Waits for output and takes it. Dropping the future loses nothing.
    pub(super) async fn read(&mut self) -> More {
        let [output, errors] = &mut self.0;
        let more = tokio::select! {
            more = output.read(), if output.is_open() => more,
            more = errors.read(), if errors.is_open() => more,
            else => More::End,
        };
        match more {
            // One of two.
            More::End if self.is_open() => More::Some,
            more => more,
        }
    }

    pub(super) fn into_captured(self) -> Captured {
        let [(output, one), (errors, two)] = self.0.map(Capture::into_parts);
        Captured {
            output,
            errors,
            discarded: one.saturating_add(two),
        }
    }
}

impl Capture {
    /// Keeps in memory, or in a file where there is one.
    pub(super) fn new(pipe: Option<Receiver>, file: Option<File>, keep: usize, most: u64) -> Self {
        Self {
            pipe,
            kept: file.map_or_else(|| Kept::Memory(Vec::new()), |it| Kept::File(it, 0)),
            keep,
            written: 0,
            most,
        }
    }

    fn is_open(&self) -> bool {
        self.pipe.is_some()
    }

    async fn read(&mut self) -> More {
        loop {
            let Some(pipe) = &self.pipe else {
                return More::End;
            };
            if pipe.readable().await.is_err() {
                self.pipe = None;
                return More::End;
            }
            // Not kept across the wait: a run that waits should be small.
            let mut buffer = [0; 8192];
            match pipe.try_read(&mut buffer) {
                Ok(0) => {
                    self.pipe = None;
                    return More::End;
                }
                Ok(count) => return self.take(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.pipe = None;
                    return More::End;
                }
            }
        }
    }

    /// The kept output, and how much more there was.
    fn into_parts(self) -> (Vec<u8>, u64) {
        let discarded = self.written.saturating_sub(self.kept.len() as u64);
        match self.kept {
            Kept::Memory(bytes) => (bytes, discarded),
            Kept::File(..) => (Vec::new(), discarded),
        }
    }

    fn take(&mut self, bytes: &[u8]) -> More {
        let room = self.keep.saturating_sub(self.kept.len()).min(bytes.len());
        self.kept.add(bytes.get(..room).unwrap_or_default());
        let before = self.written;
        self.written = before.saturating_add(bytes.len() as u64);
        if before <= self.most && self.written > self.most {
            More::Flood
        } else {
            More::Some
        }
    }
}

impl Kept {
    fn len(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::File(_, length) => *length,
        }
    }

    fn add(&mut self, more: &[u8]) {
        match self {
            Self::Memory(bytes) => bytes.extend_from_slice(more),
            // What a full disk does not take is thrown away, and counted as such.
            Self::File(file, length) => {
                if file.write_all(more).is_ok() {
                    *length += more.len();
                }
            }
        }
    }
}
