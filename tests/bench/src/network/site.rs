//! An organization in both versions of the protocol, with a broker.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chorister_peers::Broker;
use chorister_proto::{Filter, Request, Version, id};
use chorister_security::key::Seed;
use chorister_security::testing::{Authority, Wanted, certified, rsa_pair};
use chorister_security::token::{self, ClientPermissions};
use chorister_security::{Signer, load};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The node that is asked.
pub(super) const NODE: &str = "n1.example.net";

/// The collective that everybody is in.
pub(super) const COLLECTIVE: &str = "choria";

/// Where replies go.
pub(super) const REPLIES: &str = "choria.reply.bench.all";

/// Who asks.
const CALLER: &str = "choria=alice.mcollective";

/// How long requests and tokens count, in seconds.
const LIFE: i64 = 3600;

/// A broker, and files that say who everybody is.
pub(super) struct Site {
    pub(super) home: TempDir,
    pub(super) broker: Broker,
    authority: Authority,
}

impl Site {
    /// Starts a broker, with TLS or without.
    pub(super) fn start(tls: bool) -> Result<Self> {
        let home = tempfile::tempdir()?;
        let authority = Authority::with_key("authority", (2024, 2036), rsa_pair());
        let file = |name: &str| home.path().join(name);
        fs::write(file("ca.pem"), &authority.pem)?;
        fs::write(file("issuer.seed"), "1".repeat(64))?;
        for name in ["127.0.0.1", NODE] {
            let key = rsa_pair();
            let wanted = Wanted {
                common_name: name,
                dns_names: &[name],
                uses: &[],
                ..Wanted::default()
            };
            let named = |ending: &str| file(&format!("{name}.{ending}"));
            fs::write(named("crt"), authority.certify(&wanted, &key))?;
            fs::write(named("key"), key.serialize_pem())?;
        }
        let claims =
            json!({ "purpose": "choria_server", "identity": NODE, "collectives": [COLLECTIVE] });
        fs::write(file("node.jwt"), token(&seed('3')?, claims)?)?;
        fs::write(file("node.seed"), "3".repeat(64))?;
        let block = match tls {
            false => String::new(),
            true => format!(
                "tls {{ cert_file: {:?}, key_file: {:?} }}",
                file("127.0.0.1.crt"),
                file("127.0.0.1.key")
            ),
        };
        let broker = Broker::start(home.path(), &block).context("there is no broker")?;
        Ok(Self {
            home,
            broker,
            authority,
        })
    }

    /// The configuration of the node, with its token.
    pub(super) fn configuration(&self) -> Result<PathBuf> {
        let file = |name: &str| self.home.path().join(name);
        let text = format!(
            "identity = {NODE}\nplugin.choria.middleware_hosts = {}\nplugin.security.provider = choria\n\
             plugin.security.choria.token_file = {}\nplugin.security.choria.seed_file = {}\n\
             plugin.security.choria.ca = {}\nplugin.security.choria.trusted_signers = {}\nrpcauthorization = 0\n",
            self.broker.host(),
            file("node.jwt").display(),
            file("node.seed").display(),
            file("ca.pem").display(),
            seed('1')?.public_hex(),
        );
        fs::write(file("server.conf"), text)?;
        Ok(file("server.conf"))
    }

    /// What the client signs with.
    pub(super) fn signer(&self, version: Version) -> Result<Signer> {
        if version == Version::V1 {
            return Ok(certified(&self.authority, &Wanted::default()));
        }
        let permissions = ClientPermissions {
            fleet_management: true,
            ..ClientPermissions::default()
        };
        let claims = json!({
            "purpose": "choria_client_id", "callerid": CALLER, "permissions": permissions,
        });
        let own = seed('2')?;
        let token = token(&own, claims)?;
        Ok(Signer::token(own, token, false)?)
    }
}

/// What the node signs with.
pub(super) fn of_node(home: &Path, version: Version) -> Result<Signer> {
    let file = |ending: &str| home.join(ending);
    let files = match version {
        Version::V1 => chorister_security::provider::Files {
            certificate: Some(file(&format!("{NODE}.crt"))),
            key: Some(file(&format!("{NODE}.key"))),
            ..Default::default()
        },
        Version::V2 => chorister_security::provider::Files {
            token: Some(file("node.jwt")),
            seed: Some(file("node.seed")),
            ..Default::default()
        },
    };
    Ok(load::signer(&files, true)?)
}

/// A key that everybody can make again.
pub(super) fn seed(digit: char) -> Result<Seed> {
    let digits: String = core::iter::repeat_n(digit, 64).collect();
    Ok(Seed::from_hex(&digits.into())?)
}

fn token(of: &Seed, mut claims: Value) -> Result<String> {
    claims["public_key"] = of.public_hex().into();
    claims["exp"] = (Timestamp::now().as_second() + LIFE).into();
    Ok(token::sign(&claims, &seed('1')?)?)
}

/// A request that was not there before, as it is sent.
pub(super) fn request(signer: &Signer, agent: &str, body: &[u8]) -> Result<Vec<u8>> {
    let version = signer.version();
    let random = fastrand::u128(..).to_be_bytes();
    let now = Timestamp::now();
    let mut request = Request {
        version,
        id: match version {
            Version::V1 => id::request_v1(random),
            Version::V2 => id::request_v2(now.as_second(), random),
        },
        sender: "client.example.net".to_owned(),
        caller: CALLER.to_owned(),
        collective: COLLECTIVE.to_owned(),
        agent: agent.to_owned(),
        ttl: LIFE.unsigned_abs(),
        time: now,
        filter: Some(match agent {
            "discovery" => Filter::default(),
            agent => Filter::agent(agent),
        }),
        payload: Vec::new(),
    };
    request.set_body(body);
    Ok(signer.request_transport(&request, REPLIES)?.encode())
}
