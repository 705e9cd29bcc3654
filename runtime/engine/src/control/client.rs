//! The command line's side of the control socket.

use core::time::Duration;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use chorister_diagram::Diagram;
use jiff::Timestamp;
use serde_json::Value;

use super::{Answer, Question, SOCKET};
use crate::recorder::{Recording, Why};
use crate::{Fired, MachineStatus, Order, Status, Steered, Update};

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest answer, in bytes: a hundred thousand machines with their watchers fit.
const LONGEST_ANSWER: u64 = 256 << 20;

/// A connection to a running node, for command lines; waits for each answer.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<UnixStream>,
}

/// Why a node did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No node listens.
    #[error("nothing runs with the state directory {directory}", directory = .directory.display())]
    NotRunning {
        /// The directory.
        directory: PathBuf,
    },
    /// The socket belongs to somebody else.
    #[error("not allowed to talk to the node that runs with {directory}", directory = .directory.display())]
    Denied {
        /// The directory.
        directory: PathBuf,
    },
    /// The node answered that it could not do it.
    #[error("{0}")]
    Refused(String),
    /// The connection broke, or the answer makes no sense.
    #[error("cannot talk to the node")]
    Io(#[from] io::Error),
}

impl Client {
    /// Connects to the node that keeps its state in `state_dir`.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotRunning`], [`ClientError::Denied`], [`ClientError::Io`].
    pub fn connect(state_dir: &Path) -> Result<Self, ClientError> {
        let directory = state_dir.to_owned();
        let stream = match UnixStream::connect(state_dir.join(SOCKET)) {
            Ok(stream) => stream,
            Err(error) => {
                return Err(match error.kind() {
                    io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                        ClientError::NotRunning { directory }
                    }
                    io::ErrorKind::PermissionDenied => ClientError::Denied { directory },
                    _ => ClientError::Io(error),
                });
            }
        };
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// How the node is.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`], [`ClientError::Io`].
    pub fn status(&mut self) -> Result<Status, ClientError> {
        match self.ask(&Question::Status)? {
            Answer::Status(status) => Ok(*status),
            _ => Err(nonsense()),
        }
    }

    /// How each machine is, in order of name.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`], [`ClientError::Io`].
    pub fn machines(&mut self) -> Result<Vec<MachineStatus>, ClientError> {
        match self.ask(&Question::Machines)? {
            Answer::Machines(machines) => Ok(machines),
            _ => Err(nonsense()),
        }
    }

    /// How one machine is.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`] where there is none of this name, [`ClientError::Io`].
    pub fn machine(&mut self, name: &str) -> Result<MachineStatus, ClientError> {
        match self.ask(&Question::Machine {
            name: name.to_owned(),
        })? {
            Answer::Machine(machine) => Ok(*machine),
            _ => Err(nonsense()),
        }
    }

    /// Why a machine is in its state, and in those before it since a time; without one, in the last few.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`] where there is none of this name, [`ClientError::Io`].
    pub fn why(&mut self, machine: &str, since: Option<Timestamp>) -> Result<Why, ClientError> {
        match self.ask(&Question::Why {
            machine: machine.to_owned(),
            since,
        })? {
            Answer::Why(why) => Ok(*why),
            _ => Err(nonsense()),
        }
    }

    /// The picture of a machine.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`] where there is none of this name, [`ClientError::Io`].
    pub fn diagram(&mut self, name: &str) -> Result<Diagram, ClientError> {
        match self.ask(&Question::Diagram {
            name: name.to_owned(),
        })? {
            Answer::Diagram(diagram) => Ok(*diagram),
            _ => Err(nonsense()),
        }
    }

    /// What happened to a machine since a time, as a test that does it again.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`] where there is none of this name or nothing is recorded of it, [`ClientError::Io`].
    pub fn record(&mut self, machine: &str, since: Timestamp) -> Result<Recording, ClientError> {
        match self.ask(&Question::Record {
            machine: machine.to_owned(),
            since,
        })? {
            Answer::Record(recording) => Ok(*recording),
            _ => Err(nonsense()),
        }
    }

    /// Follows the machines of these names, all where there is no name: first everything, then what changes, and
    /// at least every few seconds how the node is.
    ///
    /// # Errors
    ///
    /// [`ClientError::Io`].
    pub fn watch(mut self, machines: &[String]) -> Result<Updates, ClientError> {
        self.tell(&Question::Watch {
            machines: machines.to_vec(),
        })?;
        Ok(Updates { client: self })
    }

    /// Fires a transition.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`] where there is no such machine or transition, [`ClientError::Io`].
    pub fn fire(&mut self, machine: &str, transition: &str) -> Result<Fired, ClientError> {
        let question = Question::Fire {
            machine: machine.to_owned(),
            transition: transition.to_owned(),
        };
        match self.ask(&question)? {
            Answer::Fired(fired) => Ok(fired),
            _ => Err(nonsense()),
        }
    }

    /// Does something with the checks of these names, with all where there is no name.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`], [`ClientError::Io`].
    pub fn steer(
        &mut self,
        order: Order,
        checks: Vec<String>,
    ) -> Result<Vec<Steered>, ClientError> {
        match self.ask(&Question::Steer { order, checks })? {
            Answer::Steered(steered) => Ok(steered),
            _ => Err(nonsense()),
        }
    }

    /// Asks another part of the node, in its own words.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`] where there is no such part or it says why not, [`ClientError::Io`].
    pub fn part(&mut self, part: &str, question: Value) -> Result<Value, ClientError> {
        let part = part.to_owned();
        match self.ask(&Question::Part { part, question })? {
            Answer::Part(answer) => Ok(answer),
            _ => Err(nonsense()),
        }
    }

    /// Asks the node to look at all its files again.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`], [`ClientError::Io`].
    pub fn reload(&mut self) -> Result<(), ClientError> {
        match self.ask(&Question::Reload)? {
            Answer::Reloading => Ok(()),
            _ => Err(nonsense()),
        }
    }

    fn ask(&mut self, question: &Question) -> Result<Answer, ClientError> {
        self.tell(question)?;
        self.hear()
    }

    fn tell(&mut self, question: &Question) -> Result<(), ClientError> {
        let mut json = serde_json::to_vec(question).map_err(io::Error::from)?;
        json.push(b'\n');
        Ok(self.stream.get_mut().write_all(&json)?)
    }

    fn hear(&mut self) -> Result<Answer, ClientError> {
        let mut line = Vec::new();
        Read::by_ref(&mut self.stream)
            .take(LONGEST_ANSWER)
            .read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        match serde_json::from_slice(&line).map_err(io::Error::from)? {
            Answer::Error(reason) => Err(ClientError::Refused(reason)),
            answer => Ok(answer),
        }
    }
}

/// What changes, as it changes; ends with the first error.
#[derive(Debug)]
pub struct Updates {
    client: Client,
}

impl Updates {
    /// Waits for the next update.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`], [`ClientError::Io`], also when the node has stopped.
    pub fn next_update(&mut self) -> Result<Update, ClientError> {
        match self.client.hear()? {
            Answer::Update(update) => Ok(*update),
            _ => Err(nonsense()),
        }
    }
}

fn nonsense() -> ClientError {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the node answered another question",
    )
    .into()
}
