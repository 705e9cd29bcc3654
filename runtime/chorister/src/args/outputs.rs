//! Who is told what, and how a node is reached.

use std::net::SocketAddr;
use std::path::PathBuf;

use chorister_engine::{Hook, Listen, TlsFiles};
use chorister_lang::words;
use chorister_settings::settings;
use chorister_settings::value::ExposeSecret;
use clap::Args;

/// What a node serves over HTTP.
#[derive(Args, Debug)]
#[command(next_help_heading = "HTTP")]
pub(crate) struct Http {
    /// Serve metrics (/metrics), probes (/healthz, /readyz) and the switches of machines on this address
    #[arg(long = "http", value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
    /// Ask clients for the token in this file, except for probes; needed where others reach the address
    #[arg(long = "http-token-file", value_name = "FILE")]
    token: Option<PathBuf>,
    /// Serve HTTPS with this certificate, and those between it and its authority, in PEM
    #[arg(long = "http-cert", value_name = "FILE", requires = "key")]
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
    #[arg(long = "notify-exec", value_name = "COMMAND", value_parser = command)]
    exec: Option<Words>,
    /// Post the same JSON to this URL
    #[arg(long = "notify-webhook", value_name = "URL")]
    webhook: Option<String>,
}

/// A command line, taken apart.
#[derive(Clone, Debug)]
struct Words(Vec<String>);

fn command(line: &str) -> Result<Words, String> {
    match words::split(line) {
        Ok(words) if words.is_empty() => Err("the command is empty".to_owned()),
        Ok(words) => Ok(Words(words)),
        Err(error) => Err(error.to_string()),
    }
}

// === impl Http ===

impl Http {
    /// The settings that its options are, with what the options are called.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&'static str, String, &'static str)> {
        let address = self.address.map(|it| it.to_string());
        let readiness = (!self.readiness.is_empty()).then(|| self.readiness.join(","));
        let path = |path: &Option<PathBuf>| Some(path.as_ref()?.to_string_lossy().into_owned());
        [
            ("http.address", address, "--http"),
            ("http.token_file", path(&self.token), "--http-token-file"),
            ("http.certificate", path(&self.certificate), "--http-cert"),
            ("http.key", path(&self.key), "--http-key"),
            ("http.client_ca", path(&self.client_ca), "--http-client-ca"),
            ("http.readiness", readiness, "--readiness"),
        ]
        .into_iter()
        .filter_map(|(name, value, flag)| Some((name, value?, flag)))
    }

    /// Becomes what the settings say, in which its options are.
    ///
    /// # Errors
    ///
    /// What does not fit together.
    pub(super) fn complete(&mut self, settings: &settings::Http) -> Result<(), String> {
        *self = Self {
            address: settings.address,
            token: settings.token_file.clone(),
            certificate: settings.certificate.clone(),
            key: settings.key.clone(),
            client_ca: settings.client_ca.clone(),
            readiness: settings.readiness.clone(),
        };
        let is_protected = self.token.is_some() || self.certificate.is_some();
        let problem = if self.address.is_none() && is_protected {
            "nothing is served, so there is nothing to protect: name an address with `--http`"
        } else if self.certificate.is_some() != self.key.is_some() {
            "HTTPS needs a certificate and its key: `--http-cert` and `--http-key`"
        } else if self.client_ca.is_some() && self.certificate.is_none() {
            "clients show certificates over HTTPS only: name one of the node with `--http-cert` and `--http-key`"
        } else {
            return Ok(());
        };
        Err(problem.to_owned())
    }

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
    /// The settings that its options are, with what the options are called.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&'static str, String, &'static str)> {
        let line = |it: &Words| it.0.iter().map(|it| words::quote(it)).collect::<Vec<_>>();
        let exec = self.exec.as_ref().map(|it| line(it).join(" "));
        [
            ("notify.exec", exec, "--notify-exec"),
            ("notify.webhook", self.webhook.clone(), "--notify-webhook"),
        ]
        .into_iter()
        .filter_map(|(name, value, flag)| Some((name, value?, flag)))
    }

    /// Becomes what the settings say, in which its options are.
    pub(super) fn complete(&mut self, settings: &settings::Notify) {
        let webhook = settings.webhook.as_ref();
        *self = Self {
            exec: settings.exec.clone().map(|it| Words(it.0)),
            webhook: webhook.map(|it| it.expose_secret().to_owned()),
        };
    }

    /// Who is told.
    pub(crate) fn hooks(&self) -> impl Iterator<Item = Hook> {
        let exec = self.exec.clone().map(|it| Hook::Exec(it.0));
        let webhook = self.webhook.clone().map(Hook::Webhook);
        exec.into_iter().chain(webhook)
    }
}
