//! Real TLS, with and without a certificate of the client.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio_rustls::TlsConnector;

use super::*;
use crate::TlsFiles;

/// An authority, and what it has signed, in files.
struct Authority {
    place: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { place, issuer }
    }

    /// Certificate and key of somebody, in PEM.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// A server's files; with its own authority for clients if they need one.
    fn listen(&self, asks_clients: bool) -> Listen {
        let (certificate, key) = self.sign("localhost");
        let at = |name: &str| self.place.path().join(name);
        std::fs::write(at("cert.pem"), certificate).unwrap();
        std::fs::write(at("key.pem"), key).unwrap();
        Listen {
            tls: Some(TlsFiles {
                certificate: at("cert.pem"),
                key: at("key.pem"),
                client_ca: asks_clients.then(|| at("ca.pem")),
            }),
            ..LOCAL.into()
        }
    }

    /// Asks for the metrics as somebody who trusts this authority, with a certificate or without.
    async fn ask(&self, node: &Node, own: Option<(String, String)>) -> io::Result<String> {
        self.ask_for("/metrics", node, own).await
    }

    async fn ask_for(
        &self,
        path: &str,
        node: &Node,
        own: Option<(String, String)>,
    ) -> io::Result<String> {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(self.issuer.pem().as_bytes()).unwrap();
        roots.add(root).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match own {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let name = ServerName::try_from("localhost").unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let mut stream = connector.connect(name, node.connect().await).await?;
        stream.write_all(get(path).as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}

#[tokio::test]
async fn a_certificate_protects_what_is_asked() {
    let authority = Authority::new();
    let node = Node::listening(authority.listen(false)).await;
    let answer = authority.ask(&node, None).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    // Who does not trust the server does not ask it.
    assert!(Authority::new().ask(&node, None).await.is_err());
    // In the clear there is no answer.
    let mut stream = node.connect().await;
    stream.write_all(get("/metrics").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"));
    node.stop().await;
}

#[tokio::test]
async fn a_client_proves_who_it_is() {
    let authority = Authority::new();
    let node = Node::listening(authority.listen(true)).await;
    let own = authority.sign("prometheus");
    let answer = authority.ask(&node, Some(own)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let refused = authority.ask(&node, None).await.unwrap();
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    let stranger = Authority::new().sign("prometheus");
    assert!(authority.ask(&node, Some(stranger)).await.is_err());
    node.stop().await;
}

#[tokio::test]
async fn probes_need_no_certificate_and_are_told_no_more_than_yes_or_no() {
    let authority = Authority::new();
    let node = Node::waiting_for(vec!["web".to_owned()], authority.listen(true)).await;
    let own = authority.sign("prometheus");
    let asked = async |path, own| authority.ask_for(path, &node, own).await.unwrap();
    let health = asked("/healthz", None).await;
    assert!(health.starts_with("HTTP/1.1 200 OK"), "{health}");
    let ready = asked("/readyz", None).await;
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    assert!(ready.ends_with("\r\n\r\nnot ready\n"), "{ready}");
    let told = asked("/readyz", Some(own)).await;
    assert!(
        told.contains("not ready\nthere is no check web\n"),
        "{told}"
    );
    for path in ["/metrics", "/nothing", LAMP] {
        let refused = asked(path, None).await;
        assert!(refused.starts_with("HTTP/1.1 403"), "{path}: {refused}");
    }
    node.stop().await;
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let authority = Authority::new();
    let state = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let _inside = runtime.enter();
    for (name, content) in [
        ("cert.pem", "nothing"),
        ("key.pem", "nothing"),
        ("ca.pem", ""),
        ("cert.pem", authority.sign("other").0.as_str()),
    ] {
        let listen = authority.listen(true);
        std::fs::write(authority.place.path().join(name), content).unwrap();
        let engine = Engine::builder("node", state.path())
            .without_control()
            .http(listen)
            .build();
        let error = engine.err().unwrap().to_string();
        assert!(error.contains(name), "{error}");
        std::fs::write(
            authority.place.path().join("ca.pem"),
            authority.issuer.pem(),
        )
        .unwrap();
    }
}
