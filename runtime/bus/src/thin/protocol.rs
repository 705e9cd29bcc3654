//! What a broker and its clients say to each other: lines, and messages after some of them.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The longest line of a broker, in bytes. What it tells of itself is by far the longest.
pub(super) const LINE: usize = 32 << 10;

/// The longest subject that fits into a line of ours, whatever else is on it, in bytes.
const SUBJECT: usize = 2048;

/// Something that a broker says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// What it is, as JSON.
    Info(&'a str),
    /// A message for one of our subscriptions.
    Message {
        /// Its number.
        subscription: u64,
        subject: &'a str,
        reply: Option<&'a str>,
        payload: &'a [u8],
    },
    /// Whether we are there.
    Ping,
    /// That it has all that we said before we asked.
    Pong,
    /// That all is well.
    Ok,
    /// What is wrong.
    Error(&'a str),
}

/// Why something is not what a broker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Nonsense {
    /// A line does not end, or a message is larger than the broker said that any is.
    #[error("the broker said more than it may")]
    TooMuch,
    /// It is nothing that we know.
    #[error("the broker said something that is not of this protocol")]
    Unknown,
}

/// What a broker tells of itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Info {
    /// What a signature has to be over.
    pub(super) nonce: String,
    /// The largest message that it takes, in bytes.
    pub(super) max_payload: usize,
    /// Whether it speaks only with TLS.
    pub(super) tls_required: bool,
}

/// Who we are.
#[derive(Debug, Serialize)]
pub(super) struct Connect<'a> {
    pub(super) verbose: bool,
    pub(super) pedantic: bool,
    pub(super) tls_required: bool,
    pub(super) name: &'a str,
    pub(super) lang: &'a str,
    pub(super) version: &'a str,
    /// 1: the broker may tell more of itself later.
    pub(super) protocol: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pass: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) auth_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sig: Option<String>,
}

/// The first thing that is said, and how many bytes it takes; nothing while it is not all there. Messages have `most` bytes
/// at most.
pub(super) fn read(bytes: &[u8], most: usize) -> Result<Option<(Said<'_>, usize)>, Nonsense> {
    let Some(end) = bytes.iter().take(LINE).position(|it| *it == b'\n') else {
        return match bytes.len() < LINE {
            true => Ok(None),
            false => Err(Nonsense::TooMuch),
        };
    };
    let line = bytes.get(..end).unwrap_or_default();
    let line = core::str::from_utf8(line).map_err(|_| Nonsense::Unknown)?;
    let line = line.strip_suffix('\r').unwrap_or(line);
    let (verb, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let is = |name: &str| verb.eq_ignore_ascii_case(name);
    let said = match () {
        () if is("MSG") => return message(bytes, end + 1, rest, most),
        () if is("PING") => Said::Ping,
        () if is("PONG") => Said::Pong,
        () if is("+OK") => Said::Ok,
        () if is("-ERR") => Said::Error(rest.trim().trim_matches('\'')),
        () if is("INFO") => Said::Info(rest),
        () => return Err(Nonsense::Unknown),
    };
    Ok(Some((said, end + 1)))
}

/// The message whose line ends before `begin`.
fn message<'a>(
    bytes: &'a [u8],
    begin: usize,
    line: &'a str,
    most: usize,
) -> Result<Option<(Said<'a>, usize)>, Nonsense> {
    let mut words = line.split_ascii_whitespace();
    let mut next = || words.next();
    let (subject, subscription, third, fourth) = (next(), next(), next(), next());
    let (reply, size) = match fourth {
        None => (None, third),
        Some(_) => (third, fourth),
    };
    let (Some(subject), Some(subscription), Some(size), None) =
        (subject, subscription, size, next())
    else {
        return Err(Nonsense::Unknown);
    };
    let subscription = subscription.parse().map_err(|_| Nonsense::Unknown)?;
    let size: usize = size.parse().map_err(|_| Nonsense::Unknown)?;
    if size > most {
        return Err(Nonsense::TooMuch);
    }
    let end = begin + size;
    let (Some(payload), Some(after)) = (bytes.get(begin..end), bytes.get(end..end + 2)) else {
        return Ok(None);
    };
    if after != b"\r\n" {
        return Err(Nonsense::Unknown);
    }
    let said = Said::Message {
        subscription,
        subject,
        reply,
        payload,
    };
    Ok(Some((said, end + 2)))
}

/// Whether a text may stand where a subject does. Whatever ends a word or a line would be read as something else.
pub(super) fn is_subject(text: &str) -> bool {
    (1..=SUBJECT).contains(&text.len()) && text.bytes().all(|it| it > b' ' && it != 0x7f)
}

/// Something that we say.
pub(super) enum Saying<'a> {
    Connect(&'a Connect<'a>),
    Ping,
    Pong,
    Publish(&'a str, &'a Bytes),
    Subscribe {
        subscription: u64,
        subject: &'a str,
        group: Option<&'a str>,
    },
    Unsubscribe(u64),
}

impl Saying<'_> {
    /// Says it after what was said before. Subjects and groups [are such](is_subject).
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        let mut line = |text: &str| to.extend_from_slice(text.as_bytes());
        match self {
            Self::Connect(connect) => {
                let json = serde_json::to_string(connect).unwrap_or_default();
                line(&format!("CONNECT {json}\r\n"));
            }
            Self::Ping => line("PING\r\n"),
            Self::Pong => line("PONG\r\n"),
            Self::Publish(subject, payload) => {
                line(&format!("PUB {subject} {}\r\n", payload.len()));
                to.extend_from_slice(payload);
                to.extend_from_slice(b"\r\n");
            }
            Self::Subscribe {
                subscription,
                subject,
                group,
            } => match group {
                Some(group) => line(&format!("SUB {subject} {group} {subscription}\r\n")),
                None => line(&format!("SUB {subject} {subscription}\r\n")),
            },
            Self::Unsubscribe(subscription) => line(&format!("UNSUB {subscription}\r\n")),
        }
    }
}
