//! Switches and measurements of machines.

use core::time::Duration;

use chorister_fsm::{Measurement, Outcome, Report};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Bytes};
use hyper::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::respond::{Answer, json, text};
use crate::{EngineHandle, HandleError, Switched};

/// The largest body of a request, in bytes.
const LARGEST: usize = 4 << 10;

/// How long a client may take to send a body.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    Switch,
    HomeAssistant,
    Metric,
}

/// Answers a request.
pub(super) async fn answer<B>(request: Request<B>, engine: &EngineHandle) -> Answer
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let Some((endpoint, machine, watcher)) = route(request.uri().path()) else {
        return text(StatusCode::NOT_FOUND, "404 page not found");
    };
    match (request.method(), endpoint) {
        (&Method::GET, Endpoint::Metric) => metric(engine, &machine, &watcher).await,
        (&Method::GET, _) => show(engine, endpoint, &machine, &watcher).await,
        (&Method::POST, Endpoint::Switch | Endpoint::HomeAssistant) => {
            let body = match read(request.into_body()).await {
                Ok(body) => body,
                Err(answer) => return answer,
            };
            match wish(endpoint, &body) {
                Some(on) => turn(engine, endpoint, &machine, &watcher, on).await,
                None => text(
                    StatusCode::BAD_REQUEST,
                    "the body is not {\"on\": true} or {\"on\": false}",
                ),
            }
        }
        // Compat: go-choria aagent/http.go: routes know only their own methods.
        _ => text(StatusCode::NOT_FOUND, "404 page not found"),
    }
}

/// The whole body of a request, or what to answer instead.
async fn read<B>(body: B) -> Result<Bytes, Answer>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let too_large = || text(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
    if body.size_hint().lower() > LARGEST as u64 {
        return Err(too_large());
    }
    match timeout(PATIENCE, Limited::new(body, LARGEST).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(text(StatusCode::BAD_REQUEST, "the body is broken")),
        Err(_) => Err(text(StatusCode::REQUEST_TIMEOUT, "the body took too long")),
    }
}

/// The endpoint, the machine and the watcher of a path.
fn route(path: &str) -> Option<(Endpoint, String, String)> {
    let endpoints = [
        ("/choria/machine/switch/v1/", Endpoint::Switch),
        ("/choria/homeassistant/switch/v1/", Endpoint::HomeAssistant),
        ("/choria/machine/metric/v1/", Endpoint::Metric),
    ];
    let (endpoint, rest) = endpoints
        .iter()
        .find_map(|(prefix, it)| Some((*it, path.strip_prefix(prefix)?)))?;
    let (machine, watcher) = rest.split_once('/')?;
    if machine.is_empty() || watcher.is_empty() || watcher.contains('/') {
        return None;
    }
    Some((endpoint, decode(machine)?, decode(watcher)?))
}

/// A piece of a path without its escapes; `None` where they make no text.
fn decode(piece: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(piece.len());
    let mut rest = piece.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            bytes.push(u8::try_from(digit()? << 4 | digit()?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Whether a body asks for on or for off; `None` where it asks for neither.
fn wish(endpoint: Endpoint, body: &[u8]) -> Option<bool> {
    if endpoint == Endpoint::HomeAssistant {
        // Compat: go-choria aagent/http.go: whatever does not begin with `ON` means off.
        return Some(body.starts_with(b"ON"));
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("on")?.as_bool()
}

async fn turn(
    engine: &EngineHandle,
    endpoint: Endpoint,
    machine: &str,
    watcher: &str,
    on: bool,
) -> Answer {
    match engine.switch(machine, watcher, on).await {
        // Compat: go-choria aagent/http.go: the value says that the request was carried out, for off as for on.
        Ok(Switched::Done) if endpoint == Endpoint::HomeAssistant => word(true),
        Ok(Switched::Done) => json(&json!({ "is_on": true })),
        // Compat: go-choria aagent/http.go: what cannot be turned now is an error of the server.
        Ok(Switched::Inactive) => text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the switch is not active now",
        ),
        Ok(Switched::Disabled) => text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the switch is disabled now",
        ),
        Err(error) => failure(&error, "switch not found"),
    }
}

async fn show(engine: &EngineHandle, endpoint: Endpoint, machine: &str, watcher: &str) -> Answer {
    let shown = match engine.watcher_report(machine, watcher).await {
        Ok(shown) => shown,
        Err(error) => return failure(&error, "switch not found"),
    };
    let Report::HttpSwitch { status } = shown.report else {
        return text(StatusCode::BAD_REQUEST, "switch not found");
    };
    let is_on = status == Outcome::On;
    if endpoint == Endpoint::HomeAssistant {
        return word(is_on);
    }
    let event: Value = serde_json::from_slice(&shown.event).unwrap_or_default();
    json(&json!({
        "is_on": is_on,
        "is_off": status == Outcome::Off,
        "status": status.as_str(),
        "detail": event.get("data").unwrap_or(&Value::Null),
    }))
}

async fn metric(engine: &EngineHandle, machine: &str, watcher: &str) -> Answer {
    match engine.watcher_report(machine, watcher).await {
        Ok(shown) => match shown.report {
            Report::Metric { measurement, .. } => {
                let Measurement {
                    labels,
                    metrics,
                    time,
                } = &*measurement;
                json(&json!({ "labels": labels, "metrics": metrics, "time": time }))
            }
            _ => text(StatusCode::BAD_REQUEST, "metric not found"),
        },
        Err(error) => failure(&error, "metric not found"),
    }
}

fn failure(error: &HandleError, not_found: &'static str) -> Answer {
    match error {
        HandleError::Stopped => text(StatusCode::SERVICE_UNAVAILABLE, "the node is stopping"),
        // Compat: go-choria aagent/http.go: an unknown name is a bad request, not a missing page.
        _ => text(StatusCode::BAD_REQUEST, not_found),
    }
}

fn word(on: bool) -> Answer {
    text(StatusCode::OK, if on { "ON" } else { "OFF" })
}
