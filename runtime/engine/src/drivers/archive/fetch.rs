//! The download.

use std::sync::Arc;

use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, Response, StatusCode};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::sync::mpsc;

use super::order::Order;
use super::root;

// Compat: go-choria aagent/watchers/archivewatcher: servers may know the watcher by this name.
const USER_AGENT: &str = concat!("Choria Archive Watcher ", env!("CARGO_PKG_VERSION"));

/// How often a server may send us elsewhere.
const REDIRECTS: usize = 5;

/// A part of a download.
#[derive(Debug)]
pub(super) enum Piece {
    /// The next bytes.
    Bytes(Vec<u8>),
    /// There are no more. A download without it is not complete.
    End,
}

/// A client for one download. Reads the system's certificates, so it is for blocking threads.
///
/// # Errors
///
/// If there is nothing to verify the server with.
pub(super) fn client(order: &Order) -> Result<Client, String> {
    Client::builder()
        .tls_backend_preconfigured(tls(order)?)
        .user_agent(USER_AGENT)
        .redirect(Policy::custom(redirect))
        // The URL may hold secrets.
        .referer(false)
        // What is set in the environment of the node was not meant for its machines.
        .no_proxy()
        .build()
        .map_err(|error| reason(order, error))
}

/// Sends the archive to `pieces`. If nobody takes them, it stops and leaves it to the taker to say why.
///
/// # Errors
///
/// Why it could not be fetched.
pub(super) async fn fetch(
    client: &Client,
    order: &Order,
    most: u64,
    pieces: mpsc::Sender<Piece>,
) -> Result<(), String> {
    tokio::select! {
        fetched = transfer(client, order, most, &pieces) => fetched,
        () = pieces.closed() => Ok(()),
    }
}

async fn transfer(
    client: &Client,
    order: &Order,
    most: u64,
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), String> {
    let mut response = request(client, order).await?;
    let too_large = || format!("{} is larger than {most} bytes", order.shown());
    if response
        .content_length()
        .is_some_and(|length| length > most)
    {
        return Err(too_large());
    }
    let mut length = 0_u64;
    while let Some(bytes) = response
        .chunk()
        .await
        .map_err(|error| reason(order, error))?
    {
        length = length.saturating_add(bytes.len() as u64);
        if length > most {
            return Err(too_large());
        }
        if pieces.send(Piece::Bytes(bytes.to_vec())).await.is_err() {
            return Ok(());
        }
    }
    // Whoever does not take it any more says why.
    let _ = pieces.send(Piece::End).await;
    Ok(())
}

async fn request(client: &Client, order: &Order) -> Result<Response, String> {
    let mut url = order.source.clone();
    let request = if let Some((username, password)) = &order.credentials {
        // Those of the URL would be sent beside these.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        client.get(url).basic_auth(username, Some(password))
    } else {
        client.get(url)
    };
    let response = request.send().await.map_err(|error| reason(order, error))?;
    if response.status() != StatusCode::OK {
        return Err(format!(
            "cannot fetch {}: the server answered {}",
            order.shown(),
            response.status()
        ));
    }
    Ok(response)
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

fn reason(order: &Order, error: reqwest::Error) -> String {
    // The URL may hold secrets.
    let error = error.without_url();
    format!("cannot fetch {}: {}", order.shown(), root(&error))
}

fn tls(order: &Order) -> Result<ClientConfig, String> {
    // Named here, so that it does not depend on what else the program links or has installed.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    if order.insecure {
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
    if roots.is_empty() && order.source.scheme() == "https" {
        return Err(format!(
            "cannot fetch {}: this system has no CA certificates to verify the server with",
            order.shown()
        ));
    }
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Takes every certificate, for watchers that are `insecure`.
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
