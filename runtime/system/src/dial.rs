//! Connections to others.

use core::time::Duration;
use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpSocket, TcpStream, UdpSocket, UnixStream, lookup_host};
use tokio::time::{Instant, timeout_at};

/// Which addresses of a name are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// All of them.
    #[default]
    Any,
    /// Those of IPv4.
    V4,
    /// Those of IPv6.
    V6,
}

/// Connects to `host:port`, where a port may be a number or the name of a service, from a `local` address or any.
///
/// The addresses of the host are tried one after the other, each for its share of the time that is left.
///
/// # Errors
///
/// The name is unknown, nobody answers within `deadline` ([`io::ErrorKind::TimedOut`]), or why the last of the
/// addresses could not be reached.
pub async fn tcp(
    address: &str,
    family: Family,
    local: Option<IpAddr>,
    deadline: Duration,
) -> io::Result<TcpStream> {
    let end = Instant::now() + deadline;
    let addresses = within(end, resolve(address, family)).await?;
    let mut last = unknown(address);
    let mut left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for address in addresses {
        let now = Instant::now();
        let share = end.saturating_duration_since(now) / left.max(1);
        match within(now + share, connect(address, local)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
        left = left.saturating_sub(1);
    }
    Err(last)
}

/// Opens a UDP socket towards `host:port`. Nothing is sent, so this only says that there is a way.
///
/// # Errors
///
/// The name is unknown, does not become known within `deadline`, or there is no way to any of its addresses.
pub async fn udp(
    address: &str,
    family: Family,
    local: Option<IpAddr>,
    deadline: Duration,
) -> io::Result<UdpSocket> {
    let end = Instant::now() + deadline;
    let mut last = unknown(address);
    for address in within(end, resolve(address, family)).await? {
        match udp_to(address, local).await {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Connects to a Unix socket.
///
/// # Errors
///
/// There is none, or nobody accepts within `deadline`.
pub async fn unix(path: &str, deadline: Duration) -> io::Result<UnixStream> {
    within(Instant::now() + deadline, UnixStream::connect(path)).await
}

/// A UDP socket that talks to one address.
pub(crate) async fn udp_to(remote: SocketAddr, local: Option<IpAddr>) -> io::Result<UdpSocket> {
    let local = local.unwrap_or_else(|| match remote {
        SocketAddr::V4(_) => IpAddr::from([0; 4]),
        SocketAddr::V6(_) => IpAddr::from([0; 16]),
    });
    let socket = UdpSocket::bind((local, 0)).await?;
    socket.connect(remote).await?;
    Ok(socket)
}

/// Waits for an answer until `end`.
pub(crate) async fn within<T>(
    end: Instant,
    answer: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let late = |_| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "nobody answers in time",
        ))
    };
    timeout_at(end, answer).await.unwrap_or_else(late)
}

async fn connect(remote: SocketAddr, local: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = match remote {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    if let Some(local) = local {
        socket.bind(SocketAddr::new(local, 0))?;
    }
    socket.connect(remote).await
}

async fn resolve(address: &str, family: Family) -> io::Result<Vec<SocketAddr>> {
    let (host, port) = split(address).ok_or_else(|| {
        let text = format!("`{address}` is not a host and a port");
        io::Error::new(io::ErrorKind::InvalidInput, text)
    })?;
    let port = port.parse().or_else(|_| service(port))?;
    // No host is this one, as people write `:80`.
    let host = if host.is_empty() { "localhost" } else { host };
    let found = lookup_host((host, port)).await?;
    let found = found.filter(|it| match family {
        Family::Any => true,
        Family::V4 => it.is_ipv4(),
        Family::V6 => it.is_ipv6(),
    });
    Ok(found.collect())
}

/// Host and port of `host:port`, where an address of IPv6 is in brackets.
fn split(address: &str) -> Option<(&str, &str)> {
    let (host, port) = address.rsplit_once(':')?;
    match host.strip_prefix('[') {
        Some(host) => Some((host.strip_suffix(']')?, port)),
        None => (!host.contains(':')).then_some((host, port)),
    }
}

/// The port that has this name in `/etc/services`.
fn service(name: &str) -> io::Result<u16> {
    let text = std::fs::read_to_string("/etc/services").unwrap_or_default();
    let found = text.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let first = words.next()?;
        let (port, _) = words.next()?.split_once('/')?;
        (first == name || words.any(|it| it == name)).then(|| port.parse().ok())?
    });
    found.ok_or_else(|| {
        let text = format!("`{name}` is neither a port nor the name of one");
        io::Error::new(io::ErrorKind::InvalidInput, text)
    })
}

fn unknown(address: &str) -> io::Error {
    let text = format!("`{address}` has no address of this kind");
    io::Error::new(io::ErrorKind::AddrNotAvailable, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, UnixListener};

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn hosts_and_ports_are_told_apart() {
        assert_eq!(split("a.b:80"), Some(("a.b", "80")));
        assert_eq!(split("[::1]:80"), Some(("::1", "80")));
        assert_eq!(split(":80"), Some(("", "80")));
        assert_eq!(split("::1:80"), None);
        assert_eq!(split("[::1:80"), None);
        assert_eq!(split("host"), None);
    }

    #[tokio::test]
    async fn who_listens_is_reached_and_who_does_not_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let local = IpAddr::from([127, 0, 0, 2]);
        let stream = tcp(&address, Family::Any, Some(local), LONG);
        assert_eq!(stream.await.unwrap().local_addr().unwrap().ip(), local);
        assert!(tcp(&address, Family::V6, None, LONG).await.is_err());
        drop(listener);
        // Held without being listened on, so that nobody else can have it meanwhile.
        let silent = TcpSocket::new_v4().unwrap();
        silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = silent.local_addr().unwrap().to_string();
        let error = tcp(&address, Family::Any, None, LONG).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert!(udp(&address, Family::V4, None, LONG).await.is_ok());
        assert!(
            tcp("localhost:no-such-service", Family::Any, None, LONG)
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn unix_sockets_are_reached() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _listener = UnixListener::bind(&path).unwrap();
        assert!(unix(path.to_str().unwrap(), LONG).await.is_ok());
        assert!(unix("/no/such/socket", LONG).await.is_err());
    }
}
