//! What a configuration says about somebody who asks nodes.

use core::time::Duration;
use std::sync::Arc;

use chorister_bus::Dial;
use chorister_proto::id;
use chorister_security::token::{Kind, Token as Claims};
use chorister_security::{ReplyVerifier, Signer, load};
use chorister_settings::Settings;
use chorister_settings::value::SecurityProvider;
use tokio::sync::watch;

use super::{
    JoinError, authorities, brokers, certificate, collectives, credentials, provider, token_trust,
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
        let signer = watch::channel(Arc::new(signer)).1;
        let collectives = collectives(settings);
        let dial = Dial {
            name: caller.clone(),
            brokers: brokers(settings, &sender)?,
            credentials: credentials(settings, signer.clone()),
            trust: (!insecure).then(|| authorities(&files)),
            identity: certificate(&files),
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
            verifier: ReplyVerifier {
                signed_only: trust.is_some() && settings.security.choria.sign_replies,
                trust,
            },
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
