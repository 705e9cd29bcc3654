//! TLS as a client: whom we trust, and who we are.

mod held;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

pub use held::{Held, Key};
/// How a key signs.
pub use rustls::SignatureScheme as Scheme;

/// Whom a server has to be vouched for by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// The authorities that this system trusts.
    #[default]
    System,
    /// Those in a file, in PEM.
    File(PathBuf),
    /// Nobody: any certificate will do.
    Nobody,
}

/// Who asks, to servers that want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Who has files, in PEM.
    Files {
        /// A file with the certificate and those that vouch for it.
        certificate: PathBuf,
        /// A file with its key.
        key: PathBuf,
    },
    /// Who has a key that nobody sees.
    Held(Held),
}

/// How to speak TLS with servers that are trusted like this. Reads files.
///
/// On a system without authorities, [`Trust::System`] trusts nobody; [`has_authorities`] tells.
///
/// # Errors
///
/// A file cannot be read, or does not hold what it should.
pub fn config(trust: &Trust, identity: Option<&Identity>) -> Result<ClientConfig, String> {
    // Named here, so that it does not depend on what else the program links or has installed.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = match identity {
        Some(Identity::Held(held)) => builder.with_protocol_versions(held.versions()),
        _ => builder.with_safe_default_protocol_versions(),
    };
    let builder = builder.map_err(|error| error.to_string())?;
    let builder = match trust {
        Trust::System => builder.with_root_certificates(of_system()),
        Trust::File(path) => builder.with_root_certificates(of_file(path)?),
        Trust::Nobody => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider))),
    };
    let (certificate, key) = match identity {
        None => return Ok(builder.with_no_client_auth()),
        Some(Identity::Held(held)) => {
            return Ok(builder.with_client_cert_resolver(held.resolver()));
        }
        Some(Identity::Files { certificate, key }) => (certificate, key),
    };
    let chain = certificates(certificate)?;
    let key =
        PrivateKeyDer::from_pem_file(key).map_err(|error| format!("{}: {error}", key.display()))?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| error.to_string())
}

/// Whether there is anybody whom this system trusts to vouch for servers. Reads files.
#[must_use]
pub fn has_authorities() -> bool {
    !of_system().is_empty()
}

fn of_system() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in found.errors {
        tracing::debug!(%error, "Cannot read a CA certificate");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!("This system has no CA certificates to verify servers with");
    }
    roots
}

fn of_file(path: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(path)?);
    if roots.is_empty() {
        return Err(format!("{} holds no CA certificates", path.display()));
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Takes every certificate.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

// === impl Anybody ===

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
