//! Authorities, certificates, organizations and tokens made for tests.

use chorister_proto::{Filter, Request, Version, id};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_RSA_SHA256, RsaKeySize,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::certificate::Roots;
use crate::key::{PublicKey, RsaKey, Seed};
use crate::{
    Bounds, CertificateTrust, Guard, Patterns, Replays, Signer, TokenTrust, Trust, Verifier, token,
};

pub(super) const NODE: &str = "n1.example.net";
pub(super) const SUBJECT: &str = "acme.broadcast.agent.rpcutil";

/// When everything happens.
pub(super) fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

/// A certificate authority.
pub(super) struct Authority {
    pub(super) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// What a certificate says.
pub(super) struct Wanted<'a> {
    pub(super) common_name: &'a str,
    pub(super) dns_names: &'a [&'a str],
    pub(super) uses: &'a [ExtendedKeyUsagePurpose],
    pub(super) years: (i32, i32),
}

impl Default for Wanted<'_> {
    fn default() -> Self {
        Self {
            common_name: "alice.mcollective",
            dns_names: &["alice.mcollective"],
            uses: &[ExtendedKeyUsagePurpose::ClientAuth],
            years: (2024, 2036),
        }
    }
}

fn parameters(wanted: &Wanted<'_>) -> CertificateParams {
    let names: Vec<_> = wanted.dns_names.iter().map(|it| (*it).to_owned()).collect();
    let mut parameters = CertificateParams::new(names).unwrap();
    let name = &mut parameters.distinguished_name;
    name.push(DnType::CommonName, wanted.common_name);
    parameters.extended_key_usages = wanted.uses.to_vec();
    parameters.not_before = rcgen::date_time_ymd(wanted.years.0, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(wanted.years.1, 1, 1);
    parameters
}

impl Authority {
    pub(super) fn new(name: &str, years: (i32, i32)) -> Self {
        let mut parameters = parameters(&Wanted {
            common_name: name,
            dns_names: &[],
            uses: &[],
            years,
        });
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(parameters, key),
        }
    }

    /// Another authority that this one vouches for.
    pub(super) fn intermediate(&self, name: &str) -> Self {
        let mut parameters = parameters(&Wanted {
            common_name: name,
            dns_names: &[],
            uses: &[],
            ..Wanted::default()
        });
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = parameters.signed_by(&key, &self.issuer).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(parameters, key),
        }
    }

    /// The text of a certificate for a key.
    pub(super) fn certify(&self, wanted: &Wanted<'_>, key: &KeyPair) -> String {
        let certificate = parameters(wanted).signed_by(key, &self.issuer);
        certificate.unwrap().pem()
    }

    pub(super) fn guard(&self) -> Guard {
        guard(
            Trust::Certificates(CertificateTrust {
                roots: Roots::from_pem(self.pem.as_bytes()).unwrap(),
                allowed: Patterns::new(Patterns::ALLOWED).unwrap(),
                privileged: Patterns::new(Patterns::PRIVILEGED).unwrap(),
            }),
            "acme",
        )
    }
}

fn guard(trust: Trust, collective: &str) -> Guard {
    Guard {
        verifier: Verifier {
            trust,
            identity: NODE.to_owned(),
            collectives: vec![collective.to_owned()],
            bounds: Bounds::default(),
        },
        replays: Replays::default(),
    }
}

pub(super) fn rsa_pair() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
}

pub(super) fn rsa(pair: &KeyPair) -> RsaKey {
    RsaKey::from_pem(&SecretString::from(pair.serialize_pem())).unwrap()
}

/// Somebody with a certificate of an authority.
pub(super) fn certified(authority: &Authority, wanted: &Wanted<'_>) -> Signer {
    let pair = rsa_pair();
    Signer::certificate(rsa(&pair), authority.certify(wanted, &pair)).unwrap()
}

/// A seed that is always the same for a name.
pub(super) fn seed(name: &str) -> Seed {
    let digits = id::unique_fips(name);
    Seed::from_hex(&SecretString::from(digits)).unwrap()
}

pub(super) fn public(name: &str) -> PublicKey {
    seed(name).public().unwrap()
}

/// The claims of a client that may make requests.
pub(super) fn client(name: &str) -> Value {
    json!({
        "purpose": "choria_client_id",
        "callerid": format!("up={name}"),
        "public_key": seed(name).public_hex(),
        "permissions": {"fleet_management": true},
        "iat": now().as_second(),
        "exp": now().as_second() + 3600,
    })
}

/// The claims of a node.
pub(super) fn server(identity: &str) -> Value {
    json!({
        "purpose": "choria_server",
        "identity": identity,
        "collectives": ["acme"],
        "public_key": seed(identity).public_hex(),
        "exp": now().as_second() + 3600,
    })
}

/// Somebody with a token that the organization signed.
pub(super) fn bearer(name: &str, claims: &Value) -> Signer {
    Signer::Token {
        seed: seed(name),
        token: token::sign(claims, &seed("organization")).unwrap(),
        sign_replies: true,
    }
}

pub(super) fn trust() -> TokenTrust {
    TokenTrust::Issuers([("choria".to_owned(), public("organization"))].into())
}

/// A node that believes the organization.
pub(super) fn token_guard() -> Guard {
    guard(Trust::Tokens(trust()), "acme")
}

pub(super) fn request(version: Version, caller: &str) -> Request {
    let mut request = Request {
        version,
        id: match version {
            Version::V1 => id::request_v1([7; 16]),
            Version::V2 => id::request_v2(now().as_second(), [7; 16]),
        },
        sender: "dev1.example.net".to_owned(),
        caller: caller.to_owned(),
        collective: "acme".to_owned(),
        agent: "rpcutil".to_owned(),
        ttl: 60,
        time: now(),
        filter: Some(Filter::agent("rpcutil")),
        payload: Vec::new(),
    };
    request.set_body(br#"{"agent":"rpcutil","action":"ping","data":{}}"#);
    request
}

/// What travels.
pub(super) fn wire(signer: &Signer, request: &Request) -> Vec<u8> {
    let reply_to = "acme.reply.0123.1";
    let transport = signer.request_transport(request, reply_to);
    transport.unwrap().encode()
}
