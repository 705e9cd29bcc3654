//! Where certificates, keys and tokens are: what each security provider of upstream says about it.

use std::path::{Path, PathBuf};

/// How a node or a client shows who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Certificates in files that are named.
    File {
        /// `plugin.security.file.certificate`
        certificate: PathBuf,
        /// `plugin.security.file.key`
        key: PathBuf,
        /// `plugin.security.file.ca`
        ca: PathBuf,
    },
    /// Certificates as Puppet keeps them.
    Puppet {
        /// `plugin.choria.ssldir`
        ssl_dir: PathBuf,
    },
    /// Certificates as cert-manager gives them.
    CertManager {
        /// `plugin.choria.ssldir`
        ssl_dir: PathBuf,
    },
    /// Tokens.
    Choria {
        /// `plugin.security.choria.token_file`
        token: PathBuf,
        /// `plugin.security.choria.seed_file`; the token's path with the extension `key` when it is not set.
        seed: Option<PathBuf>,
        /// `plugin.security.choria.certificate`
        certificate: Option<PathBuf>,
        /// `plugin.security.choria.key`
        key: Option<PathBuf>,
        /// `plugin.security.choria.ca`
        ca: Option<PathBuf>,
    },
}

/// The files of a provider; those that it has not are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The certificate, with intermediates.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// The authorities.
    pub ca: Option<PathBuf>,
    /// The token.
    pub token: Option<PathBuf>,
    /// Its seed.
    pub seed: Option<PathBuf>,
}

/// A setting that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// There is no certificate.
    #[error("the public certificate path is not configured")]
    NoCertificate,
    /// There is no key.
    #[error("the private key path is not configured")]
    NoKey,
    /// There are no authorities.
    #[error("the CA path is not configured")]
    NoAuthorities,
    /// There is no token.
    #[error("the path to the JWT token is not configured")]
    NoToken,
    /// The identity is part of paths, and this is none.
    #[error("identity could not be determine automatically via Choria or was not supplied")]
    NoIdentity,
}

// === impl Provider ===

impl Provider {
    /// The files of whoever has an identity.
    ///
    /// # Errors
    /// Everything that is missing.
    pub fn files(&self, identity: &str) -> Result<Files, Vec<ProviderError>> {
        let mut problems = Vec::new();
        let unsafe_name = |it: &str| it.contains(['/', '\\', '\0']) || it == "." || it == "..";
        if identity.is_empty() || unsafe_name(identity) {
            problems.push(ProviderError::NoIdentity);
        }
        let files = match self {
            Self::File {
                certificate,
                key,
                ca,
            } => {
                let named = [
                    (certificate, ProviderError::NoCertificate),
                    (key, ProviderError::NoKey),
                    (ca, ProviderError::NoAuthorities),
                ];
                problems.extend(unset(&named));
                Files::x509(certificate.clone(), key.clone(), ca.clone())
            }
            Self::Puppet { ssl_dir } => {
                let name = format!("{identity}.pem");
                Files::x509(
                    ssl_dir.join("certs").join(&name),
                    ssl_dir.join("private_keys").join(&name),
                    ssl_dir.join("certs/ca.pem"),
                )
            }
            Self::CertManager { ssl_dir } => Files::x509(
                ssl_dir.join("cert.pem"),
                ssl_dir.join("key.pem"),
                ssl_dir.join("ca.pem"),
            ),
            Self::Choria {
                token,
                seed,
                certificate,
                key,
                ca,
            } => {
                problems.extend(unset(&[(token, ProviderError::NoToken)]));
                let seed = seed.clone().filter(|it| !it.as_os_str().is_empty());
                Files {
                    seed: Some(seed.unwrap_or_else(|| token.with_extension("key"))),
                    token: Some(token.clone()),
                    certificate: certificate.clone(),
                    key: key.clone(),
                    ca: ca.clone(),
                }
            }
        };
        if problems.is_empty() {
            Ok(files)
        } else {
            Err(problems)
        }
    }
}

fn unset<'a>(
    named: &'a [(&'a PathBuf, ProviderError)],
) -> impl Iterator<Item = ProviderError> + 'a {
    named
        .iter()
        .filter(|(path, _)| path.as_os_str().is_empty())
        .map(|(_, problem)| *problem)
}

// === impl Files ===

impl Files {
    fn x509(certificate: PathBuf, key: PathBuf, ca: PathBuf) -> Self {
        Self {
            certificate: Some(certificate),
            key: Some(key),
            ca: Some(ca),
            ..Self::default()
        }
    }

    /// All that there are.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let all = [
            &self.certificate,
            &self.key,
            &self.ca,
            &self.token,
            &self.seed,
        ];
        all.into_iter().filter_map(Option::as_deref)
    }
}
