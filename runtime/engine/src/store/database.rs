//! The file: a SQLite database with a write-ahead log.
//!
//! A commit is a write into the log, which the kernel keeps when this process is killed. Only a
//! [flush](Database::flush) waits for the medium; between two of them a loss of power takes away the newest
//! commits, and never more.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};

use super::Batch;
use crate::files;

/// The format that this version writes.
const FORMAT: i64 = 1;

/// Marks our files among all SQLite databases: `CHRS`.
const APPLICATION: i64 = 0x4348_5253;

/// What SQLite appends to the name of a database for the name of its log.
const LOG: &str = "-wal";

/// Locking is left to the engine, which has the whole directory to itself.
const VFS: &str = "unix-none";

/// Small pages, because a commit writes each that it touches. The log is emptied by [`Database::flush`] alone.
const SETTINGS: &str = "
    PRAGMA page_size = 1024;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = 4194304;
    PRAGMA cache_size = -256;
    PRAGMA temp_store = MEMORY;
";

/// For writing and for reading alike.
const CAUTION: &str = "
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
";

const SCHEMA: &str = "
    BEGIN;
    CREATE TABLE machine (name TEXT NOT NULL UNIQUE, memory BLOB NOT NULL, gone INTEGER) STRICT;
    CREATE TABLE record (seq INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT;
    PRAGMA application_id = 1128813139;
    PRAGMA user_version = 1;
    COMMIT;
";

/// What later versions of the format added, which earlier ones pass over.
const ADDED: &str =
    "CREATE TABLE IF NOT EXISTS note (name TEXT NOT NULL UNIQUE, content BLOB NOT NULL) STRICT";

const KEEP: &str = "
    INSERT INTO machine (name, memory, gone) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET memory = excluded.memory, gone = excluded.gone";

/// An open store.
#[derive(Debug)]
pub(crate) struct Database {
    connection: Connection,
    path: PathBuf,
    /// What was written since the last flush, in bytes, about.
    unflushed: u64,
}

/// Everything that a store holds.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) machines: Vec<Row>,
    /// The flight recorder's entries, in order.
    pub(crate) records: Vec<(u64, Vec<u8>)>,
    /// What others than machines remember, by its name.
    pub(crate) notes: Vec<(String, Vec<u8>)>,
}

/// What is remembered of one machine, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) memory: Vec<u8>,
    /// Since when there is no such machine, in Unix seconds.
    pub(crate) gone: Option<i64>,
}

/// Why a store does not do what it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// It never will: what is in the file makes no sense.
    #[error("it is corrupt: {0}")]
    Corrupt(String),
    /// It will for another version only.
    #[error("it has format {0}, which a newer version wrote; this one knows format {FORMAT}")]
    Newer(i64),
    /// It may later: no room, no permission, no such device.
    #[error("{0}")]
    Unusable(String),
}

// === impl Database ===

impl Database {
    /// Opens the store, or makes it.
    ///
    /// # Errors
    ///
    /// Each variant of [`Failure`].
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        // SQLite has no say in the mode of a new file, but its log gets the same.
        let made = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path);
        made.map_err(|error| Failure::Unusable(error.to_string()))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let database = Self::connect(path, flags)?;
        // Before anything is changed: it may not be ours.
        let format = database.format()?;
        database.connection.execute_batch(SETTINGS)?;
        if format == 0 {
            database.connection.execute_batch(SCHEMA)?;
        }
        database.connection.execute_batch(ADDED)?;
        database.check()?;
        Ok(database)
    }

    /// Opens a store of which only reading is possible.
    ///
    /// # Errors
    ///
    /// Each variant of [`Failure`].
    pub(crate) fn open_to_read(path: &Path) -> Result<Self, Failure> {
        let database = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        database.check()?;
        Ok(database)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, Failure> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let connection = Connection::open_with_flags_and_vfs(path, flags, VFS)?;
        connection.execute_batch(CAUTION)?;
        Ok(Self {
            connection,
            // Left by a process that was killed.
            unflushed: fs::metadata(log(path)).map_or(0, |it| it.len()),
            path: path.to_owned(),
        })
    }

    fn format(&self) -> Result<i64, Failure> {
        let number = |sql| {
            self.connection
                .query_row(sql, (), |row| row.get::<_, i64>(0))
        };
        let format = number("PRAGMA user_version")?;
        let application = number("PRAGMA application_id")?;
        let tables = number("SELECT count(*) FROM sqlite_schema")?;
        match (application, format) {
            (0, 0) if tables == 0 => Ok(0),
            (APPLICATION, format) if format > FORMAT => Err(Failure::Newer(format)),
            (APPLICATION, format) => Ok(format),
            _ => Err(Failure::Corrupt(
                "it is a database of another program".to_owned(),
            )),
        }
    }

    fn check(&self) -> Result<(), Failure> {
        if self.format()? == 0 {
            return Err(Failure::Unusable("it is empty".to_owned()));
        }
        let sql = "PRAGMA quick_check(1)";
        let verdict: String = self.connection.query_row(sql, (), |row| row.get(0))?;
        if verdict == "ok" {
            Ok(())
        } else {
            Err(Failure::Corrupt(verdict))
        }
    }

    /// Everything in it.
    ///
    /// # Errors
    ///
    /// [`Failure::Corrupt`], [`Failure::Unusable`].
    pub(crate) fn load(&self) -> Result<Contents, Failure> {
        let sql = "SELECT name, memory, gone FROM machine";
        let mut statement = self.connection.prepare(sql)?;
        let machines = statement.query_map((), |row| {
            Ok(Row {
                name: row.get(0)?,
                memory: row.get(1)?,
                gone: row.get(2)?,
            })
        })?;
        let machines = machines.collect::<Result<_, _>>()?;
        let sql = "SELECT seq, entry FROM record ORDER BY seq";
        let mut statement = self.connection.prepare(sql)?;
        let records = statement.query_map((), |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?))
        })?;
        let records = records.collect::<Result<_, _>>()?;
        let sql = "SELECT name, content FROM note ORDER BY name";
        let mut statement = self.connection.prepare(sql)?;
        let notes = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let notes = notes.collect::<Result<_, _>>()?;
        Ok(Contents {
            machines,
            records,
            notes,
        })
    }

    /// Writes a batch, all of it or nothing. When this returns, killing the process loses none of it.
    ///
    /// # Errors
    ///
    /// [`Failure::Corrupt`], [`Failure::Unusable`].
    pub(crate) fn commit(&mut self, batch: &Batch) -> Result<(), Failure> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        let mut written = 0;
        {
            let mut keep = transaction.prepare_cached(KEEP)?;
            // Before those that are there: one of them may be back.
            for row in &batch.rows {
                keep.execute(params![row.name, row.memory, row.gone])?;
                written += row.memory.len();
            }
            let mut json = Vec::new();
            for kept in &batch.machines {
                json.clear();
                serde_json::to_writer(&mut json, &kept.memory)
                    .map_err(|error| Failure::Unusable(error.to_string()))?;
                keep.execute(params![kept.name, json, None::<i64>])?;
                written += json.len();
            }
            let mut drop = transaction.prepare_cached("DELETE FROM machine WHERE name = ?1")?;
            for name in &batch.dropped {
                drop.execute([name])?;
            }
            let mut record =
                transaction.prepare_cached("INSERT OR REPLACE INTO record VALUES (?1, ?2)")?;
            for (seq, entry) in &batch.records {
                record.execute(params![seq.cast_signed(), entry])?;
                written += entry.len();
            }
            for (name, content) in &batch.notes {
                match content {
                    Some(content) => {
                        let sql = "INSERT OR REPLACE INTO note VALUES (?1, ?2)";
                        transaction
                            .prepare_cached(sql)?
                            .execute(params![name, content])?;
                        written += content.len();
                    }
                    None => {
                        let sql = "DELETE FROM note WHERE name = ?1";
                        transaction.prepare_cached(sql)?.execute([name])?;
                    }
                }
            }
            if let Some(first) = batch.first_record {
                let sql = "DELETE FROM record WHERE seq < ?1";
                transaction
                    .prepare_cached(sql)?
                    .execute([first.cast_signed()])?;
            }
        }
        transaction.commit()?;
        // A page for what surrounds it.
        self.unflushed += (written + 1024) as u64;
        Ok(())
    }

    /// About how many bytes the next [flush](Self::flush) has to move.
    pub(crate) fn unflushed(&self) -> u64 {
        self.unflushed
    }

    /// Moves what was committed from the log to its place and waits until the medium has it: two calls of
    /// `fsync`, and one more with the next commit.
    ///
    /// # Errors
    ///
    /// [`Failure::Corrupt`], [`Failure::Unusable`].
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let sql = "PRAGMA wal_checkpoint(PASSIVE)";
        let busy: Option<i64> = self
            .connection
            .query_row(sql, (), |row| row.get(0))
            .optional()?;
        if busy != Some(0) {
            return Err(Failure::Unusable("its log cannot be emptied".to_owned()));
        }
        self.unflushed = 0;
        Ok(())
    }

    /// Makes it full at so many pages.
    #[cfg(test)]
    pub(crate) fn limit_pages(&self, count: u32) {
        let sql = format!("PRAGMA max_page_count = {count}");
        self.connection
            .query_row(&sql, (), |row| row.get::<_, i64>(0))
            .unwrap();
    }

    /// How large it is now, with its log.
    pub(crate) fn bytes(&self) -> u64 {
        let size = |path: &Path| fs::metadata(path).map_or(0, |it| it.len());
        size(&self.path) + size(&log(&self.path))
    }
}

/// Gives a store that cannot be used another name, and says which.
///
/// # Errors
///
/// What the file system said.
pub(crate) fn set_aside(path: &Path, why: &str, now: jiff::Timestamp) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let time = now.strftime("%Y%m%dT%H%M%S.%3fZ");
    let aside = path.with_file_name(format!("{name}.{why}-{time}"));
    fs::rename(path, &aside).map_err(|error| files::at(path, &error))?;
    match fs::rename(log(path), log(&aside)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(files::at(&log(path), &error)),
        _ => Ok(aside),
    }
}

/// Removes all but the newest stores that were set aside.
pub(crate) fn thin_out(path: &Path, keep: usize) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_aside = |it: &str| {
        let rest = it.strip_prefix(&*name);
        rest.is_some_and(|it| it.starts_with(".corrupt-") || it.starts_with(".newer-"))
            && !it.ends_with(LOG)
    };
    let entries = path.parent().and_then(|it| fs::read_dir(it).ok());
    let names = entries.into_iter().flatten().flatten();
    let mut asides: Vec<_> = names
        .filter_map(|it| it.file_name().into_string().ok())
        .filter(|it| is_aside(it))
        .collect();
    // By the time at the end of their names.
    asides.sort_by(|one, other| other.rsplit('-').next().cmp(&one.rsplit('-').next()));
    for old in asides.iter().skip(keep) {
        let old = path.with_file_name(old);
        // What cannot be removed takes room, which a full disk will tell.
        let _ = fs::remove_file(&old);
        let _ = fs::remove_file(log(&old));
    }
}

/// Where SQLite keeps the log of a database.
fn log(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(LOG);
    name.into()
}

// === impl Failure ===

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            // `Unknown` is what SQLite says of a table or column that is not there.
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) => {
                Self::Corrupt(error.to_string())
            }
            Some(_) => Self::Unusable(error.to_string()),
            // The wrong type in a column, or a name that is not UTF-8.
            None => Self::Corrupt(error.to_string()),
        }
    }
}
