//! What this machine is called, and what others call it.

use core::time::Duration;
use std::fs::File;
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};

use tokio::time::Instant;

use crate::dns::{RecordType, query};
use crate::programs;

/// The most that is read of a file of names, in bytes.
const MOST: u64 = 1 << 20;

/// Where Puppet's programs are, beside the folders of the system.
const PUPPET: &str = "/opt/puppetlabs/bin";

/// The host name, or `localhost` where the machine has none.
#[must_use]
pub fn host() -> String {
    let uname = rustix::system::uname();
    let name = uname.nodename().to_string_lossy();
    if name.is_empty() {
        "localhost".to_owned()
    } else {
        name.into_owned()
    }
}

/// The name of an address, without a dot at its end: as `/etc/hosts` has it, else as the servers of
/// `/etc/resolv.conf` do; `None` where nobody has one.
///
/// # Errors
///
/// No server answers within `deadline` ([`io::ErrorKind::TimedOut`]), or why the last one could not be asked.
pub async fn of_address(address: IpAddr, deadline: Duration) -> io::Result<Option<String>> {
    if let Some(name) = in_hosts(&text_of("/etc/hosts"), address) {
        return Ok(Some(name));
    }
    let end = Instant::now() + deadline;
    let mut last = Ok(None);
    for server in servers(&text_of("/etc/resolv.conf")) {
        let left = end.saturating_duration_since(Instant::now());
        match query(server, &address.to_string(), RecordType::Ptr, left).await {
            Ok(answer) => {
                let name = answer.records.into_iter().next();
                return Ok(name.map(|it| it.trim_end_matches('.').to_owned()));
            }
            Err(error) => last = Err(error),
        }
    }
    last
}

/// What `facter` says of a fact, where that program is; `None` where it says nothing.
///
/// # Errors
///
/// It takes longer than `deadline` ([`io::ErrorKind::TimedOut`]), or cannot be run.
pub async fn fact(name: &str, deadline: Duration) -> io::Result<Option<String>> {
    let mut folders = programs::search_path();
    folders.push(":");
    folders.push(PUPPET);
    let Some(facter) = programs::find("facter", &folders) else {
        return Ok(None);
    };
    let answer = programs::ask(&facter, &[name], deadline).await?;
    let text = answer.text.trim();
    Ok((answer.code == Some(0) && !text.is_empty()).then(|| text.to_owned()))
}

fn text_of(path: &str) -> String {
    let mut text = String::new();
    // A machine without such a file is one where nobody has written any names.
    let read = File::open(path).and_then(|file| file.take(MOST).read_to_string(&mut text));
    read.map_or_else(|_| String::new(), |_| text)
}

/// The first name of an address in a file like `/etc/hosts`.
fn in_hosts(text: &str, address: IpAddr) -> Option<String> {
    let lines = text
        .lines()
        .filter_map(|line| line.split('#').next())
        .map(str::split_whitespace);
    lines
        .filter_map(|mut words| {
            let is_it = words.next()?.parse() == Ok(address);
            words.next().filter(|_| is_it).map(str::to_owned)
        })
        .next()
}

/// The servers of a file like `/etc/resolv.conf`.
fn servers(text: &str) -> Vec<SocketAddr> {
    let addresses = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()? == "nameserver").then(|| words.next()?.parse::<IpAddr>().ok())?
    });
    addresses.take(3).map(|it| (it, 53).into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_a_name() {
        assert!(!host().is_empty());
    }

    #[test]
    fn hosts_name_addresses() {
        let text = "# 10.0.0.1 no\n127.0.0.1 localhost\n10.0.0.1\tweb1.example.net web1 # 10.0.0.2 x\n::1 ip6\n";
        let check = |address: &str, expect: Option<&str>| {
            assert_eq!(in_hosts(text, address.parse().unwrap()).as_deref(), expect);
        };
        check("10.0.0.1", Some("web1.example.net"));
        check("127.0.0.1", Some("localhost"));
        check("::1", Some("ip6"));
        check("10.0.0.2", None);
    }

    #[test]
    fn servers_are_addresses() {
        let text =
            "search example.net\nnameserver 10.0.0.53\nnameserver fe80::1%eth0\nnameserver ::1\n";
        let expect = ["10.0.0.53:53", "[::1]:53"].map(|it| it.parse().unwrap());
        assert_eq!(servers(text), expect);
    }
}
