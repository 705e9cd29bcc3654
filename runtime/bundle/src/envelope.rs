//! The envelope: DSSE, the Dead Simple Signing Envelope, which signs exact bytes and says what they are.
//!
//! ```text
//! envelope = { payloadType: "application/vnd.chorister.bundle.v1+json", payload: BASE64,
//!              signatures: [{ keyid?: TEXT, sig: BASE64 } …] }
//! ```
//!
//! What is signed is `DSSEv1`, the type and the payload, each after its length, with spaces between. Several keys may
//! sign, so that nodes can be moved from one key to the next; one that counts is enough.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};
use crate::{LARGEST, Manifest, PublicKey};

/// What the payload is.
pub const PAYLOAD_TYPE: &str = "application/vnd.chorister.bundle.v1+json";

/// How many signatures are looked at.
const MOST_SIGNATURES: usize = 8;

/// A signed payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// What the payload is.
    pub payload_type: String,
    /// The bytes of the payload, in base64.
    pub payload: String,
    /// Who signed it.
    pub signatures: Vec<Signature>,
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// A hint whose it is: here the public key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub keyid: String,
    /// The signature, in base64.
    pub sig: String,
}

/// Reads a bundle that is signed by one of these keys.
///
/// # Errors
/// [`Kind::Form`], [`Kind::Signature`].
pub fn open(bytes: &[u8], keys: &[PublicKey]) -> Result<Manifest, Error> {
    let envelope = Envelope::read(bytes)?;
    let payload = decode(&envelope.payload)
        .ok_or_else(|| Error::form("the payload of the bundle is not base64"))?;
    envelope.verify(&payload, keys)?;
    // Nothing of the payload is looked at before it is known whose it is.
    Manifest::read(&payload)
}

// === impl Envelope ===

impl Envelope {
    /// Reads an envelope, without a look at its signatures.
    ///
    /// # Errors
    /// [`Kind::Form`].
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > LARGEST {
            let most = LARGEST >> 20;
            return Err(Error::form(format!("the bundle is larger than {most} MiB")));
        }
        let envelope: Self = serde_json::from_slice(bytes)
            .map_err(|error| Error::form(format!("this is no bundle: {error}")))?;
        if envelope.payload_type != PAYLOAD_TYPE {
            let message = format!(
                "the envelope holds `{}`, not a bundle of check files",
                envelope.payload_type.escape_debug()
            );
            return Err(Error::form(message));
        }
        Ok(envelope)
    }

    fn verify(&self, payload: &[u8], keys: &[PublicKey]) -> Result<(), Error> {
        let signed = signed_bytes(&self.payload_type, payload);
        let mut signatures = self.signatures.iter().take(MOST_SIGNATURES);
        let is_good = signatures.any(|it| {
            decode(&it.sig).is_some_and(|sig| keys.iter().any(|key| key.verifies(&signed, &sig)))
        });
        if is_good {
            return Ok(());
        }
        let ours = keys.iter().map(ToString::to_string).collect::<Vec<_>>();
        let theirs: Vec<_> = self
            .signatures
            .iter()
            .take(MOST_SIGNATURES)
            .map(|it| it.keyid.chars().take(64).collect::<String>())
            .collect();
        let message = if self.signatures.is_empty() {
            "the bundle is not signed".to_owned()
        } else if theirs.iter().any(|it| ours.contains(it)) {
            "the bundle was changed after it was signed".to_owned()
        } else {
            format!(
                "the bundle is signed by {}, and only {} counts",
                theirs.join(", ").escape_debug(),
                ours.join(" or ")
            )
        };
        Err(Error::new(Kind::Signature, message))
    }

    /// Puts a manifest into an envelope that this key signs.
    #[cfg(feature = "sign")]
    #[must_use]
    pub fn seal(payload: &[u8], key: &crate::key::SigningKey) -> Self {
        let signature = key.sign(&signed_bytes(PAYLOAD_TYPE, payload));
        Self {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload: STANDARD.encode(payload),
            signatures: vec![Signature {
                keyid: key.public().to_string(),
                sig: STANDARD.encode(signature),
            }],
        }
    }

    /// Adds the signature of another key, or renews that of the same.
    ///
    /// # Errors
    /// [`Kind::Form`].
    #[cfg(feature = "sign")]
    pub fn sign(&mut self, key: &crate::key::SigningKey) -> Result<(), Error> {
        let payload = decode(&self.payload)
            .ok_or_else(|| Error::form("the payload of the bundle is not base64"))?;
        let added = Self::seal(&payload, key).signatures;
        self.signatures
            .retain(|it| added.iter().all(|new| new.keyid != it.keyid));
        self.signatures.extend(added);
        Ok(())
    }

    /// The envelope as the text of a file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// What a signature is over: the pre-authentication encoding of DSSE.
fn signed_bytes(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// DSSE allows both alphabets.
fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD
        .decode(text)
        .or_else(|_| URL_SAFE.decode(text))
        .ok()
}
