//! Clients for HTTP and HTTPS.

use std::error::Error;

use chorister_system::http::{Trust, config};
use reqwest::Client;
use reqwest::redirect::{Action, Attempt, Policy};

/// How often a server may send us elsewhere.
const REDIRECTS: usize = 5;

/// Which servers are spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Servers {
    /// Over HTTPS, those that the system's certificates vouch for.
    Verified,
    /// Also those that anybody could be.
    Anybody,
}

/// A client that calls itself `agent`. It reads the system's certificates, so it is made on a thread that may block.
///
/// What the environment says about proxies is not obeyed, and no redirect leads from HTTPS to HTTP.
///
/// # Errors
///
/// Why there can be none, in words.
pub fn client(agent: &str, servers: Servers) -> Result<Client, String> {
    let trust = match servers {
        Servers::Verified => Trust::System,
        Servers::Anybody => Trust::Nobody,
    };
    Client::builder()
        .tls_backend_preconfigured(config(&trust, None)?)
        .user_agent(agent)
        .redirect(Policy::custom(redirect))
        // The URL may hold secrets.
        .referer(false)
        // What is set in the environment of the node was not meant for what it fetches.
        .no_proxy()
        .build()
        .map_err(reason)
}

/// What went wrong, without the URL, which may hold secrets.
#[must_use]
pub fn reason(error: reqwest::Error) -> String {
    root(&error.without_url())
}

/// The text of the error that an error comes from, which says most in the fewest words.
#[must_use]
pub fn root(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn redirect(attempt: Attempt<'_>) -> Action {
    if attempt.previous().len() > REDIRECTS {
        return attempt.error(format!("more than {REDIRECTS} redirects"));
    }
    let secure = attempt.previous().iter().any(|url| url.scheme() == "https");
    if secure && attempt.url().scheme() != "https" {
        return attempt.error("the server redirects from https to http");
    }
    attempt.follow()
}
