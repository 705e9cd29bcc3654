//! A web server that is told.

use chorister_system::http::{Request, request};

use super::courier::{PATIENCE, Refusal};

const USER_AGENT: &str = concat!("Chorister ", env!("CARGO_PKG_VERSION"));

/// The largest answer that is read, in bytes; it says no more than its status.
const LARGEST: u64 = 64 << 10;

/// A web server that takes notifications.
pub(super) struct Webhook {
    request: Request,
    /// The URL without what may be secret.
    name: String,
}

// === impl Webhook ===

impl Webhook {
    /// The server of this URL.
    ///
    /// # Errors
    ///
    /// Why it cannot be one.
    pub(super) fn new(url: &str) -> Result<Self, String> {
        let parts = url.split_once("://");
        let parts = parts.filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
        let authority = parts.and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
        let host = authority.and_then(|it| it.rsplit('@').next());
        let (Some((scheme, _)), Some(host)) = (parts, host.filter(|it| !it.is_empty())) else {
            return Err("the URL of a webhook is https:// or http://, a host and a path".into());
        };
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Ok(Self {
            name: format!("{scheme}://{host}"),
            request: Request {
                method: "POST".to_owned(),
                headers: vec![
                    header("content-type", "application/json"),
                    header("user-agent", USER_AGENT),
                ],
                // Whoever moves it tells the operator, and not the node.
                redirects: 0,
                most: LARGEST,
                ..Request::get(url)
            },
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn tell(&self, json: Vec<u8>) -> Result<(), Refusal> {
        let asked = Request {
            body: json,
            ..self.request.clone()
        };
        let answer = request(&asked, PATIENCE).await;
        let status = answer
            .map_err(|error| Refusal::Later(error.to_string()))?
            .status;
        let reason = || format!("{} answered {status}", self.name);
        match status {
            200..300 => Ok(()),
            // It will not be understood the next time either.
            400 | 413 | 415 | 422 => Err(Refusal::Never(reason())),
            _ => Err(Refusal::Later(reason())),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Tells a server that answers like this, and gives what it was told.
    async fn told(answer: &str) -> (Result<(), Refusal>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let webhook = Webhook::new(&format!("http://{address}/secret?x=y")).unwrap();
        assert_eq!(webhook.name(), format!("http://{address}"));
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            while !heard.ends_with(b"}") {
                stream.read_buf(&mut heard).await.unwrap();
            }
            let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(heard).unwrap().to_lowercase()
        };
        tokio::join!(webhook.tell(b"{\"event\":\"state\"}".to_vec()), serve)
    }

    #[tokio::test]
    async fn a_server_is_posted_json() {
        let (result, heard) = told("204 No Content").await;
        assert_eq!(result, Ok(()));
        assert!(heard.starts_with("post /secret?x=y http/1.1"), "{heard}");
        assert!(heard.contains("content-type: application/json"), "{heard}");
        assert!(heard.ends_with("{\"event\":\"state\"}"), "{heard}");
    }

    #[tokio::test]
    async fn what_a_server_refuses_is_told_again_unless_it_makes_no_sense() {
        let (later, _) = told("503 Service Unavailable").await;
        assert!(matches!(later, Err(Refusal::Later(reason)) if reason.ends_with("answered 503")));
        let (never, _) = told("422 Unprocessable Entity").await;
        assert!(matches!(never, Err(Refusal::Never(_))));
        let (moved, _) = told("302 Found\r\nLocation: http://other.example.net").await;
        assert!(matches!(moved, Err(Refusal::Later(_))));
    }

    #[test]
    fn a_url_is_one_of_the_web() {
        for bad in [
            "",
            "hooks.example.net",
            "ftp://x/",
            "https://",
            "https:///x",
        ] {
            assert!(Webhook::new(bad).is_err(), "{bad}");
        }
    }
}
