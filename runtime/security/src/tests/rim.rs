//! Files: where they are, what is in them, whether they changed.

use std::fs;
use std::path::{Path, PathBuf};

use chorister_proto::Version;
use jiff::SignedDuration;
use rcgen::KeyPair;
use secrecy::SecretString;

use crate::key::public_of_connections;
use crate::load::{self, LoadError, Watched};
use crate::provider::{Files, Provider, ProviderError};
use crate::testing::{Authority, Wanted, client, now, request, rsa_pair, seed};
use crate::{SignError, Signer, token};

#[test]
fn puppet_has_its_own_places() {
    let provider = Provider::Puppet {
        ssl_dir: PathBuf::from("/ssl"),
    };
    let files = provider.files("n1").unwrap();
    assert_eq!(
        files.certificate.as_deref(),
        Some(Path::new("/ssl/certs/n1.pem"))
    );
    assert_eq!(
        files.key.as_deref(),
        Some(Path::new("/ssl/private_keys/n1.pem"))
    );
    assert_eq!(files.ca.as_deref(), Some(Path::new("/ssl/certs/ca.pem")));
    for identity in ["", "..", "../n1", "a/b"] {
        assert_eq!(
            provider.files(identity),
            Err(vec![ProviderError::NoIdentity]),
            "{identity}"
        );
    }
}

#[test]
fn seeds_are_beside_tokens() {
    let choria = |seed: Option<&str>| {
        let provider = Provider::Choria {
            token: PathBuf::from("/etc/choria/node.jwt"),
            seed: seed.map(PathBuf::from),
            certificate: None,
            key: None,
            ca: None,
        };
        provider.files("n1").unwrap().seed.unwrap()
    };
    assert_eq!(choria(None), Path::new("/etc/choria/node.key"));
    assert_eq!(choria(Some("/s")), Path::new("/s"));
}

#[test]
fn all_that_is_missing_is_said() {
    let provider = Provider::File {
        certificate: PathBuf::new(),
        key: PathBuf::new(),
        ca: PathBuf::new(),
    };
    let problems = provider.files("n1").unwrap_err();
    let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "the public certificate path is not configured",
            "the private key path is not configured",
            "the CA path is not configured",
        ]
    );
}

#[test]
fn signers_are_read_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let authority = Authority::new("authority", (2024, 2036));
    let pair = rsa_pair();
    fs::write(path("key.pem"), pair.serialize_pem()).unwrap();
    fs::write(
        path("cert.pem"),
        authority.certify(&Wanted::default(), &pair),
    )
    .unwrap();
    fs::write(path("ca.pem"), &authority.pem).unwrap();
    let provider = Provider::CertManager {
        ssl_dir: folder.path().to_owned(),
    };
    let files = provider.files("n1").unwrap();
    let signer = load::signer(&files, true).unwrap();
    assert!(matches!(signer, Signer::Certificate { .. }));
    let end = "2036-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(signer.expires(), Ok(Some(end)));
    assert!(load::roots(files.ca.as_deref().unwrap()).is_ok());
    assert!(load::roots(files.key.as_deref().unwrap()).is_err());

    let token = token::sign(&client("bob"), &seed("organization")).unwrap();
    fs::write(path("bob.jwt"), format!("{token}\n")).unwrap();
    let digits = chorister_proto::id::unique_fips("bob");
    fs::write(path("bob.key"), format!("{digits}\n")).unwrap();
    let files = Files {
        token: Some(path("bob.jwt")),
        seed: Some(path("bob.key")),
        ..Files::default()
    };
    let Signer::Token { token: read, .. } = load::signer(&files, true).unwrap() else {
        panic!("tokens come first");
    };
    assert_eq!(read, token);
    let end = load::signer(&files, true).unwrap().expires().unwrap();
    assert_eq!(end, Some(now() + SignedDuration::from_hours(1)));
    fs::write(path("bob.key"), chorister_proto::id::unique_fips("alice")).unwrap();
    let error = load::signer(&files, true).unwrap_err();
    assert!(matches!(error, LoadError::Sign(SignError::OtherKey)));
    fs::write(path("bob.key"), "x".repeat(1 << 20)).unwrap();
    let error = load::signer(&files, true).unwrap_err();
    assert!(matches!(error, LoadError::TooLarge { .. }));
}

#[test]
fn changes_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let files = Files {
        token: Some(path.clone()),
        ..Files::default()
    };
    let mut watched = Watched::new(&files);
    assert!(!watched.changed());
    fs::write(&path, "a").unwrap();
    assert!(watched.changed());
    assert!(!watched.changed());
    fs::write(&path, "ab").unwrap();
    assert!(watched.changed());
    fs::remove_file(&path).unwrap();
    assert!(watched.changed());
}

#[test]
fn certificates_with_other_keys_are_for_connections() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let authority = Authority::new("authority", (2024, 2036));
    let files = Files {
        certificate: Some(path("cert.pem")),
        key: Some(path("key.pem")),
        ..Files::default()
    };
    for algorithm in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ED25519,
    ] {
        let pair = KeyPair::generate_for(algorithm).unwrap();
        let certificate = authority.certify(&Wanted::default(), &pair);
        fs::write(path("key.pem"), pair.serialize_pem()).unwrap();
        fs::write(path("cert.pem"), certificate).unwrap();
        let signer = load::signer(&files, true).unwrap();
        let asked = request(Version::V1, "choria=alice.mcollective");
        assert_eq!(signer.sign_request(&asked), Err(SignError::NotRsa));
        // Replies of version 1 are not signed at all.
        let reply = asked.reply("n1.example.net", now(), b"{}".to_vec());
        assert!(signer.sign_reply(&reply).is_ok());
        assert!(signer.expires().unwrap().is_some());
    }
    let other = KeyPair::generate().unwrap();
    fs::write(path("key.pem"), other.serialize_pem()).unwrap();
    let error = load::signer(&files, true).unwrap_err();
    assert!(matches!(error, LoadError::Sign(SignError::OtherKey)));
    fs::write(path("key.pem"), "nothing").unwrap();
    assert!(load::signer(&files, true).is_err());
}

#[test]
fn keys_in_the_older_form_are_read() {
    let pem = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n\
        -----BEGIN EC PRIVATE KEY-----\n\
        MHcCAQEEIP/MxY3sJ5PEtfqkMrPHrmg3cYkeDVtxv/f47zOH6X+MoAoGCCqGSM49\n\
        AwEHoUQDQgAEivV85FgsOoi3UhSWGWSn9Xdfq644uyRAmXQpNZg2gF/YECPwzFIq\n\
        NJldi5hhFrKA0KGPDZyChWet9sK4oYy0HA==\n-----END EC PRIVATE KEY-----\n";
    let public = public_of_connections(&SecretString::from(pem)).unwrap();
    assert_eq!(public.len(), 65);
}
