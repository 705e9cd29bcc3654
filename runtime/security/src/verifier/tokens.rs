//! Requests of version 2: a token with a key, and a signature made with it, or with that of a delegator.

use chorister_proto::{Credential, Request, SecureRequest, Version};
use jiff::Timestamp;

use crate::caller::{Caller, Proof};
use crate::key::public_key;
use crate::refusal::{Denial, Refusal};
use crate::signatures::Signatures;
use crate::token::{Claims, ClientClaims, Kind, Token, TokenError};
use crate::trust::TokenTrust;

pub(super) fn verify(
    trust: &TokenTrust,
    secure: &SecureRequest,
    now: Timestamp,
    signatures: &Signatures,
) -> Result<(Request, Caller), Refusal> {
    let Credential::Token { caller, signer } = &secure.credential else {
        return Err(Refusal::Version { found: Version::V1 });
    };
    let token = Token::parse(caller)?;
    match signer {
        None => own(trust, secure, &token, now, signatures),
        Some(signer) => {
            let signer = Token::parse(signer)?;
            delegated(trust, secure, &token, &signer, now, signatures)
        }
    }
}

/// The caller signed.
fn own(
    trust: &TokenTrust,
    secure: &SecureRequest,
    token: &Token<'_>,
    now: Timestamp,
    signatures: &Signatures,
) -> Result<(Request, Caller), Refusal> {
    client(token.unverified())?;
    let (claims, _) = trust.verify(token, now, &signatures.credentials)?;
    let client = client(claims)?;
    let permissions = client.permissions;
    if permissions.signed_fleet_management {
        return Err(Denial::NeedsDelegator.into());
    }
    if !permissions.fleet_management {
        return Err(Denial::NoFleetManagement.into());
    }
    ends(claims)?;
    check_signature(claims, secure, signatures)?;
    let request = Request::decode(&secure.request)?;
    if request.caller != client.callerid {
        return Err(Denial::NotTheTokenOf(request.caller).into());
    }
    Ok(accepted(request, client, None))
}

/// A delegator signed.
fn delegated(
    trust: &TokenTrust,
    secure: &SecureRequest,
    token: &Token<'_>,
    signer: &Token<'_>,
    now: Timestamp,
    signatures: &Signatures,
) -> Result<(Request, Caller), Refusal> {
    client(signer.unverified())?;
    let (signer_claims, key) = trust.verify(signer, now, &signatures.credentials)?;
    let delegator = client(signer_claims)?;
    if !delegator.permissions.authentication_delegator {
        return Err(Denial::NotADelegator.into());
    }
    // The same key: no organization may sign for those of another.
    let claims = token.verify_with(&key, now, &signatures.credentials)?;
    let client = client(claims)?;
    let permissions = client.permissions;
    if !(permissions.fleet_management || permissions.signed_fleet_management) {
        return Err(Denial::NoFleetManagement.into());
    }
    ends(claims)?;
    ends(signer_claims)?;
    check_signature(signer_claims, secure, signatures)?;
    let request = Request::decode(&secure.request)?;
    // Compat: aaasvc: it writes the caller id without dots and at signs. Any other name is refused, unlike upstream.
    if request.caller != client.callerid && request.caller != flattened(&client.callerid) {
        return Err(Denial::NotTheTokenOf(request.caller).into());
    }
    Ok(accepted(request, client, Some(delegator.callerid.clone())))
}

fn accepted(
    request: Request,
    client: &ClientClaims,
    delegator: Option<String>,
) -> (Request, Caller) {
    let caller = Caller {
        id: request.caller.clone(),
        proof: Proof::Token {
            claims: Box::new(client.clone()),
            delegator,
        },
    };
    (request, caller)
}

fn flattened(caller: &str) -> String {
    caller.replace(['@', '.'], "_")
}

fn client(claims: &Claims) -> Result<&ClientClaims, Denial> {
    match &claims.kind {
        Kind::Client(client) => Ok(client),
        _ => Err(Denial::Purpose(claims.purpose())),
    }
}

/// Unlike upstream, tokens that count for ever do not count.
fn ends(claims: &Claims) -> Result<(), TokenError> {
    match claims.standard.expires() {
        Some(_) => Ok(()),
        None => Err(TokenError::NoExpiry),
    }
}

/// Whether the key that a token names made the signature.
fn check_signature(
    claims: &Claims,
    secure: &SecureRequest,
    signatures: &Signatures,
) -> Result<(), Refusal> {
    let key = claims.standard.public_key.as_deref().unwrap_or_default();
    let key = public_key(key).map_err(|_| Denial::NoPublicKey)?;
    let memory = &signatures.requests;
    if memory.ed25519(&key, &secure.request, &secure.signature) {
        Ok(())
    } else {
        Err(Refusal::Signature)
    }
}
