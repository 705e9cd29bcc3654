//! A bundle behind a URL.

use core::time::Duration;
use std::pin::Pin;

use chorister_bundle::LARGEST;
use chorister_engine::web::{self, Servers};
use reqwest::header::{ETAG, HeaderValue, IF_NONE_MATCH};
use reqwest::{Client, StatusCode, Url};
use tokio::time::sleep;

use super::{Source, splay};

/// How long it is between two questions.
const INTERVAL: Duration = Duration::from_secs(60);

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(60);

const USER_AGENT: &str = concat!("chorister/", env!("CARGO_PKG_VERSION"));

/// A URL that is asked again and again, with what the server last said of the state of its answer.
pub(super) struct HttpsSource {
    url: String,
    shown: String,
    client: Option<Client>,
    tag: Option<HeaderValue>,
    pause: Duration,
}

impl HttpsSource {
    pub(super) fn new(url: &str, identity: &str) -> Self {
        Self {
            url: url.to_owned(),
            shown: shown(url),
            client: None,
            tag: None,
            pause: INTERVAL + splay(identity),
        }
    }

    async fn ask(&mut self) -> Result<Option<Vec<u8>>, String> {
        let client = match &self.client {
            Some(client) => client.clone(),
            None => {
                // Reading the certificates of the system takes a while.
                let make = || web::client(USER_AGENT, Servers::Verified);
                let made = tokio::task::spawn_blocking(make).await;
                let client = made.unwrap_or_else(|error| Err(error.to_string()))?;
                self.client.insert(client).clone()
            }
        };
        let mut request = client.get(&self.url);
        if let Some(tag) = &self.tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let mut response = request.send().await.map_err(web::reason)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED => return Ok(None),
            status => return Err(format!("the server answered {status}")),
        }
        let tag = response.headers().get(ETAG).cloned();
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(web::reason)? {
            if bytes.len() + piece.len() > LARGEST {
                return Err(format!("it is larger than {} MiB", LARGEST >> 20));
            }
            bytes.extend_from_slice(&piece);
        }
        self.tag = tag;
        Ok(Some(bytes))
    }
}

impl Source for HttpsSource {
    fn shown(&self) -> &str {
        &self.shown
    }

    fn stirred(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(sleep(self.pause))
    }

    fn fetch(
        &mut self,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Vec<u8>>, String>> + Send + '_>> {
        Box::pin(async {
            let asked = tokio::time::timeout(TIMEOUT, self.ask()).await;
            let asked = asked.unwrap_or_else(|_| {
                Err(format!(
                    "there was no answer in {} seconds",
                    TIMEOUT.as_secs()
                ))
            });
            asked.map_err(|error| format!("the bundle cannot be fetched: {error}"))
        })
    }
}

/// The URL without what may be secret in it.
fn shown(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else {
        return "a URL that cannot be read".to_owned();
    };
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// Answers each request with the next of these, and hands over what was asked.
    fn serve(answers: Vec<String>) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "http://{}/web.bundle.json?token=x",
            listener.local_addr().unwrap()
        );
        let served = std::thread::spawn(move || {
            let answer = |answer: String| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                let mut buffer = [0; 1024];
                while !request.ends_with(b"\r\n\r\n") {
                    let read = stream.read(&mut buffer).unwrap();
                    request.extend_from_slice(&buffer[..read]);
                }
                stream.write_all(answer.as_bytes()).unwrap();
                String::from_utf8(request).unwrap()
            };
            answers.into_iter().map(answer).collect()
        });
        (url, served)
    }

    #[tokio::test]
    async fn a_server_is_asked_only_for_what_is_new() {
        let head =
            "HTTP/1.1 200 OK\r\nconnection: close\r\netag: \"v1\"\r\ncontent-length: 2\r\n\r\n{}";
        let (url, served) = serve(vec![
            head.to_owned(),
            "HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n".to_owned(),
            "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_owned(),
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 99\r\n\r\n{}".to_owned(),
        ]);
        let mut source = HttpsSource::new(&url, "node");
        assert!(!source.shown().contains("token"), "{}", source.shown());
        assert_eq!(source.fetch().await, Ok(Some(b"{}".to_vec())));
        assert_eq!(source.fetch().await, Ok(None));
        let error = source.fetch().await.unwrap_err();
        assert_eq!(
            error,
            "the bundle cannot be fetched: the server answered 404 Not Found"
        );
        // What was cut short on its way is not a bundle.
        assert!(source.fetch().await.is_err());
        let asked = served.join().unwrap();
        assert!(!asked[0].contains("if-none-match"));
        assert!(asked[1].contains("if-none-match: \"v1\""), "{asked:?}");
    }
}
