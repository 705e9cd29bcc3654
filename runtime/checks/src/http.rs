//! `http`: whether a web server answers as it should.

#[cfg(test)]
mod tests;

use core::time::Duration;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use chorister_lang::nagios::{Measurement, Range, Status};
use chorister_system::http::{self, HttpError, Response, Trust};
use serde::Deserialize;

use crate::NativeCheck;
use crate::parameter::{Many, Pattern, Secret, Span, Verdict};
use crate::report::{Limits, Report, Title, worst};
use crate::request::{Request, critical, unknown};
use crate::response::Patience;

/// Asks a web server, and judges its answer, its certificate and the time that it takes.
pub const HTTP: NativeCheck = NativeCheck {
    name: "http",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move { request.answer(Title("HTTP", ": "), look(&request)).await })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    url: String,
    #[serde(default = "get")]
    method: String,
    headers: Option<Many<String>>,
    body: Option<String>,
    status: Option<Many<String>>,
    contains: Option<String>,
    regex: Option<Pattern>,
    regex_absent: Option<Pattern>,
    #[serde(default)]
    redirects: Redirects,
    warn: Option<Span>,
    crit: Option<Span>,
    certificate_warn: Option<Span>,
    certificate_crit: Option<Span>,
    #[serde(default)]
    insecure: bool,
    ca_file: Option<PathBuf>,
    username: Option<String>,
    password: Option<Secret>,
}

/// What to do about a redirection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Redirects {
    #[default]
    Follow,
    #[serde(untagged)]
    Answer(Verdict),
}

fn get() -> String {
    "GET".to_owned()
}

const CERTIFICATE_WARN: Span = Span(Duration::from_hours(14 * 24));
const CERTIFICATE_CRIT: Span = Span(Duration::from_hours(3 * 24));

/// What a client says it is.
const AGENT: &str = concat!("chorister/", env!("CARGO_PKG_VERSION"));

async fn look(request: &Request) -> Result<Report, Report> {
    let parameters: Parameters = request.parameters()?;
    let patience = Patience::new(parameters.warn, parameters.crit, request.timeout);
    let asked = parameters.asked()?;
    let began = Instant::now();
    let answer = http::request(&asked, request.timeout).await;
    let time = began.elapsed();
    let response = match answer {
        Ok(response) => response,
        Err(HttpError::Late(_)) => return Err(patience.lost()),
        Err(error @ HttpError::Request(_)) => return Err(unknown(error)),
        Err(error) => return Err(critical(error)),
    };
    Ok(judge(&parameters, &response, &patience, time, request.now))
}

fn judge(
    parameters: &Parameters,
    response: &Response,
    patience: &Patience,
    time: Duration,
    now: SystemTime,
) -> Report {
    let mut statuses = vec![
        parameters.judge_status(response.status),
        patience.judge(time),
    ];
    let mut remarks = vec![format!("HTTP/1.1 {}", response.status)];
    let size = match &response.body {
        Ok(body) => {
            let trouble = parameters.judge_body(&String::from_utf8_lossy(body));
            statuses.extend(trouble.as_ref().map(|_| Status::Critical));
            remarks.extend(trouble);
            body.len()
        }
        Err(error) => {
            statuses.push(Status::Critical);
            remarks.push(error.to_string());
            0
        }
    };
    remarks.push(format!(
        "{size} bytes in {:.3} second response time",
        time.as_secs_f64()
    ));
    let mut measurements = vec![
        patience.measured(time),
        Measurement::new("size", size as f64, "B").at_least(0.0),
    ];
    if let Some(certificate) = &response.certificate {
        let left = certificate.not_after.as_second() as f64 - seconds_of(now);
        let limits = parameters.certificate_limits();
        statuses.push(limits.judge(left));
        remarks.push(if left < 0.0 {
            format!("certificate ended {} days ago", (-left / 86_400.0).floor())
        } else {
            format!("certificate ends in {} days", (left / 86_400.0).floor())
        });
        measurements.push(limits.of(Measurement::new("certificate", left.round(), "s")));
    }
    Report {
        status: worst(statuses),
        text: remarks.join(" - "),
        measurements,
    }
}

/// Since 1970.
fn seconds_of(time: SystemTime) -> f64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

// === impl Parameters ===

impl Parameters {
    /// What the server is asked.
    fn asked(&self) -> Result<http::Request, Report> {
        let mut headers = Vec::new();
        for header in self.headers.iter().flat_map(|it| &it.0) {
            let (name, value) = header.split_once(':').ok_or_else(|| {
                unknown(format_args!(
                    "`{header}` is not a header: write `Name: value`"
                ))
            })?;
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("user-agent"))
        {
            headers.push(("user-agent".to_owned(), AGENT.to_owned()));
        }
        if let Some(username) = &self.username {
            let password = self.password.as_ref().map(Secret::read).transpose();
            let password = password.map_err(unknown)?.unwrap_or_default();
            headers.push(http::basic(username, &password));
        }
        let trust = match &self.ca_file {
            _ if self.insecure => Trust::Nobody,
            Some(file) => Trust::File(file.clone()),
            None => Trust::System,
        };
        let redirects = if self.redirects == Redirects::Follow {
            10
        } else {
            0
        };
        Ok(http::Request {
            method: self.method.clone(),
            headers,
            body: self.body.clone().unwrap_or_default().into_bytes(),
            redirects,
            trust,
            ..http::Request::get(&self.url)
        })
    }

    fn judge_status(&self, status: u16) -> Status {
        if let Some(expected) = &self.status {
            let text = status.to_string();
            let is_one = |it: &String| {
                *it == text
                    || it
                        .strip_suffix("xx")
                        .is_some_and(|it| !it.is_empty() && text.starts_with(it))
            };
            return if expected.0.iter().any(is_one) {
                Status::Ok
            } else {
                Status::Critical
            };
        }
        match (status, self.redirects) {
            (100..=299, _) => Status::Ok,
            (300..=399, Redirects::Answer(verdict)) => verdict.into(),
            // It says no more about where to go.
            (300..=399, Redirects::Follow) => Status::Ok,
            (400..=499, _) => Status::Warning,
            _ => Status::Critical,
        }
    }

    /// What is wrong with a body.
    fn judge_body(&self, body: &str) -> Option<String> {
        let found = |pattern: &Pattern| pattern.0.is_match(body);
        if self
            .contains
            .as_ref()
            .is_some_and(|it| !body.contains(it.as_str()))
        {
            return Some("string not found".to_owned());
        }
        if self.regex.as_ref().is_some_and(|it| !found(it)) {
            return Some("pattern not found".to_owned());
        }
        self.regex_absent
            .as_ref()
            .is_some_and(found)
            .then(|| "pattern found".to_owned())
    }

    fn certificate_limits(&self) -> Limits {
        let from = |given: Option<Span>, usual: Span| {
            Some(Range::from(given.unwrap_or(usual).0.as_secs_f64()))
        };
        Limits {
            warn: from(self.certificate_warn, CERTIFICATE_WARN),
            crit: from(self.certificate_crit, CERTIFICATE_CRIT),
        }
    }
}
