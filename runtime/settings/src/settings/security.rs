//! Who is trusted, and how.

use std::collections::BTreeMap;

use chorister_derive::Settings;

use super::File;
use crate::value::{HexKey, Pattern, SecretString, SecurityProvider, Url};

/// Who is trusted, and how.
#[derive(Clone, Debug, Settings)]
pub struct Security {
    /// Who secures the connection and its messages.
    #[setting(
        upstream = "plugin.security.provider",
        default = "puppet",
        by(Node, Client),
        used
    )]
    pub provider: SecurityProvider,
    /// The name of the certificate, where that is not the identity.
    #[setting(environment = "MCOLLECTIVE_CERTNAME", by(Node, Client), used)]
    pub certname: Option<String>,
    /// Whether a node connects without a certificate of its own, and has a token instead.
    #[setting(
        upstream = "plugin.security.server_anon_tls",
        default = "false",
        by(Node),
        used
    )]
    pub server_anon_tls: bool,
    /// Whether a client connects without a certificate of its own.
    #[setting(
        upstream = "plugin.security.client_anon_tls",
        default = "false",
        by(Client)
    )]
    pub client_anon_tls: bool,
    /// The names of the issuers whose tokens count.
    #[setting(
        upstream = "plugin.security.issuer.names",
        by(Node, Client, Broker),
        used
    )]
    pub issuer_names: Vec<String>,
    /// The issuers by name.
    #[setting(named)]
    pub issuers: BTreeMap<String, Issuer>,
    /// Tokens and keys, for the provider `choria`.
    #[setting(group)]
    pub choria: Choria,
    /// Certificates, for the provider `file`.
    #[setting(group)]
    pub file: Files,
    /// Tokens and keys of a node that has no certificate.
    #[setting(group)]
    pub server: ServerFiles,
    /// Who signs the requests of clients.
    #[setting(group)]
    pub request_signer: RequestSigner,
    /// Certificates of cert-manager.
    #[setting(group)]
    pub certmanager: CertManager,
    /// Keys of token devices.
    #[setting(group)]
    pub pkcs11: Pkcs11,
    /// Where Puppet keeps certificates.
    #[setting(upstream = "plugin.choria.ssldir", by(Node, Client), used)]
    pub ssldir: File,
    /// Callers that may speak for others.
    #[setting(
        upstream = "plugin.choria.security.privileged_users",
        default = r"\.privileged\.mcollective$, \.privileged\.choria$",
        by(Node),
        used
    )]
    pub privileged_users: Vec<Pattern>,
    /// Certificates that callers may have.
    #[setting(
        upstream = "plugin.choria.security.certname_whitelist",
        default = r"\.mcollective$, \.choria$",
        by(Node),
        used
    )]
    pub allowed_certnames: Vec<Pattern>,
    /// Whether brokers may have certificates that name them in the subject alone. It has no effect: their certificates need
    /// alternative names, as `openssl` adds with `subjectAltName = DNS:broker.example.net`.
    #[setting(
        upstream = "plugin.security.support_legacy_certificates",
        default = "false",
        by(Node, Client)
    )]
    pub support_legacy_certificates: bool,
    /// The ciphers that TLS may use. It has no effect: those of TLS 1.3, and those of TLS 1.2 that are safe today, are used.
    #[setting(upstream = "plugin.security.cipher_suites", by(Node, Client, Broker))]
    pub cipher_suites: Vec<String>,
    /// The curves that TLS may use. It has no effect: those that are safe today are used.
    #[setting(upstream = "plugin.security.ecc_curves", by(Node, Client, Broker))]
    pub ecc_curves: Vec<String>,
    /// Where a client logs in.
    #[setting(upstream = "plugin.login.aaasvc.login.url", by(Client))]
    pub login_urls: Vec<Url>,
}

/// An issuer of tokens.
#[derive(Clone, Debug, Settings)]
pub struct Issuer {
    /// The public key of the issuer.
    #[setting(
        upstream = "plugin.security.issuer.*.public",
        by(Node, Client, Broker),
        used
    )]
    pub public: Option<HexKey>,
}

/// Tokens and keys, for the provider `choria`.
#[derive(Clone, Debug, Settings)]
pub struct Choria {
    /// The certificate, in PEM.
    #[setting(
        upstream = "plugin.security.choria.certificate",
        by(Node, Client),
        used
    )]
    pub certificate: File,
    /// The key of the certificate, in PEM.
    #[setting(upstream = "plugin.security.choria.key", by(Node, Client), used)]
    pub key: File,
    /// The authorities whose certificates count, in PEM.
    #[setting(upstream = "plugin.security.choria.ca", by(Node, Client), used)]
    pub ca: File,
    /// The file of the token.
    #[setting(upstream = "plugin.security.choria.token_file", by(Node, Client), used)]
    pub token_file: File,
    /// The file of the seed of the token's key.
    #[setting(upstream = "plugin.security.choria.seed_file", by(Node, Client), used)]
    pub seed_file: File,
    /// Public keys whose owners may sign for others.
    #[setting(upstream = "plugin.security.choria.trusted_signers", by(Node), used)]
    pub trusted_signers: Vec<HexKey>,
    /// Whether replies are signed.
    #[setting(
        upstream = "plugin.security.choria.sign_replies",
        default = "true",
        by(Node),
        used
    )]
    pub sign_replies: bool,
}

/// Certificates, for the provider `file`.
#[derive(Clone, Debug, Settings)]
pub struct Files {
    /// The certificate, in PEM.
    #[setting(upstream = "plugin.security.file.certificate", by(Node, Client), used)]
    pub certificate: File,
    /// The key of the certificate, in PEM.
    #[setting(upstream = "plugin.security.file.key", by(Node, Client), used)]
    pub key: File,
    /// The authorities whose certificates count, in PEM.
    #[setting(upstream = "plugin.security.file.ca", by(Node, Client), used)]
    pub ca: File,
}

/// Tokens and keys of a node that has no certificate.
#[derive(Clone, Debug, Settings)]
pub struct ServerFiles {
    /// The file of the token; `server.jwt` beside the configuration where it is not set.
    #[setting(upstream = "plugin.choria.security.server.token_file", by(Node))]
    pub token_file: File,
    /// The file of the seed of its key; `server.seed` beside the configuration where it is not set.
    #[setting(upstream = "plugin.choria.security.server.seed_file", by(Node))]
    pub seed_file: File,
}

/// Who signs the requests of clients.
#[derive(Clone, Debug, Settings)]
pub struct RequestSigner {
    /// The web service that signs.
    #[setting(upstream = "plugin.choria.security.request_signer.url", by(Client))]
    pub url: Option<Url>,
    /// Whether a service of the network signs.
    #[setting(
        upstream = "plugin.choria.security.request_signer.service",
        default = "false",
        by(Client)
    )]
    pub service: bool,
    /// The file of the token that the signer asks for.
    #[setting(
        upstream = "plugin.choria.security.request_signer.token_file",
        by(Client)
    )]
    pub token_file: File,
    /// The file of the seed of that token's key.
    #[setting(
        upstream = "plugin.choria.security.request_signer.seed_file",
        by(Client)
    )]
    pub seed_file: File,
}

/// Certificates of cert-manager.
#[derive(Clone, Debug, Settings)]
pub struct CertManager {
    /// The namespace of the requests.
    #[setting(
        upstream = "plugin.security.certmanager.namespace",
        default = "choria",
        by(Node),
        used
    )]
    pub namespace: String,
    /// The issuer that is asked: the name of an `Issuer`, or `ClusterIssuer/NAME`.
    #[setting(upstream = "plugin.security.certmanager.issuer", by(Node), used)]
    pub issuer: Option<String>,
    /// Whether a request of before is replaced.
    #[setting(
        upstream = "plugin.security.certmanager.replace",
        default = "true",
        by(Node),
        used
    )]
    pub replace: bool,
    /// More names for the certificate.
    #[setting(upstream = "plugin.security.certmanager.alt_names", by(Node), used)]
    pub alt_names: Vec<String>,
    /// The version of cert-manager's interface.
    #[setting(
        upstream = "plugin.security.certmanager.api_version",
        default = "v1",
        by(Node),
        used
    )]
    pub api_version: String,
}

/// Keys of token devices.
#[derive(Clone, Debug, Settings)]
pub struct Pkcs11 {
    /// The library that talks to the device.
    #[setting(upstream = "plugin.security.pkcs11.driver_file", by(Client), used)]
    pub driver_file: File,
    /// The slot of the device.
    #[setting(
        upstream = "plugin.security.pkcs11.slot",
        default = "0",
        by(Client),
        used
    )]
    pub slot: u32,
    /// The PIN of the device, for programs: whoever has a terminal is asked where it is not set.
    #[setting(by(Client), used)]
    pub pin: Option<SecretString>,
    /// A file with the PIN, which only its owner may read.
    #[setting(by(Client), used)]
    pub pin_file: File,
}
