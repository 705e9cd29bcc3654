//! What streams keep: reading and deleting single messages.

use core::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use crate::connection::receipt;
use crate::{Connection, PublishError, Receipt};

/// What the interface of streams begins with where nothing else is said.
pub(crate) const API: &str = "$JS.API";

/// The code for a message that is not there.
const NO_MESSAGE: u64 = 10_037;

/// A message that a stream keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its number in the stream.
    pub sequence: u64,
    /// Its headers, in order, as they were written.
    pub headers: Vec<(String, String)>,
    /// What it says.
    pub payload: Bytes,
}

/// What the interface answers.
#[derive(Deserialize)]
struct Answer {
    error: Option<Refusal>,
    message: Option<Raw>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    err_code: u64,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
struct Raw {
    seq: u64,
    #[serde(default)]
    hdrs: String,
    #[serde(default)]
    data: String,
}

impl Connection {
    /// The same connection for who reaches the interface of streams under another name than `$JS.API`.
    #[must_use]
    pub const fn with_stream_api(mut self, api: &'static str) -> Self {
        self.api = api;
        self
    }

    /// The last message of a subject that a stream keeps; nothing where it keeps none.
    ///
    /// # Errors
    /// There is no such stream, or it did not answer within `deadline`.
    pub async fn last_message(
        &self,
        stream: &str,
        subject: &str,
        deadline: Duration,
    ) -> Result<Option<Kept>, PublishError> {
        let wanted = json!({"last_by_subj": subject}).to_string();
        let answer = self.api("MSG.GET", stream, wanted, deadline).await?;
        match answer {
            Answer {
                error: Some(error), ..
            } if error.err_code == NO_MESSAGE => Ok(None),
            Answer {
                error: Some(error), ..
            } => Err(PublishError::Refused(error.description)),
            Answer { message: None, .. } => Err(no_stream()),
            Answer {
                message: Some(message),
                ..
            } => kept(&message).map(Some),
        }
    }

    /// Deletes a message of a stream; one that is gone already is no error.
    ///
    /// # Errors
    /// There is no such stream, or it did not answer within `deadline`.
    pub async fn delete_message(
        &self,
        stream: &str,
        sequence: u64,
        deadline: Duration,
    ) -> Result<(), PublishError> {
        let which = json!({"seq": sequence}).to_string();
        match self.api("MSG.DELETE", stream, which, deadline).await?.error {
            Some(error) if error.err_code != NO_MESSAGE => {
                Err(PublishError::Refused(error.description))
            }
            _ => Ok(()),
        }
    }

    /// Sends a message to a stream once, and waits until the stream has it.
    ///
    /// # Errors
    /// [`PublishError::Full`] where the stream takes no more; else it is not known whether the stream has it.
    pub async fn add_message(
        &self,
        subject: &str,
        payload: impl Into<Bytes>,
        deadline: Duration,
    ) -> Result<Receipt, PublishError> {
        let answer = self.request(subject, payload, deadline).await?;
        receipt(&answer.payload)
    }

    async fn api(
        &self,
        call: &str,
        stream: &str,
        request: String,
        deadline: Duration,
    ) -> Result<Answer, PublishError> {
        let subject = format!("{}.STREAM.{call}.{stream}", self.api);
        let answer = self.request(subject, request, deadline).await?;
        serde_json::from_slice(&answer.payload).map_err(|_| no_stream())
    }
}

fn no_stream() -> PublishError {
    PublishError::Refused("the answer is not that of a stream".to_owned())
}

fn kept(raw: &Raw) -> Result<Kept, PublishError> {
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| no_stream());
    let headers = decode(&raw.hdrs)?;
    Ok(Kept {
        sequence: raw.seq,
        headers: lines(&String::from_utf8_lossy(&headers)),
        payload: decode(&raw.data)?.into(),
    })
}

/// The headers below the line that says which version of NATS they are of.
fn lines(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().skip(1).filter_map(|it| it.split_once(':'));
    lines
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect()
}

impl Kept {
    /// The value of a header, by its exact name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_lines() {
        let raw = Raw {
            seq: 7,
            hdrs: STANDARD.encode("NATS/1.0\r\nKV-Operation: DEL\r\nA: b: c\r\n\r\n"),
            data: STANDARD.encode("x"),
        };
        let kept = kept(&raw).expect("a message");
        assert_eq!(kept.header("KV-Operation"), Some("DEL"));
        assert_eq!(kept.header("A"), Some("b: c"));
        assert_eq!(kept.header("a"), None);
        assert_eq!(kept.payload, "x");
    }
}
