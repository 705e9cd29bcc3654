//! Keys: ed25519 as seeds and public keys in hexadecimal digits, RSA in PEM.

use core::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256, RsaKeyPair, RsaParameters, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chorister_proto::id::hex;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo, X509Certificate};

pub use chorister_bundle::key::PublicKey;

/// How many bytes a seed has.
const SEED: usize = 32;

/// What signs with ed25519. Never printed.
pub struct Seed(Ed25519KeyPair);

/// What signs with RSA. Never printed.
pub struct RsaKey(Keeping);

/// Where an RSA key is.
enum Keeping {
    Here(RsaKeyPair),
    Elsewhere(Arc<dyn Holder>),
}

/// Something that holds an RSA key and signs with it, such as a token device.
pub trait Holder: fmt::Debug + Send + Sync {
    /// Signs with PKCS#1 v1.5 and SHA-256; `None` where it does not.
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>>;
}

/// An RSA key that signatures are checked with.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaPublicKey {
    /// `RSAPublicKey` in DER.
    der: Vec<u8>,
}

/// A key that tokens are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerificationKey {
    /// For `EdDSA`.
    Ed25519(PublicKey),
    /// For `RS256`, `RS384` and `RS512`.
    Rsa(RsaPublicKey),
}

/// The hash function beside RSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RsaHash {
    Sha256,
    Sha384,
    Sha512,
}

/// Why something is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A seed or a public key has 64 hexadecimal digits.
    #[error("an ed25519 key has 64 hexadecimal digits")]
    NotHex,
    /// It is not PEM.
    #[error("not a key in PEM")]
    NotPem,
    /// It is a key of another kind.
    #[error("neither an RSA key of 2048 to 8192 bits nor an EC key")]
    NotRsa,
}

// === impl RsaHash ===

impl RsaHash {
    /// What tokens call it beside RSA.
    pub(crate) const fn name(self) -> &'static [u8] {
        match self {
            Self::Sha256 => b"RS256",
            Self::Sha384 => b"RS384",
            Self::Sha512 => b"RS512",
        }
    }
}

// === impl Seed ===

impl Seed {
    /// Reads the text of a seed file; white space around it does not matter.
    ///
    /// # Errors
    /// It has not 64 hexadecimal digits.
    pub fn from_hex(text: &SecretString) -> Result<Self, KeyError> {
        let seed = from_hex(text.expose_secret().trim())
            .filter(|it| it.len() == SEED)
            .ok_or(KeyError::NotHex)?;
        Ed25519KeyPair::from_seed_unchecked(&seed)
            .map(Self)
            .map_err(|_| KeyError::NotHex)
    }

    /// What others check its signatures with.
    ///
    /// # Errors
    /// None that a seed which could be read has.
    pub fn public(&self) -> Result<PublicKey, KeyError> {
        public_key(&self.public_hex())
    }

    /// The public key as it is written in tokens.
    #[must_use]
    pub fn public_hex(&self) -> String {
        hex(self.public_bytes())
    }

    /// The public key as it is.
    #[must_use]
    pub fn public_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }

    /// What answers the nonce of a broker, which is signed as the text that it is.
    #[must_use]
    pub fn sign_nonce(&self, nonce: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.sign(nonce.as_bytes()))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seed(of {})", self.public_hex())
    }
}

/// The bytes that hexadecimal digits stand for.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        let digit = char::from(byte).to_digit(16)?;
        u8::try_from(digit).ok()
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

/// Bytes that nobody can guess, from the system; `None` where it has none.
#[must_use]
pub fn random() -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

/// What a certificate has as the public key to a private one in PEM that signs connections, but not messages: EC or ed25519.
pub(crate) fn public_of_connections(pem: &SecretString) -> Option<Vec<u8>> {
    let key = PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes()).ok()?;
    let der = key.secret_der();
    let of_curve = [
        &ECDSA_P256_SHA256_ASN1_SIGNING,
        &ECDSA_P384_SHA384_ASN1_SIGNING,
        &ECDSA_P521_SHA512_ASN1_SIGNING,
    ]
    .into_iter()
    .find_map(|curve| match &key {
        PrivateKeyDer::Sec1(_) => EcdsaKeyPair::from_private_key_der(curve, der).ok(),
        PrivateKeyDer::Pkcs8(_) => EcdsaKeyPair::from_pkcs8(curve, der).ok(),
        _ => None,
    });
    if let Some(key) = of_curve {
        return Some(key.public_key().as_ref().to_vec());
    }
    let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok()?;
    Some(key.public_key().as_ref().to_vec())
}

/// Reads a public key.
///
/// # Errors
/// It has not 64 hexadecimal digits.
pub fn public_key(text: &str) -> Result<PublicKey, KeyError> {
    text.parse().map_err(|_| KeyError::NotHex)
}

// === impl RsaKey ===

impl RsaKey {
    /// Reads a private key in PEM, PKCS#1 or PKCS#8.
    ///
    /// # Errors
    /// It is no RSA key of 2048 bits or more.
    pub fn from_pem(pem: &SecretString) -> Result<Self, KeyError> {
        let key = PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes())
            .map_err(|_| KeyError::NotPem)?;
        match &key {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            _ => return Err(KeyError::NotRsa),
        }
        .map(|it| Self(Keeping::Here(it)))
        .map_err(|_| KeyError::NotRsa)
    }

    /// A key that something else holds.
    #[must_use]
    pub fn held(by: Arc<dyn Holder>) -> Self {
        Self(Keeping::Elsewhere(by))
    }

    /// Whether something else holds it.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        matches!(self.0, Keeping::Elsewhere(_))
    }

    /// Signs with PKCS#1 v1.5 and SHA-256; `None` where the system, or what holds the key, cannot.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let key = match &self.0 {
            Keeping::Here(key) => key,
            Keeping::Elsewhere(holder) => return holder.sign(message),
        };
        let mut signature = vec![0; key.public_modulus_len()];
        let random = SystemRandom::new();
        key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
            .ok()?;
        Some(signature)
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Keeping::Here(key) => write!(f, "RsaKey(of {} bits)", 8 * key.public_modulus_len()),
            Keeping::Elsewhere(holder) => write!(f, "RsaKey(held by {holder:?})"),
        }
    }
}

// === impl RsaPublicKey ===

impl RsaPublicKey {
    /// `RSAPublicKey` in DER.
    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// Reads a certificate or a public key in PEM.
    ///
    /// # Errors
    /// It is neither, or of another kind.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        if let Ok(der) = rustls_pki_types::CertificateDer::from_pem_slice(pem) {
            let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| KeyError::NotPem)?;
            return Self::from_info(certificate.public_key());
        }
        let der = rustls_pki_types::SubjectPublicKeyInfoDer::from_pem_slice(pem)
            .map_err(|_| KeyError::NotPem)?;
        let (_, info) = SubjectPublicKeyInfo::from_der(&der).map_err(|_| KeyError::NotPem)?;
        Self::from_info(&info)
    }

    pub(crate) fn from_info(info: &SubjectPublicKeyInfo<'_>) -> Result<Self, KeyError> {
        if info.algorithm.algorithm != x509_parser::oid_registry::OID_PKCS1_RSAENCRYPTION {
            return Err(KeyError::NotRsa);
        }
        Ok(Self {
            der: info.subject_public_key.data.to_vec(),
        })
    }

    /// Whether this key made a signature with PKCS#1 v1.5.
    pub(crate) fn verifies(&self, hash: RsaHash, message: &[u8], signature: &[u8]) -> bool {
        let parameters: &'static RsaParameters = match hash {
            RsaHash::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
            RsaHash::Sha384 => &RSA_PKCS1_2048_8192_SHA384,
            RsaHash::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
        };
        UnparsedPublicKey::new(parameters, &self.der)
            .verify(message, signature)
            .is_ok()
    }
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaPublicKey({} bytes)", self.der.len())
    }
}
