//! The rim: certificates, keys and tokens from files, and whether those changed.

mod journal;

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chorister_proto::limits;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::certificate::{CertificateError, Chain, Roots};
use crate::key::{KeyError, RsaKey, Seed, public_of_connections};
use crate::provider::Files;
use crate::signer::{SignError, Signer};
use crate::token::{Token, TokenError};

pub use journal::Journal;

/// Why what a provider needs cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is larger than what belongs in it.
    #[error("{path} is larger than {limit} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A file holds no key.
    #[error("{path}: {source}")]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
    /// A file holds no certificate.
    #[error("{path}: {source}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// A file holds no token.
    #[error("{path}: {source}")]
    Token {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: TokenError,
    },
    /// Key and certificate do not fit.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The provider has not what is asked for.
    #[error("the security provider has no {0}")]
    Absent(&'static str),
}

/// Reads a small text file.
///
/// # Errors
/// It cannot be read, is too large, or is no text.
pub fn text(path: &Path, limit: usize) -> Result<String, LoadError> {
    let io = |source| LoadError::Io {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)
        .and_then(|file| file.take(most).read_to_string(&mut text))
        .map_err(io)?;
    if text.len() > limit {
        return Err(LoadError::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(text)
}

/// Reads what a client or a node signs with: tokens where there are some, else certificates.
///
/// # Errors
/// A file cannot be had, or holds something else.
pub fn signer(files: &Files, sign_replies: bool) -> Result<Signer, LoadError> {
    if let Some(path) = &files.token {
        let key = files.seed.as_deref().ok_or(LoadError::Absent("seed"))?;
        return Ok(Signer::token(seed(key)?, token(path)?, sign_replies)?);
    }
    let key = files.key.as_deref().ok_or(LoadError::Absent("key"))?;
    let certificate = files.certificate.as_deref();
    let certificate = certificate.ok_or(LoadError::Absent("certificate"))?;
    let pem = SecretString::from(text(key, limits::CERTIFICATES)?);
    let certificates = text(certificate, limits::CERTIFICATES)?;
    let source = match RsaKey::from_pem(&pem) {
        Ok(key) => return Ok(Signer::certificate(key, certificates)?),
        Err(source) => source,
    };
    match public_of_connections(&pem) {
        Some(public) => Ok(Signer::connections_only(&public, certificates)?),
        None => Err(LoadError::Key {
            path: key.to_owned(),
            source,
        }),
    }
}

/// Reads the authorities.
///
/// # Errors
/// The file cannot be had, or holds something else.
pub fn roots(path: &Path) -> Result<Roots, LoadError> {
    /// Many have a bundle of all authorities there are.
    const BUNDLE: usize = 4 << 20;
    Roots::from_pem(text(path, BUNDLE)?.as_bytes()).map_err(|source| LoadError::Certificate {
        path: path.to_owned(),
        source,
    })
}

/// Reads when a certificate stops to count.
///
/// # Errors
/// The file cannot be had, or holds something else.
pub fn certificate_end(path: &Path) -> Result<Timestamp, LoadError> {
    let chain = Chain::from_pem(text(path, limits::CERTIFICATES)?.as_bytes());
    let chain = chain.map_err(|source| LoadError::Certificate {
        path: path.to_owned(),
        source,
    })?;
    Ok(chain.expires())
}

/// Reads a token, without the white space around it.
///
/// # Errors
/// The file cannot be had, or holds something else.
pub fn token(path: &Path) -> Result<String, LoadError> {
    let text = text(path, limits::TOKEN)?;
    let token = text.trim();
    Token::parse(token).map_err(|source| LoadError::Token {
        path: path.to_owned(),
        source,
    })?;
    Ok(token.to_owned())
}

/// Reads a seed.
///
/// # Errors
/// The file cannot be had, or holds something else.
pub fn seed(path: &Path) -> Result<Seed, LoadError> {
    let digits = SecretString::from(text(path, limits::TOKEN)?);
    Seed::from_hex(&digits).map_err(|source| LoadError::Key {
        path: path.to_owned(),
        source,
    })
}

/// Whether files changed since they were last looked at.
#[derive(Debug)]
pub struct Watched {
    files: Vec<(PathBuf, Stamp)>,
}

/// What tells one content of a file from another, without reading it: which file it is, how long, and from when.
type Stamp = Option<(u64, u64, SystemTime)>;

impl Watched {
    /// Looks at files as they are.
    #[must_use]
    pub fn new(files: &Files) -> Self {
        let look = |path: &Path| (path.to_owned(), stamp(path));
        Self {
            files: files.paths().map(look).collect(),
        }
    }

    /// Whether one changed since.
    #[must_use]
    pub fn changed(&mut self) -> bool {
        let mut changed = false;
        for (path, known) in &mut self.files {
            let found = stamp(path);
            changed |= found != *known;
            *known = found;
        }
        changed
    }
}

fn stamp(path: &Path) -> Stamp {
    let about = fs::metadata(path).ok()?;
    Some((about.ino(), about.len(), about.modified().ok()?))
}
