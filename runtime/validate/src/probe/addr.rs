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
    let tcp = async |family| dial::tcp(address, family, local, *timeout).await.is_ok();
    let reached = match network {
        "tcp" => tcp(Family::Any).await,
        "tcp4" => tcp(Family::V4).await,
        "tcp6" => tcp(Family::V6).await,
        "udp" => dial::udp(address, Family::Any, local, *timeout)
            .await
            .is_ok(),
        // Compat: goss system/addr.go: it dials `udp4`, `udp6` and `unix` from an address of TCP, so in vain.
        _ => false,
    };
    value(reached)
}
