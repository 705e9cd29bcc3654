//! What there is on this machine.

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use chorister_system::mounts::{Mount, Usage, mounts, usage};
use chorister_system::services::{Unit, manager};
use chorister_system::{memory, ports, processes};

/// What was found on a machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// File systems with their usage, in the order of the kernel.
    pub mounts: Vec<(Mount, Usage)>,
    /// How much swap space there is, in bytes.
    pub swap: u64,
    /// Whether systemd answers.
    pub systemd: bool,
    /// Services of systemd that run, sorted by name.
    pub services: Vec<Unit>,
    /// TCP ports with somebody behind them, sorted.
    pub ports: Vec<Port>,
    /// Logs of the system that this process may read.
    pub logs: Vec<PathBuf>,
}

/// A TCP port that somebody listens at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Where this machine reaches it: `localhost`, or an address.
    pub host: String,
    /// Its number.
    pub number: u16,
    /// What the kernel calls the process that listens, where that may be known.
    pub process: Option<String>,
    /// What is spoken there.
    pub speaks: Speaks,
}

/// What is spoken at a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// Something else, or nobody asked.
    Unknown,
    /// HTTP without TLS.
    Http,
    /// HTTP with TLS, and the days until the certificate ends.
    Https {
        /// Less than none where it has ended; `None` where it could not be read.
        days: Option<i64>,
    },
}

/// Where systems write what goes wrong in the kernel, the most particular first.
const LOGS: [&str; 3] = ["/var/log/kern.log", "/var/log/syslog", "/var/log/messages"];

/// Looks at this machine. What cannot be found out is left out; no single question takes longer than `deadline`.
pub async fn look(deadline: Duration) -> Facts {
    let mut facts = Facts::default();
    let all = mounts().unwrap_or_default();
    for mount in &all {
        if let Ok(usage) = usage(&all, &mount.point, deadline).await {
            facts.mounts.push((mount.clone(), usage));
        }
    }
    facts.swap = memory::memory().map_or(0, |it| it.swap_total);
    if let Ok(units) = manager().units(&["*.service"], deadline).await {
        facts.systemd = true;
        facts.services = units.into_iter().filter(|it| it.sub == "running").collect();
    }
    facts.ports = ports(deadline).await;
    let readable = |it: &&str| std::fs::File::open(it).is_ok();
    let logs = LOGS.into_iter().filter(readable).map(Path::new);
    facts.logs = logs.map(Path::to_owned).collect();
    facts
}

async fn ports(deadline: Duration) -> Vec<Port> {
    let names: BTreeMap<u32, String> = processes::processes()
        .unwrap_or_default()
        .into_iter()
        .map(|it| (it.id, it.name))
        .collect();
    let mut found: BTreeMap<u16, Port> = BTreeMap::new();
    for listener in ports::listeners().unwrap_or_default() {
        let address = listener.address;
        let host = host(address.ip());
        let process = listener.process.and_then(|it| names.get(&it).cloned());
        let port = found.entry(address.port()).or_insert_with(|| Port {
            host: host.clone(),
            number: address.port(),
            process,
            speaks: Speaks::Unknown,
        });
        // The shortest way to it.
        if host == LOCALHOST {
            port.host = host;
        }
    }
    let mut ports: Vec<Port> = found.into_values().collect();
    for port in &mut ports {
        port.speaks = ask(port, deadline).await;
    }
    ports
}

const LOCALHOST: &str = "localhost";

fn host(address: IpAddr) -> String {
    match address {
        _ if address.is_unspecified() || address.is_loopback() => LOCALHOST.to_owned(),
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

#[cfg(not(feature = "http"))]
#[expect(clippy::unused_async, reason = "with HTTP it waits")]
async fn ask(_: &Port, _: Duration) -> Speaks {
    Speaks::Unknown
}

/// Asks only those for HTTP who are likely to speak it: others would take it for an attack.
#[cfg(feature = "http")]
async fn ask(port: &Port, deadline: Duration) -> Speaks {
    use chorister_system::http::{Request, Trust, request};

    /// Ports that web servers are usually at.
    const PORTS: [u16; 14] = [
        80, 81, 443, 3000, 5000, 8000, 8008, 8080, 8081, 8443, 8888, 9090, 9100, 9443,
    ];
    /// Names of web servers.
    const SERVERS: [&str; 10] = [
        "apache2",
        "caddy",
        "envoy",
        "grafana",
        "haproxy",
        "httpd",
        "lighttpd",
        "nginx",
        "prometheus",
        "traefik",
    ];

    let is_server = |name: &String| SERVERS.iter().any(|it| name.starts_with(it));
    if !PORTS.contains(&port.number) && !port.process.as_ref().is_some_and(is_server) {
        return Speaks::Unknown;
    }
    let question = |scheme: &str| Request {
        redirects: 0,
        trust: Trust::Nobody,
        ..Request::get(format!("{scheme}://{}:{}/", port.host, port.number))
    };
    if let Ok(answer) = request(&question("https"), deadline).await {
        let now = crate::request::clock();
        let now = now
            .duration_since(std::time::SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let left = |end: i64| {
            end.saturating_sub_unsigned(now.as_secs())
                .div_euclid(86_400)
        };
        let days = answer.certificate.map(|it| left(it.not_after.as_second()));
        return Speaks::Https { days };
    }
    match request(&question("http"), deadline).await {
        Ok(_) => Speaks::Http,
        Err(_) => Speaks::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn this_machine_has_disks_and_ports() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let number = listener.local_addr().unwrap().port();
        let facts = look(Duration::from_secs(5)).await;
        assert!(
            facts
                .mounts
                .iter()
                .any(|(mount, _)| mount.point == Path::new("/"))
        );
        let port = facts.ports.iter().find(|it| it.number == number).unwrap();
        assert_eq!(
            (port.host.as_str(), port.speaks),
            ("localhost", Speaks::Unknown)
        );
        assert!(port.process.is_some());
    }
}
