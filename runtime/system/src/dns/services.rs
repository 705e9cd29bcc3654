//! Where a service is: the SRV records of a name, as the name servers of this system know them.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::fs::File;
use std::io::{self, Read};

use super::{RecordType, query};

/// Where the system keeps the addresses of its name servers.
const RESOLVER: &str = "/etc/resolv.conf";

/// The most that is read of it, in bytes.
const LARGEST: u64 = 64 << 10;

/// One place where a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Those of a lower number are to be asked first.
    pub priority: u16,
    /// Among those of one priority, how often this one should be chosen.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host, with a dot at its end.
    pub host: String,
}

/// Where a service such as `_nats._tcp.example.net` is, best priority first. A name without such records has none.
///
/// # Errors
///
/// The system names no name server, or none of them answers within `deadline` each.
pub async fn services(name: &str, deadline: Duration) -> io::Result<Vec<Service>> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "no name server is configured");
    for server in servers()? {
        match query(server, name, RecordType::Srv, deadline).await {
            Ok(answer) => {
                let mut found: Vec<Service> =
                    answer.records.iter().filter_map(|it| read(it)).collect();
                found.sort_by_key(|it| it.priority);
                return Ok(found);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The name servers of this system, in the order in which it asks them.
///
/// # Errors
///
/// `/etc/resolv.conf` cannot be read.
pub fn servers() -> io::Result<Vec<SocketAddr>> {
    let mut text = String::new();
    File::open(RESOLVER)?
        .take(LARGEST)
        .read_to_string(&mut text)?;
    Ok(listed(&text))
}

/// The addresses that `nameserver` lines give.
fn listed(text: &str) -> Vec<SocketAddr> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("nameserver"))
        .filter_map(|rest| rest.split_whitespace().next()?.parse::<IpAddr>().ok())
        .map(|address| SocketAddr::new(address, 53))
        .collect()
}

/// `priority weight port name`. A lone dot says that there is no such service.
fn read(record: &str) -> Option<Service> {
    let mut words = record.split_whitespace();
    let mut number = || words.next()?.parse().ok();
    let (priority, weight, port) = (number()?, number()?, number()?);
    let host = words.next().filter(|it| *it != ".")?.to_owned();
    Some(Service {
        priority,
        weight,
        port,
        host,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_are_the_addresses_of_their_lines() {
        let text = "# nameserver 192.0.2.9\nsearch example.net\nnameserver 192.0.2.1\n nameserver ::1 # here\nnameserver x\n";
        assert_eq!(
            listed(text),
            [
                SocketAddr::from(([192, 0, 2, 1], 53)),
                SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 53))
            ]
        );
    }

    #[test]
    fn a_record_says_where_a_service_is_or_that_it_is_nowhere() {
        let found = read("10 5 4222 broker.example.net.").expect("a service");
        assert_eq!((found.priority, found.weight, found.port), (10, 5, 4222));
        assert_eq!(found.host, "broker.example.net.");
        assert_eq!(read("0 0 0 ."), None);
        assert_eq!(read("0 0 70000 a."), None);
    }
}
