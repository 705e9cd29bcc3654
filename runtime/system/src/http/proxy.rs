//! Proxies: which one, and the way through it.

use std::net::IpAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::exchange::Stream;
use super::url::Url;
use super::{HttpError, Proxy, basic};

/// The longest answer of a proxy that is asked for a way through, in bytes.
const LONGEST: usize = 16 << 10;

/// The proxy that a request goes to.
#[derive(Debug)]
pub(super) struct Hop {
    pub(super) url: Url,
}

/// The proxy for a server, if there is one.
///
/// # Errors
///
/// The proxy cannot be asked.
pub(super) fn hop(proxy: &Proxy, url: &Url) -> Result<Option<Hop>, HttpError> {
    let text = match proxy {
        Proxy::None => None,
        Proxy::At(text) => Some(text.clone()),
        Proxy::Environment => of_environment(url, |name| std::env::var(name).ok()),
    };
    let Some(text) = text.filter(|it| !it.is_empty()) else {
        return Ok(None);
    };
    let text = if text.contains("://") {
        text
    } else {
        format!("http://{text}")
    };
    Ok(Some(Hop {
        url: Url::parse(&text)?,
    }))
}

/// What the environment says, as most programs understand it.
fn of_environment(url: &Url, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let either = |name: &str| {
        let set = |it: String| (!it.is_empty()).then_some(it);
        let capital = variable(&name.to_uppercase()).and_then(set);
        capital.or_else(|| variable(name).and_then(set))
    };
    let is_local = url.host == "localhost"
        || url
            .host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    let exempt = either("no_proxy").unwrap_or_default();
    if is_local || exempt.split(',').any(|it| exempts(it.trim(), url)) {
        return None;
    }
    either(if url.is_secure {
        "https_proxy"
    } else {
        "http_proxy"
    })
}

/// Whether an entry of `no_proxy` means a server: `*`, an address or a network, or a name with all below it, each
/// with or without a port.
fn exempts(entry: &str, url: &Url) -> bool {
    if entry == "*" {
        return true;
    }
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) && !name.contains(':') => {
            (name, port.parse().ok())
        }
        _ => (entry, None),
    };
    if name.is_empty() || port.is_some_and(|port: u16| port != url.port) {
        return false;
    }
    if let Ok(address) = url.host.parse::<IpAddr>() {
        return match name.split_once('/') {
            Some((network, length)) => within(address, network, length).unwrap_or(false),
            None => name.parse() == Ok(address),
        };
    }
    let name = name.trim_start_matches("*.").to_ascii_lowercase();
    let below = url.host.strip_suffix(name.trim_start_matches('.'));
    below.is_some_and(|it| (it.is_empty() && !name.starts_with('.')) || it.ends_with('.'))
}

fn within(address: IpAddr, network: &str, length: &str) -> Option<bool> {
    let length: u32 = length.parse().ok()?;
    let mask = |bits: u32| u128::MAX.checked_shl(bits.checked_sub(length)?).or(Some(0));
    Some(match (address, network.parse().ok()?) {
        (IpAddr::V4(one), IpAddr::V4(two)) => {
            let mask = mask(32)?;
            u128::from(one.to_bits()) & mask == u128::from(two.to_bits()) & mask
        }
        (IpAddr::V6(one), IpAddr::V6(two)) => {
            one.to_bits() & mask(128)? == two.to_bits() & mask(128)?
        }
        _ => false,
    })
}

// === impl Hop ===

impl Hop {
    /// What the proxy is told about who asks.
    pub(super) fn credentials(&self) -> Option<String> {
        let (user, password) = self.url.credentials.as_ref()?;
        Some(basic(user, password).1)
    }

    /// Has the proxy make a way through to `host:port`.
    ///
    /// # Errors
    ///
    /// It does not.
    pub(super) async fn tunnel(
        &self,
        stream: &mut Box<dyn Stream>,
        address: &str,
    ) -> Result<(), HttpError> {
        let failed = |why: String| HttpError::Exchange(format!("the proxy {}: {why}", self.url));
        let mut request = format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n");
        if let Some(credentials) = self.credentials() {
            request.push_str(&format!("Proxy-Authorization: {credentials}\r\n"));
        }
        request.push_str("\r\n");
        let sent = stream.write_all(request.as_bytes()).await;
        sent.map_err(|error| failed(error.to_string()))?;
        let mut head = Vec::new();
        // One by one, as what follows is for somebody else.
        while !head.ends_with(b"\r\n\r\n") {
            let byte = stream.read_u8().await;
            head.push(byte.map_err(|error| failed(error.to_string()))?);
            if head.len() > LONGEST {
                return Err(failed("its answer is too long".to_owned()));
            }
        }
        let head = String::from_utf8_lossy(&head);
        let line = head.lines().next().unwrap_or_default();
        match line.split(' ').nth(1) {
            Some("200") => Ok(()),
            _ => Err(failed(format!("it answered `{line}`"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, environment: &[(&str, &str)], expect: Option<&str>) {
        let variable = |name: &str| {
            let found = environment.iter().find(|it| it.0 == name);
            found.map(|it| it.1.to_owned())
        };
        let found = of_environment(&Url::parse(url).unwrap(), variable);
        assert_eq!(found.as_deref(), expect);
    }

    #[test]
    fn the_environment_names_proxies() {
        let both = [("http_proxy", "one:80"), ("HTTPS_PROXY", "two:80")];
        check("http://example", &both, Some("one:80"));
        check("https://example", &both, Some("two:80"));
        check("http://localhost:81", &both, None);
        check("http://127.1.2.3", &both, None);
        check("http://example", &[], None);
    }

    #[test]
    fn servers_are_exempt_by_name_address_and_network() {
        let exempt = |entry: &str, url: &str| exempts(entry, &Url::parse(url).unwrap());
        assert!(exempt("*", "http://a"));
        assert!(exempt("example", "http://a.example"));
        assert!(exempt("example", "http://example"));
        assert!(!exempt(".example", "http://example"));
        assert!(exempt(".example", "http://a.example"));
        assert!(!exempt("example", "http://myexample"));
        assert!(exempt("example:81", "http://example:81"));
        assert!(!exempt("example:81", "http://example"));
        assert!(exempt("192.0.2.0/24", "http://192.0.2.9"));
        assert!(!exempt("192.0.2.0/24", "http://192.0.3.9"));
        assert!(exempt("0.0.0.0/0", "http://192.0.3.9"));
        assert!(exempt("2001:db8::/32", "http://[2001:db8::1]"));
        assert!(exempt("192.0.2.9", "http://192.0.2.9"));
        assert!(!exempt("192.0.2.0/99", "http://192.0.2.9"));
        assert!(!exempt("", "http://a"));
    }
}
