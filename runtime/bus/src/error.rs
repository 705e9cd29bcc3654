//! What can go wrong.

use thiserror::Error;

/// Why a connection cannot even be tried.
#[derive(Debug, Error)]
pub enum OpenError {
    /// A file of certificates or keys cannot be used.
    #[error("cannot speak TLS: {0}")]
    Tls(String),
    /// The file of credentials cannot be used.
    #[error("cannot use the credentials in {path}: {reason}")]
    Credentials {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Why a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PublishError {
    /// There is no broker now.
    #[error("no broker is connected")]
    NotConnected,
    /// It is larger than the broker takes.
    #[error("the message has {size} bytes, the broker takes {most}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// What the broker takes, in bytes.
        most: usize,
    },
    /// Nobody answers on this subject: no stream takes it.
    #[error("nobody listens on this subject")]
    NobodyListens,
    /// The stream has as much as it may.
    #[error("the stream is full")]
    Full,
    /// A stream will never take it as it is.
    #[error("the stream does not take such messages: {0}")]
    Unacceptable(String),
    /// Somebody answered who is no stream.
    #[error("the answer is not that of a stream")]
    NoStream,
    /// A stream does not take it now.
    #[error("the stream refused it: {0}")]
    Refused(String),
    /// Nothing came back in time, or the broker does not take what is sent.
    #[error("no answer in time")]
    TimedOut,
    /// The library has an error of its own.
    #[error("{0}")]
    Other(String),
}
