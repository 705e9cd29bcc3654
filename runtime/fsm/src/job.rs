//! Work that waits: commands, files and downloads.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_ir::WatcherId;
use serde_json::{Map, Value};

use crate::{Examination, JobId, MachineKey, Piece};

/// A piece of work for the rim. Every text in it is expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// To report its end with, or to be cancelled by.
    pub id: JobId,
    /// The machine's directory.
    pub directory: Arc<Path>,
    /// What to do.
    pub work: Work,
}

/// What a [`Job`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// Run a command; answer with [`JobResult::Exec`].
    Exec(Command),
    /// Look at a file, or keep its content; answer with [`JobResult::File`].
    File(FileLook),
    /// Keep an archive in place; answer with [`JobResult::Archive`].
    Archive(Download),
    /// Read a key of a bucket; answer with [`JobResult::Kv`].
    Kv(KvRead),
    /// Publish a message; answer with [`JobResult::Told`].
    Tell(Message),
    /// Keep machines in place; answer with [`JobResult::Plugins`].
    Plugins(Box<Provision>),
    /// Check something; answer with [`JobResult::Exec`], as a plugin that came to the same.
    Check(Examination),
}

/// A command to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The program and its arguments; never empty.
    pub argv: Vec<String>,
    /// Variables for the clean environment, in order; a later one replaces an earlier one of the same name.
    /// The rim puts `PATH`, its own mark and the paths of the files below before them.
    pub environment: Vec<(String, String)>,
    /// Variables whose values have secrets in them, put together when the command starts.
    pub secrets: Vec<(String, Vec<Piece>)>,
    /// When to end it, its process group included; `None` never.
    pub timeout: Option<Duration>,
    /// Facts and data in files, for commands that are given them.
    pub files: Option<Files>,
    /// Whether to leave it running when the node stops.
    pub disown: bool,
    /// Where to have a place before it runs.
    pub governor: Option<Queue>,
}

/// A governor in which a node waits for a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The governor.
    pub governor: String,
    /// How long to wait.
    pub timeout: Duration,
    /// The machine that waits.
    pub machine: String,
    /// The watcher that waits.
    pub watcher: String,
}

/// A key to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvRead {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The item of machine data that the value becomes.
    pub item: String,
}

/// Where a stream publishes the values of a key again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// The machine that wants to know.
    pub machine: MachineKey,
    /// Its watcher.
    pub watcher: WatcherId,
    /// The subject.
    pub subject: String,
}

/// A value that a stream published again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Republished {
    /// The stream.
    pub stream: Arc<str>,
    /// The subject in the stream.
    pub subject: Arc<str>,
    /// Its number there, which is a revision of the bucket.
    pub sequence: u64,
    /// The value, or that there is none.
    pub found: KvFound,
}

/// A message to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where.
    pub subject: String,
    /// What.
    pub payload: String,
    /// How many seconds those who keep it keep it; `None` for ever.
    pub ttl: Option<u32>,
}

/// What the files for a command hold, as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Files {
    /// For the file that `WATCHER_FACTS` names.
    pub facts: Arc<Value>,
    /// For the file that `WATCHER_DATA` names.
    pub data: Arc<Map<String, Value>>,
}

/// A file to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLook {
    /// The file; absolute.
    pub path: PathBuf,
    /// The stamp that the last look reported, `None` before the first.
    pub seen: Option<Stamp>,
    /// What it has to hold, if its content is managed and this is not a look for reference only.
    pub content: Option<Content>,
}

/// The wanted content and ownership of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The text.
    pub contents: String,
    /// Name of the owner; empty leaves it as it is.
    pub owner: String,
    /// Name of the group; empty leaves it as it is.
    pub group: String,
    /// Permissions, read as octal.
    pub mode: u32,
}

/// When a file was last changed, in nanoseconds since 1970; to be kept and compared, nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(pub i64);

/// An archive to keep in place.
#[derive(Clone, PartialEq, Eq)]
pub struct Download {
    /// URL of the gzipped tar file.
    pub source: String,
    /// Its SHA-256, in hexadecimal.
    pub checksum: String,
    /// The directory that the archive holds.
    pub creates: String,
    /// Where it is unpacked; absolute.
    pub target: PathBuf,
    /// Name below the created directory, and SHA-256, of the file of checksums to verify.
    pub verify: Option<(String, String)>,
    /// User name for the download; empty for none.
    pub username: String,
    /// Password for the download; empty for none.
    pub password: String,
    /// Whether the server's certificate is not verified.
    pub insecure: bool,
    /// How long all of it may take.
    pub timeout: Duration,
    /// Where to have a place before anything is fetched.
    pub governor: Option<Queue>,
}

/// Machines to keep in place, by machines that fetch them.
#[derive(Clone, PartialEq)]
pub struct Provision {
    /// The item of machine data that lists them.
    pub item: String,
    /// What it holds; nothing where there is no such item.
    pub list: Option<Value>,
    /// The watcher's own key for the list, in hexadecimal.
    pub key: Option<String>,
    /// Whether a list is obeyed although nobody's key is known.
    pub insecure: bool,
    /// Whether those that are no longer listed are removed.
    pub purge: bool,
    /// How often each is looked at.
    pub every: Duration,
    /// Where they are unpacked; `None` where the node looks for machines.
    pub target: Option<PathBuf>,
    /// What the names of the machines that fetch them begin with.
    pub prefix: String,
    /// Who keeps them: the machine and its watcher.
    pub keeper: String,
    /// What is true of the node.
    pub facts: Arc<Value>,
    /// The node's name.
    pub identity: Arc<str>,
    /// The directories of all machines of the node.
    pub running: Vec<Arc<Path>>,
}

/// What came of keeping machines in place.
#[derive(Clone, PartialEq)]
pub struct Provisioned {
    /// Those that are for this node, in order of their names; `None` where that is not known.
    pub plugins: Option<Vec<String>>,
    /// Whether anything changed, or why something is not as it should be.
    pub outcome: Result<bool, String>,
    /// A list that is nobody's, to be forgotten.
    pub refused: Option<Value>,
    /// Whether something is left to do as soon as machines have stopped.
    pub unfinished: bool,
    /// How long it took.
    pub runtime: Duration,
}

/// How a [`Job`] ended.
#[derive(Clone, Debug, PartialEq)]
pub enum JobResult {
    /// A command ended.
    Exec {
        /// How.
        exit: Exit,
        /// Its standard output and standard error, merged and capped.
        output: Vec<u8>,
        /// How long it ran.
        runtime: Duration,
    },
    /// A file was looked at.
    File(Look),
    /// An archive was looked after.
    Archive {
        /// What came of it.
        unpacked: Unpacked,
        /// How long it took.
        runtime: Duration,
    },
    /// A key was read.
    Kv(KvFound),
    /// A message was published, or why not.
    Told(Result<(), String>),
    /// Machines were looked after.
    Plugins(Box<Provisioned>),
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this status.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// At its deadline.
    Timeout,
    /// It did not start, or had to be ended; why.
    Failed(String),
}

/// What a look at a file found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is newer than the stamp given, or was written.
    Changed(Stamp),
    /// It is as it was.
    Unchanged(Stamp),
    /// It is missing, or could not be read or written; why.
    Error(String),
}

/// What came of looking after an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unpacked {
    /// It was in place.
    Verified,
    /// It was fetched, checked and put in place.
    Downloaded,
    /// It is not in place; why.
    Failed(String),
}

/// What a key was found to hold.
#[derive(Clone, PartialEq, Eq)]
pub enum KvFound {
    /// This value.
    Value {
        /// Its revision, above that of all values of the bucket before it.
        revision: u64,
        /// Its bytes.
        value: Vec<u8>,
    },
    /// What the last look found.
    Same,
    /// Nothing: it was never written, or it was deleted.
    Absent,
    /// That is not known; why.
    Failed(String),
}

impl core::fmt::Debug for KvFound {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Values may be secret.
        match self {
            Self::Value { revision, .. } => f.debug_tuple("Value").field(revision).finish(),
            Self::Same => f.write_str("Same"),
            Self::Absent => f.write_str("Absent"),
            Self::Failed(reason) => f.debug_tuple("Failed").field(reason).finish(),
        }
    }
}

impl core::fmt::Debug for Download {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The password stays out of logs and test output.
        f.debug_struct("Download")
            .field("source", &self.source)
            .field("creates", &self.creates)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

// Lists hold passwords, which stay out of logs and test output.

impl core::fmt::Debug for Provision {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Provision")
            .field("item", &self.item)
            .field("target", &self.target)
            .field("keeper", &self.keeper)
            .finish_non_exhaustive()
    }
}

impl core::fmt::Debug for Provisioned {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Provisioned")
            .field("plugins", &self.plugins)
            .field("outcome", &self.outcome)
            .field("unfinished", &self.unfinished)
            .finish_non_exhaustive()
    }
}
