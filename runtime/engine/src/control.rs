//! The control socket: how the distribution's own command line talks to a running node.

use std::io;
use std::path::Path;

use crate::{Fired, MachineStatus, Status};

/// A connection to a running node, for command lines; waits for each answer.
#[derive(Debug)]
pub struct Client {}

/// Why a node did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No node listens.
    #[error("nothing runs with the state directory {directory}", directory = .directory.display())]
    NotRunning {
        /// The directory.
        directory: std::path::PathBuf,
    },
    /// The socket belongs to somebody else.
    #[error("not allowed to talk to the node that runs with {directory}", directory = .directory.display())]
    Denied {
        /// The directory.
        directory: std::path::PathBuf,
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
        Err(ClientError::NotRunning { directory: state_dir.to_owned() })
    }

    /// How the node is.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`], [`ClientError::Io`].
    pub fn status(&mut self) -> Result<Status, ClientError> {
        Err(ClientError::Refused(String::new()))
    }

    /// How each machine is, in order of name.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`], [`ClientError::Io`].
    pub fn machines(&mut self) -> Result<Vec<MachineStatus>, ClientError> {
        Err(ClientError::Refused(String::new()))
    }

    /// How one machine is.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`] where there is none of this name, [`ClientError::Io`].
    pub fn machine(&mut self, _name: &str) -> Result<MachineStatus, ClientError> {
        Err(ClientError::Refused(String::new()))
    }

    /// Fires a transition.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`] where there is no such machine or transition, [`ClientError::Io`].
    pub fn fire(&mut self, _machine: &str, _transition: &str) -> Result<Fired, ClientError> {
        Err(ClientError::Refused(String::new()))
    }
}
