//! A node's key, and the request for its certificate.

use core::fmt;

use pem::{EncodeConfig, LineEnding, Pem};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use secrecy::{ExposeSecret, SecretString};
use x509_parser::asn1_rs::{Any, FromDer, OctetString, ParseResult, Sequence};

use crate::KeyError;

/// An RSA key. Never printed.
pub struct PrivateKey(KeyPair);

impl PrivateKey {
    /// Makes a key of 2048 bits, which takes a while.
    ///
    /// # Errors
    /// The system has none to give.
    pub fn generate() -> Result<Self, KeyError> {
        KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
            .map(Self)
            .map_err(|_| KeyError::Generate)
    }

    /// Reads a key in PEM, PKCS#1 or PKCS#8.
    ///
    /// # Errors
    /// It is no RSA key of 2048 bits or more.
    pub fn from_pem(pem: &SecretString) -> Result<Self, KeyError> {
        KeyPair::from_pem_and_sign_algo(pem.expose_secret(), &PKCS_RSA_SHA256)
            .map(Self)
            .map_err(|_| KeyError::NotRsa)
    }

    /// The key in PEM, as PKCS#1: what every Choria reads.
    ///
    /// # Errors
    /// None that a key which was generated has.
    pub fn to_pem(&self) -> Result<SecretString, KeyError> {
        let der = self.0.serialized_der();
        let der = pkcs1(der).map_or(der, |(_, key)| key);
        if !is_pkcs1(der) {
            return Err(KeyError::NotRsa);
        }
        Ok(text("RSA PRIVATE KEY", der).into())
    }

    /// A signing request in PEM (PKCS#10): the common name, which is also the first of the alternative names. IP
    /// addresses among these become such.
    ///
    /// # Errors
    /// A name that no certificate can have.
    pub fn request(&self, name: &str, more: &[String]) -> Result<String, KeyError> {
        let mut names = vec![name.to_owned()];
        for other in more {
            if !names.contains(other) {
                names.push(other.clone());
            }
        }
        for name in &names {
            let is_fit = |it: u8| it.is_ascii_graphic();
            if name.is_empty() || name.len() > LONGEST || !name.bytes().all(is_fit) {
                return Err(KeyError::Name(name.clone()));
            }
        }
        let unwritable = |error: rcgen::Error| KeyError::Request(error.to_string());
        let mut wanted = CertificateParams::new(names).map_err(unwritable)?;
        wanted.distinguished_name = DistinguishedName::new();
        wanted.distinguished_name.push(DnType::CommonName, name);
        let request = wanted.serialize_request(&self.0).map_err(unwritable)?;
        Ok(text("CERTIFICATE REQUEST", request.der()))
    }
}

/// How long a DNS name may be.
const LONGEST: usize = 253;

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

fn text(tag: &str, der: &[u8]) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new(tag, der), config)
}

/// What PKCS#8 wraps: version, algorithm, and the key.
fn pkcs1(pkcs8: &[u8]) -> ParseResult<'_, &[u8]> {
    let (_, whole) = Any::from_der(pkcs8)?;
    let (rest, _version) = Any::from_der(whole.data)?;
    let (rest, _algorithm) = Sequence::from_der(rest)?;
    let (rest, key) = Any::from_der(rest)?;
    key.tag()
        .assert_eq(<OctetString<'_> as x509_parser::asn1_rs::Tagged>::TAG)?;
    Ok((rest, key.data))
}

/// Whether it begins as `RSAPrivateKey`: two numbers, and not a number and an algorithm.
fn is_pkcs1(der: &[u8]) -> bool {
    let second = || -> ParseResult<'_, Any<'_>> {
        let (_, whole) = Any::from_der(der)?;
        let (rest, _version) = Any::from_der(whole.data)?;
        Any::from_der(rest)
    };
    second().is_ok_and(|(_, it)| it.tag() == x509_parser::asn1_rs::Tag::Integer)
}
