//! Signatures that are known: they save work, and change no verdict.

use core::cell::Cell;

use chorister_proto::{Credential, SecureRequest, Transport, Version};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::certificate::CertificateError;
use crate::signatures::Memory;
use crate::testing::{
    Authority, SUBJECT, Wanted, bearer, certified, client, now, public, request, token_guard, wire,
};
use crate::token::TokenError;
use crate::{Refusal, Signatures, Signer, TokenTrust, Trust, Verifier};

fn bob() -> Signer {
    bearer("bob", &client("bob"))
}

fn asked(signer: &Signer, caller: &str, at: Timestamp) -> Vec<u8> {
    let mut request = request(signer.version(), caller);
    request.time = at;
    wire(signer, &request)
}

/// Why a request is refused, if it is.
fn refusal(verifier: &Verifier, wire: &[u8], at: Timestamp) -> Option<Refusal> {
    verifier.verify(wire, SUBJECT, at).err()
}

/// What a request becomes when its secure layer is changed.
fn changed(wire: &[u8], change: impl FnOnce(&mut SecureRequest)) -> Vec<u8> {
    let mut transport = Transport::decode(wire).unwrap();
    let mut secure = SecureRequest::decode(&transport.data).unwrap();
    change(&mut secure);
    transport.data = secure.encode().unwrap();
    transport.encode()
}

#[test]
fn a_known_token_ends_when_it_says() {
    let (bob, verifier) = (bob(), token_guard().verifier);
    assert_eq!(
        refusal(&verifier, &asked(&bob, "up=bob", now()), now()),
        None
    );
    let end = now() + SignedDuration::from_hours(1);
    let late = asked(&bob, "up=bob", end);
    let expired = Refusal::Token(TokenError::Expired(end));
    assert_eq!(refusal(&verifier, &late, end), Some(expired));
}

#[test]
fn a_known_token_counts_no_longer_than_its_signer() {
    let (wire, mut verifier) = (asked(&bob(), "up=bob", now()), token_guard().verifier);
    assert_eq!(refusal(&verifier, &wire, now()), None);
    verifier.trust = Trust::Tokens(TokenTrust::Signers(vec![public("another")]));
    let unsigned = Refusal::Token(TokenError::Signature);
    assert_eq!(refusal(&verifier, &wire, now()), Some(unsigned));
    verifier.trust = Trust::Tokens(TokenTrust::Signers(Vec::new()));
    assert!(refusal(&verifier, &wire, now()).is_some());
}

#[test]
fn a_known_token_vouches_for_nothing_else() {
    for signatures in [Signatures::default(), Signatures::of_fleet()] {
        let verifier = Verifier {
            signatures,
            ..token_guard().verifier
        };
        let wire = asked(&bob(), "up=bob", now());
        assert_eq!(refusal(&verifier, &wire, now()), None);
        let another = asked(&bob(), "up=bob", now() + SignedDuration::from_secs(1));
        let another = Transport::decode(&another).unwrap().data;
        let another = SecureRequest::decode(&another).unwrap();
        // The signature of one request under another, and the other way round.
        let forged = [
            changed(&wire, |it| it.request = another.request.clone()),
            changed(&wire, |it| it.signature = another.signature.clone()),
            changed(&wire, |it| it.signature[0] ^= 1),
        ];
        for wire in forged {
            assert_eq!(refusal(&verifier, &wire, now()), Some(Refusal::Signature));
        }
        let wire = changed(&wire, |it| {
            if let Credential::Token { caller, .. } = &mut it.credential {
                let cut = caller.len() - 10;
                caller.replace_range(cut..cut + 2, "AA");
            }
        });
        let unsigned = Refusal::Token(TokenError::Signature);
        assert_eq!(refusal(&verifier, &wire, now()), Some(unsigned));
    }
}

#[test]
fn a_known_certificate_ends_when_it_says() {
    let authority = Authority::new("authority", (2024, 2036));
    let verifier = authority.guard().verifier;
    let short = Wanted {
        years: (2024, 2027),
        ..Wanted::default()
    };
    let alice = certified(&authority, &short);
    let wire = asked(&alice, "choria=alice.mcollective", now());
    assert_eq!(refusal(&verifier, &wire, now()), None);
    let later = now() + SignedDuration::from_hours(24 * 365);
    let wire = asked(&alice, "choria=alice.mcollective", later);
    let expired = Refusal::Certificate(CertificateError::NotNow);
    assert_eq!(refusal(&verifier, &wire, later), Some(expired));
}

#[test]
fn a_known_certificate_counts_no_longer_than_its_authority() {
    let authority = Authority::new("authority", (2024, 2036));
    let mut verifier = authority.guard().verifier;
    let alice = certified(&authority, &Wanted::default());
    let wire = asked(&alice, "choria=alice.mcollective", now());
    assert_eq!(refusal(&verifier, &wire, now()), None);
    // It has the same name, so that only the signature tells one from the other.
    verifier.trust = Authority::new("authority", (2024, 2036))
        .guard()
        .verifier
        .trust;
    assert!(matches!(
        refusal(&verifier, &wire, now()),
        Some(Refusal::Certificate(_))
    ));
}

#[test]
fn a_fleet_checks_a_request_once() {
    let one = Verifier {
        signatures: Signatures::of_fleet(),
        ..token_guard().verifier
    };
    let other = one.clone();
    let wire = asked(&bob(), "up=bob", now());
    assert_eq!(refusal(&one, &wire, now()), None);
    let SecureRequest {
        request, signature, ..
    } = SecureRequest::decode(&Transport::decode(&wire).unwrap().data).unwrap();
    let key = public("bob");
    let parts: [&[u8]; 4] = [b"ed25519", key.bytes(), &request, &signature];
    assert!(
        other
            .signatures
            .requests
            .is_good(parts, || panic!("it is known"))
    );
    assert_eq!(refusal(&other, &wire, now()), None);
    assert_eq!(bob().version(), Version::V2);
}

proptest! {
    /// Whatever is asked in whatever order, the answer is that of the check, which is asked once for what is good.
    #[test]
    fn memory_says_what_the_check_says(
        asked in proptest::collection::vec((0..3_u8, 0..3_u8, any::<bool>()), 1..100),
        room in 1..4_usize,
    ) {
        let memory = Memory::new(room);
        for (key, message, split) in asked {
            let good = key == message;
            // Parts that look alike when they stand together are others.
            let (key, message) = ([b'k', key], [b'm', message]);
            let parts: [&[u8]; 4] = match split {
                true => [b"", &key, &message, b""],
                false => [b"", b"", &[key, message].concat(), b""],
            };
            let asked = Cell::new(0);
            let check = || {
                asked.set(asked.get() + 1);
                good && split
            };
            prop_assert_eq!(memory.is_good(parts, check), good && split);
            if good && split {
                prop_assert!(memory.is_good(parts, || panic!("it was just checked")));
            } else {
                prop_assert_eq!(asked.get(), 1);
            }
            prop_assert!(memory.len() <= 2 * room);
        }
    }
}
