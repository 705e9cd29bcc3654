//! A node's certificate from cert-manager: before it joins, and for as long as it takes part.

use chorister_engine::EngineHandle;
use chorister_settings::Settings;
use chorister_settings::value::SecurityProvider;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Distribution;
use crate::enrolment::Enrolment;

/// What gets certificates for this node, if anything does.
fn enrolment(distribution: &Distribution, settings: &Settings) -> Option<Enrolment> {
    let is_wanted = settings.security.provider == SecurityProvider::CertManager;
    distribution.certmanager.filter(|_| is_wanted)
}

/// Waits until the node has a certificate; `false` when it stops before.
pub(super) async fn ready(
    distribution: &Distribution,
    settings: &Settings,
    engine: &EngineHandle,
    stopping: &mut watch::Receiver<bool>,
) -> bool {
    let Some(enrolment) = enrolment(distribution, settings) else {
        return true;
    };
    tokio::select! {
        () = enrolment.obtain(settings.clone(), engine.clone()) => true,
        _ = stopping.wait_for(|it| *it) => false,
    }
}

/// Renews it in time.
pub(super) fn keep(
    distribution: &Distribution,
    settings: &Settings,
    engine: &EngineHandle,
    tasks: &mut JoinSet<()>,
) {
    if let Some(enrolment) = enrolment(distribution, settings) {
        tasks.spawn(enrolment.keep(settings.clone(), engine.clone()));
    }
}
