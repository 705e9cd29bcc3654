//! Requests over HTTP/1.1, with and without TLS.
//!
//! Every exchange has a connection of its own and is over within one deadline: names, proxies, TLS, redirects and
//! the body. Nothing is kept between two of them, neither connections nor cookies.

mod certificate;
mod exchange;
mod proxy;
#[cfg(test)]
mod tests;
mod url;

use core::time::Duration;
use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::time::{Instant, timeout_at};

pub use crate::tls::{Identity, Trust, config, has_authorities};
pub use certificate::Certificate;
use url::Url;

/// What is asked, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where: `http://…` or `https://…`.
    pub url: String,
    /// The method, in capitals.
    pub method: String,
    /// What is said besides; an `authorization` among them replaces that of the URL.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Vec<u8>,
    /// How many redirects are followed; with none a redirection is the answer.
    pub redirects: usize,
    /// How the server is reached.
    pub proxy: Proxy,
    /// Whom a server has to be vouched for by.
    pub trust: Trust,
    /// The certificate that is shown to the server, and its key, both in PEM.
    pub identity: Option<Identity>,
    /// The largest body that is read, in bytes; none is read for 0.
    pub most: u64,
}

/// How a server is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    /// Directly.
    #[default]
    None,
    /// As `http_proxy`, `https_proxy` and `no_proxy` of the environment say.
    Environment,
    /// By the proxy with this URL.
    At(String),
}

/// What was answered.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// What was said besides, in the order of the answer, with names in lower case. What is not UTF-8 is replaced.
    pub headers: Vec<(String, String)>,
    /// The body, unpacked if it came packed, or why there is only a part of it.
    pub body: Result<Vec<u8>, Incomplete>,
    /// The certificate of the server that answered, where there was TLS.
    pub certificate: Option<Certificate>,
}

/// A body that could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct Incomplete {
    /// What was read of it.
    pub read: Vec<u8>,
    /// Why there is no more.
    pub why: HttpError,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// It cannot be asked like this.
    #[error("{0}")]
    Request(String),
    /// The server, or the proxy, cannot be reached.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// `host:port`.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The server is not who it should be, or there is no agreement on how to speak.
    #[error("tls: {0}")]
    Tls(String),
    /// The connection broke, or what came was not HTTP.
    #[error("{0}")]
    Exchange(String),
    /// The server sends us round and round.
    #[error("stopped after {0} redirects")]
    Redirects(usize),
    /// The body is larger than [`Request::most`].
    #[error("the body is larger than {0} bytes")]
    TooLarge(u64),
    /// It took too long.
    #[error("no answer within {0:?}")]
    Late(Duration),
}

/// Asks, and follows redirects as browsers do: by `GET` after 301, 302 and 303, and without credentials to a
/// server of another name.
///
/// # Errors
///
/// There is no answer. One whose body cannot be read to its end within `deadline` is an answer.
pub async fn request(request: &Request, deadline: Duration) -> Result<Response, HttpError> {
    let end = Instant::now() + deadline;
    let mut current = request.clone();
    let answer = timeout_at(end, answer(&mut current)).await;
    let answer = answer.unwrap_or(Err(HttpError::Late(deadline)))?;
    Ok(answer.read(request.most, end, deadline).await)
}

/// The last answer on the way.
async fn answer(request: &mut Request) -> Result<exchange::Answer, HttpError> {
    let mut url = Url::parse(&request.url)?;
    for turns in 0.. {
        let answer = exchange::exchange(request, &url).await?;
        let target = redirection(&answer, &url).filter(|_| request.redirects > 0);
        let Some(target) = target else {
            return Ok(answer);
        };
        if turns == request.redirects {
            break;
        }
        request.follow(answer.status(), &url, &target);
        url = target;
    }
    Err(HttpError::Redirects(request.redirects))
}

/// Where an answer sends us.
fn redirection(response: &exchange::Answer, from: &Url) -> Option<Url> {
    if !matches!(response.status(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(response.header("location")?).ok()
}

/// The header of basic authentication.
#[must_use]
pub fn basic(user: &str, password: &str) -> (String, String) {
    let credentials = STANDARD.encode(format!("{user}:{password}"));
    ("authorization".to_owned(), format!("Basic {credentials}"))
}

// === impl Request ===

impl Request {
    /// Fetches what is at a URL: up to 10 redirects, the system's authorities, bodies up to 16 MiB.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            redirects: 10,
            proxy: Proxy::default(),
            trust: Trust::default(),
            identity: None,
            most: 16 << 20,
        }
    }

    /// Turns into the request that a redirection asks for.
    fn follow(&mut self, status: u16, from: &Url, to: &Url) {
        if !matches!(status, 307 | 308) && self.method != "HEAD" {
            "GET".clone_into(&mut self.method);
            self.body.clear();
            self.drop_headers(&["content-type", "content-length"]);
        }
        if !to.is_within(from) {
            self.drop_headers(&["authorization", "cookie", "host"]);
        }
    }

    fn drop_headers(&mut self, names: &[&str]) {
        self.headers
            .retain(|(name, _)| !names.iter().any(|it| name.eq_ignore_ascii_case(it)));
    }

    fn has_header(&self, name: &str) -> bool {
        self.headers
            .iter()
            .any(|it| it.0.eq_ignore_ascii_case(name))
    }
}
