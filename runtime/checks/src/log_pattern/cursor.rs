//! How far a log was read.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A place in a log: behind the last line that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    path: PathBuf,
    inode: u64,
    offset: u64,
    /// The first bytes of the file, up to the offset, as a number: another file rarely begins with the same.
    head: u64,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Nothing: this is the first look.
    First,
    /// All that there was.
    All,
    /// Not all; so many bytes are left.
    Behind(u64),
    /// What is there now; the end of what was there before is gone.
    Lost,
}

/// How much is read in one go, in bytes. A line that is longer is more than one.
const MOST: u64 = 16 << 20;

/// How much of the beginning of a file tells it from others, in bytes.
const HEAD: u64 = 256;

/// How many files of a folder are looked at for one that was renamed.
const NEIGHBOURS: usize = 4096;

// === impl Cursor ===

impl Cursor {
    /// The place in this log that is remembered in a file.
    pub(super) fn remembered(memory: &Path, log: &Path) -> Option<Self> {
        let text = fs::read(memory).ok()?;
        let cursor: Self = serde_json::from_slice(&text).ok()?;
        (cursor.path == log).then_some(cursor)
    }

    /// Remembers the place in a file.
    pub(super) fn remember(&self, memory: &Path) -> io::Result<()> {
        if let Some(folder) = memory.parent() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        let new = memory.with_extension("new");
        fs::write(&new, serde_json::to_vec(self)?)?;
        fs::rename(new, memory)
    }

    /// Reads on, and says where it came to.
    pub(super) fn advance(
        from: Option<&Self>,
        path: &Path,
        mut line: impl FnMut(&[u8]),
    ) -> io::Result<(Self, News)> {
        let mut file = open(path)?;
        let metadata = file.metadata()?;
        let (inode, size) = (metadata.ino(), metadata.len());
        let at = |offset, file: &mut File| {
            let head = head(file, offset)?;
            Ok::<_, io::Error>(Self {
                path: path.to_owned(),
                inode,
                offset,
                head,
            })
        };
        let Some(from) = from else {
            let end = last_line_end(&mut file, size)?;
            return Ok((at(end, &mut file)?, News::First));
        };
        let same = from.inode == inode
            && from.offset <= size
            && head(&mut file, from.offset)? == from.head;
        let (offset, mut budget, mut news) = if same {
            (from.offset, MOST, News::All)
        } else {
            match from.elsewhere(path) {
                Some(mut old) => {
                    let end = lines(&mut old, from.offset, MOST, &mut line)?;
                    let read = end.saturating_sub(from.offset);
                    let left = old.metadata()?.len().saturating_sub(end);
                    let news = if left > MAX_LINE {
                        News::Lost
                    } else {
                        News::All
                    };
                    (0, MOST.saturating_sub(read), news)
                }
                None => (
                    0,
                    MOST,
                    if from.inode == inode {
                        News::All
                    } else {
                        News::Lost
                    },
                ),
            }
        };
        // Something of the new file is read in any case.
        budget = budget.max(1 << 20);
        let end = lines(&mut file, offset, budget, &mut line)?;
        let left = size.saturating_sub(end);
        if end.saturating_sub(offset) + MAX_LINE > budget && left > 0 {
            news = News::Behind(left);
        }
        Ok((at(end, &mut file)?, news))
    }

    /// The file that the cursor is about, under another name in the same folder.
    fn elsewhere(&self, path: &Path) -> Option<File> {
        let entries = fs::read_dir(path.parent()?).ok()?;
        for entry in entries.take(NEIGHBOURS).flatten() {
            let is_it = entry
                .metadata()
                .is_ok_and(|it| it.is_file() && it.ino() == self.inode);
            if is_it
                && let Ok(mut file) = open(&entry.path())
                && head(&mut file, self.offset).is_ok_and(|it| it == self.head)
            {
                return Some(file);
            }
        }
        None
    }
}

/// How long a line may be, in bytes, before it is cut.
const MAX_LINE: u64 = 64 << 10;

fn open(path: &Path) -> io::Result<File> {
    // Before it is opened, which waits for ever on a pipe.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a file"));
    }
    File::open(path)
}

/// Reads complete lines and says where they end.
fn lines(file: &mut File, offset: u64, most: u64, line: &mut impl FnMut(&[u8])) -> io::Result<u64> {
    file.seek(SeekFrom::Start(offset))?;
    let mut reader = BufReader::with_capacity(64 << 10, file.take(most));
    let mut end = offset;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let read = (&mut reader)
            .take(MAX_LINE)
            .read_until(b'\n', &mut buffer)?;
        let whole = buffer.pop_if(|it| *it == b'\n').is_some();
        if !whole && (read as u64) < MAX_LINE {
            return Ok(end);
        }
        line(&buffer);
        end += read as u64;
    }
}

/// Where the last complete line ends.
fn last_line_end(file: &mut File, size: u64) -> io::Result<u64> {
    let start = size.saturating_sub(MAX_LINE);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(size - start).read_to_end(&mut tail)?;
    let end = tail.iter().rposition(|it| *it == b'\n');
    Ok(end.map_or(start, |it| start + it as u64 + 1))
}

/// The beginning of a file, up to an offset, as a number.
fn head(file: &mut File, offset: u64) -> io::Result<u64> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.take(HEAD.min(offset)).read_to_end(&mut head)?;
    // FNV-1a: nobody gains anything by finding two that are equal.
    let hash = head.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    Ok(hash)
}
