//! Who is told what, and how a node is reached.

use core::net::SocketAddr;

use chorister_derive::Settings;

use super::File;
use crate::value::{CommandLine, SecretString};

/// What a node serves over HTTP.
#[derive(Clone, Debug, Settings)]
pub struct Http {
    /// The address of metrics, probes and the switches of machines; nothing is served where it is not set.
    #[setting(by(Node), used)]
    pub address: Option<SocketAddr>,
    /// The file of the token that clients show, except for probes; needed where others reach the address.
    #[setting(by(Node), used)]
    pub token_file: File,
    /// The certificate of HTTPS, and those between it and its authority, in PEM.
    #[setting(by(Node), used)]
    pub certificate: File,
    /// The key of that certificate, in PEM.
    #[setting(by(Node), used)]
    pub key: File,
    /// The authorities that have signed the certificates of clients, in PEM; others see probes only.
    #[setting(by(Node), used)]
    pub client_ca: File,
    /// Checks while one of which is CRITICAL the node is not ready, beside those that are annotated `readiness`.
    #[setting(by(Node), used)]
    pub readiness: Vec<String>,
}

/// Events that are published.
#[derive(Clone, Debug, Settings)]
pub struct Events {
    /// The most that waits on disk while there is no broker, in MiB; the oldest events make room.
    #[setting(default = "64", by(Node), used)]
    pub max_spool_size: u32,
}

/// Who is told when checks change for good, flap or are in maintenance.
#[derive(Clone, Debug, Settings)]
pub struct Notify {
    /// The command that is told; it reads JSON from standard input.
    #[setting(by(Node), used)]
    pub exec: Option<CommandLine>,
    /// The URL that the same JSON is posted to. It is never shown: whoever knows it may post, too.
    #[setting(by(Node), used)]
    pub webhook: Option<SecretString>,
}
