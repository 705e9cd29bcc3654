//! `CertificateRequest` of cert-manager: as it is asked for, and what becomes of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

/// The group of cert-manager's resources.
const GROUP: &str = "cert-manager.io";

/// What the certificate is for: a node is a client of its brokers, and signs.
const USAGES: [&str; 3] = ["digital signature", "key encipherment", "client auth"];

/// How long a name in Kubernetes may be, and how long a part of it.
const LONGEST: (usize, usize) = (253, 63);

/// How much is repeated of what a server says, in characters.
const SAID: usize = 300;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing yet, and what is known of that.
    Pending(String),
    /// Somebody said no.
    Refused {
        /// In one word.
        reason: String,
        /// In many.
        message: String,
    },
    /// It was signed, and nobody said by whom.
    NoAuthority,
    /// It was signed.
    Issued(Issued),
}

/// A certificate and who vouches for it, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) authorities: String,
}

/// The path of all requests of a namespace.
pub(crate) fn collection(api_version: &str, namespace: &str) -> String {
    format!("/apis/{GROUP}/{api_version}/namespaces/{namespace}/certificaterequests")
}

/// The request, as it is created.
///
/// The issuer is a name, or `KIND/NAME` such as `ClusterIssuer/acme`.
pub(crate) fn manifest(
    api_version: &str,
    (namespace, name): (&str, &str),
    issuer: &str,
    csr: &str,
) -> Value {
    let (kind, issuer) = issuer.split_once('/').unwrap_or(("Issuer", issuer));
    json!({
        "apiVersion": format!("{GROUP}/{api_version}"),
        "kind": "CertificateRequest",
        "metadata": { "name": name, "namespace": namespace },
        "spec": {
            "issuerRef": { "name": issuer, "kind": kind, "group": GROUP },
            "request": STANDARD.encode(csr),
            "usages": USAGES,
            "isCA": false,
        },
    })
}

/// Whether Kubernetes takes it as the name of a resource: what DNS names are made of, in lower case.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= LONGEST.0 && text.split('.').all(is_label)
}

/// Whether Kubernetes takes it as the name of a namespace.
pub(crate) fn is_label(text: &str) -> bool {
    let is_inside = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    !text.is_empty()
        && text.len() <= LONGEST.1
        && text.bytes().all(is_inside)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    conditions: Vec<Condition>,
    certificate: Option<String>,
    ca: Option<String>,
}

#[derive(Deserialize)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
}

impl Condition {
    fn is(&self, kind: &str, status: &str) -> bool {
        self.kind == kind && self.status == status
    }

    fn refuses(&self) -> bool {
        let failed = self.is("Ready", "False") && matches!(&*self.reason, "Failed" | "Denied");
        failed || self.is("Denied", "True") || self.is("InvalidRequest", "True")
    }
}

/// Reads what became of a request.
///
/// # Errors
/// It is not such a resource.
pub(crate) fn read(body: &[u8]) -> Result<Outcome, String> {
    let resource: Resource =
        serde_json::from_slice(body).map_err(|error| format!("not a resource: {error}"))?;
    let status = resource.status;
    if let Some(it) = status.conditions.iter().find(|it| it.refuses()) {
        return Ok(Outcome::Refused {
            reason: said(&it.reason),
            message: said(&it.message),
        });
    }
    let certificate = status.certificate.filter(|it| !it.is_empty());
    let authorities = status.ca.filter(|it| !it.is_empty());
    let ready = status.conditions.iter().find(|it| it.kind == "Ready");
    Ok(match (certificate, authorities) {
        (Some(certificate), Some(authorities)) => Outcome::Issued(Issued {
            certificate: decoded("status.certificate", &certificate)?,
            authorities: decoded("status.ca", &authorities)?,
        }),
        (Some(_), None) if ready.is_some_and(|it| it.status == "True") => Outcome::NoAuthority,
        _ => Outcome::Pending(pending(&status.conditions)),
    })
}

/// What is known of a request that waits.
fn pending(conditions: &[Condition]) -> String {
    let ready = conditions.iter().find(|it| it.kind == "Ready");
    match ready {
        Some(it) if !it.message.is_empty() => said(&it.message),
        _ if conditions.iter().any(|it| it.is("Approved", "True")) => {
            "it is approved, and its issuer has not signed it yet".to_owned()
        }
        _ => "nobody has approved it yet; does cert-manager run?".to_owned(),
    }
}

fn decoded(what: &str, text: &str) -> Result<String, String> {
    let bytes = STANDARD.decode(text).ok();
    bytes
        .and_then(|it| String::from_utf8(it).ok())
        .ok_or_else(|| format!("`{what}` is not text in base64"))
}

/// What the API server says of a request that it does not do.
pub(crate) fn reason(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Failure {
        message: String,
    }
    match serde_json::from_slice::<Failure>(body) {
        Ok(failure) => said(&failure.message),
        Err(_) if body.is_empty() => "it does not say why".to_owned(),
        Err(_) => said(&String::from_utf8_lossy(body)),
    }
}

/// A text of others, on one line and not too long.
fn said(text: &str) -> String {
    let line: Vec<&str> = text
        .split(|it: char| it.is_whitespace() || it.is_control())
        .collect();
    let words: Vec<&str> = line.into_iter().filter(|it| !it.is_empty()).collect();
    words.join(" ").chars().take(SAID).collect()
}
