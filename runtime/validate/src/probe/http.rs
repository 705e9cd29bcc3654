//! Requests over HTTP.

use std::io::{self, Cursor, Read};

use chorister_goss::matcher::{Found, Source, Stream};
use chorister_goss::model::HttpSettings;
use chorister_goss::{Resource, Settings};
pub(super) use chorister_system::http::Response;
use chorister_system::http::{Identity, Proxy, Request, Trust, basic, request};

use super::{stream, told, unknown, value};

/// How many redirects are followed.
const REDIRECTS: usize = 10;

/// The largest body that is read, in bytes.
const LARGEST: u64 = 64 << 20;

// Compat: go-choria: goss as a library does not know its own version.
const USER_AGENT: &str = "goss/";

/// Makes the request of a resource.
///
/// # Errors
///
/// There is no answer.
pub(super) async fn ask(resource: &Resource) -> Result<Response, String> {
    let Settings::Http(settings) = &resource.settings else {
        return Err("it is not a request".to_owned());
    };
    let wants_body = resource
        .properties
        .iter()
        .any(|it| it.attribute.key == "body");
    let asked = Request {
        method: settings.method.clone(),
        headers: headers(settings)?,
        body: settings.request_body.clone().into_bytes(),
        redirects: if settings.no_follow_redirects {
            0
        } else {
            REDIRECTS
        },
        proxy: match &settings.proxy {
            Some(proxy) if !proxy.is_empty() => Proxy::At(proxy.clone()),
            _ => Proxy::Environment,
        },
        trust: match &settings.ca_file {
            _ if settings.allow_insecure => Trust::Nobody,
            Some(file) if !file.is_empty() => Trust::File(file.into()),
            _ => Trust::System,
        },
        identity: match (&settings.cert_file, &settings.key_file) {
            (Some(certificate), Some(key)) if !certificate.is_empty() && !key.is_empty() => {
                Some(Identity::Files {
                    certificate: certificate.into(),
                    key: key.into(),
                })
            }
            _ => None,
        },
        most: if wants_body { LARGEST } else { 0 },
        ..Request::get(resource.name())
    };
    request(&asked, settings.timeout).await.map_err(told)
}

pub(super) fn find(response: &Response, key: &str) -> Result<Found<'static>, String> {
    match key {
        "status" => Ok(value(i64::from(response.status))),
        "headers" => Ok(stream(Source::Text, header_text(response).into_bytes())),
        "body" => Ok(match &response.body {
            Ok(body) => stream(Source::Body, body.clone()),
            // What was read may be all that is asked for.
            Err(part) => broken_stream(Source::Body, part.read.clone(), told(part)),
        }),
        _ => Err(unknown(key)),
    }
}

fn headers(settings: &HttpSettings) -> Result<Vec<(String, String)>, String> {
    let split = |header: &String| match header.split_once(": ") {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(format!(
            "the request header `{header}` is not `Name: value`"
        )),
    };
    let given: Result<Vec<_>, _> = settings.request_headers.iter().map(split).collect();
    let mut headers = given?;
    let is_there = |headers: &[(String, String)], name: &str| {
        headers.iter().any(|it| it.0.eq_ignore_ascii_case(name))
    };
    if !is_there(&headers, "user-agent") {
        headers.push(("user-agent".to_owned(), USER_AGENT.to_owned()));
    }
    if !settings.username.is_empty() || !settings.password.is_empty() {
        headers.retain(|it| !it.0.eq_ignore_ascii_case("authorization"));
        headers.push(basic(&settings.username, &settings.password));
    }
    Ok(headers)
}

/// A line for each header, sorted, with names in the usual capitals.
fn header_text(response: &Response) -> String {
    let told = response
        .headers
        .iter()
        .filter(|it| it.0 != "transfer-encoding");
    let mut lines: Vec<_> = told
        .map(|(name, value)| format!("{}: {value}", canonical(name)))
        .collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// `content-type` as `Content-Type`.
fn canonical(name: &str) -> String {
    let mut begins = true;
    let capital = |it: char| {
        let it = if begins { it.to_ascii_uppercase() } else { it };
        begins = it == '-';
        it
    };
    name.chars().map(capital).collect()
}

/// Text that cannot be read beyond a place, and why.
fn broken_stream(source: Source, bytes: Vec<u8>, why: String) -> Found<'static> {
    Found::Stream(Stream {
        source,
        reader: Box::new(Cursor::new(bytes).chain(Broken(why))),
    })
}

/// Where reading ends for a reason.
struct Broken(String);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other(self.0.clone()))
    }
}
