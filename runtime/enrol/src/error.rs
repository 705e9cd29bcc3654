//! Why there is no certificate.

use core::time::Duration;
use std::io;
use std::path::PathBuf;

use chorister_security::SignError;
use chorister_security::certificate::CertificateError;
use chorister_security::load::LoadError;
use chorister_system::http::HttpError;

/// Why a key, or a request for its certificate, cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The system has no keys to give.
    #[error("no key can be made")]
    Generate,
    /// It is not an RSA key of 2048 bits or more.
    #[error("not an RSA key of 2048 to 8192 bits in PEM")]
    NotRsa,
    /// A name that no certificate can have.
    #[error("a certificate cannot have the name `{0}`")]
    Name(String),
    /// The request cannot be written.
    #[error("a request for a certificate cannot be made: {0}")]
    Request(String),
}

/// Why cert-manager gave no certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolError {
    /// The settings cannot be used.
    #[error("`{key}`: {problem}")]
    Setting {
        /// The setting, as upstream calls it.
        key: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// This is not a pod with a service account.
    #[error("the pod has no service account to ask Kubernetes with: {0}")]
    Account(#[source] LoadError),
    /// What should be the token of the pod's service account is none.
    #[error("{0} holds no token")]
    Token(PathBuf),
    /// The key cannot be had.
    #[error("{path}: {source}")]
    Key {
        /// Its file.
        path: PathBuf,
        /// Why not.
        source: KeyError,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A file cannot be written.
    #[error("the certificate cannot be kept: {0}")]
    Keep(#[from] io::Error),
    /// The API server cannot be asked.
    #[error("{url}: {source}")]
    Http {
        /// Whom we asked.
        url: String,
        /// Why there is no answer.
        source: HttpError,
    },
    /// The API server says no.
    #[error("{url}: {method} was answered {status}: {message}")]
    Status {
        /// Whom we asked.
        url: String,
        /// The method.
        method: &'static str,
        /// The status of HTTP.
        status: u16,
        /// What it says.
        message: String,
    },
    /// The API server says what nobody can understand.
    #[error("{url}: what the API server answered cannot be understood: {problem}")]
    Garbage {
        /// Whom we asked.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is a request of before.
    #[error(
        "there is a CertificateRequest `{name}` already; delete it, or set `plugin.security.certmanager.replace` to true"
    )]
    Exists {
        /// Its name.
        name: String,
    },
    /// cert-manager, or who approves for it, says no.
    #[error("the CertificateRequest `{name}` was refused ({reason}): {message}")]
    Refused {
        /// The name of the request.
        name: String,
        /// The reason, in one word.
        reason: String,
        /// What is said of it.
        message: String,
    },
    /// Nobody answers.
    #[error("there was no certificate within {} seconds: {last}", .after.as_secs())]
    Late {
        /// How long we waited.
        after: Duration,
        /// What was last seen.
        last: String,
    },
    /// It gives a certificate and nobody who vouches for it.
    #[error("the issuer of the CertificateRequest `{name}` names no authority (`status.ca`)")]
    NoAuthority {
        /// The name of the request.
        name: String,
    },
    /// The certificate cannot be used.
    #[error("the certificate that was issued cannot be used: {0}")]
    Certificate(#[from] CertificateError),
    /// It is not for the key that we have.
    #[error("the certificate that was issued cannot be used: {0}")]
    Sign(#[from] SignError),
    /// It is somebody else's.
    #[error("the certificate that was issued cannot be used: it is not for `{0}`")]
    OtherName(String),
}

impl EnrolError {
    /// Whether a moment later it may be different.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Self::Http { source, .. } => matches!(
                source,
                HttpError::Connect { .. } | HttpError::Exchange(_) | HttpError::Late(_)
            ),
            Self::Status { status, .. } => matches!(status, 429 | 500..),
            _ => false,
        }
    }
}
