//! A Kubernetes with cert-manager that is neither: it holds each request against what the real ones would have, and
//! answers as it is told to.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "only tests use it")]

mod signing;
mod wire;

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;
use serde_json::{Value, json};

use self::signing::Authority;
use self::wire::{Asked, Body, Said};

const HOUR: Duration = Duration::from_secs(3600);
/// A day, for [`Kubernetes::counts`].
pub const DAY: Duration = Duration::from_secs(86_400);

/// The token of the pod's service account.
pub const TOKEN: &str = "the.token.of-the-pod";
/// The namespace that has cert-manager's resources.
pub const NAMESPACE: &str = "choria";
/// The issuer that there is.
pub const ISSUER: &str = "site-ca";

/// How requests are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Signs, once it was asked so many times what became of a request.
    Signs {
        /// How many times nothing has.
        after: usize,
    },
    /// Somebody denies each request.
    Denies,
    /// The issuer fails.
    Fails,
    /// Nothing becomes of any request.
    Waits,
    /// Signs for a key that nobody has.
    OtherKey,
    /// Signs for another name.
    OtherName,
    /// Signs, and names an authority that did not.
    OtherAuthority,
    /// Signs, and names none.
    NoAuthority,
    /// Says what is no JSON.
    Garbage,
    /// Says more than anybody reads.
    Huge,
    /// The API server itself is in trouble so many times, then signs.
    Breaks {
        /// How many times.
        times: usize,
    },
}

/// A Kubernetes that listens until the process ends.
#[derive(Debug)]
pub struct Kubernetes {
    /// Where it listens.
    pub address: SocketAddr,
    /// The authority of the issuer, in PEM.
    pub authority: String,
    shared: Arc<Mutex<Cluster>>,
}

/// What it knows.
#[derive(Debug)]
struct Cluster {
    manner: Manner,
    /// How long before now, and how long from now, what is signed counts; the last is for all that come after.
    counts: VecDeque<(Duration, Duration)>,
    /// Authorities that are named beside the issuer's.
    others: String,
    issuer: Authority,
    /// What was created, by name.
    requests: BTreeMap<String, Value>,
    /// How often each was asked for.
    polled: usize,
    asked: Vec<String>,
    mistakes: Vec<String>,
    /// What names a certificate may have, when this is said.
    names: Option<(String, Vec<String>)>,
}

impl Kubernetes {
    /// Begins to listen, and writes the service account of a pod into a folder: `token`, `ca.crt` and `namespace`.
    pub fn start(account: &Path, manner: Manner) -> Self {
        let server = Authority::new("kubernetes");
        let write = |name: &str, text: &str| std::fs::write(account.join(name), text).unwrap();
        write("token", &format!("{TOKEN}\n"));
        write("ca.crt", &server.pem());
        write("namespace", NAMESPACE);
        let (chain, key) = server.server();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let issuer = Authority::new("issuer");
        let authority = issuer.pem();
        let shared = Arc::new(Mutex::new(Cluster {
            manner,
            counts: [(HOUR, 90 * DAY)].into(),
            others: String::new(),
            issuer,
            requests: BTreeMap::new(),
            polled: 0,
            asked: Vec::new(),
            mistakes: Vec::new(),
            names: None,
        }));
        let cluster = Arc::clone(&shared);
        let answer = move |asked: &Asked| cluster.lock().unwrap().answer(asked);
        wire::serve(listener, Arc::new(tls), answer);
        Self {
            address,
            authority,
            shared,
        }
    }

    /// Answers differently from now on.
    pub fn behave(&self, manner: Manner) {
        self.shared.lock().unwrap().manner = manner;
    }

    /// Signs certificates that count since a time ago, and for a time from now: one after the other, and then as the last.
    pub fn counts(&self, all: &[(Duration, Duration)]) {
        self.shared.lock().unwrap().counts = all.iter().copied().collect();
    }

    /// Names these authorities, in PEM, beside that of the issuer.
    pub fn names(&self, authorities: &str) {
        authorities.clone_into(&mut self.shared.lock().unwrap().others);
    }

    /// Takes only requests for this common name and exactly these other names.
    pub fn expects(&self, name: &str, names: &[&str]) {
        let names = names.iter().map(|it| (*it).to_owned()).collect();
        self.shared.lock().unwrap().names = Some((name.to_owned(), names));
    }

    /// Has a request of somebody else already.
    pub fn has(&self, name: &str) {
        let mut cluster = self.shared.lock().unwrap();
        cluster.requests.insert(name.to_owned(), json!({}));
    }

    /// What it was asked: methods, and names of requests.
    pub fn asked(&self) -> Vec<String> {
        self.shared.lock().unwrap().asked.clone()
    }

    /// What was wrong with what it was asked.
    pub fn mistakes(&self) -> Vec<String> {
        self.shared.lock().unwrap().mistakes.clone()
    }
}

impl Cluster {
    fn answer(&mut self, asked: &Asked) -> Said {
        let path = format!("/apis/cert-manager.io/v1/namespaces/{NAMESPACE}/certificaterequests");
        if asked.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return self.mistake(401, "Unauthorized");
        }
        let Some(rest) = asked.path.strip_prefix(&path) else {
            return self.mistake(404, "the server could not find the requested resource");
        };
        let name = rest.trim_start_matches('/').to_owned();
        match (asked.method.as_str(), name.is_empty()) {
            ("POST", true) => self.create(asked),
            ("GET", false) => self.tell(&name),
            ("DELETE", false) => {
                self.asked.push(format!("DELETE {name}"));
                match self.requests.remove(&name) {
                    Some(_) => Said::json(200, &json!({ "kind": "Status", "status": "Success" })),
                    None => self.mistake(404, "not found"),
                }
            }
            _ => self.mistake(405, "method not allowed"),
        }
    }

    fn create(&mut self, asked: &Asked) -> Said {
        let Ok(object) = serde_json::from_slice::<Value>(&asked.body) else {
            return self.mistake(400, "the body is no JSON");
        };
        let name = object["metadata"]["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        self.asked.push(format!("POST {name}"));
        if let Manner::Breaks { times } = &mut self.manner
            && *times > 0
        {
            *times -= 1;
            return Said::failure(503, "the API server is starting");
        }
        let csr = object["spec"]["request"].as_str().unwrap_or_default();
        let csr = STANDARD.decode(csr).unwrap_or_default();
        let expected = json!({
            "apiVersion": "cert-manager.io/v1",
            "kind": "CertificateRequest",
            "metadata": { "name": name, "namespace": NAMESPACE },
            "spec": {
                "issuerRef": { "name": ISSUER, "kind": "Issuer", "group": "cert-manager.io" },
                "request": object["spec"]["request"],
                "usages": ["digital signature", "key encipherment", "client auth"],
                "isCA": false,
            },
        });
        if asked.header("content-type") != Some("application/json") {
            return self.mistake(415, "unsupported media type");
        }
        if object != expected || name.is_empty() {
            return self.mistake(422, &format!("this is not as it should be: {object}"));
        }
        match signing::names(&csr) {
            Err(problem) => return self.mistake(422, problem),
            Ok(names) if self.names.as_ref().is_some_and(|it| *it != names) => {
                return self.mistake(422, &format!("a request for {names:?}"));
            }
            Ok(_) => {}
        }
        if self.requests.contains_key(&name) {
            let message = format!("certificaterequests.cert-manager.io \"{name}\" already exists");
            return Said::failure(409, &message);
        }
        self.polled = 0;
        self.requests.insert(name, object.clone());
        Said::json(201, &object)
    }

    /// What became of a request.
    fn tell(&mut self, name: &str) -> Said {
        self.asked.push(format!("GET {name}"));
        let Some(object) = self.requests.get(name).cloned() else {
            return self.mistake(404, "not found");
        };
        self.polled += 1;
        let condition = |kind: &str, status: &str, reason: &str, message: &str| json!({ "type": kind, "status": status, "reason": reason, "message": message });
        let approved = condition("Approved", "True", "cert-manager.io", "approved");
        let waiting = json!({
            "conditions": [approved, condition("Ready", "False", "Pending", "Waiting on certificate issuance")],
        });
        let manner = match self.manner {
            Manner::Signs { after } if self.polled <= after => Manner::Waits,
            other => other,
        };
        let status = match manner {
            Manner::Waits => waiting,
            Manner::Denies => json!({ "conditions": [
                condition("Denied", "True", "policy.example.net", "no node of that name"),
                condition("Ready", "False", "Denied", "The CertificateRequest was denied by an approval controller"),
            ] }),
            Manner::Fails => json!({ "conditions": [
                approved,
                condition("Ready", "False", "Failed", "the issuer's key\nis gone"),
            ] }),
            Manner::Garbage => return Said::ok(Body::Bytes(b"<html>hello</html>".to_vec())),
            Manner::Huge => return Said::ok(Body::Endless),
            manner => {
                let csr = STANDARD
                    .decode(object["spec"]["request"].as_str().unwrap())
                    .unwrap();
                let counts = self.counts.front().copied().unwrap();
                if self.counts.len() > 1 {
                    self.counts.pop_front();
                }
                let certificate = match manner {
                    Manner::OtherKey => self.issuer.sign_for_nobody(&csr, counts),
                    Manner::OtherName => self.issuer.sign(&csr, Some("somebody.else"), counts),
                    _ => self.issuer.sign(&csr, None, counts),
                };
                let mut status = json!({
                    "conditions": [approved, condition("Ready", "True", "Issued", "Certificate fetched from issuer successfully")],
                    "certificate": STANDARD.encode(certificate),
                });
                let authority = match manner {
                    Manner::OtherAuthority => Some(Authority::new("another").pem()),
                    Manner::NoAuthority => None,
                    _ => Some(self.issuer.pem() + &self.others),
                };
                if let Some(authority) = authority {
                    status["ca"] = STANDARD.encode(authority).into();
                }
                status
            }
        };
        let mut object = object;
        object["status"] = status;
        Said::json(200, &object)
    }

    fn mistake(&mut self, status: u16, message: &str) -> Said {
        self.mistakes.push(format!("{status}: {message}"));
        Said::failure(status, message)
    }
}
