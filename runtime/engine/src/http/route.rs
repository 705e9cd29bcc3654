//! Which answer a request gets.

use hyper::body::Incoming;
use hyper::header::{HeaderValue, ORIGIN, WWW_AUTHENTICATE};
use hyper::{Method, Request, StatusCode};

use super::respond::{Answer, text};
use super::{Shared, node};

/// Where the routes of machines begin.
const MACHINES: &str = "/choria/";

/// Answers a request.
pub(super) async fn answer(request: Request<Incoming>, shared: &Shared) -> Answer {
    if request.headers().contains_key(ORIGIN) {
        // Only browsers send it, and only for pages that are not ours, for we have none.
        return text(StatusCode::FORBIDDEN, "not for web pages");
    }
    let is_known = shared.access().allows(request.headers());
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match request.uri().path() {
        "/healthz" if is_read => node::health(&shared.engine).await,
        "/readyz" if is_read => node::readiness(&shared.engine, is_known).await,
        _ if !is_known => unknown(),
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
