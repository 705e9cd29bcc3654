//! Where a node is reached over HTTP, and by whom.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Where a node listens for HTTP, and what it asks of clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address. One that others can reach needs a token or client certificates.
    pub address: SocketAddr,
    /// A file with the token that clients send as `Authorization: Bearer TOKEN`; probes need none.
    pub token: Option<PathBuf>,
    /// What TLS is made of; without it nothing is encrypted.
    pub tls: Option<TlsFiles>,
}

/// Files in PEM that TLS is made of; read again on a reload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Certificates of the authorities that vouch for clients, except for probes; without it no client needs a
    /// certificate.
    pub client_ca: Option<PathBuf>,
}

// === impl Listen ===

impl Listen {
    /// Whether nobody but this computer reaches it, or everybody who does proves who they are.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.address.ip().is_loopback() || self.token.is_some() || self.asks_clients()
    }

    /// Whether clients need a certificate.
    pub(crate) fn asks_clients(&self) -> bool {
        self.tls.as_ref().is_some_and(|it| it.client_ca.is_some())
    }

    /// The files that are read for it.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let tls = self.tls.iter();
        tls.flat_map(|it| [Some(&it.certificate), Some(&it.key), it.client_ca.as_ref()])
            .chain([self.token.as_ref()])
            .flatten()
            .cloned()
            .collect()
    }
}

impl From<SocketAddr> for Listen {
    /// In the clear, and for everybody who reaches the address.
    fn from(address: SocketAddr) -> Self {
        Self {
            address,
            token: None,
            tls: None,
        }
    }
}
