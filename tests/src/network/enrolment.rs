//! A node in a pod of Kubernetes, which begins without a certificate.
//!
//! The pod is a mount namespace with a service account where Kubernetes puts it; the cluster is a fake that looks at what
//! it is asked.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use chorister_enrol::testing::{DAY, ISSUER, Kubernetes, Manner, NAMESPACE};

use super::*;

/// Whether this system lets us have mounts of our own.
#[expect(clippy::print_stderr, reason = "a test says what it does not test")]
fn has_namespaces() -> bool {
    let tried = Command::new("unshare").args(["-rm", "true"]).output();
    let is_fine = tried.is_ok_and(|it| it.status.success());
    if !is_fine {
        eprintln!("not tested: `unshare -rm` does not work here");
    }
    is_fine
}

/// A program that runs ours in a pod of a cluster.
fn in_pod(site: &Site, kubernetes: &Kubernetes) -> PathBuf {
    let script = format!(
        "#!/bin/sh\nexport KUBERNETES_SERVICE_HOST={} KUBERNETES_SERVICE_PORT={}\n\
         exec unshare -rm sh -c 'mount -t tmpfs none /run && mkdir -p {ACCOUNT} \
         && cp {2}/token {2}/ca.crt {2}/namespace {ACCOUNT} && exec \"$@\"' pod {3} \"$@\"\n",
        kubernetes.address.ip(),
        kubernetes.address.port(),
        site.home.path().join("account").display(),
        binary("chorister").display(),
    );
    let path = site.file("in-pod");
    fs::write(&path, script).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
    path
}

const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

#[test]
fn a_node_in_a_pod_gets_its_certificate_joins_and_renews_it() {
    let Some(site) = Site::start().filter(|_| has_namespaces()) else {
        return;
    };
    fs::create_dir(site.file("account")).expect("made");
    let kubernetes = Kubernetes::start(&site.file("account"), Manner::Denies);
    kubernetes.names(&site.authority.pem());
    kubernetes.expects(NODE, &[NODE, "node.choria.svc"]);
    // Of the first, two thirds are over.
    kubernetes.counts(&[(3 * DAY, DAY), (DAY, 3 * DAY)]);
    let configuration = site.configuration(&format!(
        "plugin.security.provider = certmanager\nplugin.choria.ssldir = {}\n\
         plugin.security.certmanager.issuer = {ISSUER}\nplugin.security.certmanager.namespace = {NAMESPACE}\n\
         plugin.security.certmanager.alt_names = node.choria.svc\n",
        site.file("ssl").display(),
    ));
    let program = in_pod(&site, &kubernetes);
    let node = Node::start(
        &program,
        &["--config", &configuration.display().to_string()],
    );
    let denied = "there is no certificate yet: the CertificateRequest `n1.example.net` was refused";
    node.ask_until(&["status", "--json"], |it| {
        let text = it["problems"][0]["text"].as_str();
        text.is_some_and(|it| it.starts_with(denied))
    });
    kubernetes.behave(Manner::Signs { after: 1 });
    let signer = site.alice();
    run(async {
        let mut client = site.client("mcollective", signer).await;
        let (sender, body, _) = client.ping().await;
        assert_eq!((sender.as_str(), body.as_slice()), (NODE, body::PONG));
    });
    // What counts for less than a day and a bit would be told as a problem.
    let status = node.ask_until(&["status", "--json"], |it| {
        let asked = kubernetes.asked();
        let deleted = asked.iter().filter(|it| it.starts_with("DELETE"));
        it["problems"] == json!([]) && deleted.count() == 2
    });
    assert_eq!(status["identity"], NODE);
    assert_eq!(kubernetes.mistakes(), [""; 0], "{}", node.log());
    for secret in ["PRIVATE KEY", chorister_enrol::testing::TOKEN] {
        assert!(!node.log().contains(secret), "{}", node.log());
    }
}
