//! Tokens that are not signed by an organization itself, but by a Chain Issuer that it made.

use chorister_proto::id::Ksuid;

use super::TokenError;
use super::claims::{Claims, Kind};
use crate::key::{PublicKey, VerificationKey, from_hex, public_key};
use crate::signatures::Memory;

/// The key of the Chain Issuer that made a token, if one did, having checked that the organization made the issuer.
pub(super) fn issuer(
    claims: &Claims,
    organization: &VerificationKey,
    memory: &Memory,
) -> Result<Option<PublicKey>, TokenError> {
    let standard = &claims.standard;
    let chained = standard.iss.as_deref().and_then(|it| it.strip_prefix("C-"));
    let broken = TokenError::Chain;
    let Some(issuer) = chained.filter(|_| !matches!(claims.kind, Kind::Provisioning(_))) else {
        // Compat: tokens package: of those not made by a Chain Issuer, only clients may be one.
        if standard.tcs.is_some() && !matches!(claims.kind, Kind::Client(_)) {
            return Err(broken("it has a trust chain without a Chain Issuer"));
        }
        return Ok(None);
    };
    let VerificationKey::Ed25519(organization) = organization else {
        return Err(TokenError::KeyKind);
    };
    if standard.public_key.is_none() || standard.exp.is_none() {
        return Err(broken(
            "it has no public key or no time at which it expires",
        ));
    }
    if standard.issexp.is_none() {
        return Err(broken("it does not say when its issuer expires"));
    }
    let chain = standard
        .tcs
        .as_deref()
        .ok_or(broken("it has no trust chain"))?;
    let id = standard.jti.as_deref().ok_or(broken("it has no id"))?;
    let made = standard
        .iat
        .ok_or(broken("it does not say when it was made"))?;
    if id.parse::<Ksuid>().ok().map(|it| it.time()) != Some(made.0) {
        return Err(broken("its id is not based on when it was made"));
    }
    let (_, issuer_key) = issuer
        .split_once('.')
        .ok_or(broken("its issuer has no key"))?;
    let (issuer_chain, own_chain) = chain
        .split_once('.')
        .ok_or(broken("its trust chain has not two parts"))?;
    let signed_by = |key: &PublicKey, message: &str, signature: &str| {
        from_hex(signature).is_some_and(|it| memory.ed25519(key, message.as_bytes(), &it))
    };
    if !signed_by(organization, issuer, issuer_chain) {
        return Err(broken("the Chain Issuer is not that of the organization"));
    }
    let issuer_key = public_key(issuer_key).map_err(|_| broken("its issuer has no key"))?;
    if !signed_by(&issuer_key, &format!("{id}.{issuer_chain}"), own_chain) {
        return Err(broken("its trust chain is not signed by the Chain Issuer"));
    }
    Ok(Some(issuer_key))
}
