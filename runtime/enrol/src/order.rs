//! One certificate: whether one is needed, and getting it.

use core::time::Duration;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chorister_engine::replace;
use chorister_proto::limits;
use chorister_security::certificate::{Chain, Roots};
use chorister_security::key::RsaKey;
use chorister_security::{Signatures, Signer, load};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep};

use crate::resource::{self, Issued, Outcome, collection, manifest};
use crate::{EnrolError, Pod, PrivateKey};

/// How long one question to the API server may take.
const EXCHANGE: Duration = Duration::from_secs(10);

/// The pauses between two questions: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));

/// A certificate of cert-manager that a node wants.
#[derive(Clone, Debug)]
pub struct Order {
    /// Whose it is: the common name, and the first DNS name.
    pub identity: String,
    /// More DNS names and IP addresses.
    pub alt_names: Vec<String>,
    /// The namespace of the request.
    pub namespace: String,
    /// The issuer, or `KIND/NAME` for one that is no `Issuer`.
    pub issuer: String,
    /// The version of cert-manager's resources.
    pub api_version: String,
    /// Whether a request of before is replaced.
    pub replace: bool,
    /// The folder of `key.pem`, `csr.pem`, `cert.pem` and `ca.pem`.
    pub folder: PathBuf,
    /// How long getting it may take.
    pub patience: Duration,
}

/// How a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Something of it is not there.
    Missing,
    /// It counts no more.
    Ended(Timestamp),
    /// It counts.
    Good {
        /// When two thirds of its time are over: a new one is due then.
        renew: Timestamp,
        /// When it counts no more.
        ends: Timestamp,
    },
}

impl Order {
    /// How long upstream waits, too.
    pub const PATIENCE: Duration = Duration::from_secs(60);

    /// How the certificate in the files stands.
    ///
    /// # Errors
    /// A file cannot be read, or holds something else.
    pub fn standing(&self, now: Timestamp) -> Result<Standing, EnrolError> {
        let all = ["key.pem", "cert.pem", "ca.pem"];
        if !all.iter().all(|it| is_there(&self.file(it))) {
            return Ok(Standing::Missing);
        }
        let text = load::text(&self.file("cert.pem"), limits::CERTIFICATES)?;
        let chain = Chain::from_pem(text.as_bytes())?;
        let (begins, ends) = (chain.begins(), chain.expires());
        if ends <= now {
            return Ok(Standing::Ended(ends));
        }
        let two_thirds = ends.duration_since(begins) / 3 * 2;
        let renew = begins.saturating_add(two_thirds).unwrap_or(ends);
        Ok(Standing::Good { renew, ends })
    }

    /// Gets a certificate, for the key that is there or else for a new one, and writes the files: each as a whole, the
    /// certificate last.
    ///
    /// # Errors
    /// There is none. Files of before are as they were.
    pub async fn place(&self, pod: &Pod) -> Result<(), EnrolError> {
        let name = self.name()?;
        let (key, pem) = self.key().await?;
        let csr = key.request(&self.identity, &self.alt_names);
        let csr = csr.map_err(|source| EnrolError::Key {
            path: self.file("key.pem"),
            source,
        })?;
        replace(&self.file("csr.pem"), csr.as_bytes(), 0o644)?;
        let asking = Asking {
            order: self,
            pod,
            name: &name,
            until: Instant::now() + self.patience,
        };
        let issued = asking.ask(&csr).await?;
        self.check(&issued, &pem)?;
        replace(&self.file("ca.pem"), issued.authorities.as_bytes(), 0o644)?;
        replace(&self.file("cert.pem"), issued.certificate.as_bytes(), 0o644)?;
        Ok(())
    }

    /// The name of the request: that of the node.
    fn name(&self) -> Result<String, EnrolError> {
        let wrong = |key, problem: &str| EnrolError::Setting {
            key,
            problem: problem.to_owned(),
        };
        if self.issuer.is_empty() {
            let key = "plugin.security.certmanager.issuer";
            return Err(wrong(key, "it has to name the issuer that is asked"));
        }
        if !resource::is_label(&self.namespace) {
            let key = "plugin.security.certmanager.namespace";
            return Err(wrong(key, "not the name of a namespace"));
        }
        if !resource::is_label(&self.api_version) {
            let key = "plugin.security.certmanager.api_version";
            return Err(wrong(key, "not a version such as v1"));
        }
        let name = self.identity.to_ascii_lowercase();
        match resource::is_name(&name) {
            true => Ok(name),
            false => Err(wrong(
                "identity",
                "Kubernetes cannot have a request of this name",
            )),
        }
    }

    /// The key in its file; a new one where there is none.
    async fn key(&self) -> Result<(PrivateKey, SecretString), EnrolError> {
        let path = self.file("key.pem");
        let failed = |source| EnrolError::Key {
            path: path.clone(),
            source,
        };
        if is_there(&path) {
            let pem = SecretString::from(load::text(&path, limits::CERTIFICATES)?);
            return Ok((PrivateKey::from_pem(&pem).map_err(failed)?, pem));
        }
        let made = tokio::task::spawn_blocking(PrivateKey::generate).await;
        let key = made.map_err(io::Error::other)?.map_err(failed)?;
        let pem = key.to_pem().map_err(failed)?;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(&self.folder)?;
        // The one of a key that is gone would be taken for that of the new one.
        match std::fs::remove_file(self.file("cert.pem")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        replace(&path, pem.expose_secret().as_bytes(), 0o600)?;
        Ok((key, pem))
    }

    /// Whether what was issued is ours, and from those who came with it.
    fn check(&self, issued: &Issued, key: &SecretString) -> Result<(), EnrolError> {
        let key = RsaKey::from_pem(key).map_err(|_| chorister_security::SignError::OtherKey)?;
        let chain = Chain::from_pem(issued.certificate.as_bytes())?;
        if !chain
            .names()
            .any(|it| it.eq_ignore_ascii_case(&self.identity))
        {
            return Err(EnrolError::OtherName(self.identity.clone()));
        }
        Signer::certificate(key, issued.certificate.clone())?;
        let roots = Roots::from_pem(issued.authorities.as_bytes())?;
        chain.verify_client(&roots, Timestamp::now(), &Signatures::default())?;
        Ok(())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Whether there is a file with something in it: a loss of power may leave an empty one.
fn is_there(path: &Path) -> bool {
    path.metadata().is_ok_and(|it| it.len() > 0)
}

/// One request, from its making to its answer.
struct Asking<'a> {
    order: &'a Order,
    pod: &'a Pod,
    name: &'a str,
    until: Instant,
}

impl Asking<'_> {
    async fn ask(&self, csr: &str) -> Result<Issued, EnrolError> {
        let mut pauses = Pauses(PAUSES.0);
        self.create(csr, &mut pauses).await?;
        loop {
            let answer = match self.send("GET", &self.path(), None).await {
                Ok(answer) => answer,
                Err(error) if error.passes() => {
                    self.pause(&mut pauses, error.to_string()).await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let name = || self.name.to_owned();
            let outcome = resource::read(&answer).map_err(|problem| EnrolError::Garbage {
                url: self.pod.url().to_owned(),
                problem,
            })?;
            match outcome {
                Outcome::Issued(issued) => return Ok(issued),
                Outcome::Refused { reason, message } => {
                    let name = name();
                    return Err(EnrolError::Refused {
                        name,
                        reason,
                        message,
                    });
                }
                Outcome::NoAuthority => return Err(EnrolError::NoAuthority { name: name() }),
                Outcome::Pending(why) => self.pause(&mut pauses, why).await?,
            }
        }
    }

    /// Makes the request, in the place of one of before where that is wanted.
    async fn create(&self, csr: &str, pauses: &mut Pauses) -> Result<(), EnrolError> {
        let order = self.order;
        let place = (order.namespace.as_str(), self.name);
        let wanted = manifest(&order.api_version, place, &order.issuer, csr);
        loop {
            let error = match self.send("POST", &self.collection(), Some(&wanted)).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            match error {
                EnrolError::Status { status: 409, .. } if order.replace => self.delete().await?,
                EnrolError::Status { status: 409, .. } => {
                    let name = self.name.to_owned();
                    return Err(EnrolError::Exists { name });
                }
                error if error.passes() => {}
                error => return Err(error),
            }
            self.pause(pauses, "the request cannot be made".to_owned())
                .await?;
        }
    }

    async fn delete(&self) -> Result<(), EnrolError> {
        match self.send("DELETE", &self.path(), None).await {
            // Somebody was quicker.
            Ok(_) | Err(EnrolError::Status { status: 404, .. }) => Ok(()),
            Err(error) if error.passes() => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn send(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Vec<u8>, EnrolError> {
        let left = self.until.saturating_duration_since(Instant::now());
        self.pod.ask(method, path, body, EXCHANGE.min(left)).await
    }

    /// Waits before the next question, if there is time for one.
    async fn pause(&self, pauses: &mut Pauses, last: String) -> Result<(), EnrolError> {
        let pause = pauses.next();
        if Instant::now() + pause >= self.until {
            let after = self.order.patience;
            return Err(EnrolError::Late { after, last });
        }
        sleep(pause).await;
        Ok(())
    }

    fn collection(&self) -> String {
        collection(&self.order.api_version, &self.order.namespace)
    }

    fn path(&self) -> String {
        format!("{}/{}", self.collection(), self.name)
    }
}

/// Pauses that grow.
struct Pauses(Duration);

impl Pauses {
    fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(PAUSES.1);
        pause
    }
}
