//! The pod that a node runs in, and the API server of its cluster.

use core::time::Duration;
use std::path::{Path, PathBuf};

use chorister_proto::limits;
use chorister_security::load;
use chorister_system::http::{Proxy, Request, Response, Trust, request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::EnrolError;
use crate::resource::reason;

/// Where Kubernetes puts what a pod shows and checks.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The API server by its name, for pods that are not told its address.
const SERVER: &str = "kubernetes.default.svc";

/// The largest answer that is read, in bytes.
const MOST: u64 = 1 << 20;

const USER_AGENT: &str = concat!("chorister/", env!("CARGO_PKG_VERSION"));

/// A pod of Kubernetes: where its API server is, and who the pod is there.
#[derive(Clone, Debug)]
pub struct Pod {
    url: String,
    account: PathBuf,
}

impl Pod {
    /// The pod of this process: what Kubernetes tells it in `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT` and
    /// the folder of its service account.
    #[must_use]
    pub fn of_process() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|it| !it.is_empty());
        Self::new(
            variable("KUBERNETES_SERVICE_HOST")
                .as_deref()
                .unwrap_or(SERVER),
            variable("KUBERNETES_SERVICE_PORT").as_deref(),
            Path::new(ACCOUNT),
        )
    }

    /// A pod whose API server is at this host, and whose service account is in this folder: `token` and `ca.crt`.
    #[must_use]
    pub fn new(host: &str, port: Option<&str>, account: &Path) -> Self {
        let host = match host.contains(':') {
            true => format!("[{host}]"),
            false => host.to_owned(),
        };
        let port = port.map(|it| format!(":{it}")).unwrap_or_default();
        Self {
            url: format!("https://{host}{port}"),
            account: account.to_owned(),
        }
    }

    /// The API server.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Asks the API server: what it answers when it does what it is asked.
    pub(crate) async fn ask(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
        deadline: Duration,
    ) -> Result<Vec<u8>, EnrolError> {
        // Read each time: Kubernetes puts new ones in their place.
        let token = self.token()?;
        let mut headers = vec![
            ("accept".to_owned(), "application/json".to_owned()),
            ("user-agent".to_owned(), USER_AGENT.to_owned()),
            (
                "authorization".to_owned(),
                format!("Bearer {}", token.expose_secret()),
            ),
        ];
        if body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let asked = Request {
            method: method.to_owned(),
            headers,
            body: body
                .map(|it| it.to_string().into_bytes())
                .unwrap_or_default(),
            // Whoever sends a pod elsewhere would be sent its token.
            redirects: 0,
            proxy: Proxy::None,
            trust: Trust::File(self.account.join("ca.crt")),
            identity: None,
            most: MOST,
            ..Request::get(format!("{}{path}", self.url))
        };
        let failed = |source| EnrolError::Http {
            url: self.url.clone(),
            source,
        };
        let Response { status, body, .. } = request(&asked, deadline).await.map_err(failed)?;
        let body = body.map_err(|it| failed(it.why))?;
        match status {
            200..=299 => Ok(body),
            status => Err(EnrolError::Status {
                url: self.url.clone(),
                method,
                status,
                message: reason(&body),
            }),
        }
    }

    fn token(&self) -> Result<SecretString, EnrolError> {
        let path = self.account.join("token");
        let text = load::text(&path, limits::TOKEN).map_err(EnrolError::Account)?;
        let token = text.trim();
        if token.is_empty() || !token.bytes().all(|it| it.is_ascii_graphic()) {
            return Err(EnrolError::Token(path));
        }
        Ok(token.to_owned().into())
    }
}
