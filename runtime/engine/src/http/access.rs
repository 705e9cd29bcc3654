//! Who may ask: tokens and certificates.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderValue};

use crate::Listen;

/// The shortest token, in characters: shorter ones can be guessed.
const SHORTEST: usize = 16;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// What clients have to bring. Read from files, and again on a reload.
pub(super) struct Access {
    token: Option<String>,
    asks_clients: bool,
    #[cfg(feature = "http-tls")]
    pub(super) tls: Option<tokio_rustls::TlsAcceptor>,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Somebody who may know everything.
    Known,
    /// Somebody without the token.
    NoToken,
    /// Somebody without a certificate.
    NoCertificate,
}

// === impl Access ===

impl Access {
    /// Reads what `listen` names.
    ///
    /// # Errors
    ///
    /// What cannot be used, with its path, and what to write instead.
    pub(super) fn load(listen: &Listen) -> Result<Self, String> {
        #[cfg(not(feature = "http-tls"))]
        if listen.tls.is_some() {
            return Err(
                "this binary was built without TLS for its server (feature `http-tls`)".to_owned(),
            );
        }
        Ok(Self {
            token: listen.token.as_deref().map(token).transpose()?,
            asks_clients: listen.asks_clients(),
            #[cfg(feature = "http-tls")]
            tls: listen.tls.as_ref().map(super::tls::acceptor).transpose()?,
        })
    }

    /// Whether somebody may ask for more than probes: with a certificate where one is needed, and the token where
    /// one is. `is_vouched` is whether the connection came with a certificate that counts.
    pub(super) fn judge(&self, is_vouched: bool, headers: &HeaderMap) -> Verdict {
        if self.asks_clients && !is_vouched {
            Verdict::NoCertificate
        } else if self.has_token(headers) {
            Verdict::Known
        } else {
            Verdict::NoToken
        }
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else {
            return true;
        };
        let given = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let given = given.and_then(|it| {
            let (scheme, rest) = it.split_at_checked(7)?;
            scheme.eq_ignore_ascii_case(b"bearer ").then_some(rest)
        });
        given.is_some_and(|it| is_equal(it.trim_ascii(), token.as_bytes()))
    }
}

/// Compares in a time that does not tell where the difference is.
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    let pairs = one.iter().zip(other);
    one.len() == other.len() && pairs.fold(0, |all, (one, other)| all | (one ^ other)) == 0
}

fn token(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let text = String::from_utf8(read(path)?).unwrap_or_default();
    let token = text.trim();
    if token.len() < SHORTEST || !token.bytes().all(|it| it.is_ascii_graphic()) {
        return Err(format!(
            "{shown}: a token is one line of at least {SHORTEST} letters, digits or signs, as `openssl rand -hex 32` \
             prints one"
        ));
    }
    Ok(token.to_owned())
}

/// A file as a whole.
///
/// # Errors
///
/// Why not, with the path.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST).read_to_end(&mut content))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(token: &str) -> Access {
        Access {
            token: Some(token.to_owned()),
            asks_clients: false,
            #[cfg(feature = "http-tls")]
            tls: None,
        }
    }

    #[test]
    fn only_the_whole_token_is_the_token() {
        let access = access("0123456789abcdef");
        let allows = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            access.judge(true, &headers) == Verdict::Known
        };
        assert!(allows("Bearer 0123456789abcdef"));
        assert!(allows("bearer  0123456789abcdef"));
        for other in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer 0123456789abcde",
            "Bearer 0123456789abcdef0",
            "Bearer 0123456789abcdeF",
            "Basic 0123456789abcdef",
        ] {
            assert!(!allows(other), "{other}");
        }
        assert_eq!(access.judge(true, &HeaderMap::new()), Verdict::NoToken);
    }

    #[test]
    fn a_token_that_can_be_guessed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for bad in ["", "short", "0123456789 abcdef", "0123456789\nabcdef01"] {
            std::fs::write(&path, bad).unwrap();
            assert!(token(&path).unwrap_err().contains("at least 16"), "{bad}");
        }
        std::fs::write(&path, "0123456789abcdef\n").unwrap();
        assert_eq!(token(&path).unwrap(), "0123456789abcdef");
    }
}
