//! Which certificates let somebody ask, one reason at a time.

use chorister_proto::{Credential, Transport, Version};
use rcgen::{ExtendedKeyUsagePurpose, KeyPair};

use crate::certificate::{CertificateError, Chain, Roots};
use crate::testing::{Authority, SUBJECT, Wanted, certified, now, request, rsa, rsa_pair, wire};
use crate::{Denial, Patterns, Proof, Refusal, SignError, Signatures, Signer};

fn authority() -> Authority {
    Authority::new("authority", (2024, 2036))
}

/// What a node of an authority says to a request of somebody with a certificate.
fn certificate_verdict(
    authority: &Authority,
    issuer: &Authority,
    wanted: &Wanted<'_>,
    caller: &str,
) -> Result<Proof, Refusal> {
    let request = request(Version::V1, caller);
    let wire = wire(&certified(issuer, wanted), &request);
    let admitted = authority.guard().admit(&wire, SUBJECT, now())?;
    assert_eq!(admitted.request, request);
    Ok(admitted.caller.proof)
}

#[test]
fn certificates_decide_who_asks() {
    let ours = authority();
    let verdict =
        |wanted: Wanted<'_>, caller: &str| certificate_verdict(&ours, &ours, &wanted, caller);
    let plain = Wanted::default;
    assert_eq!(
        verdict(plain(), "choria=alice.mcollective"),
        Ok(Proof::Certificate {
            name: "alice.mcollective".to_owned(),
            privileged: false,
        })
    );
    let by_common_name = Wanted {
        dns_names: &["other.mcollective"],
        ..plain()
    };
    assert!(verdict(by_common_name, "x=alice.mcollective").is_ok());
    let privileged = Wanted {
        dns_names: &["aaa.privileged.mcollective"],
        ..plain()
    };
    assert_eq!(
        verdict(privileged, "choria=anybody"),
        Ok(Proof::Certificate {
            name: "aaa.privileged.mcollective".to_owned(),
            privileged: true,
        })
    );
    // The dots of the patterns are dots.
    let similar = Wanted {
        dns_names: &["aaa.privilegedXmcollective"],
        ..plain()
    };
    assert!(verdict(similar, "choria=anybody").is_err());
    let refused = |wanted, caller: &str, expect: Refusal| {
        assert_eq!(verdict(wanted, caller), Err(expect), "{caller}");
    };
    refused(
        plain(),
        "choria=bob.mcollective",
        Denial::NotTheCertificateOf("bob.mcollective".to_owned()).into(),
    );
    refused(
        plain(),
        "choria=ALICE.mcollective",
        Denial::NotTheCertificateOf("ALICE.mcollective".to_owned()).into(),
    );
    for caller in [
        "alice.mcollective",
        "=alice.mcollective",
        "choria=",
        "choria=alice.mcollective;x",
        "choria=alice.mcollective\n",
        "Choria=alice.mcollective",
        "email:alice.mcollective",
    ] {
        refused(plain(), caller, Denial::CallerId(caller.to_owned()).into());
    }
    let foreign = Wanted {
        common_name: "alice.example.net",
        dns_names: &[],
        ..plain()
    };
    refused(
        foreign,
        "choria=alice.example.net",
        Denial::NotAllowed("alice.example.net".to_owned()).into(),
    );
    let for_servers = Wanted {
        uses: &[ExtendedKeyUsagePurpose::ServerAuth],
        ..plain()
    };
    let caller = "choria=alice.mcollective";
    refused(for_servers, caller, CertificateError::NotForClients.into());
    for years in [(2020, 2025), (2030, 2036)] {
        let wanted = Wanted { years, ..plain() };
        refused(wanted, caller, CertificateError::NotNow.into());
    }
}

#[test]
fn authorities_decide_which_certificates_count() {
    let ours = authority();
    let caller = "choria=alice.mcollective";
    let verdict = |authority: &Authority, issuer: &Authority| {
        certificate_verdict(authority, issuer, &Wanted::default(), caller)
    };
    let unknown = Err(CertificateError::UnknownIssuer.into());
    // Of the same name, but another.
    assert!(verdict(&ours, &authority()).is_err());
    assert_eq!(
        verdict(&ours, &Authority::new("other", (2024, 2036))),
        unknown
    );
    // Who vouched once does not any more.
    let old = Authority::new("old", (2020, 2025));
    assert_eq!(verdict(&old, &old), unknown);
    // An intermediate has to be there.
    let between = ours.intermediate("between");
    assert_eq!(verdict(&ours, &between), unknown);
    let pair = rsa_pair();
    let leaf = between.certify(&Wanted::default(), &pair);
    let signer = Signer::certificate(rsa(&pair), format!("{leaf}{}", between.pem)).unwrap();
    let wire = wire(&signer, &request(Version::V1, caller));
    assert!(ours.guard().admit(&wire, SUBJECT, now()).is_ok());
    // Whoever trusts nobody says so.
    for pem in [
        "",
        "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
    ] {
        let none = Roots::from_pem(pem.as_bytes()).unwrap_err();
        assert_eq!(none, CertificateError::NotPem);
    }
}

#[test]
fn certificates_of_other_keys_are_refused_cleanly() {
    let ours = authority();
    let pair = rsa_pair();
    let caller = "choria=alice.mcollective";
    let mut signed = Signer::certificate(rsa(&pair), ours.certify(&Wanted::default(), &pair))
        .unwrap()
        .sign_request(&request(Version::V1, caller))
        .unwrap();
    for algorithm in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ED25519,
    ] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let pem = ours.certify(&Wanted::default(), &key);
        signed.credential = Credential::Certificate(pem.clone());
        let wire = Transport::new(Version::V1, signed.encode().unwrap()).encode();
        let refusal = ours.guard().admit(&wire, SUBJECT, now()).unwrap_err();
        assert_eq!(refusal, CertificateError::NotRsa.into());
        let error = Signer::certificate(rsa(&pair), pem).unwrap_err();
        assert_eq!(error, SignError::Certificate(CertificateError::NotRsa));
    }
    // That of another RSA key.
    let pem = ours.certify(&Wanted::default(), &rsa_pair());
    signed.credential = Credential::Certificate(pem.clone());
    let wire = Transport::new(Version::V1, signed.encode().unwrap()).encode();
    let refusal = ours.guard().admit(&wire, SUBJECT, now()).unwrap_err();
    assert_eq!(refusal, Refusal::Signature);
    let error = Signer::certificate(rsa(&pair), pem).unwrap_err();
    assert_eq!(error, SignError::OtherKey);
}

#[test]
fn patterns_that_are_none_let_nobody_in() {
    assert!(Patterns::parse("(").is_err());
    assert!(!Patterns::parse("").unwrap().match_name("x"));
    let patterns = Patterns::parse(r"/^a/, \.b$").unwrap();
    assert!(patterns.match_name("abc") && patterns.match_name("x.b"));
    assert!(!patterns.match_name("xa"));
}

/// Every purpose is that of clients too.
const ANY_PURPOSE: &[u64] = &[2, 5, 29, 37, 0];

#[test]
fn certificates_for_any_purpose_are_for_clients() {
    let ours = authority();
    let of = |uses: &[ExtendedKeyUsagePurpose]| {
        let wanted = Wanted {
            uses,
            ..Wanted::default()
        };
        certificate_verdict(&ours, &ours, &wanted, "choria=alice.mcollective")
    };
    let any = ExtendedKeyUsagePurpose::Other(ANY_PURPOSE.to_vec());
    assert!(of(&[]).is_ok());
    assert!(of(std::slice::from_ref(&any)).is_ok());
    assert!(of(&[ExtendedKeyUsagePurpose::ServerAuth, any]).is_ok());
    let error = of(&[ExtendedKeyUsagePurpose::ServerAuth]).unwrap_err();
    assert!(error.to_string().contains("needs `clientAuth`"), "{error}");
}

#[test]
fn certificates_that_cannot_be_accepted_say_how_to_make_others() {
    let verdict = |roots: &str, pem: &str| {
        let roots = Roots::from_pem(roots.as_bytes()).unwrap();
        let chain = Chain::from_pem(pem.as_bytes()).unwrap();
        let at = "2027-01-01T00:00:00Z".parse().unwrap();
        chain.verify_client(&roots, at, &Signatures::default())
    };
    let ours = authority();
    let error = verdict(&ours.pem, &ours.intermediate("between").pem).unwrap_err();
    assert_eq!(error, CertificateError::Authority);
    assert!(error.to_string().contains("CA:FALSE"));
    let error = verdict(OLD_AUTHORITY, OLD).unwrap_err();
    assert_eq!(error, CertificateError::NoExtensions);
    assert!(error.to_string().contains("-extfile"));
}

/// An authority that signed [`OLD`]; nobody has its key.
const OLD_AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----
MIIBfTCCASOgAwIBAgIUNg2FHLrSYkUFbJtR3Mo9BhWKV7swCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJYXV0aG9yaXR5MB4XDTI2MTEyMjAyMzQxNVoXDTQ2MTExNzAy
MzQxNVowFDESMBAGA1UEAwwJYXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEGVbFdEGx/rLTRtdyGIMtmxi2jMU1X54vtjYAdJvVsVOeAuWJUK/jFOrZ
Q1t8Xl5tstrySo4rBIkZWrX8eL17YqNTMFEwHQYDVR0OBBYEFGsoWcpM44mzaL/j
qQRHviHGc6HSMB8GA1UdIwQYMBaAFGsoWcpM44mzaL/jqQRHviHGc6HSMA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAPVz9dpnRZ/Fw5QDdEeIhaLh
AOFV4xrNHMpRQbCZojJZAiA98mQ3MweXhZcSSmBGuMHd2zJTzUPvgs04J7mwNiHm
XA==
-----END CERTIFICATE-----
";

/// A certificate without extensions, as `openssl x509 -req` makes it.
const OLD: &str = "\
-----BEGIN CERTIFICATE-----
MIIBKzCB0QIUCa68sM/wA9hsWlZAcFzEPVgW0jEwCgYIKoZIzj0EAwIwFDESMBAG
A1UEAwwJYXV0aG9yaXR5MB4XDTI2MTEyMjAyMzQxNloXDTQ2MDEyMTAyMzQxNlow
HDEaMBgGA1UEAwwRYWxpY2UubWNvbGxlY3RpdmUwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARhCKFhwE8pxf5cpjGVfv40GkUwdD/iNUEl9rnzOv72V2DJVBSEHIpZ
L2vJNYYCft+qyjYAU69eFK1ZtcHYYLugMAoGCCqGSM49BAMCA0kAMEYCIQDrxppe
fr5MECtchxzlAPiwH06QbaGuBQJ7sWQ+2m2X4gIhAI4K9qec/cS6+9Ou9wWf9skA
GuLRC1+fbX3KTZx1hviJ
-----END CERTIFICATE-----
";
