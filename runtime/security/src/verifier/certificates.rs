//! Requests of version 1: a certificate, and a signature made with its key.

use std::sync::Arc;

use chorister_proto::{Credential, Request, SecureRequest, Version};
use jiff::Timestamp;

use crate::caller::{Caller, Proof};
use crate::certificate::{CertificateError, Chain};
use crate::refusal::{Denial, Refusal};
use crate::signatures::{Signatures, digest};
use crate::trust::CertificateTrust;

pub(super) fn verify(
    trust: &CertificateTrust,
    secure: &SecureRequest,
    now: Timestamp,
    signatures: &Signatures,
) -> Result<(Request, Caller), Refusal> {
    let Credential::Certificate(pem) = &secure.credential else {
        return Err(Refusal::Version { found: Version::V2 });
    };
    let request = Request::decode(&secure.request)?;
    let name = certificate_name(&request.caller)
        .ok_or_else(|| Denial::CallerId(request.caller.clone()))?;
    let chain = vouched(trust, pem, now, signatures)?;
    let privileged = chain
        .names()
        .find(|it| trust.privileged.match_name(it))
        .map(ToOwned::to_owned);
    let proof = match privileged {
        Some(name) => Proof::Certificate {
            name,
            privileged: true,
        },
        None => {
            if !chain.names().any(|it| it == name) {
                return Err(Denial::NotTheCertificateOf(name.to_owned()).into());
            }
            if !trust.allowed.match_name(name) {
                return Err(Denial::NotAllowed(name.to_owned()).into());
            }
            Proof::Certificate {
                name: name.to_owned(),
                privileged: false,
            }
        }
    };
    if !chain.signed(&secure.request, &secure.signature, &signatures.requests)? {
        return Err(Refusal::Signature);
    }
    let id = request.caller.clone();
    Ok((request, Caller { id, proof }))
}

/// The certificate in a text, which an authority vouches for now.
fn vouched(
    trust: &CertificateTrust,
    pem: &str,
    now: Timestamp,
    signatures: &Signatures,
) -> Result<Arc<Chain>, CertificateError> {
    let digest = digest([pem.as_bytes()]);
    let known = signatures.chains.get(&digest);
    let chain = match &known {
        Some(chain) => Arc::clone(chain),
        None => Arc::new(Chain::from_pem(pem.as_bytes())?),
    };
    chain.verify_client(&trust.roots, now, signatures)?;
    if known.is_none() {
        signatures.chains.keep(digest, Arc::clone(&chain));
    }
    Ok(chain)
}

/// The name in a caller id: `provider=name`, and nothing after it.
fn certificate_name(caller: &str) -> Option<&str> {
    let (provider, name) = caller.split_once('=')?;
    let is_provider = |it: u8| it.is_ascii_lowercase();
    let is_name = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'.' | b'-');
    let valid = !provider.is_empty()
        && !name.is_empty()
        && provider.bytes().all(is_provider)
        && name.bytes().all(is_name);
    valid.then_some(name)
}
