//! Who we say we are when we connect.

use core::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_nats::{Auth, AuthError};

/// What a broker is told of us, besides a certificate ([`Dial::identity`](crate::Dial::identity)).
#[derive(Clone, Default)]
pub enum Credentials {
    /// Nothing.
    #[default]
    None,
    /// A user and a password.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// A file of credentials as NATS tools write it.
    File(PathBuf),
    /// A token of the network, and perhaps a proof that it is ours. It is asked for at each connection.
    Token(Arc<dyn Token>),
}

/// Gives the token that is valid now.
pub trait Token: Send + Sync {
    /// The text of the token (a JWT), and what signs for it.
    ///
    /// # Errors
    /// There is none to connect with, in words: it expired, or cannot be read.
    fn current(&self) -> Result<(String, Option<Arc<dyn Sign>>), String>;

    /// The user and the password that are sent beside it, if any.
    fn account(&self) -> Option<(String, String)> {
        None
    }
}

/// Signs what a broker sends to prove that the token is ours.
pub trait Sign: Send + Sync {
    /// The signature (64 bytes of ed25519) over the bytes of a nonce as they stand in the broker's greeting.
    fn sign(&self, nonce: &[u8]) -> Vec<u8>;
}

impl Credentials {
    /// What is sent for a nonce.
    pub(crate) fn auth(&self, nonce: &[u8]) -> Result<Auth, AuthError> {
        let mut auth = Auth::new();
        match self {
            // A file is read by the library before it connects.
            Self::None | Self::File(_) => {}
            Self::Password { user, password } => {
                auth.username = Some(user.clone());
                auth.password = Some(password.clone());
            }
            Self::Token(token) => {
                let (text, signer) = token.current().map_err(AuthError::new)?;
                // Compat: go-choria `choria/connection.go` sends the token a second time as `jwt`; brokers read this one, and
                // twice does not fit into their default control line.
                auth.signature = signer.map(|it| it.sign(nonce));
                auth.token = Some(text);
                (auth.username, auth.password) = token.account().unzip();
            }
        }
        Ok(auth)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => to.write_str("None"),
            Self::Password { user, .. } => to
                .debug_struct("Password")
                .field("user", user)
                .finish_non_exhaustive(),
            Self::File(path) => to.debug_tuple("File").field(path).finish(),
            Self::Token(_) => to.write_str("Token"),
        }
    }
}
