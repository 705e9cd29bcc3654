//! Clients for HTTP and HTTPS.

use std::error::Error;
use std::sync::Arc;

use reqwest::Client;
use reqwest::redirect::{Action, Attempt, Policy};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// How often a server may send us elsewhere.
const REDIRECTS: usize = 5;

/// Which servers are spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Servers {
    /// Over HTTPS, those that the system's certificates vouch for.
    Verified,
    /// Also those that anybody could be.
    Anybody,
}

/// A client that calls itself `agent`. It reads the system's certificates, so it is made on a thread that may block.
///
/// What the environment says about proxies is not obeyed, and no redirect leads from HTTPS to HTTP.
///
/// # Errors
///
/// Why there can be none, in words.
pub fn client(agent: &str, servers: Servers) -> Result<Client, String> {
    Client::builder()
        .tls_backend_preconfigured(tls(servers)?)
        .user_agent(agent)
        .redirect(Policy::custom(redirect))
        // The URL may hold secrets.
        .referer(false)
        // What is set in the environment of the node was not meant for what it fetches.
        .no_proxy()
        .build()
        .map_err(|error| reason(error))
}

/// What went wrong, without the URL, which may hold secrets.
#[must_use]
pub fn reason(error: reqwest::Error) -> String {
    root(&error.without_url())
}

/// The text of the error that an error comes from, which says most in the fewest words.
#[must_use]
pub fn root(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn redirect(attempt: Attempt<'_>) -> Action {
    if attempt.previous().len() > REDIRECTS {
        return attempt.error(format!("more than {REDIRECTS} redirects"));
    }
    let secure = attempt.previous().iter().any(|url| url.scheme() == "https");
    if secure && attempt.url().scheme() != "https" {
        return attempt.error("the server redirects from https to http");
    }
    attempt.follow()
}

fn tls(servers: Servers) -> Result<ClientConfig, String> {
    // Named here, so that it does not depend on what else the program links or has installed.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    if servers == Servers::Anybody {
        let verifier = Arc::new(Anybody(provider));
        return Ok(config
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth());
    }
    let found = rustls_native_certs::load_native_certs();
    for error in found.errors {
        tracing::debug!(%error, "Cannot read a CA certificate");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!("This system has no CA certificates to verify servers with");
    }
    Ok(config.with_root_certificates(roots).with_no_client_auth())
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
