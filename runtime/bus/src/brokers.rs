//! Where the brokers are.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use chorister_system::dns;
use thiserror::Error;

/// How long a name server may take.
const ANSWER: Duration = Duration::from_secs(2);

/// The address of one broker: a scheme, a host and a port, and perhaps who we are.
///
/// It is shown without what comes before an `@`.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokerUrl {
    text: String,
}

/// Why a text is no address of a broker.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidUrl {
    /// Neither `nats`, `tls`, `ws` nor `wss`.
    #[error("`{0}` is not a way to reach a broker: `nats`, `tls`, `ws` and `wss` are")]
    Scheme(String),
    /// No port, or one that is no number between 1 and 65535.
    #[error("the port of a broker is missing, as in `broker.example.net:4222`")]
    Port,
    /// Nothing before the port.
    #[error("the host of a broker is missing, as in `broker.example.net:4222`")]
    Host,
}

impl BrokerUrl {
    /// The whole address, with what is secret in it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Its host and port.
    #[must_use]
    pub fn place(&self) -> &str {
        let rest = self.text.split_once("://").map_or("", |(_, rest)| rest);
        rest.rsplit_once('@').map_or(rest, |(_, place)| place)
    }

    /// Whether TLS is out of the question there; with the other schemes it is spoken where it is wanted.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.text.starts_with("ws://")
    }
}

impl FromStr for BrokerUrl {
    type Err = InvalidUrl;

    /// Reads `host:port` or `scheme://[user:password@]host:port`.
    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").unwrap_or(("nats", text));
        if !matches!(scheme, "nats" | "tls" | "ws" | "wss") {
            return Err(InvalidUrl::Scheme(scheme.to_owned()));
        }
        let rest = rest.trim_end_matches('/');
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        let (host, port) = place.rsplit_once(':').ok_or(InvalidUrl::Port)?;
        if host.is_empty() {
            return Err(InvalidUrl::Host);
        }
        // The last part of an address of IPv6 is no port.
        if host.contains(':') && !(host.starts_with('[') && host.ends_with(']')) {
            return Err(InvalidUrl::Port);
        }
        match port.parse::<u16>() {
            Ok(1..) => Ok(Self {
                text: format!("{scheme}://{rest}"),
            }),
            _ => Err(InvalidUrl::Port),
        }
    }
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text.split_once("://") {
            Some((scheme, rest)) => match rest.rsplit_once('@') {
                Some((_, place)) => write!(to, "{scheme}://[redacted]@{place}"),
                None => to.write_str(&self.text),
            },
            None => Ok(()),
        }
    }
}

impl fmt::Debug for BrokerUrl {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, to)
    }
}

/// How brokers are found. It is asked anew before each try of the first connection.
#[derive(Clone, Debug, Default)]
pub struct Brokers {
    /// The ones that are configured; if there are any, nobody is asked.
    pub configured: Vec<BrokerUrl>,
    /// Names of SRV records, best first, such as `_mcollective-server._tcp.example.net`.
    pub records: Vec<String>,
    /// Who is tried when nothing else is known.
    pub last_resort: Option<BrokerUrl>,
}

impl Brokers {
    /// The brokers to try, in this order. Empty when nothing is known.
    pub async fn find(&self) -> Vec<BrokerUrl> {
        if !self.configured.is_empty() {
            return self.configured.clone();
        }
        for name in &self.records {
            let found = ask(name).await;
            if !found.is_empty() {
                tracing::debug!(record = %name, brokers = found.len(), "brokers found by DNS");
                return found;
            }
        }
        self.last_resort.iter().cloned().collect()
    }
}

/// What the records of a name say, by priority, heavier ones first.
async fn ask(name: &str) -> Vec<BrokerUrl> {
    let mut found: Vec<(u16, u16, BrokerUrl)> = dns::services(name, ANSWER)
        .await
        .unwrap_or_default()
        .into_iter()
        .filter_map(|it| {
            let host = it.host.trim_end_matches('.');
            let url = format!("{host}:{}", it.port).parse().ok()?;
            Some((it.priority, it.weight, url))
        })
        .collect();
    found.sort_by_key(|(priority, weight, _)| (*priority, u16::MAX - *weight));
    found.into_iter().map(|(_, _, url)| url).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, InvalidUrl> {
        text.parse().map(|url: BrokerUrl| url.expose().to_owned())
    }

    #[test]
    fn a_host_and_a_port_are_an_address() {
        assert_eq!(
            read("broker.example.net:4222"),
            Ok("nats://broker.example.net:4222".to_owned())
        );
        assert_eq!(
            read(" wss://b.example:443/ "),
            Ok("wss://b.example:443".to_owned())
        );
        assert_eq!(read("[::1]:4222"), Ok("nats://[::1]:4222".to_owned()));
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        assert_eq!(
            read("http://b:1"),
            Err(InvalidUrl::Scheme("http".to_owned()))
        );
        for text in ["broker", "broker:0", "broker:70000", "::1", "b:", ""] {
            assert_eq!(read(text), Err(InvalidUrl::Port), "{text:?}");
        }
        assert_eq!(read(":4222"), Err(InvalidUrl::Host));
    }

    #[test]
    fn a_password_is_not_shown() {
        let url: BrokerUrl = "nats://me:secret@b.example:4222".parse().expect("a URL");
        assert_eq!(format!("{url}"), "nats://[redacted]@b.example:4222");
        assert!(!format!("{url:?}").contains("secret"));
    }
}
