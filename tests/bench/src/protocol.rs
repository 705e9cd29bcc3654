//! Messages of the network: checked and made, beside the cryptography that is in them.

use std::hint::black_box;

use anyhow::{Result, ensure};
use aws_lc_rs::signature::{
    ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use chorister_proto::{Request, SecureRequest, Version};
use chorister_security::testing::{
    Authority, NODE, SUBJECT, Wanted, bearer, certified, client, mutated, now, public_der, request,
    rsa, rsa_pair, seed, server, token_guard, wire,
};
use chorister_security::{Signer, Verifier};

use crate::figure::{Budget, Figure, Unit, processor_time, time};

/// Messages that are changed and checked.
const CHANGED: u32 = 1_000_000;

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let authority = Authority::with_key("authority", (2024, 2036), rsa_pair());
    let alice = certified(&authority, &Wanted::default());
    let bob = bearer("bob", &client("bob"));
    let one = Case {
        name: "version 1 (RSA 2048)",
        verifier: authority.guard().verifier,
        signer: alice,
        caller: "choria=alice.mcollective",
        floor: rsa_floor()?,
        floor_name: "one RSA verification",
    };
    let two = Case {
        name: "version 2 (ed25519)",
        verifier: token_guard().verifier,
        signer: bob,
        caller: "up=bob",
        floor: ed25519_floor()?,
        floor_name: "one ed25519 verification",
    };
    let mut figures = Vec::new();
    for case in [&one, &two] {
        figures.push(case.checked("ping", b"ping")?);
        figures.push(case.checked(
            "rpcutil request",
            br#"{"agent":"rpcutil","action":"get_fact","data":{"fact":"os.name"}}"#,
        )?);
    }
    figures.push(answered(&two)?);
    for case in [&one, &two] {
        figures.push(case.changed()?);
    }
    Ok(figures)
}

/// One version of the protocol.
struct Case {
    name: &'static str,
    verifier: Verifier,
    signer: Signer,
    caller: &'static str,
    /// Seconds of what has to be done at least.
    floor: f64,
    floor_name: &'static str,
}

impl Case {
    fn request(&self, body: &[u8]) -> Request {
        let mut request = request(self.signer.version(), self.caller);
        request.set_body(body);
        request
    }

    /// A request from its bytes to a caller.
    fn checked(&self, what: &str, body: &[u8]) -> Result<Figure> {
        let wire = wire(&self.signer, &self.request(body));
        ensure!(self.verifier.verify(&wire, SUBJECT, now()).is_ok());
        let value = time(7, 500, || {
            let _ = black_box(self.verifier.verify(black_box(&wire), SUBJECT, now()));
        });
        Ok(Figure {
            what: format!(
                "a {what} of a known caller decoded and verified, {}",
                self.name
            ),
            value,
            unit: Unit::Seconds,
            floor: Some((self.floor, self.floor_name)),
            budget: None,
        })
    }

    /// Messages that were changed on their way; nothing changed is let in.
    fn changed(&self) -> Result<Figure> {
        let wire = wire(&self.signer, &self.request(b"ping"));
        let original = self.verifier.verify(&wire, SUBJECT, now())?;
        let mut random = fastrand::Rng::with_seed(6);
        let mut wrong = 0;
        let value = time(1, CHANGED, || {
            let changed = mutated(&mut |bound| random.usize(..bound), &wire);
            if let Ok(found) = self.verifier.verify(&changed, SUBJECT, now()) {
                wrong += u32::from(found.request != original.request);
            }
        });
        ensure!(wrong == 0, "{wrong} changed messages were let in");
        Ok(Figure {
            what: format!("one of {CHANGED} changed messages refused, {}", self.name),
            value,
            unit: Unit::Seconds,
            floor: None,
            budget: None,
        })
    }
}

/// A request verified, and its reply signed and written.
fn answered(case: &Case) -> Result<Figure> {
    let wire = wire(&case.signer, &case.request(b"ping"));
    let node = bearer(NODE, &server(NODE));
    let key = seed(NODE);
    let answer = || {
        let asked = case.verifier.verify(&wire, SUBJECT, now()).ok()?;
        let reply = asked.request.reply(NODE, now(), b"pong".to_vec());
        let reply = node.reply_transport(&reply, &asked.transport).ok()?;
        Some(reply.encode())
    };
    ensure!(answer().is_some(), "a request is not answered");
    let value = time(7, 500, || {
        black_box(answer());
    });
    let signature = time(7, 500, || {
        black_box(key.sign(black_box(&wire)));
    });
    Ok(Figure {
        what: "a ping verified and its reply signed and encoded, version 2".to_owned(),
        value,
        unit: Unit::Seconds,
        floor: Some((case.floor + signature, "one verification, one signature")),
        budget: Some(Budget::Value(150e-6)),
    })
}

/// The time of a bare verification of what a signed request carries.
fn bare(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    secure: &SecureRequest,
) -> Result<f64> {
    let key = UnparsedPublicKey::new(algorithm, key);
    ensure!(key.verify(&secure.request, &secure.signature).is_ok());
    processor_time(5000, || {
        let _ = black_box(key.verify(black_box(&secure.request), &secure.signature));
    })
}

/// Seconds of a signature with ed25519.
pub(crate) fn ed25519_signature() -> Result<f64> {
    let key = seed(NODE);
    let text = [0; 1000];
    processor_time(5000, || {
        black_box(key.sign(black_box(&text)));
    })
}

/// Seconds of the verification that a request of version 2 costs; that of the token is known.
pub(crate) fn ed25519_floor() -> Result<f64> {
    let bob = bearer("bob", &client("bob"));
    let secure = bob.sign_request(&request(Version::V2, "up=bob"))?;
    let key = seed("bob");
    bare(&ED25519, key.public_bytes(), &secure)
}

/// Seconds of the verification that a request of version 1 costs; that of the certificate is known.
pub(crate) fn rsa_floor() -> Result<f64> {
    let pair = rsa_pair();
    let authority = Authority::new("authority", (2024, 2036));
    let signer = Signer::certificate(rsa(&pair), authority.certify(&Wanted::default(), &pair))?;
    let secure = signer.sign_request(&request(Version::V1, "choria=alice.mcollective"))?;
    bare(&RSA_PKCS1_2048_8192_SHA256, &public_der(&pair), &secure)
}
