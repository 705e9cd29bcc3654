//! Addresses that are dialled.

use chorister_goss::matcher::Found;
use chorister_goss::{Resource, Settings};
use chorister_system::dial::{self, Family};

use super::value;

pub(super) async fn reachable(resource: &Resource) -> Found<'static> {
    let Settings::Addr {
        local_address,
        timeout,
    } = &resource.settings
    else {
        return value(false);
    };
    let (network, address) = resource
        .name()
        .split_once("://")
        .unwrap_or(("tcp", resource.name()));
    // One that is none is as good as none.
    let local = local_address.as_deref().and_then(|it| it.parse().ok());
    let family = match network.as_bytes().last() {
        Some(b'4') => Family::V4,
        Some(b'6') => Family::V6,
        _ => Family::Any,
    };
    let reached = match network {
        "tcp" | "tcp4" | "tcp6" => dial::tcp(address, family, local, *timeout).await.is_ok(),
        "udp" => dial::udp(address, family, local, *timeout).await.is_ok(),
        // Compat: goss system/addr.go: of these only `udp` can be dialled from an address.
        "udp4" | "udp6" | "unix" if local.is_some() => false,
        "udp4" | "udp6" => dial::udp(address, family, local, *timeout).await.is_ok(),
        "unix" => dial::unix(address, *timeout).await.is_ok(),
        _ => false,
    };
    value(reached)
}
