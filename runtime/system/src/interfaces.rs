//! Network interfaces.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use nix::ifaddrs::getifaddrs;
use nix::sys::socket::SockaddrStorage;

/// A network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its addresses, each with the length of its prefix in bits.
    pub addresses: Vec<(IpAddr, u32)>,
    /// The largest packet that it takes, in bytes; `None` where the kernel does not say.
    pub mtu: Option<u32>,
}

/// The interfaces of this machine by name.
///
/// # Errors
///
/// The kernel does not tell.
pub fn interfaces() -> io::Result<BTreeMap<String, Interface>> {
    let mut found: BTreeMap<String, Interface> = BTreeMap::new();
    for entry in getifaddrs()? {
        let address = entry.address.as_ref().and_then(address);
        let mask = entry.netmask.as_ref().and_then(prefix_length);
        let interface = found.entry(entry.interface_name).or_default();
        if let (Some(address), Some(prefix)) = (address, mask) {
            interface.addresses.push((address, prefix));
        }
    }
    for (name, interface) in &mut found {
        let path = format!("/sys/class/net/{name}/mtu");
        interface.mtu = std::fs::read_to_string(path)
            .ok()
            .and_then(|text| text.trim().parse().ok());
    }
    Ok(found)
}

fn address(storage: &SockaddrStorage) -> Option<IpAddr> {
    let four = storage.as_sockaddr_in().map(|it| IpAddr::from(it.ip()));
    four.or_else(|| storage.as_sockaddr_in6().map(|it| IpAddr::from(it.ip())))
}

/// How many bits a mask lets through.
fn prefix_length(mask: &SockaddrStorage) -> Option<u32> {
    Some(match address(mask)? {
        IpAddr::V4(mask) => mask.to_bits().leading_ones(),
        IpAddr::V6(mask) => mask.to_bits().leading_ones(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn the_loopback_interface_is_there() {
        let interfaces = interfaces().unwrap();
        let loopback = interfaces.get("lo").unwrap();
        assert!(
            loopback
                .addresses
                .contains(&(IpAddr::V4(Ipv4Addr::LOCALHOST), 8))
        );
        assert!(loopback.mtu.is_some());
    }
}
