//! For tests of this crate and of others: authorities, certificates, organizations and tokens that are made on the spot,
//! and messages that are changed on their way.

#![allow(clippy::unwrap_used, reason = "only tests use it")]

use chorister_proto::testing::mutate;
use chorister_proto::{Filter, Request, SecureRequest, Transport, Version, id};
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
    Bounds, CertificateTrust, Guard, Patterns, Replays, Signatures, Signer, TokenTrust, Trust,
    Verifier, token,
};

/// The identity of the node.
pub const NODE: &str = "n1.example.net";
/// Where [`request`] belongs.
pub const SUBJECT: &str = "acme.broadcast.agent.rpcutil";

/// When everything happens.
pub fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

/// A certificate authority.
pub struct Authority {
    /// Its certificate.
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// What a certificate says.
pub struct Wanted<'a> {
    /// The common name.
    pub common_name: &'a str,
    /// The DNS names.
    pub dns_names: &'a [&'a str],
    /// What it is for; anything when nothing is said.
    pub uses: &'a [ExtendedKeyUsagePurpose],
    /// The years in whose first days it begins and ends to count.
    pub years: (i32, i32),
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
    /// One that nobody vouches for, with an EC key.
    pub fn new(name: &str, years: (i32, i32)) -> Self {
        Self::with_key(name, years, KeyPair::generate().unwrap())
    }

    /// One that nobody vouches for, with a key of any kind.
    pub fn with_key(name: &str, years: (i32, i32), key: KeyPair) -> Self {
        let parameters = Self::parameters(name, years);
        Self {
            pem: parameters.self_signed(&key).unwrap().pem(),
            issuer: Issuer::new(parameters, key),
        }
    }

    fn parameters(name: &str, years: (i32, i32)) -> CertificateParams {
        let mut parameters = parameters(&Wanted {
            common_name: name,
            dns_names: &[],
            uses: &[],
            years,
        });
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters
    }

    /// Another authority that this one vouches for.
    pub fn intermediate(&self, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let parameters = Self::parameters(name, Wanted::default().years);
        Self {
            pem: parameters.signed_by(&key, &self.issuer).unwrap().pem(),
            issuer: Issuer::new(parameters, key),
        }
    }

    /// The text of a certificate for a key.
    pub fn certify(&self, wanted: &Wanted<'_>, key: &KeyPair) -> String {
        let certificate = parameters(wanted).signed_by(key, &self.issuer);
        certificate.unwrap().pem()
    }

    /// A node that believes it.
    pub fn guard(&self) -> Guard {
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
            signatures: Signatures::default(),
        },
        replays: Replays::default(),
    }
}

/// A new RSA key.
pub fn rsa_pair() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
}

/// A key to sign with.
pub fn rsa(pair: &KeyPair) -> RsaKey {
    RsaKey::from_pem(&SecretString::from(pair.serialize_pem())).unwrap()
}

/// The public part of such a key: `RSAPublicKey` in DER.
pub fn public_der(pair: &KeyPair) -> Vec<u8> {
    use rcgen::PublicKeyData;
    pair.der_bytes().to_vec()
}

/// Somebody with a certificate of an authority.
pub fn certified(authority: &Authority, wanted: &Wanted<'_>) -> Signer {
    let pair = rsa_pair();
    Signer::certificate(rsa(&pair), authority.certify(wanted, &pair)).unwrap()
}

/// A seed that is always the same for a name.
pub fn seed(name: &str) -> Seed {
    let digits = id::unique_fips(name);
    Seed::from_hex(&SecretString::from(digits)).unwrap()
}

/// The public key to [`seed`].
pub fn public(name: &str) -> PublicKey {
    seed(name).public().unwrap()
}

/// The claims of a client that may make requests.
pub fn client(name: &str) -> Value {
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
pub fn server(identity: &str) -> Value {
    json!({
        "purpose": "choria_server",
        "identity": identity,
        "collectives": ["acme"],
        "public_key": seed(identity).public_hex(),
        "exp": now().as_second() + 3600,
    })
}

/// Somebody with a token that the organization signed.
pub fn bearer(name: &str, claims: &Value) -> Signer {
    Signer::Token {
        seed: seed(name),
        token: token::sign(claims, &seed("organization")).unwrap(),
        sign_replies: true,
    }
}

/// Who believes the organization.
pub fn trust() -> TokenTrust {
    TokenTrust::Issuers([("choria".to_owned(), public("organization"))].into())
}

/// A node that believes the organization.
pub fn token_guard() -> Guard {
    guard(Trust::Tokens(trust()), "acme")
}

/// A request of somebody for the agent `rpcutil`.
pub fn request(version: Version, caller: &str) -> Request {
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
pub fn wire(signer: &Signer, request: &Request) -> Vec<u8> {
    let reply_to = "acme.reply.0123.1";
    let transport = signer.request_transport(request, reply_to);
    transport.unwrap().encode()
}

/// A message with one of its layers changed, and wrapped up again. `below` gives a number below another one.
pub fn mutated(below: &mut dyn FnMut(usize) -> usize, wire: &[u8]) -> Vec<u8> {
    let mut wire = wire.to_vec();
    let mut transport = Transport::decode(&wire).unwrap();
    match below(4) {
        0 => {
            mutate(below, &mut wire);
            return wire;
        }
        1 => mutate(below, &mut transport.data),
        layer => {
            let mut secure = SecureRequest::decode(&transport.data).unwrap();
            let part = if layer == 2 {
                &mut secure.request
            } else {
                &mut secure.signature
            };
            mutate(below, part);
            // What is no text any more cannot be wrapped up in version 1.
            transport.data = secure.encode().unwrap_or_default();
        }
    }
    transport.encode()
}
