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
    /// The brokers to try, in this order. Empty when nothing is known. `asks` hears of each question to a name server.
    pub async fn find(&self, asks: impl Fn()) -> Vec<BrokerUrl> {
        if !self.configured.is_empty() {
            return self.configured.clone();
        }
        for name in &self.records {
            asks();
            let found = ask(name).await;
            if !found.is_empty() {
                tracing::debug!(record = %name, brokers = found.len(), "brokers found by DNS");
                return found;
            }
        }
        self.last_resort.iter().cloned().collect()
    }
}

/// What the records of a name say, in the order in which they are to be tried.
async fn ask(name: &str) -> Vec<BrokerUrl> {
    let found = dns::services(name, ANSWER).await.unwrap_or_default();
    let found = found.into_iter().filter_map(|it| {
        let host = it.host.trim_end_matches('.');
        let url = format!("{host}:{}", it.port).parse().ok()?;
        Some((it.priority, it.weight, url))
    });
    in_order(found.collect(), |most| fastrand::u64(..most))
}

/// By priority, and among those of one by chance: the heavier, the more often first (RFC 2782). `below` gives a number below
/// another one.
fn in_order<T>(mut found: Vec<(u16, u16, T)>, mut below: impl FnMut(u64) -> u64) -> Vec<T> {
    // Those of no weight come first where chance has a say, which is when nothing else is left.
    found.sort_by_key(|(priority, weight, _)| (*priority, *weight));
    let mut order = Vec::with_capacity(found.len());
    while let Some((first, ..)) = found.first() {
        let equals = found.iter().take_while(|(priority, ..)| priority == first);
        let weights: Vec<u64> = equals.map(|(_, weight, _)| u64::from(*weight)).collect();
        let chosen = match weights.iter().sum() {
            0 => below(weights.len() as u64),
            sum => {
                let drawn = below(sum);
                let mut heaped = 0;
                let lighter = weights.iter().take_while(|weight| {
                    heaped += **weight;
                    heaped <= drawn
                });
                lighter.count() as u64
            }
        };
        order.push(found.remove(chosen as usize).2);
    }
    order
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
    fn brokers_of_one_priority_are_first_as_often_as_they_weigh() {
        let records = || {
            vec![
                (20, 65_535, "later"),
                (10, 3, "heavy"),
                (10, 0, "weightless"),
                (10, 1, "light"),
            ]
        };
        let firsts: Vec<&str> = (0..4)
            .map(|drawn| in_order(records(), |below| drawn.min(below - 1))[0])
            .collect();
        assert_eq!(firsts, ["light", "heavy", "heavy", "heavy"]);
        for drawn in 0..4 {
            let order = in_order(records(), |below| drawn.min(below - 1));
            assert_eq!(order[2..], ["weightless", "later"]);
        }
        let equal = vec![(0, 0, "a"), (0, 0, "b")];
        assert_eq!(in_order(equal.clone(), |_| 0), ["a", "b"]);
        assert_eq!(in_order(equal, |below| below - 1), ["b", "a"]);
        assert_eq!(in_order(Vec::<(u16, u16, &str)>::new(), |_| 0), [""; 0]);
    }

    #[test]
    fn a_password_is_not_shown() {
        let url: BrokerUrl = "nats://me:secret@b.example:4222".parse().expect("a URL");
        assert_eq!(format!("{url}"), "nats://[redacted]@b.example:4222");
        assert!(!format!("{url:?}").contains("secret"));
    }
}
