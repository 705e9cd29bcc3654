//! Certificates for nodes that have none, for distributions that ask for them.

use core::fmt;
use core::pin::Pin;

use chorister_engine::EngineHandle;
use chorister_settings::Settings;

/// Gets certificates.
#[derive(Clone, Copy)]
pub struct Enrolment {
    obtain: fn(Settings, EngineHandle) -> Enrolling,
    keep: fn(Settings, EngineHandle) -> Enrolling,
}

type Enrolling = Pin<Box<dyn Future<Output = ()> + Send>>;

/// From cert-manager in the cluster of the node's pod.
#[cfg(feature = "certmanager")]
pub const CERTMANAGER: Enrolment = Enrolment {
    obtain: |settings, engine| {
        Box::pin(async move {
            let order = certmanager::order(&settings);
            let report = |text| certmanager::report(&engine, text);
            chorister_enrol::obtain(&order, &chorister_enrol::Pod::of_process(), report).await;
        })
    },
    keep: |settings, engine| {
        Box::pin(async move {
            let order = certmanager::order(&settings);
            let report = |text| certmanager::report(&engine, text);
            chorister_enrol::keep(&order, &chorister_enrol::Pod::of_process(), report).await;
        })
    },
};

#[cfg(feature = "certmanager")]
mod certmanager {
    use chorister_engine::EngineHandle;
    use chorister_enrol::Order;
    use chorister_settings::Settings;

    /// What a node of these settings orders.
    pub(super) fn order(settings: &Settings) -> Order {
        let ours = &settings.security.certmanager;
        let identity = settings.identity.as_deref().unwrap_or_default();
        Order {
            identity: chorister_node::certname(settings, identity).to_owned(),
            alt_names: ours.alt_names.clone(),
            namespace: ours.namespace.clone(),
            issuer: ours.issuer.clone().unwrap_or_default(),
            api_version: ours.api_version.clone(),
            replace: ours.replace,
            folder: chorister_node::ssl_dir(settings),
            patience: Order::PATIENCE,
        }
    }

    pub(super) async fn report(engine: &EngineHandle, text: Option<String>) {
        match &text {
            Some(text) => tracing::warn!("{text}"),
            None => tracing::info!("cert-manager gave the node its certificate"),
        }
        // A node that has stopped has no problems.
        let _ = engine.report("network", "enrolment", text).await;
    }
}

impl Enrolment {
    /// Waits until the node has a certificate.
    pub(crate) async fn obtain(self, settings: Settings, engine: EngineHandle) {
        (self.obtain)(settings, engine).await;
    }

    /// Renews the node's certificate in time, again and again.
    pub(crate) async fn keep(self, settings: Settings, engine: EngineHandle) {
        (self.keep)(settings, engine).await;
    }
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Enrolment")
    }
}
