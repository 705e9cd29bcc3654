//! Sockets that wait for others.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The largest table of sockets that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// How the kernel calls a TCP socket that listens.
const LISTENS: &str = "0A";

/// A table of sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP over IPv4.
    Tcp,
    /// TCP over IPv6, and over both.
    Tcp6,
    /// UDP over IPv4.
    Udp,
    /// UDP over IPv6, and over both.
    Udp6,
}

/// The sockets of a protocol: of TCP those that listen, of UDP all, as they have no other state.
///
/// # Errors
///
/// The table cannot be read. A protocol that the kernel does not have has no sockets.
pub fn listening(protocol: Protocol) -> io::Result<Vec<SocketAddr>> {
    let table = table(protocol)?;
    let sockets = table.lines().skip(1);
    Ok(sockets.filter_map(|line| socket(line, protocol)).collect())
}

/// A TCP socket that waits for connections, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Where it waits.
    pub address: SocketAddr,
    /// The number of the process that has it open; `None` where nobody is allowed to know.
    pub process: Option<u32>,
}

/// All TCP sockets that wait for connections, sorted by port.
///
/// # Errors
///
/// A table of sockets cannot be read.
pub fn listeners() -> io::Result<Vec<Listener>> {
    const INODE: usize = 9;

    let mut found = Vec::new();
    for protocol in [Protocol::Tcp, Protocol::Tcp6] {
        for line in table(protocol)?.lines().skip(1) {
            if let Some(address) = socket(line, protocol) {
                let inode = line.split_ascii_whitespace().nth(INODE);
                found.push((address, inode.and_then(|it| it.parse::<u64>().ok())));
            }
        }
    }
    let owners = owners();
    let mut listeners: Vec<Listener> = found
        .into_iter()
        .map(|(address, inode)| Listener {
            address,
            process: inode.and_then(|it| owners.get(&it).copied()),
        })
        .collect();
    listeners.sort_by_key(|it| (it.address.port(), it.address.ip()));
    Ok(listeners)
}

/// Which process has which socket open, as far as this one may know; of several the first.
fn owners() -> BTreeMap<u64, u32> {
    let mut owners = BTreeMap::new();
    let folders = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    for folder in folders {
        let Some(process) = folder.file_name().to_str().and_then(|it| it.parse().ok()) else {
            continue;
        };
        let open = std::fs::read_dir(folder.path().join("fd"));
        for descriptor in open.into_iter().flatten().flatten() {
            let target = std::fs::read_link(descriptor.path()).unwrap_or_default();
            let inode = target
                .to_str()
                .and_then(|it| it.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
            if let Some(inode) = inode {
                owners.entry(inode).or_insert(process);
            }
        }
    }
    owners
}

/// What the kernel prints about the sockets of a protocol; nothing where it does not have it.
fn table(protocol: Protocol) -> io::Result<String> {
    let mut bytes = Vec::new();
    match std::fs::File::open(format!("/proc/net/{}", protocol.as_str())) {
        Ok(table) => table.take(LARGEST).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A line: number, local address, remote address, state and more.
fn socket(line: &str, protocol: Protocol) -> Option<SocketAddr> {
    let mut fields = line.split_ascii_whitespace();
    let (address, port) = fields.nth(1)?.split_once(':')?;
    let state = fields.nth(1)?;
    if protocol.has_states() && state != LISTENS {
        return None;
    }
    let port = u16::from_str_radix(port, 16).ok()?;
    Some(SocketAddr::new(parse_address(address)?, port))
}

/// An address of four or sixteen bytes, printed as words of this machine's byte order.
fn parse_address(digits: &str) -> Option<IpAddr> {
    let word = |index: usize| {
        let digits = digits.get(index * 8..index * 8 + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    match digits.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let bytes: [u8; 16] = words.concat().try_into().ok()?;
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

// === impl Protocol ===

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Tcp, Self::Tcp6, Self::Udp, Self::Udp6];

    /// The protocol in the kernel's word: `tcp`, `tcp6`, `udp` or `udp6`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tcp6 => "tcp6",
            Self::Udp => "udp",
            Self::Udp6 => "udp6",
        }
    }

    const fn has_states(self) -> bool {
        matches!(self, Self::Tcp | Self::Tcp6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, UdpSocket};

    #[test]
    fn listeners_have_owners() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let found = listeners()
            .unwrap()
            .into_iter()
            .find(|it| it.address == address);
        assert_eq!(found.unwrap().process, Some(std::process::id()));
    }

    #[test]
    fn a_listener_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert!(listening(Protocol::Tcp).unwrap().contains(&address));
        drop(listener);
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        assert!(listening(Protocol::Udp).unwrap().contains(&address));
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn lines_are_read_and_nonsense_is_not() {
        let check = |line: &str, protocol, expect: Option<&str>| {
            let expect = expect.map(|it| it.parse().unwrap());
            assert_eq!(socket(line, protocol), expect, "{line}");
        };
        let four = "  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:0 0 0";
        check(four, Protocol::Tcp, Some("127.0.0.1:8080"));
        check(&four.replace("0A", "01"), Protocol::Tcp, None);
        check(
            &four.replace("0A", "07"),
            Protocol::Udp,
            Some("127.0.0.1:8080"),
        );
        let six = "  1: 000080FE00000000000000000100A8C0:0035 0:0 0A 0 0 0";
        check(six, Protocol::Tcp6, Some("[fe80::c0a8:1]:53"));
        check("  1: 0100007F 0:0 0A", Protocol::Tcp, None);
        check("  1: 0100007\u{e9}:1F90 0:0 0A", Protocol::Tcp, None);
        check("", Protocol::Tcp, None);
    }
}
