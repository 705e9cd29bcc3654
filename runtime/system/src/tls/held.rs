//! Keys that sign and are never seen, such as those of token devices.

use core::fmt::Debug;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme, SupportedProtocolVersion};

/// What devices can speak that do not know PSS.
static OLDER: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS12];

/// An RSA key that something else holds.
pub trait Key: Debug + Send + Sync {
    /// How it signs, the best first.
    fn schemes(&self) -> &[SignatureScheme];

    /// Signs a message, which is not hashed yet.
    ///
    /// # Errors
    /// What holds the key does not sign, and why.
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, String>;
}

/// A certificate and those that vouch for it, with a key that something else holds.
#[derive(Clone, Debug)]
pub struct Held {
    certificates: Vec<CertificateDer<'static>>,
    key: Arc<dyn Key>,
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.certificates == other.certificates && Arc::ptr_eq(&self.key, &other.key)
    }
}

impl Eq for Held {}

impl Held {
    /// Certificates in PEM, and the key of the first.
    ///
    /// # Errors
    /// There are none.
    pub fn new(certificates: &str, key: Arc<dyn Key>) -> Result<Self, String> {
        let read = CertificateDer::pem_slice_iter(certificates.as_bytes());
        let certificates = read.collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|error| error.to_string())?;
        if certificates.is_empty() {
            return Err("there is no certificate in PEM".to_owned());
        }
        Ok(Self { certificates, key })
    }

    /// What can be spoken with it: the newest TLS knows nothing but PSS.
    pub(super) fn versions(&self) -> &'static [&'static SupportedProtocolVersion] {
        let is_pss = |it: &SignatureScheme| {
            use SignatureScheme as S;
            matches!(
                *it,
                S::RSA_PSS_SHA256 | S::RSA_PSS_SHA384 | S::RSA_PSS_SHA512
            )
        };
        match self.key.schemes().iter().any(is_pss) {
            true => rustls::DEFAULT_VERSIONS,
            false => &OLDER,
        }
    }

    pub(super) fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        let key = Arc::new(Shown(Arc::clone(&self.key)));
        let certified = CertifiedKey::new(self.certificates.clone(), key);
        Arc::new(SingleCertAndKey::from(certified))
    }
}

/// A key as the library wants it.
#[derive(Debug)]
struct Shown(Arc<dyn Key>);

impl SigningKey for Shown {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let scheme = self.0.schemes().iter().find(|it| offered.contains(it))?;
        Some(Box::new(Signing {
            key: Arc::clone(&self.0),
            scheme: *scheme,
        }))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

#[derive(Debug)]
struct Signing {
    key: Arc<dyn Key>,
    scheme: SignatureScheme,
}

impl Signer for Signing {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.key.sign(self.scheme, message).map_err(Error::General)
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}
