//! X.509 certificates: whose they are, and whether an authority vouches for them.

use core::ops::RangeInclusive;
use core::time::Duration;
use std::borrow::Cow;

use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm,
    TrustAnchor, UnixTime,
};
use webpki::{
    EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter, KeyUsage,
    RequiredEkuNotFoundContext,
};
use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, X509Certificate};

use crate::key::{RsaHash, RsaPublicKey};
use crate::signatures::{Memory, Signatures};

/// How many certificates are read from one text.
const LIMIT: usize = 16;
/// How many authorities there may be.
const AUTHORITIES: usize = 1000;

/// The authorities that certificates have to come from.
#[derive(Clone, Debug)]
pub struct Roots {
    anchors: Vec<TrustAnchor<'static>>,
    /// The first and the last second at which each of them counts.
    times: Vec<RangeInclusive<i64>>,
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
    begins: Timestamp,
    expires: Timestamp,
}

/// A way to check signatures of certificates, which need not be checked again when they are known.
#[derive(Debug)]
struct Remembered<'a> {
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    memory: &'a Memory,
}

/// What certificates have to be for: clients, or anything.
///
/// Compat: Go's `crypto/x509`: one that says nothing is for anything.
struct ForClients;

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
    #[error("the certificate is not for clients: its extended key usage needs `clientAuth`")]
    NotForClients,
    /// It has no extensions.
    #[error(
        "the certificate is of version 1 of X.509; issue one of version 3, with extensions: `openssl x509 -req` makes it with `-extfile`"
    )]
    NoExtensions,
    /// It is that of an authority.
    #[error(
        "the certificate is that of an authority; issue one with `basicConstraints = CA:FALSE`"
    )]
    Authority,
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
        let (mut anchors, mut times) = (Vec::new(), Vec::new());
        for der in CertificateDer::pem_slice_iter(pem).take(AUTHORITIES) {
            let der = der.map_err(|_| CertificateError::Malformed)?;
            let (_, certificate) =
                X509Certificate::from_der(&der).map_err(|_| CertificateError::Malformed)?;
            let validity = certificate.validity();
            times.push(validity.not_before.timestamp()..=validity.not_after.timestamp());
            let anchor = webpki::anchor_from_trusted_cert(&der);
            anchors.push(anchor.map_err(|_| CertificateError::Malformed)?.to_owned());
        }
        if anchors.is_empty() {
            return Err(CertificateError::NotPem);
        }
        Ok(Self { anchors, times })
    }

    /// Those that count at a second.
    fn at(&self, second: i64) -> Cow<'_, [TrustAnchor<'static>]> {
        if self.times.iter().all(|it| it.contains(&second)) {
            return Cow::Borrowed(&self.anchors);
        }
        let all = self.anchors.iter().zip(&self.times);
        let counting = all.filter(|(_, times)| times.contains(&second));
        counting.map(|(anchor, _)| anchor.clone()).collect()
    }
}

// === impl Remembered ===

impl SignatureVerificationAlgorithm for Remembered<'_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let of = [self.public_key_alg_id(), self.signature_alg_id()];
        let scheme = of.map(|it| it.as_ref().to_vec()).concat();
        let check = || {
            let verified = self
                .algorithm
                .verify_signature(public_key, message, signature);
            verified.is_ok()
        };
        let is_good = self
            .memory
            .is_good([&scheme, public_key, message, signature], check);
        is_good.then_some(()).ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }
}

// === impl ForClients ===

impl ExtendedKeyUsageValidator for ForClients {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        const CLIENTS: KeyPurposeId<'_> = KeyPurposeId::new(&[0x2b, 6, 1, 5, 5, 7, 3, 2]);
        const ANY: KeyPurposeId<'_> = KeyPurposeId::new(&[0x55, 0x1d, 0x25, 0]);
        let mut present = Vec::new();
        for purpose in purposes {
            let purpose = purpose?;
            if purpose == CLIENTS || purpose == ANY {
                return Ok(());
            }
            present.push(purpose.to_decoded_oid());
        }
        if present.is_empty() {
            return Ok(());
        }
        let required = KeyUsage::client_auth();
        let context = RequiredEkuNotFoundContext { required, present };
        Err(webpki::Error::RequiredEkuNotFoundContext(context))
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

    /// The common name of the first certificate.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.subject.common_name.as_deref()
    }

    /// When the first certificate begins to count.
    #[must_use]
    pub const fn begins(&self) -> Timestamp {
        self.subject.begins
    }

    /// When the first certificate stops to count.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.subject.expires
    }

    /// Whether the first certificate is that of a public key.
    pub(crate) fn is_of(&self, public: &[u8]) -> bool {
        let parsed = X509Certificate::from_der(&self.leaf);
        parsed.is_ok_and(|(_, it)| *it.public_key().subject_public_key.data == *public)
    }

    /// Checks that an authority vouches for it as a client, now.
    ///
    /// # Errors
    /// None does.
    pub fn verify_client(
        &self,
        roots: &Roots,
        now: Timestamp,
        signatures: &Signatures,
    ) -> Result<(), CertificateError> {
        let second = now.as_second();
        let anchors = roots.at(second);
        let remembered = webpki::ALL_VERIFICATION_ALGS
            .iter()
            .map(|algorithm| Remembered {
                algorithm: *algorithm,
                memory: &signatures.credentials,
            });
        let remembered: Vec<_> = remembered.collect();
        let algorithms: Vec<&dyn SignatureVerificationAlgorithm> =
            remembered.iter().map(|it| it as _).collect();
        let since = Duration::from_secs(u64::try_from(second).unwrap_or_default());
        let time = UnixTime::since_unix_epoch(since);
        let certificate = EndEntityCert::try_from(&self.leaf).map_err(|error| refused(&error))?;
        certificate
            .verify_for_usage(
                &algorithms,
                &anchors,
                &self.others,
                time,
                ForClients,
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
        memory: &Memory,
    ) -> Result<bool, CertificateError> {
        // Compat: go-choria providers/security/filesec: a key that is not RSA ends the process there.
        let key = self.subject.key.as_ref().ok_or(CertificateError::NotRsa)?;
        Ok(memory.rsa(key, RsaHash::Sha256, message, signature))
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
        let validity = certificate.validity();
        let time = |it: ASN1Time| Timestamp::from_second(it.timestamp()).map_err(malformed);
        Ok(Self {
            common_name,
            dns_names,
            key: RsaPublicKey::from_info(certificate.public_key()).ok(),
            begins: time(validity.not_before)?,
            expires: time(validity.not_after)?,
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
        E::UnsupportedCertVersion => CertificateError::NoExtensions,
        E::CaUsedAsEndEntity => CertificateError::Authority,
        other => CertificateError::Invalid(format!("{other:?}")),
    }
}
