//! Who is told what, and how a node is reached.

use std::net::SocketAddr;
use std::path::PathBuf;

use chorister_engine::{Hook, Listen, TlsFiles};
use clap::Args;

/// What a node serves over HTTP.
#[derive(Args, Debug)]
#[command(next_help_heading = "HTTP")]
pub(crate) struct Http {
    /// Serve metrics (/metrics), probes (/healthz, /readyz) and the switches of machines on this address
    #[arg(long = "http", value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
    /// Ask clients for the token in this file, except for probes; needed where others reach the address
    #[arg(long = "http-token-file", value_name = "FILE", requires = "address")]
    token: Option<PathBuf>,
    /// Serve HTTPS with this certificate, and those between it and its authority, in PEM
    #[arg(long = "http-cert", value_name = "FILE", requires_all = ["address", "key"])]
    certificate: Option<PathBuf>,
    /// The key of the certificate, in PEM
    #[arg(long = "http-key", value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// Serve clients only whose certificates these authorities have signed, in PEM, except for probes
    #[arg(long = "http-client-ca", value_name = "FILE", requires = "certificate")]
    client_ca: Option<PathBuf>,
    /// Be ready only while this check is not CRITICAL; those annotated `readiness` count too
    #[arg(long, value_name = "CHECK")]
    pub(crate) readiness: Vec<String>,
}

/// Who is told of checks.
#[derive(Args, Debug)]
#[command(next_help_heading = "Notifications")]
pub(crate) struct Notify {
    /// Run this command when a check changes for good, flaps or is in maintenance; it reads JSON from standard input
    #[arg(long = "notify-exec", value_name = "COMMAND", value_parser = words)]
    exec: Option<Words>,
    /// Post the same JSON to this URL
    #[arg(long = "notify-webhook", value_name = "URL")]
    webhook: Option<String>,
}

/// A command line, taken apart.
#[derive(Clone, Debug)]
struct Words(Vec<String>);

fn words(line: &str) -> Result<Words, String> {
    match chorister_lang::words::split(line) {
        Ok(words) if words.is_empty() => Err("the command is empty".to_owned()),
        Ok(words) => Ok(Words(words)),
        Err(error) => Err(error.to_string()),
    }
}

// === impl Http ===

impl Http {
    /// Where the node listens, if it does.
    pub(crate) fn listen(&self) -> Option<Listen> {
        let tls = self.certificate.clone().zip(self.key.clone());
        Some(Listen {
            address: self.address?,
            token: self.token.clone(),
            tls: tls.map(|(certificate, key)| TlsFiles {
                certificate,
                key,
                client_ca: self.client_ca.clone(),
            }),
        })
    }
}

// === impl Notify ===

impl Notify {
    /// Who is told.
    pub(crate) fn hooks(&self) -> impl Iterator<Item = Hook> {
        let exec = self.exec.clone().map(|it| Hook::Exec(it.0));
        let webhook = self.webhook.clone().map(Hook::Webhook);
        exec.into_iter().chain(webhook)
    }
}
