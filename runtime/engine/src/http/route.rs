//! Which answer a request gets.

use hyper::body::Incoming;
use hyper::header::{HeaderValue, ORIGIN, WWW_AUTHENTICATE};
use hyper::{Method, Request, StatusCode};

use super::access::Verdict;
use super::respond::{Answer, text};
use super::{Shared, node};

/// Where the routes of machines begin.
const MACHINES: &str = "/choria/";

/// Answers a request, which came over a connection with a certificate that counts where it `is_vouched`.
pub(super) async fn answer(
    request: Request<Incoming>,
    is_vouched: bool,
    shared: &Shared,
) -> Answer {
    if request.headers().contains_key(ORIGIN) {
        // Only browsers send it, and only for pages that are not ours, for we have none.
        return text(StatusCode::FORBIDDEN, "not for web pages");
    }
    let verdict = shared.access().judge(is_vouched, request.headers());
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match request.uri().path() {
        "/healthz" if is_read => node::health(&shared.engine).await,
        "/readyz" if is_read => node::readiness(&shared.engine, verdict == Verdict::Known).await,
        _ if verdict == Verdict::NoCertificate => {
            text(StatusCode::FORBIDDEN, "a client certificate is needed\n")
        }
        _ if verdict == Verdict::NoToken => unknown(),
        "/metrics" if is_read => shared.metrics.answer(&shared.engine).await,
        path => match shared.switches {
            Some(routes) if path.starts_with(MACHINES) => {
                routes(request, shared.engine.clone()).await
            }
            _ => text(StatusCode::NOT_FOUND, "404 page not found"),
        },
    }
}

fn unknown() -> Answer {
    let mut answer = text(StatusCode::UNAUTHORIZED, "a token is needed\n");
    let challenge = HeaderValue::from_static("Bearer");
    answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    answer
}
