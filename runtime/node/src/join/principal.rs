//! What a configuration says about somebody who asks nodes.

use core::time::Duration;
use std::sync::Arc;

use chorister_bus::Dial;
use chorister_proto::id;
use chorister_security::certificate::Chain;
use chorister_security::key::RsaKey;
use chorister_security::load::LoadError;
use chorister_security::provider::ProviderError;
use chorister_security::token::{Kind, Token as Claims};
use chorister_security::{ReplyVerifier, SignError, Signer, load};
use chorister_settings::value::SecurityProvider;
use chorister_settings::{Reader, Settings};
use chorister_system::tls;
use tokio::sync::watch;

use super::{
    JoinError, authorities, brokers, certificate, collectives, credentials, provider, sound,
    token_trust,
};

/// How often a client asks a silent broker whether it is there.
const PING: Duration = Duration::from_secs(30);

/// What names in certificates of people end with.
const SUFFIX: &str = "mcollective";

/// Somebody who asks nodes.
#[derive(Debug)]
pub struct Principal {
    /// The caller id: `provider=name`.
    pub caller: String,
    /// The identity of the host that asks.
    pub sender: String,
    /// The collectives whose nodes can be asked, the main one first.
    pub collectives: Vec<String>,
    /// How it connects.
    pub dial: Dial,
    /// What it signs with.
    pub signer: watch::Receiver<Arc<Signer>>,
    /// Which replies it believes.
    pub verifier: ReplyVerifier,
}

/// The account of the operating system that asks.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// Its name, where it has one.
    pub name: Option<&'a str>,
    /// Whether it is root.
    pub is_root: bool,
}

/// A certificate whose key a device holds.
#[derive(Debug)]
pub struct Card {
    /// The key.
    pub key: RsaKey,
    /// The certificate, in PEM.
    pub certificates: String,
    /// The same for TLS.
    pub identity: tls::Identity,
}

impl Principal {
    /// Reads what the settings name. `insecure` connects without TLS, which only binaries may that were built for tests.
    ///
    /// # Errors
    /// What is missing or cannot be used.
    pub fn read(
        settings: &Settings,
        account: Account<'_>,
        insecure: bool,
    ) -> Result<Self, JoinError> {
        sound(settings, Reader::Client)?;
        let sender = settings.identity.clone().ok_or(JoinError::NoIdentity)?;
        let certname = certname(settings, account, &sender)?;
        let files = provider(settings)?
            .files(&certname)
            .map_err(JoinError::Provider)?;
        let signer = load::signer(&files, false)?;
        let caller = match &signer {
            Signer::Token { token, .. } => callerid(token)?,
            Signer::Certificate { .. } => format!("choria={certname}"),
        };
        // Without anybody to vouch for nodes their signatures say nothing.
        let trust = match settings.security.provider {
            SecurityProvider::Choria => match token_trust(settings) {
                Ok(trust) => Some(trust),
                Err(JoinError::NobodyTrusted) => None,
                Err(error) => return Err(error),
            },
            _ => None,
        };
        let verifier = ReplyVerifier {
            signed_only: trust.is_some() && settings.security.choria.sign_replies,
            trust,
        };
        let tls = (authorities(&files), certificate(&files));
        Self::new(settings, (caller, sender), signer, verifier, tls, insecure)
    }

    /// Whoever a card is for: its certificate's common name. The authorities of brokers are those of the provider `file`.
    ///
    /// # Errors
    /// What is missing or cannot be used.
    pub fn with_card(settings: &Settings, card: Card, insecure: bool) -> Result<Self, JoinError> {
        sound(settings, Reader::Client)?;
        let sender = settings.identity.clone().ok_or(JoinError::NoIdentity)?;
        let ca = settings.security.file.ca.clone();
        let ca = ca.ok_or_else(|| JoinError::Provider(vec![ProviderError::NoAuthorities]))?;
        load::roots(&ca)?;
        let signer = Signer::certificate(card.key, card.certificates.clone());
        let signer = signer.map_err(LoadError::from)?;
        let chain = Chain::from_pem(card.certificates.as_bytes());
        let chain = chain.map_err(|error| LoadError::from(SignError::from(error)))?;
        let name = chain.common_name().ok_or(JoinError::NoCommonName)?;
        let caller = format!("choria={name}");
        let tls = (tls::Trust::File(ca), Some(card.identity));
        let verifier = ReplyVerifier::default();
        Self::new(settings, (caller, sender), signer, verifier, tls, insecure)
    }

    fn new(
        settings: &Settings,
        (caller, sender): (String, String),
        signer: Signer,
        verifier: ReplyVerifier,
        (trust, identity): (tls::Trust, Option<tls::Identity>),
        insecure: bool,
    ) -> Result<Self, JoinError> {
        let signer = watch::channel(Arc::new(signer)).1;
        let collectives = collectives(settings);
        let dial = Dial {
            name: caller.clone(),
            brokers: brokers(settings, &sender)?,
            credentials: credentials(settings, signer.clone())?,
            trust: (!insecure).then_some(trust),
            identity,
            inbox: collectives
                .first()
                .map(|it| format!("{it}.reply.{}", id::unique(&caller))),
            timeout: settings.network.connect_timeout,
            ping: PING,
        };
        Ok(Self {
            caller,
            sender,
            collectives,
            dial,
            signer,
            verifier,
        })
    }
}

/// The name in the certificate of whoever asks.
///
/// Compat: go-choria `providers/security`: with Puppet's files even root asks by the name of the account.
fn certname(
    settings: &Settings,
    account: Account<'_>,
    identity: &str,
) -> Result<String, JoinError> {
    if let Some(name) = &settings.security.certname {
        return Ok(name.clone());
    }
    let of_root = account.is_root && settings.security.provider != SecurityProvider::Puppet;
    match account.name.filter(|it| !it.is_empty()) {
        _ if of_root => Ok(identity.to_owned()),
        Some(name) => Ok(format!("{name}.{SUFFIX}")),
        None => Err(JoinError::NoAccount),
    }
}

/// Whose token it is.
fn callerid(token: &str) -> Result<String, JoinError> {
    let claims = Claims::parse(token).map_err(|_| JoinError::NotOfAClient)?;
    match &claims.unverified().kind {
        Kind::Client(client) if !client.callerid.is_empty() => Ok(client.callerid.clone()),
        _ => Err(JoinError::NotOfAClient),
    }
}
