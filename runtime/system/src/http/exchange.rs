//! One request and its answer, over a connection of its own.

use core::time::Duration;
use std::io::Read;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use super::proxy::{self, Hop};
use super::url::Url;
use super::{Certificate, HttpError, Incomplete, Request, Response, Trust, basic};
use crate::dial::{self, Family};
use crate::tls;

/// A connection, whatever it consists of.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An answer whose body may not have been read.
pub(super) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    incoming: Incoming,
    certificate: Option<Certificate>,
    /// Whether we asked for a packed body and got one.
    is_packed: bool,
    /// Drives the connection.
    _connection: JoinSet<()>,
}

/// Asks once.
pub(super) async fn exchange(request: &Request, url: &Url) -> Result<Answer, HttpError> {
    let hop = proxy::hop(&request.proxy, url)?;
    let (stream, certificate) = connect(request, url, hop.as_ref()).await?;
    let (message, asks_for_gzip) = message(request, url, hop.as_ref())?;
    let (mut sender, connection) = http1::Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let mut driver = JoinSet::new();
    driver.spawn(async move {
        // What went wrong is told to whoever waits for the answer.
        let _ = connection.await;
    });
    let response = sender.send_request(message).await.map_err(broken)?;
    let (parts, incoming) = response.into_parts();
    let headers = parts.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str().to_owned(), value.into_owned())
    });
    let mut answer = Answer {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        incoming,
        certificate,
        is_packed: false,
        _connection: driver,
    };
    let encoding = answer.header("content-encoding").unwrap_or_default();
    answer.is_packed = asks_for_gzip && encoding.eq_ignore_ascii_case("gzip");
    if answer.is_packed {
        let about_packing = ["content-encoding", "content-length"];
        answer
            .headers
            .retain(|(name, _)| !about_packing.contains(&name.as_str()));
    }
    Ok(answer)
}

/// A stream to the server of a URL, or to a proxy that takes requests for it.
async fn connect(
    request: &Request,
    url: &Url,
    hop: Option<&Hop>,
) -> Result<(Box<dyn Stream>, Option<Certificate>), HttpError> {
    let next = hop.map_or(url, |it| &it.url);
    let address = next.address();
    // Whoever waits for all of this has a deadline.
    let stream = dial::tcp(&address, Family::Any, None, FOREVER).await;
    let stream = stream.map_err(|source| HttpError::Connect { address, source })?;
    let mut stream: Box<dyn Stream> = Box::new(stream);
    if let Some(hop) = hop {
        if hop.url.is_secure {
            stream = secure(request, &hop.url.host, stream).await?.0;
        }
        if url.is_secure {
            hop.tunnel(&mut stream, &url.address()).await?;
        }
    }
    if url.is_secure {
        return secure(request, &url.host, stream).await;
    }
    Ok((stream, None))
}

/// More than any deadline.
const FOREVER: Duration = Duration::from_secs(24 * 3600);

async fn secure(
    request: &Request,
    host: &str,
    stream: Box<dyn Stream>,
) -> Result<(Box<dyn Stream>, Option<Certificate>), HttpError> {
    let config = tls::config(&request.trust, request.identity.as_ref()).map_err(HttpError::Tls)?;
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| HttpError::Tls(format!("`{host}` is not the name of a server")))?;
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector
        .connect(name, stream)
        .await
        .map_err(|error| distrust(&request.trust, &error))?;
    let certificates = stream.get_ref().1.peer_certificates();
    let certificate = certificates
        .and_then(<[_]>::first)
        .and_then(|it| Certificate::parse(it));
    Ok((Box::new(stream), certificate))
}

fn distrust(trust: &Trust, error: &std::io::Error) -> HttpError {
    if *trust == Trust::System && !tls::has_authorities() {
        let text = "this system has no CA certificates to verify a server with";
        return HttpError::Tls(text.to_owned());
    }
    HttpError::Tls(error.to_string())
}

/// The request as it is sent, and whether it asks for a packed body on its own account.
fn message(
    request: &Request,
    url: &Url,
    hop: Option<&Hop>,
) -> Result<(hyper::Request<Full<Bytes>>, bool), HttpError> {
    let plain_proxy = hop.filter(|_| !url.is_secure);
    let target = match plain_proxy {
        Some(_) => url.to_string(),
        None => url.path.clone(),
    };
    let mut message = hyper::Request::builder()
        .method(request.method.as_str())
        .uri(target);
    for (name, value) in &request.headers {
        message = message.header(name.as_str(), value.as_str());
    }
    if !request.has_header("host") {
        message = message.header("host", url.authority());
    }
    if let Some((user, password)) = &url.credentials
        && !request.has_header("authorization")
    {
        let (name, value) = basic(user, password);
        message = message.header(name, value);
    }
    if let Some(credentials) = plain_proxy.and_then(Hop::credentials) {
        message = message.header("proxy-authorization", credentials);
    }
    let asks_for_gzip = request.method != "HEAD"
        && !request.has_header("accept-encoding")
        && !request.has_header("range");
    if asks_for_gzip {
        message = message.header("accept-encoding", "gzip");
    }
    let message = message
        .header("connection", "close")
        .body(Full::new(Bytes::from(request.body.clone())))
        .map_err(|error| HttpError::Request(error.to_string()))?;
    Ok((message, asks_for_gzip))
}

fn broken(error: hyper::Error) -> HttpError {
    use std::error::Error;

    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    HttpError::Exchange(text)
}

// === impl Answer ===

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// The first header of this name, in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    /// Reads up to `most` bytes of the body until `end`, which is when `deadline` is over.
    pub(super) async fn read(mut self, most: u64, end: Instant, deadline: Duration) -> Response {
        let mut read = Vec::new();
        let mut why = None;
        if most > 0 {
            let all = timeout_at(end, collect(&mut self.incoming, most, &mut read)).await;
            why = all.unwrap_or(Err(HttpError::Late(deadline))).err();
        }
        if self.is_packed {
            let unpacked = unpack(&read, most);
            read = unpacked.0;
            why = why.or(unpacked.1);
        }
        Response {
            status: self.status,
            headers: self.headers,
            body: match why {
                None => Ok(read),
                Some(why) => Err(Incomplete { read, why }),
            },
            certificate: self.certificate,
        }
    }
}

async fn collect(incoming: &mut Incoming, most: u64, read: &mut Vec<u8>) -> Result<(), HttpError> {
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(broken)?;
        if let Some(bytes) = frame.data_ref() {
            read.extend_from_slice(bytes);
        }
        if read.len() as u64 > most {
            return Err(HttpError::TooLarge(most));
        }
    }
    Ok(())
}

/// What was packed, and why that may not be all.
fn unpack(packed: &[u8], most: u64) -> (Vec<u8>, Option<HttpError>) {
    let mut body = Vec::new();
    let unpacked = MultiGzDecoder::new(packed)
        .take(most.saturating_add(1))
        .read_to_end(&mut body);
    let why = match unpacked {
        Err(error) => Some(HttpError::Exchange(format!(
            "the body is packed wrongly: {error}"
        ))),
        Ok(_) if body.len() as u64 > most => Some(HttpError::TooLarge(most)),
        Ok(_) => None,
    };
    (body, why)
}
