//! X.509 certificates: whose they are, and whether an authority vouches for them.

use core::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::key::{RsaHash, RsaPublicKey};

/// How many certificates are read from one text.
const LIMIT: usize = 16;
/// How many authorities there may be.
const AUTHORITIES: usize = 1000;

/// The authorities that certificates have to come from.
#[derive(Clone, Debug)]
pub struct Roots(Vec<Root>);

#[derive(Clone, Debug)]
struct Root {
    anchor: TrustAnchor<'static>,
    from: i64,
    until: i64,
}

/// A certificate and those that lead from it to an authority.
#[derive(Clone, Debug)]
pub struct Chain {
    leaf: CertificateDer<'static>,
    others: Vec<CertificateDer<'static>>,
    subject: Subject,
}

/// Whose a certificate is.
#[derive(Clone, Debug)]
struct Subject {
    common_name: Option<String>,
    dns_names: Vec<String>,
    key: Option<RsaPublicKey>,
    expires: Timestamp,
}

/// Why a certificate is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// There is none in the text.
    #[error("there is no certificate in PEM")]
    NotPem,
    /// There are more than anybody needs.
    #[error("there are more than {LIMIT} certificates")]
    TooMany,
    /// One cannot be read.
    #[error("a certificate cannot be read")]
    Malformed,
    /// Its key cannot sign messages of version 1.
    #[error("the key of the certificate is not an RSA key")]
    NotRsa,
    /// It does not count now.
    #[error("the certificate has expired or does not count yet")]
    NotNow,
    /// No authority vouches for it.
    #[error("the certificate does not come from a known authority")]
    UnknownIssuer,
    /// It is not for clients.
    #[error("the certificate is not for clients")]
    NotForClients,
    /// It is not valid for any other reason.
    #[error("the certificate is not valid: {0}")]
    Invalid(String),
}

// === impl Roots ===

impl Roots {
    /// Reads the authorities in a text.
    ///
    /// # Errors
    /// There is none, or one cannot be read: who has no authorities must not accept everybody.
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertificateError> {
        let mut roots = Vec::new();
        for der in CertificateDer::pem_slice_iter(pem).take(AUTHORITIES) {
            let der = der.map_err(|_| CertificateError::Malformed)?;
            let (_, certificate) =
                X509Certificate::from_der(&der).map_err(|_| CertificateError::Malformed)?;
            let validity = certificate.validity();
            roots.push(Root {
                from: validity.not_before.timestamp(),
                until: validity.not_after.timestamp(),
                anchor: webpki::anchor_from_trusted_cert(&der)
                    .map_err(|_| CertificateError::Malformed)?
                    .to_owned(),
            });
        }
        if roots.is_empty() {
            return Err(CertificateError::NotPem);
        }
        Ok(Self(roots))
    }
}

// === impl Chain ===

impl Chain {
    /// Reads a certificate and those after it.
    ///
    /// # Errors
    /// There is none, there are too many, or one cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertificateError> {
        let mut all = Vec::new();
        for der in CertificateDer::pem_slice_iter(pem) {
            if all.len() == LIMIT {
                return Err(CertificateError::TooMany);
            }
            all.push(der.map_err(|_| CertificateError::Malformed)?);
        }
        let mut all = all.into_iter();
        let leaf = all.next().ok_or(CertificateError::NotPem)?;
        Ok(Self {
            subject: Subject::read(&leaf)?,
            others: all.collect(),
            leaf,
        })
    }

    /// The common name and the DNS names of the first certificate.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self
            .subject
            .common_name
            .iter()
            .chain(&self.subject.dns_names);
        names.map(String::as_str).filter(|it| !it.is_empty())
    }

    /// When the first certificate stops to count.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.subject.expires
    }

    /// Checks that an authority vouches for it as a client, now.
    ///
    /// # Errors
    /// None does.
    pub fn verify_client(&self, roots: &Roots, now: Timestamp) -> Result<(), CertificateError> {
        let second = now.as_second();
        let counts = |it: &&Root| it.from <= second && second <= it.until;
        let anchors: Vec<_> = roots
            .0
            .iter()
            .filter(counts)
            .map(|it| it.anchor.clone())
            .collect();
        let since = Duration::from_secs(u64::try_from(second).unwrap_or_default());
        let time = UnixTime::since_unix_epoch(since);
        let certificate = EndEntityCert::try_from(&self.leaf).map_err(|error| refused(&error))?;
        certificate
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &anchors,
                &self.others,
                time,
                KeyUsage::client_auth(),
                None,
                None,
            )
            .map(|_| ())
            .map_err(|error| refused(&error))
    }

    /// Whether the first certificate's key made a signature.
    pub(crate) fn signed(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CertificateError> {
        // Compat: go-choria providers/security/filesec: a key that is not RSA ends the process there.
        let key = self.subject.key.as_ref().ok_or(CertificateError::NotRsa)?;
        Ok(key.verifies(RsaHash::Sha256, message, signature))
    }
}

// === impl Subject ===

impl Subject {
    fn read(der: &[u8]) -> Result<Self, CertificateError> {
        let malformed = |_| CertificateError::Malformed;
        let (_, certificate) =
            X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        let common_name = certificate
            .subject()
            .iter_common_name()
            .next()
            .and_then(|it| it.as_str().ok())
            .map(ToOwned::to_owned);
        let dns_names = certificate
            .subject_alternative_name()
            .map_err(|_| CertificateError::Malformed)?
            .iter()
            .flat_map(|it| &it.value.general_names)
            .filter_map(|name| match name {
                GeneralName::DNSName(name) => Some((*name).to_owned()),
                _ => None,
            })
            .collect();
        let until = certificate.validity().not_after.timestamp();
        Ok(Self {
            common_name,
            dns_names,
            key: RsaPublicKey::from_info(certificate.public_key()).ok(),
            expires: Timestamp::from_second(until).map_err(malformed)?,
        })
    }
}

fn refused(error: &webpki::Error) -> CertificateError {
    use webpki::Error as E;
    match error {
        E::CertExpired { .. } | E::CertNotValidYet { .. } | E::InvalidCertValidity => {
            CertificateError::NotNow
        }
        E::UnknownIssuer => CertificateError::UnknownIssuer,
        E::RequiredEkuNotFoundContext(_) => CertificateError::NotForClients,
        other => CertificateError::Invalid(format!("{other:?}")),
    }
}
