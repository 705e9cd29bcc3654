//! Who a node is in its network by what its configuration says, and what keeps it out.

use std::fs;

use chorister_security::testing::{Authority, Wanted, client, rsa_pair, seed, server};
use chorister_security::token;
use chorister_settings::{Layer, resolve};
use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::status::NEVER;

const NODE: &str = "n1.example.net";

/// The files of a node.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let this = Self(tempfile::tempdir().expect("a folder"));
        let authority = Authority::new("authority", (2024, 2036));
        let pair = rsa_pair();
        this.write("ca.pem", &authority.pem);
        this.write("cert.pem", &authority.certify(&Wanted::default(), &pair));
        this.write("key.pem", &pair.serialize_pem());
        this.write("node.key", &id::unique_fips(NODE));
        this
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    fn token(&self, mut claims: Value) {
        claims["public_key"] = seed(NODE).public_hex().into();
        let token = token::sign(&claims, &seed("organization")).expect("a token");
        self.write("node.jwt", &token);
    }

    fn settings(&self, security: &str, more: &str) -> Settings {
        let text = format!(
            "identity = {NODE}\nplugin.choria.middleware_hosts = broker:4222\n{security}{more}"
        );
        resolve(vec![Layer::conf("server.conf", &text, None)], None).settings
    }

    /// With certificates.
    fn older(&self, more: &str) -> Settings {
        let [certificate, key, ca] = ["cert.pem", "key.pem", "ca.pem"].map(|it| self.path(it));
        let security = format!(
            "plugin.security.provider = file\nplugin.security.file.certificate = {certificate}\n\
             plugin.security.file.key = {key}\nplugin.security.file.ca = {ca}\n"
        );
        self.settings(&security, more)
    }

    /// With a token.
    fn newer(&self, more: &str) -> Settings {
        let [token, seed] = ["node.jwt", "node.key"].map(|it| self.path(it));
        let signer = seed_of_organization();
        let security = format!(
            "plugin.security.provider = choria\nplugin.security.choria.token_file = {token}\n\
             plugin.security.choria.seed_file = {seed}\n\
             plugin.security.choria.trusted_signers = {signer}\n"
        );
        self.settings(&security, more)
    }
}

fn seed_of_organization() -> String {
    seed("organization").public_hex()
}

/// Why a node cannot be part of a network.
#[track_caller]
fn refused(settings: &Settings) -> String {
    let read = Membership::read(settings, false);
    read.expect_err("it joined").to_string()
}

#[test]
fn mistakes_in_what_protects_a_network_keep_a_node_out() {
    let place = Place::new();
    assert!(Membership::read(&place.older(""), false).is_ok());
    let settings = place.older("plugin.choria.security.certname_whitelist = ^nobody$, ^x[bad$\n");
    let text = refused(&settings);
    assert!(text.contains("server.conf:7:"), "{text}");
    assert!(text.contains("certname_whitelist` is `^x[bad$`"), "{text}");
    let account = Account {
        name: Some("alice"),
        is_root: false,
    };
    assert!(refused(&place.older("rpcauthprovider = regopolicy\n")).contains("rpcauthprovider"));
    // What only nodes read does not keep clients out.
    let read = Principal::read(&settings, account, false);
    assert!(!matches!(read, Err(JoinError::Mistakes(_))));
    let settings = place.older("plugin.choria.middleware_hosts = broker\n");
    let read = Principal::read(&settings, account, false);
    assert!(matches!(read, Err(JoinError::Mistakes(_))));
}

#[test]
fn a_token_is_that_of_the_node() {
    let place = Place::new();
    place.token(server(NODE));
    let settings = place.newer("");
    let membership = Membership::read(&settings, false).expect("a membership");
    place.token(server("other.example.net"));
    assert_eq!(
        refused(&settings),
        "the node is `n1.example.net`, and its token is that of `other.example.net`"
    );
    let renewed = membership.renew(&settings).expect_err("it was taken");
    assert!(matches!(renewed, JoinError::OtherIdentity { .. }));
    place.token(client("alice"));
    assert_eq!(
        refused(&settings),
        "the node is `n1.example.net`, and its token is that of no node, but a `choria_client_id`"
    );
}

#[test]
fn both_ends_are_known_of_a_node_with_a_token() {
    let place = Place::new();
    place.token(server(NODE));
    let ends = |more: &str| {
        let membership = Membership::read(&place.newer(more), false).expect("a membership");
        *membership.ends.borrow()
    };
    let (certificate, token) = ends("");
    assert_eq!(certificate, NEVER);
    assert_ne!(token, NEVER);
    let certificate = place.path("cert.pem");
    let (certificate, _) = ends(&format!(
        "plugin.security.choria.certificate = {certificate}\n"
    ));
    assert_eq!(certificate.to_string(), "2036-01-01T00:00:00Z");
}

#[test]
fn the_bounds_of_requests_are_configured() {
    let place = Place::new();
    let bounds = |more: &str| {
        let membership = Membership::read(&place.older(more), false).expect("a membership");
        membership.guard.verifier.bounds
    };
    assert_eq!(bounds(""), Bounds::default());
    let expect = Bounds {
        ttl: Duration::from_secs(5 * 3600),
        skew: Duration::from_secs(60),
    };
    assert_eq!(bounds("rpc.max_ttl = 5h\nrpc.clock_skew = 1m\n"), expect);
}

#[test]
fn accounts_are_sent_beside_tokens() {
    let place = Place::new();
    place.token(server(NODE));
    let settings = place.newer("plugin.nats.user = ada\nplugin.nats.pass = secret\n");
    let signer = Membership::read(&settings, false)
        .expect("a membership")
        .signer;
    let Ok(Credentials::Token(token)) = credentials(&settings, signer.subscribe()) else {
        panic!("no token");
    };
    let account = token.account().expect("an account");
    assert_eq!(account, ("ada".to_owned(), "secret".to_owned()));
    let half = place.newer("plugin.nats.user = ada\n");
    assert!(refused(&half).contains("plugin.nats.pass"));
}

#[test]
fn the_usual_patterns_are_those_of_the_settings() {
    let settings = Settings::default().security;
    let texts = |of: &[Pattern]| {
        of.iter()
            .map(|it| it.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&settings.privileged_users), Patterns::PRIVILEGED);
    assert_eq!(texts(&settings.allowed_certnames), Patterns::ALLOWED);
}

#[test]
fn patterns_between_slashes_are_patterns() {
    let place = Place::new();
    let settings =
        place.older("plugin.choria.security.certname_whitelist = /^rip\\.mcollective$/\n");
    let membership = Membership::read(&settings, false).expect("a membership");
    let Trust::Certificates(trust) = membership.guard.verifier.trust else {
        panic!("no certificates");
    };
    assert!(trust.allowed.match_name("rip.mcollective"));
    assert!(!trust.allowed.match_name("alice.mcollective"));
}
