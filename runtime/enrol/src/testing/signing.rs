//! Authorities, and what they make of signing requests.

use core::time::Duration;
use std::time::SystemTime;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension};

/// A certificate authority.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl core::fmt::Debug for Authority {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(parameters, key).unwrap())
    }

    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    /// The certificate of a server on this computer.
    pub(super) fn server(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap();
        let certificate = certificate.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        (vec![certificate.der().clone()], key)
    }

    /// The certificate that is asked for, or one for another name; it counts since a time ago, and for a time from now.
    pub(super) fn sign(
        &self,
        csr: &[u8],
        name: Option<&str>,
        counts: (Duration, Duration),
    ) -> String {
        let der = der(csr).unwrap();
        let (_, request) = X509CertificationRequest::from_der(&der).unwrap();
        let info = &request.certification_request_info;
        let key = PublicKey(info.subject_pki.subject_public_key.data.to_vec());
        let (common, names) = names(csr).unwrap();
        let (common, names) = match name {
            Some(name) => (name.to_owned(), vec![name.to_owned()]),
            None => (common, names),
        };
        let certificate = parameters(&common, names, counts).signed_by(&key, &self.0);
        certificate.unwrap().pem()
    }

    /// A certificate for the names that are asked for, and a key that is thrown away.
    pub(super) fn sign_for_nobody(&self, csr: &[u8], counts: (Duration, Duration)) -> String {
        let (common, names) = names(csr).unwrap();
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let certificate = parameters(&common, names, counts).signed_by(&key, &self.0);
        certificate.unwrap().pem()
    }
}

/// The key of somebody who asks: `RSAPublicKey` in DER.
struct PublicKey(Vec<u8>);

impl PublicKeyData for PublicKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

fn parameters(
    common: &str,
    names: Vec<String>,
    (since, until): (Duration, Duration),
) -> CertificateParams {
    let mut parameters = CertificateParams::new(names).unwrap();
    parameters
        .distinguished_name
        .push(DnType::CommonName, common);
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let now = SystemTime::from(Timestamp::now());
    parameters.not_before = (now - since).into();
    parameters.not_after = (now + until).into();
    parameters
}

/// The common name and the other names of a signing request whose signature is right.
pub(super) fn names(csr: &[u8]) -> Result<(String, Vec<String>), &'static str> {
    let der = der(csr)?;
    let (_, request) =
        X509CertificationRequest::from_der(&der).map_err(|_| "no signing request")?;
    let info = &request.certification_request_info;
    let key = &info.subject_pki.subject_public_key.data;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
        .verify(info.raw, &request.signature_value.data)
        .map_err(|_| "the signature of the signing request is wrong")?;
    let common: Vec<&str> = info
        .subject
        .iter_common_name()
        .filter_map(|it| it.as_str().ok())
        .collect();
    let [common] = common.as_slice() else {
        return Err("not one common name");
    };
    let mut names = Vec::new();
    for extension in request.requested_extensions().into_iter().flatten() {
        let ParsedExtension::SubjectAlternativeName(all) = extension else {
            continue;
        };
        for name in &all.general_names {
            names.push(match name {
                GeneralName::DNSName(name) => (*name).to_owned(),
                GeneralName::IPAddress([a, b, c, d]) => format!("{a}.{b}.{c}.{d}"),
                _ => return Err("a name of another kind"),
            });
        }
    }
    Ok(((*common).to_owned(), names))
}

fn der(csr: &[u8]) -> Result<Vec<u8>, &'static str> {
    let pem = pem::parse(csr).map_err(|_| "no PEM")?;
    match pem.tag() {
        "CERTIFICATE REQUEST" => Ok(pem.into_contents()),
        _ => Err("PEM of something else"),
    }
}
