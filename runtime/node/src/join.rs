//! What a configuration says about the network: who a node is there, whom it believes, and where the brokers are.

mod principal;

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_bus::{BrokerUrl, Brokers, Credentials, Dial, InvalidUrl, Sign, Token};
use chorister_proto::id;
use chorister_security::key::{KeyError, PublicKey, public_key};
use chorister_security::load::{self, LoadError};
use chorister_security::provider::{Files, Provider, ProviderError};
use chorister_security::token::{Kind, Token as Claims};
use chorister_security::{
    Bounds, CertificateTrust, Guard, PatternError, Patterns, Replays, SignError, Signatures,
    Signer, TokenTrust, Trust, Verifier,
};
use chorister_settings::value::{ExposeSecret, HexKey, Pattern, SecretString, SecurityProvider};
use chorister_settings::{Finding, Origin, Reader, Settings};
use chorister_system::tls;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::status::ends;

pub use principal::{Account, Card, Principal};

/// How often a silent broker is asked whether it is there.
const PING: Duration = Duration::from_secs(120);

/// What the collective is called where nobody said.
const COLLECTIVES: [&str; 2] = ["mcollective", "choria"];

/// Who a node is in its network.
#[derive(Debug)]
pub struct Membership {
    /// Its identity.
    pub identity: String,
    /// The collectives that it is in, the main one first.
    pub collectives: Vec<String>,
    /// How it connects.
    pub dial: Dial,
    /// Whom it lets in.
    pub guard: Guard,
    /// What it signs with; new keys are given to it.
    pub signer: watch::Sender<Arc<Signer>>,
    /// Whose requests it believes; new authorities are given to it.
    pub trust: watch::Sender<Trust>,
    /// When its certificate and its token end, as [`ends`](crate::status::ends) says.
    pub ends: watch::Sender<(Timestamp, Timestamp)>,
    /// The files that all this was read from.
    pub files: Files,
}

/// Why a node cannot be part of a network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The configuration is not what its author meant, where it says who is let in, who decides or where the network is.
    #[error("no network is joined with mistakes in settings that protect it: {}", listed(.0))]
    Mistakes(Vec<Finding>),
    /// It has no name.
    #[error("the node has no identity")]
    NoIdentity,
    /// Settings are missing.
    #[error("{}", listed(.0))]
    Provider(Vec<ProviderError>),
    /// The provider is not for nodes.
    #[error("the security provider `{0}` is not one for nodes")]
    NotForNodes(&'static str),
    /// A file cannot be used.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A list of names cannot be used.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A public key cannot be used.
    #[error("the key of {of}: {reason}")]
    Key {
        /// Whose.
        of: String,
        /// What is wrong with it.
        reason: KeyError,
    },
    /// Nobody's tokens count.
    #[error("no trusted token signers or issuers configured")]
    NobodyTrusted,
    /// Two ways of trust at once.
    #[error("can only configure one of trusted token signers or issuers")]
    TwoTrusts,
    /// An issuer without a key.
    #[error("the issuer `{0}` has no public key")]
    IssuerWithoutKey(String),
    /// Nobody knows who asks.
    #[error("nobody knows who asks: set USER or MCOLLECTIVE_CERTNAME")]
    NoAccount,
    /// Nobody knows whose the certificate of a card is.
    #[error("the certificate of the token device has no common name")]
    NoCommonName,
    /// The token is of somebody else.
    #[error("the node is `{identity}`, and its token is that of {}", of.escape_debug())]
    OtherIdentity {
        /// The identity of the node.
        identity: String,
        /// Whose token it is.
        of: String,
    },
    /// A user without a password, or the other way round.
    #[error("`plugin.nats.user` and `plugin.nats.pass` are set together, or neither")]
    HalfAnAccount,
    /// The token is of a node.
    #[error("the token is not that of a client")]
    NotOfAClient,
    /// The address of a broker is none.
    #[error("`{text}`: {reason}")]
    Broker {
        /// The address.
        text: String,
        /// What is wrong with it.
        reason: InvalidUrl,
    },
    /// Verification of requests cannot be turned off.
    #[error(
        "`plugin.security.server_anon_tls` would let everybody in; use the security provider `choria`"
    )]
    Anonymous,
}

/// Several things in one line.
fn listed(all: &[impl ToString]) -> String {
    let texts: Vec<String> = all.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

impl Membership {
    /// Reads what the settings name. `insecure` connects without TLS, which only binaries may that were built for tests.
    ///
    /// # Errors
    /// What is missing or cannot be used.
    pub fn read(settings: &Settings, insecure: bool) -> Result<Self, JoinError> {
        sound(settings, Reader::Node)?;
        if settings.security.server_anon_tls {
            return Err(JoinError::Anonymous);
        }
        let identity = settings.identity.clone().ok_or(JoinError::NoIdentity)?;
        let files = provider(settings)?
            .files(certname(settings, &identity))
            .map_err(JoinError::Provider)?;
        let collectives = collectives(settings);
        let signer = own(settings, &files, &identity)?;
        let ends = ends(&signer, files.certificate.as_deref());
        let (signer, signing) = watch::channel(Arc::new(signer));
        let trust = trust(settings, &files)?;
        let verifier = Verifier {
            trust: trust.clone(),
            identity: identity.clone(),
            collectives: collectives.clone(),
            bounds: Bounds {
                ttl: settings.rpc.max_ttl,
                skew: settings.rpc.clock_skew,
            },
            signatures: Signatures::default(),
        };
        let dial = Dial {
            name: identity.clone(),
            brokers: brokers(settings, &identity)?,
            credentials: credentials(settings, signing)?,
            trust: (!insecure).then(|| authorities(&files)),
            identity: certificate(&files),
            inbox: collectives
                .first()
                .map(|it| format!("{it}.reply.{}", id::unique(&identity))),
            timeout: settings.network.connect_timeout,
            ping: PING,
        };
        Ok(Self {
            identity,
            collectives,
            dial,
            guard: Guard {
                verifier,
                replays: Replays::default(),
            },
            signer,
            trust: watch::Sender::new(trust),
            ends: watch::Sender::new(ends),
            files,
        })
    }

    /// Takes new keys, tokens and authorities from their files. Without good ones all stays as it was.
    ///
    /// # Errors
    /// What is missing or cannot be used.
    pub fn renew(&self, settings: &Settings) -> Result<(), JoinError> {
        let signer = own(settings, &self.files, &self.identity)?;
        let trust = trust(settings, &self.files)?;
        let certificate = self.files.certificate.as_deref();
        self.ends.send_replace(ends(&signer, certificate));
        self.signer.send_replace(Arc::new(signer));
        self.trust.send_replace(trust);
        Ok(())
    }
}

/// Whether the settings that protect a network are what their author meant.
fn sound(settings: &Settings, reader: Reader) -> Result<(), JoinError> {
    let mistakes: Vec<Finding> = settings.mistakes(reader).cloned().collect();
    match mistakes.is_empty() {
        true => Ok(()),
        false => Err(JoinError::Mistakes(mistakes)),
    }
}

/// What a node of this identity signs with.
fn own(settings: &Settings, files: &Files, identity: &str) -> Result<Signer, JoinError> {
    let signer = load::signer(files, settings.security.choria.sign_replies)?;
    if let Signer::Token { token, .. } = &signer {
        let claims = Claims::parse(token);
        let claims = claims.map_err(|error| LoadError::from(SignError::from(error)))?;
        let of = match &claims.unverified().kind {
            Kind::Server(server) if server.identity == identity => return Ok(signer),
            Kind::Server(server) => format!("`{}`", server.identity),
            _ => format!(
                "no node, but a `{}`",
                claims.unverified().purpose().as_str()
            ),
        };
        let identity = identity.to_owned();
        return Err(JoinError::OtherIdentity { identity, of });
    }
    Ok(signer)
}

/// The collectives, the main one first.
///
/// Compat: go-choria `choria/framework.go`: with tokens the default has another name.
fn collectives(settings: &Settings) -> Vec<String> {
    let mut found = settings.collectives.clone();
    let [of_certificates, of_tokens] = COLLECTIVES;
    if settings.security.provider == SecurityProvider::Choria
        && *settings.origin("collectives") == Origin::Default
        && found == [of_certificates]
    {
        found = vec![of_tokens.to_owned()];
    }
    if let Some(main) = &settings.main_collective
        && let Some(place) = found.iter().position(|it| it == main)
    {
        found.swap(0, place);
    }
    found
}

/// The name in a node's certificate.
#[must_use]
pub fn certname<'a>(settings: &'a Settings, identity: &'a str) -> &'a str {
    settings.security.certname.as_deref().unwrap_or(identity)
}

/// The folder of certificates of the providers `puppet` and `certmanager`.
#[must_use]
pub fn ssl_dir(settings: &Settings) -> PathBuf {
    let usual = || PathBuf::from("/etc/puppetlabs/puppet/ssl");
    settings.security.ssldir.clone().unwrap_or_else(usual)
}

fn provider(settings: &Settings) -> Result<Provider, JoinError> {
    let security = &settings.security;
    let named = |file: &Option<PathBuf>| file.clone().unwrap_or_default();
    let ssl_dir = || ssl_dir(settings);
    Ok(match security.provider {
        SecurityProvider::Choria => Provider::Choria {
            token: named(&security.choria.token_file),
            seed: security.choria.seed_file.clone(),
            certificate: security.choria.certificate.clone(),
            key: security.choria.key.clone(),
            ca: security.choria.ca.clone(),
        },
        SecurityProvider::File => Provider::File {
            certificate: named(&security.file.certificate),
            key: named(&security.file.key),
            ca: named(&security.file.ca),
        },
        SecurityProvider::Puppet => Provider::Puppet { ssl_dir: ssl_dir() },
        SecurityProvider::CertManager => Provider::CertManager { ssl_dir: ssl_dir() },
        SecurityProvider::Pkcs11 => return Err(JoinError::NotForNodes("pkcs11")),
    })
}

fn trust(settings: &Settings, files: &Files) -> Result<Trust, JoinError> {
    let security = &settings.security;
    if security.provider == SecurityProvider::Choria {
        return token_trust(settings).map(Trust::Tokens);
    }
    let ca = files.ca.as_deref().ok_or(LoadError::Absent("CA"))?;
    let patterns = |list: &[Pattern]| Patterns::new(list.iter().map(Pattern::as_str));
    Ok(Trust::Certificates(CertificateTrust {
        roots: load::roots(ca)?,
        allowed: patterns(&security.allowed_certnames)?,
        privileged: patterns(&security.privileged_users)?,
    }))
}

fn token_trust(settings: &Settings) -> Result<TokenTrust, JoinError> {
    let security = &settings.security;
    let signers = &security.choria.trusted_signers;
    match (signers.is_empty(), security.issuer_names.is_empty()) {
        (true, true) => return Err(JoinError::NobodyTrusted),
        (false, false) => return Err(JoinError::TwoTrusts),
        (false, true) => {}
        (true, false) => {
            let named = |name: &String| {
                let issuer = security.issuers.get(name).and_then(|it| it.public.as_ref());
                let public = issuer.ok_or_else(|| JoinError::IssuerWithoutKey(name.clone()))?;
                Ok((name.clone(), key(public, name)?))
            };
            let issuers = security.issuer_names.iter().map(named);
            return issuers.collect::<Result<_, _>>().map(TokenTrust::Issuers);
        }
    }
    let keys = signers.iter().map(|it| key(it, "a trusted signer"));
    keys.collect::<Result<_, _>>().map(TokenTrust::Signers)
}

fn key(public: &HexKey, of: &str) -> Result<PublicKey, JoinError> {
    public_key(&id::hex(public.bytes())).map_err(|reason| JoinError::Key {
        of: of.to_owned(),
        reason,
    })
}

/// Whom a broker has to be vouched for by.
///
/// Upstream takes every broker where there is no file of authorities; here the system's count then.
fn authorities(files: &Files) -> tls::Trust {
    let there = files.ca.as_ref().filter(|it| it.exists());
    there.map_or(tls::Trust::System, |it| tls::Trust::File(it.clone()))
}

/// Our certificate, where there is one.
fn certificate(files: &Files) -> Option<tls::Identity> {
    let there = |file: &Option<PathBuf>| file.clone().filter(|it| Path::exists(it));
    Some(tls::Identity::Files {
        certificate: there(&files.certificate)?,
        key: there(&files.key)?,
    })
}

fn brokers(settings: &Settings, identity: &str) -> Result<Brokers, JoinError> {
    let read = |url: String| {
        url.parse::<BrokerUrl>()
            .map_err(|reason| JoinError::Broker { text: url, reason })
    };
    let configured = settings.brokers.iter().map(|it| read(it.url()));
    let domain = settings.network.srv_domain.as_deref();
    let own = identity.split_once('.').map(|(_, domain)| domain);
    let records = match domain.or(own).filter(|_| settings.network.use_srv) {
        Some(domain) => ["_mcollective-server._tcp", "_x-puppet-mcollective._tcp"]
            .map(|name| format!("{name}.{domain}"))
            .to_vec(),
        None => Vec::new(),
    };
    Ok(Brokers {
        configured: configured.collect::<Result<_, _>>()?,
        records,
        last_resort: "puppet:4222".parse().ok(),
    })
}

fn credentials(
    settings: &Settings,
    signer: watch::Receiver<Arc<Signer>>,
) -> Result<Credentials, JoinError> {
    let nats = &settings.network.nats;
    let account = match (&nats.user, &nats.password) {
        (Some(user), Some(password)) => Some((user.clone(), password.clone())),
        (None, None) => None,
        _ => return Err(JoinError::HalfAnAccount),
    };
    if settings.security.provider == SecurityProvider::Choria {
        return Ok(Credentials::Token(Arc::new(Ours { signer, account })));
    }
    Ok(match (&nats.credentials, account) {
        (Some(file), _) => Credentials::File(file.clone()),
        (None, Some((user, password))) => Credentials::Password {
            user,
            password: password.expose_secret().to_owned(),
        },
        (None, None) => Credentials::None,
    })
}

/// The token of the node, as it is now, and what a broker is told beside it.
struct Ours {
    signer: watch::Receiver<Arc<Signer>>,
    account: Option<(String, SecretString)>,
}

impl Token for Ours {
    fn current(&self) -> Result<(String, Option<Arc<dyn Sign>>), String> {
        let signer = Arc::clone(&self.signer.borrow());
        let Signer::Token { token, .. } = &*signer else {
            return Err("the node has no token".to_owned());
        };
        let claims = Claims::parse(token).map_err(|error| error.to_string())?;
        match claims.unverified().standard.expires() {
            Some(end) if end > Timestamp::now() => {}
            Some(end) => return Err(format!("the token of the node expired at {end}")),
            None => return Err("the token of the node has no end".to_owned()),
        }
        let token = token.clone();
        Ok((token, Some(Arc::new(Nonce(signer)))))
    }

    fn account(&self) -> Option<(String, String)> {
        let (user, password) = self.account.as_ref()?;
        Some((user.clone(), password.expose_secret().to_owned()))
    }
}

/// Shows that the token is ours.
struct Nonce(Arc<Signer>);

impl Sign for Nonce {
    fn sign(&self, nonce: &[u8]) -> Vec<u8> {
        match &*self.0 {
            Signer::Token { seed, .. } => seed.sign(nonce),
            Signer::Certificate { .. } => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
