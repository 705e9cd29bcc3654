//! Signatures beside what they are over.

use chorister_proto::id;
use chorister_security::Signer;

/// The signature of a node over some bytes, as hexadecimal digits, and its token; `None` where it signs with a certificate.
#[must_use]
pub fn detached(signer: &Signer, bytes: &[u8]) -> Option<(String, String)> {
    match signer {
        Signer::Token { seed, token, .. } => Some((id::hex(&seed.sign(bytes)), token.clone())),
        Signer::Certificate { .. } => None,
    }
}
