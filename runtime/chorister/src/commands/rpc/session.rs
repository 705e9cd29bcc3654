//! Who asks, and their connection.

use core::future::Future;
use std::io::{self, Write as _};

use chorister_client::{Client, Profile};
use chorister_node::{Account, Connection, Principal};
use chorister_settings::value::SecurityProvider;
use chorister_settings::{Reader, Settings};

use super::super::Failure;
use crate::args::Access;
use crate::config::{self, Sources};
use crate::{Distribution, log};

/// Who asks, before they are connected.
pub(super) struct Session {
    pub(super) settings: Settings,
    principal: Principal,
    collective: String,
}

impl Session {
    /// Reads the configuration, with the keys and tokens that it names.
    pub(super) fn read(distribution: &Distribution, access: &Access) -> Result<Self, Failure> {
        let sources = Sources {
            file: access.config.clone(),
            client: true,
            ..Sources::default()
        };
        let config = config::read(distribution, sources).map_err(Failure::Impossible)?;
        for finding in &config.findings {
            let _ = writeln!(io::stderr(), "{}: {finding}", distribution.name);
        }
        let settings = config.settings;
        for idle in settings.without_effect(Reader::Client) {
            let (name, origin) = (&idle.name, &idle.origin);
            let it = format_args!("{}: `{name}` ({origin}) has no effect", distribution.name);
            let _ = writeln!(io::stderr(), "{it}");
        }
        log::start_if_asked().map_err(Failure::Impossible)?;
        let principal = principal(distribution, &settings).map_err(|error| {
            Failure::Impossible(format!("security setup is not valid: {error}"))
        })?;
        let main = || principal.collectives.first().cloned();
        let collective = access.target.clone().or_else(main).unwrap_or_default();
        if !principal.collectives.contains(&collective) {
            return Err(Failure::Impossible(format!(
                "the collective `{collective}` is not configured; there are: {}",
                principal.collectives.join(", ")
            )));
        }
        Ok(Self {
            settings,
            principal,
            collective,
        })
    }

    /// The collective whose nodes are asked.
    pub(super) fn collective(&self) -> &str {
        &self.collective
    }

    /// Begins to connect.
    pub(super) async fn connect(&self) -> Result<Client, Failure> {
        let principal = &self.principal;
        let connection = Connection::open_for_fleet(principal.dial.clone())
            .await
            .map_err(|error| Failure::Impossible(error.to_string()))?;
        let (caller, sender) = (principal.caller.clone(), principal.sender.clone());
        let profile = Profile {
            verifier: principal.verifier.clone(),
            ttl: self.settings.rpc.ttl,
            discovery_timeout: self.settings.client.discovery.timeout,
            filter_required: self.settings.rpc.require_filter,
            ..Profile::new(
                caller,
                sender,
                self.collective.clone(),
                principal.signer.clone(),
            )
        };
        Ok(Client::new(connection, profile))
    }
}

/// Who the settings say that asks.
fn principal(distribution: &Distribution, settings: &Settings) -> Result<Principal, String> {
    let insecure = distribution.features.insecure_for_tests;
    if settings.security.provider == SecurityProvider::Pkcs11 {
        let cards = distribution.pkcs11.ok_or(
            "this binary cannot use token devices; its distribution.yaml lacks `features: {pkcs11: true}`",
        )?;
        let card = cards.open(settings)?;
        return Principal::with_card(settings, card, insecure).map_err(|error| error.to_string());
    }
    let user = std::env::var("USER").ok();
    let account = Account {
        name: user.as_deref(),
        is_root: rustix::process::geteuid().is_root(),
    };
    Principal::read(settings, account, insecure).map_err(|error| error.to_string())
}

/// Runs to its end.
pub(super) fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Impossible(format!("cannot start: {error}")))?;
    let done = runtime.block_on(work);
    // The system's resolver may wait for longer than we do.
    runtime.shutdown_background();
    done
}
