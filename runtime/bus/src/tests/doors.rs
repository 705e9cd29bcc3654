//! All the ways to be let in.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chorister_system::tls::Trust;
use nkeys::KeyPair;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa};
use serde_json::json;

use super::*;

/// Whether a connection is let in.
async fn enters(dial: Dial) -> bool {
    let node = Connection::open(dial).await.expect("a connection");
    let seen = until(&node, |it| {
        up(it) || matches!(it, Link::Connecting { attempts: 1.., .. })
    });
    up(&seen.await)
}

#[tokio::test]
async fn a_password_opens_the_door() {
    let home = tempfile::tempdir().expect("a folder");
    let conf = "authorization { user: node, password: \"s3cret\" }";
    let Some(broker) = Broker::start(home.path(), conf) else {
        return;
    };
    let with = |password: &str| {
        let credentials = Credentials::Password {
            user: "node".to_owned(),
            password: password.to_owned(),
        };
        assert!(!format!("{credentials:?}").contains("s3cret"));
        Dial {
            credentials,
            ..dial(&broker)
        }
    };
    assert!(enters(with("s3cret")).await);
    assert!(!enters(with("secret")).await);
}

/// A file as `nsc` writes it.
fn write_credentials(path: &Path, token: &str, user: &KeyPair) {
    let seed = user.seed().expect("a seed");
    let text = format!(
        "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    );
    fs::write(path, text).expect("written");
}

#[tokio::test]
async fn a_file_of_credentials_opens_the_door() {
    let home = tempfile::tempdir().expect("a folder");
    let (operator, account, user) = (
        KeyPair::new_operator(),
        KeyPair::new_account(),
        KeyPair::new_user(),
    );
    let system = KeyPair::new_account();
    let own =
        json!({"nats": {"type": "operator", "version": 2, "system_account": system.public_key()}});
    let conf = format!(
        "operator: \"{}\"\nsystem_account: {system}\nresolver: MEMORY\n\
         resolver_preload {{ {account}: \"{}\", {system}: \"{}\" }}",
        accounts::token(&operator, &operator.public_key(), own),
        accounts::token(&operator, &account.public_key(), accounts::account()),
        accounts::token(&operator, &system.public_key(), accounts::account()),
        system = system.public_key(),
        account = account.public_key(),
    );
    let Some(broker) = Broker::start(home.path(), &conf) else {
        return;
    };
    let path = home.path().join("node.creds");
    let with_file = || Dial {
        credentials: Credentials::File(path.clone()),
        ..dial(&broker)
    };
    let token = accounts::token(&account, &user.public_key(), accounts::user());
    write_credentials(&path, &token, &user);
    assert!(enters(with_file()).await);
    // The right token with the key of somebody else.
    write_credentials(&path, &token, &KeyPair::new_user());
    assert!(!enters(with_file()).await);
    fs::write(&path, "nothing\n").expect("written");
    let error = Connection::open(with_file())
        .await
        .expect_err("no credentials");
    assert!(matches!(error, OpenError::Credentials { .. }), "{error}");
}

/// Signs as a node does whose token it is.
struct Holder(KeyPair);

impl Token for Holder {
    fn current(&self) -> Result<(String, Option<Arc<dyn Sign>>), String> {
        let seed = self.0.seed().map_err(|error| error.to_string())?;
        let key = KeyPair::from_seed(&seed).map_err(|error| error.to_string())?;
        Ok((
            format!("token-of-{}", key.public_key()),
            Some(Arc::new(Proof(key))),
        ))
    }
}

struct Proof(KeyPair);

impl Sign for Proof {
    fn sign(&self, nonce: &[u8]) -> Vec<u8> {
        self.0.sign(nonce).expect("signed")
    }
}

/// Decides as a service of a network does: whoever shows a token has to sign the broker's nonce with its key.
async fn decide(service: &Connection, issuer: &KeyPair) {
    let mut asked = service
        .subscribe("$SYS.REQ.USER.AUTH", None)
        .await
        .expect("subscribed");
    service.flush().await.expect("flushed");
    while let Some(message) = asked.next().await {
        let question = accounts::claims(core::str::from_utf8(&message.payload).expect("text"));
        let question = &question["nats"];
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let options = &question["connect_opts"];
        let key = text(&options["auth_token"]).replace("token-of-", "");
        let proof = BASE64_URL_SAFE_NO_PAD.decode(text(&options["sig"]));
        let nonce = text(&question["client_info"]["nonce"]);
        let is_true = !nonce.is_empty()
            && KeyPair::from_public_key(&key).is_ok_and(|key| {
                proof.is_ok_and(|proof| key.verify(nonce.as_bytes(), &proof).is_ok())
            });
        let nkey = text(&question["user_nkey"]);
        let mut user = accounts::user();
        user["aud"] = "APP".into();
        let mut answer = json!({"nats": {"type": "authorization_response", "version": 2}});
        answer["aud"] = question["server_id"]["id"].clone();
        match is_true {
            true => answer["nats"]["jwt"] = accounts::token(issuer, &nkey, user).into(),
            false => answer["nats"]["error"] = "no proof".into(),
        }
        let answer = accounts::token(issuer, &nkey, answer);
        let to = message.reply.expect("a subject");
        service.publish(to, answer).await.expect("answered");
    }
}

#[tokio::test]
async fn a_token_and_a_signed_nonce_open_the_door() {
    let home = tempfile::tempdir().expect("a folder");
    let issuer = KeyPair::new_account();
    let service = KeyPair::new_user();
    let conf = format!(
        "accounts {{ AUTH {{ users: [ {{ user: service, password: x }}, {{ nkey: {nkey} }} ] }}, APP {{}} }}\n\
         authorization {{ timeout: 30, auth_callout {{ issuer: {issuer}, account: AUTH, auth_users: [ service, {nkey} ] }} }}",
        nkey = service.public_key(),
        issuer = issuer.public_key(),
    );
    let Some(broker) = Broker::start(home.path(), &conf) else {
        return;
    };
    let service = Connection::open(Dial {
        credentials: Credentials::Password {
            user: "service".to_owned(),
            password: "x".to_owned(),
        },
        inbox: None,
        ..dial(&broker)
    })
    .await
    .expect("a connection");
    let with = |token: Arc<dyn Token>| Dial {
        credentials: Credentials::Token(token),
        timeout: LONG,
        ..dial(&broker)
    };
    let deciding = decide(&service, &issuer);
    let entering = async {
        assert!(enters(with(Arc::new(Holder(KeyPair::new_user())))).await);
        assert!(!enters(with(Arc::new(Secret))).await, "no signature");
    };
    tokio::select! {
        () = deciding => panic!("the service ended"),
        () = entering => {}
    }
}

#[tokio::test]
async fn a_web_server_is_a_door() {
    let home = tempfile::tempdir().expect("a folder");
    let mut wanted = CertificateParams::default();
    wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = || rcgen::KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(wanted, key()).expect("an authority");
    let (own, params) = (key(), CertificateParams::new(["localhost".to_owned()]));
    let certificate = params
        .expect("a name")
        .signed_by(&own, &authority)
        .expect("signed");
    let file = |name: &str| home.path().join(name);
    fs::write(file("ca.pem"), authority.pem()).expect("written");
    fs::write(file("web.pem"), certificate.pem()).expect("written");
    fs::write(file("web.key"), own.serialize_pem()).expect("written");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    let port = port.expect("a port").port();
    let conf = format!(
        "websocket {{ listen: \"127.0.0.1:{port}\", tls {{ cert_file: {:?}, key_file: {:?} }} }}",
        file("web.pem"),
        file("web.key"),
    );
    let Some(_broker) = Broker::start(home.path(), &conf) else {
        return;
    };
    let through = |scheme: &str, authorities: &str| Dial {
        trust: Some(Trust::File(file(authorities))),
        ..dial_at(&format!("{scheme}://localhost:{port}"))
    };
    let node = Connection::open(through("wss", "ca.pem"))
        .await
        .expect("a connection");
    let mut heard = node.subscribe("a.b", None).await.expect("subscribed");
    until(&node, up).await;
    node.publish("a.b", vec![7; 100_000])
        .await
        .expect("published");
    assert_eq!(
        heard.next().await.expect("a message").payload.len(),
        100_000
    );
    node.close(LONG).await;

    assert!(
        !enters(through("wss", "web.pem")).await,
        "others vouch for it"
    );
    let node = Connection::open(through("ws", "ca.pem"))
        .await
        .expect("a connection");
    let refused = until(&node, |it| {
        matches!(it, Link::Connecting { attempts: 1.., .. })
    })
    .await;
    assert!(
        format!("{refused:?}").contains("without TLS"),
        "{refused:?}"
    );
}
