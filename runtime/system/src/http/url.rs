//! Places to ask, and the way from one to another.

use core::fmt;

use hyper::Uri;

use super::HttpError;

/// A place that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// Whether there is TLS.
    pub(super) is_secure: bool,
    /// User and password, as they are written.
    pub(super) credentials: Option<(String, String)>,
    /// A name or an address; one of IPv6 without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Path and query; begins with a slash.
    pub(super) path: String,
}

/// What is written without a change, besides letters and digits.
const PLAIN: &[u8] = b"-._~:/?[]@!$&'()*+,;=%";

// === impl Url ===

impl Url {
    /// Reads a URL of HTTP. Characters that none may have are encoded; a fragment is left out.
    ///
    /// # Errors
    ///
    /// It is none.
    pub(super) fn parse(text: &str) -> Result<Self, HttpError> {
        let wrong = |why: &str| HttpError::Request(format!("`{text}` cannot be asked: {why}"));
        let plain = encode(text.split('#').next().unwrap_or_default());
        let uri: Uri = plain.parse().map_err(|_| wrong("it is not a URL"))?;
        let is_secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            Some(scheme) => {
                return Err(wrong(&format!("unsupported protocol scheme \"{scheme}\"")));
            }
            None => return Err(wrong("it has no protocol scheme such as http://")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("it has no host"))?;
        let credentials = authority.as_str().rsplit_once('@').map(|(it, _)| {
            let (user, password) = it.split_once(':').unwrap_or((it, ""));
            (decode(user), decode(password))
        });
        let host = authority.host().trim_matches(['[', ']']);
        if host.is_empty() {
            return Err(wrong("it has no host"));
        }
        let path = uri.path_and_query().map_or("/", |it| it.as_str());
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self {
            is_secure,
            credentials,
            host: host.to_ascii_lowercase(),
            port: match authority.port() {
                Some(port) => port.as_u16(),
                None if is_secure => 443,
                None => 80,
            },
            path: format!("{slash}{path}"),
        })
    }

    /// The place that a reference means which is found here (RFC 3986, section 5.2).
    ///
    /// # Errors
    ///
    /// It is none.
    pub(super) fn join(&self, reference: &str) -> Result<Self, HttpError> {
        let reference = reference.split('#').next().unwrap_or_default().trim();
        let has_scheme = reference.split_once(':').is_some_and(|(scheme, _)| {
            scheme.starts_with(|it: char| it.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it))
        });
        if has_scheme {
            return Self::parse(reference);
        }
        let scheme = self.scheme();
        if reference.starts_with("//") {
            return Self::parse(&format!("{scheme}:{reference}"));
        }
        let path = self.path.split('?').next().unwrap_or_default();
        let joined = match reference.as_bytes().first() {
            None => self.path.clone(),
            Some(b'/') => without_dots(reference),
            Some(b'?') => format!("{path}{reference}"),
            Some(_) => {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                without_dots(&format!("{folder}/{reference}"))
            }
        };
        Ok(Self {
            path: encode(&joined),
            ..self.clone()
        })
    }

    /// Whether it is at the same host as another place, or at one below it.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let above = self.host.strip_suffix(&other.host);
        above.is_some_and(|it| it.is_empty() || it.ends_with('.'))
    }

    /// `http` or `https`.
    pub(super) fn scheme(&self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }

    /// `host:port`.
    pub(super) fn address(&self) -> String {
        let (host, port) = (&self.host, self.port);
        if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        }
    }

    /// Host and port as servers are told, without a port that goes without saying.
    pub(super) fn authority(&self) -> String {
        let usual = if self.is_secure { ":443" } else { ":80" };
        let address = self.address();
        address
            .strip_suffix(usual)
            .map_or(address.clone(), str::to_owned)
    }
}

impl fmt::Display for Url {
    /// Without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme(), self.authority(), self.path)
    }
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = (first == b'%')
            .then(|| core::str::from_utf8(after.get(..2)?).ok())
            .flatten()
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(code.unwrap_or(first));
        rest = code.and_then(|_| after.get(2..)).unwrap_or(after);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A path with its `.` and `..` carried out; the query stays.
fn without_dots(path: &str) -> String {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let mut parts = Vec::new();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut joined = format!("/{}", parts.join("/"));
    if path.ends_with("/.") || path.ends_with("/..") {
        joined.push('/');
    }
    if let Some(query) = query {
        joined.push('?');
        joined.push_str(query);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(Url::parse(text).unwrap().to_string(), expect);
    }

    #[test]
    fn places_are_read() {
        check("http://example", "http://example/");
        check("http://Example:80/a?b#c", "http://example/a?b");
        check("https://[::1]:8443?q=a b", "https://[::1]:8443/?q=a%20b");
        let url = Url::parse("http://me:a%40b@host/").unwrap();
        assert_eq!(url.credentials, Some(("me".to_owned(), "a@b".to_owned())));
        assert_eq!((url.host.as_str(), url.port), ("host", 80));
        for text in ["", "host", "/path", "ftp://host", "http://", "http://:80"] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn references_are_followed() {
        let from = Url::parse("http://host:81/a/b/c?d").unwrap();
        for (reference, expect) in [
            ("https://other/x", "https://other/x"),
            ("//other/x", "http://other/x"),
            ("/x/../y", "http://host:81/y"),
            ("x", "http://host:81/a/b/x"),
            ("../x?y#z", "http://host:81/a/x?y"),
            ("../../../x", "http://host:81/x"),
            ("..", "http://host:81/a/"),
            ("?y", "http://host:81/a/b/c?y"),
            ("", "http://host:81/a/b/c?d"),
        ] {
            assert_eq!(
                from.join(reference).unwrap().to_string(),
                expect,
                "{reference}"
            );
        }
    }

    #[test]
    fn hosts_below_are_within() {
        let url = |host: &str| Url::parse(&format!("http://{host}/")).unwrap();
        assert!(url("a.example").is_within(&url("example")));
        assert!(url("example").is_within(&url("example")));
        assert!(!url("myexample").is_within(&url("example")));
        assert!(!url("example").is_within(&url("a.example")));
    }
}
