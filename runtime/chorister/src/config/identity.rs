//! What a node or a client is called where nobody says.

use core::time::Duration;
use std::net::IpAddr;

use chorister_system::{dns, names};

/// How long the servers of DNS have to answer.
const DNS: Duration = Duration::from_secs(1);

/// How long `facter` may take.
const FACTER: Duration = Duration::from_secs(10);

/// The name, and how it was found.
///
/// With a configuration it is found as in a network of Choria: the host name where it has a domain, else the name of
/// the host's first address, else what `facter` says. Without one nobody is asked: it is the host name.
pub(super) fn find(is_configured: bool) -> (String, &'static str) {
    let host = names::host();
    if is_configured && !has_domain(&host) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        if let Ok(runtime) = runtime {
            let found = runtime.block_on(ask(&host));
            // The system's resolver may wait for longer than we do.
            runtime.shutdown_background();
            if let Some(found) = found {
                return found;
            }
        }
    }
    (host, "host name")
}

async fn ask(host: &str) -> Option<(String, &'static str)> {
    let addresses = dns::resolve(host, DNS).await.unwrap_or_default();
    if let Some(address) = addresses.into_iter().find(IpAddr::is_ipv4)
        && let Ok(Some(name)) = names::of_address(address, DNS).await
        && is_useful(&name)
    {
        return Some((name, "DNS name of this host"));
    }
    match names::fact("networking.fqdn", FACTER).await {
        Ok(Some(name)) => Some((name, "facter")),
        _ => None,
    }
}

/// Compat: go-choria config/util.go: a name with two dots is one with a domain.
fn has_domain(name: &str) -> bool {
    name.matches('.').count() >= 2
}

/// Many systems call themselves by the address of no network.
fn is_useful(name: &str) -> bool {
    !name.starts_with("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_two_parts() {
        assert!(has_domain("web1.example.net"));
        assert!(!has_domain("web1.local"));
        assert!(!has_domain("web1"));
    }

    #[test]
    fn without_a_configuration_nobody_is_asked() {
        assert_eq!(find(false), (names::host(), "host name"));
    }
}
