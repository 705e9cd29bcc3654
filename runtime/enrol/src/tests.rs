//! Nodes, and a Kubernetes that looks at what they ask.

use core::time::Duration;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use chorister_security::certificate::Chain;
use chorister_security::load;
use chorister_security::provider::Files;
use jiff::Timestamp;
use proptest::prelude::*;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use crate::resource::{Outcome, is_label, is_name, read};
use crate::testing::{DAY, ISSUER, Kubernetes, Manner, NAMESPACE, TOKEN};
use crate::{EnrolError, Order, Pod, PrivateKey, Standing, keep, obtain};

const NODE: &str = "n1.example.net";

struct Site {
    home: TempDir,
    kubernetes: Kubernetes,
}

impl Site {
    fn new(manner: Manner) -> Self {
        let home = tempfile::tempdir().unwrap();
        let kubernetes = Kubernetes::start(home.path(), manner);
        Self { home, kubernetes }
    }

    fn order(&self) -> Order {
        Order {
            identity: NODE.to_owned(),
            alt_names: Vec::new(),
            namespace: NAMESPACE.to_owned(),
            issuer: ISSUER.to_owned(),
            api_version: "v1".to_owned(),
            replace: true,
            folder: self.home.path().join("ssl"),
            patience: Order::PATIENCE,
        }
    }

    fn pod(&self) -> Pod {
        let port = self.kubernetes.address.port().to_string();
        Pod::new("127.0.0.1", Some(&port), self.home.path())
    }

    fn place(&self, order: &Order) -> Result<(), EnrolError> {
        run(order.place(&self.pod()))
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join("ssl").join(name)).unwrap()
    }

    fn mode(&self, name: &str) -> u32 {
        let path = self.home.path().join("ssl").join(name);
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    /// Nothing was wrong with what was asked.
    #[track_caller]
    fn asked(&self, expect: &[&str]) {
        assert_eq!(self.kubernetes.mistakes(), [""; 0]);
        assert_eq!(self.kubernetes.asked(), expect);
    }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(test)
}

#[test]
fn a_node_without_files_gets_them() {
    let site = Site::new(Manner::Signs { after: 1 });
    let names = [NODE, "node.choria.svc", "10.0.0.7"];
    site.kubernetes.expects(NODE, &names);
    let mut order = site.order();
    order.alt_names = names[1..].iter().map(|it| (*it).to_owned()).collect();
    let now = Timestamp::now();
    assert_eq!(order.standing(now).unwrap(), Standing::Missing);
    site.place(&order).unwrap();
    site.asked(&[
        "POST n1.example.net",
        "GET n1.example.net",
        "GET n1.example.net",
    ]);
    let Standing::Good { renew, ends } = order.standing(now).unwrap() else {
        panic!("there is none");
    };
    let two_thirds = ends.duration_since(renew).as_secs() * 2;
    assert_eq!(two_thirds, (60 * 86_400) + 2400);
    assert!(
        site.text("key.pem")
            .starts_with("-----BEGIN RSA PRIVATE KEY-----\n")
    );
    assert!(
        site.text("csr.pem")
            .starts_with("-----BEGIN CERTIFICATE REQUEST-----\n")
    );
    assert_eq!(site.text("ca.pem"), site.kubernetes.authority);
    assert_eq!(
        [site.mode("key.pem"), site.mode("cert.pem")],
        [0o600, 0o644]
    );
    let file = |name: &str| Some(order.folder.join(name));
    let files = Files {
        certificate: file("cert.pem"),
        key: file("key.pem"),
        ca: file("ca.pem"),
        ..Files::default()
    };
    load::signer(&files, false).unwrap();
    let chain = Chain::from_pem(site.text("cert.pem").as_bytes()).unwrap();
    assert!(chain.names().eq([NODE, NODE, "node.choria.svc"]));
}

#[test]
fn a_key_that_is_there_is_kept() {
    let site = Site::new(Manner::Signs { after: 0 });
    let order = site.order();
    site.place(&order).unwrap();
    let key = site.text("key.pem");
    fs::remove_file(order.folder.join("cert.pem")).unwrap();
    site.place(&order).unwrap();
    assert_eq!(site.text("key.pem"), key);
    // The request of before was in the way.
    site.asked(&[
        "POST n1.example.net",
        "GET n1.example.net",
        "POST n1.example.net",
        "DELETE n1.example.net",
        "POST n1.example.net",
        "GET n1.example.net",
    ]);
}

#[test]
fn a_new_key_has_no_old_certificate() {
    let site = Site::new(Manner::Signs { after: 0 });
    let order = site.order();
    site.place(&order).unwrap();
    fs::remove_file(order.folder.join("key.pem")).unwrap();
    site.kubernetes.behave(Manner::Denies);
    site.place(&order).unwrap_err();
    assert_eq!(order.standing(Timestamp::now()).unwrap(), Standing::Missing);
}

#[test]
fn a_request_of_before_stays_where_it_may_not_be_replaced() {
    let site = Site::new(Manner::Signs { after: 0 });
    site.kubernetes.has(NODE);
    let mut order = site.order();
    order.replace = false;
    let error = site.place(&order).unwrap_err();
    assert!(
        matches!(&error, EnrolError::Exists { name } if name == NODE),
        "{error}"
    );
    site.asked(&["POST n1.example.net"]);
}

/// What is said of an answer that gives no certificate. None is written.
#[track_caller]
fn fails(manner: Manner, expect: &str) {
    let site = Site::new(manner);
    let order = site.order();
    let error = site.place(&order).unwrap_err().to_string();
    let url = format!("https://{}", site.kubernetes.address);
    assert_eq!(error.replace(&url, "URL"), expect);
    assert!(!error.contains(TOKEN), "{error}");
    assert_eq!(site.kubernetes.mistakes(), [""; 0]);
    assert_eq!(order.standing(Timestamp::now()).unwrap(), Standing::Missing);
}

#[test]
fn refusals_are_told() {
    fails(
        Manner::Denies,
        "the CertificateRequest `n1.example.net` was refused (policy.example.net): no node of that name",
    );
    fails(
        Manner::Fails,
        "the CertificateRequest `n1.example.net` was refused (Failed): the issuer's key is gone",
    );
    fails(
        Manner::NoAuthority,
        "the issuer of the CertificateRequest `n1.example.net` names no authority (`status.ca`)",
    );
}

#[test]
fn what_is_not_ours_is_not_taken() {
    let unusable = "the certificate that was issued cannot be used";
    fails(
        Manner::OtherKey,
        &format!("{unusable}: the certificate or the token is not that of the key"),
    );
    fails(
        Manner::OtherName,
        &format!("{unusable}: it is not for `n1.example.net`"),
    );
    fails(
        Manner::OtherAuthority,
        &format!("{unusable}: the certificate does not come from a known authority"),
    );
    fails(
        Manner::Garbage,
        "URL: what the API server answered cannot be understood: not a resource: expected value at line 1 column 1",
    );
    fails(Manner::Huge, "URL: the body is larger than 1048576 bytes");
}

#[test]
fn an_api_server_that_starts_is_asked_again() {
    let site = Site::new(Manner::Breaks { times: 2 });
    site.place(&site.order()).unwrap();
    let post = "POST n1.example.net";
    site.asked(&[post, post, post, "GET n1.example.net"]);
}

#[test]
fn nobody_waits_for_ever() {
    let site = Site::new(Manner::Waits);
    let mut order = site.order();
    order.patience = Duration::from_secs(1);
    let error = site.place(&order).unwrap_err();
    assert!(matches!(error, EnrolError::Late { .. }), "{error}");
    let last = "Waiting on certificate issuance".to_owned();
    let late = EnrolError::Late {
        after: Order::PATIENCE,
        last,
    };
    assert_eq!(
        late.to_string(),
        "there was no certificate within 60 seconds: Waiting on certificate issuance"
    );
}

#[test]
fn an_api_server_of_somebody_else_is_not_told_the_token() {
    let site = Site::new(Manner::Signs { after: 0 });
    let other = Site::new(Manner::Signs { after: 0 });
    fs::copy(
        other.home.path().join("ca.crt"),
        site.home.path().join("ca.crt"),
    )
    .unwrap();
    let error = site.place(&site.order()).unwrap_err();
    assert!(error.to_string().contains("tls: "), "{error}");
    site.asked(&[]);
}

#[test]
fn a_pod_without_a_service_account_says_so() {
    let site = Site::new(Manner::Signs { after: 0 });
    let failure = |site: &Site| site.place(&site.order()).unwrap_err().to_string();
    fs::write(site.home.path().join("token"), "\n").unwrap();
    let path = site.home.path().display().to_string();
    assert_eq!(failure(&site), format!("{path}/token holds no token"));
    fs::remove_file(site.home.path().join("token")).unwrap();
    let expect = "the pod has no service account to ask Kubernetes with: ";
    assert!(failure(&site).starts_with(expect), "{}", failure(&site));
    fs::write(site.home.path().join("token"), "another").unwrap();
    let error = failure(&site);
    assert!(
        error.ends_with("POST was answered 401: Unauthorized"),
        "{error}"
    );
    fs::remove_file(site.home.path().join("ca.crt")).unwrap();
    assert!(failure(&site).contains("ca.crt"), "{}", failure(&site));
}

#[test]
fn settings_that_cannot_be_are_told() {
    let site = Site::new(Manner::Signs { after: 0 });
    let fails = |change: fn(&mut Order), expect: &str| {
        let mut order = site.order();
        change(&mut order);
        assert_eq!(site.place(&order).unwrap_err().to_string(), expect);
    };
    fails(
        |it| it.issuer.clear(),
        "`plugin.security.certmanager.issuer`: it has to name the issuer that is asked",
    );
    fails(
        |it| it.namespace = "a/../b".to_owned(),
        "`plugin.security.certmanager.namespace`: not the name of a namespace",
    );
    fails(
        |it| it.api_version = "v1/x".to_owned(),
        "`plugin.security.certmanager.api_version`: not a version such as v1",
    );
    fails(
        |it| it.identity = "n 1".to_owned(),
        "`identity`: Kubernetes cannot have a request of this name",
    );
    site.asked(&[]);
}

#[test]
fn a_certificate_that_ended_is_replaced_before_anything_else() {
    let site = Site::new(Manner::Signs { after: 0 });
    let order = site.order();
    site.place(&order).unwrap();
    let later = Timestamp::now() + 100 * DAY;
    assert!(matches!(order.standing(later).unwrap(), Standing::Ended(_)));
    let told = std::cell::RefCell::new(Vec::new());
    let report = async |it| told.borrow_mut().push(it);
    run(obtain(&order, &site.pod(), &report));
    // It counts still.
    assert_eq!(
        (told.take(), site.kubernetes.asked().len()),
        (vec![None], 2)
    );
}

#[test]
fn a_certificate_is_renewed_when_two_thirds_of_its_time_are_over() {
    let site = Site::new(Manner::Signs { after: 0 });
    let order = site.order();
    site.kubernetes.counts(&[(3 * DAY, DAY), (DAY, 3 * DAY)]);
    site.place(&order).unwrap();
    let (old, key) = (site.text("cert.pem"), site.text("key.pem"));
    let (renewed, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let report = async |it| drop(renewed.send(it));
    let pod = site.pod();
    run(async {
        tokio::select! {
            () = keep(&order, &pod, &report) => {}
            it = seen.recv() => assert_eq!(it, Some(None)),
        }
    });
    assert_ne!(site.text("cert.pem"), old);
    assert_eq!(site.text("key.pem"), key);
    let now = Timestamp::now();
    let standing = order.standing(now).unwrap();
    assert!(
        matches!(standing, Standing::Good { renew, .. } if renew > now),
        "{standing:?}"
    );
}

#[test]
fn keys_are_read_as_they_are_written() {
    let key = PrivateKey::generate().unwrap();
    let pem = key.to_pem().unwrap();
    let again = PrivateKey::from_pem(&pem).unwrap();
    let request = key.request(NODE, &[]).unwrap();
    assert_eq!(again.request(NODE, &[]).unwrap(), request);
    assert_eq!(again.to_pem().unwrap().expose_secret(), pem.expose_secret());
    assert_eq!(format!("{key:?}"), "PrivateKey");
    for wrong in ["", "a b", "grün", "x\n"] {
        assert!(key.request(wrong, &[]).is_err(), "{wrong}");
    }
    assert!(PrivateKey::from_pem(&"x".to_owned().into()).is_err());
}

#[test]
fn names_in_kubernetes() {
    for good in ["a", "n1.example.net", "0-9"] {
        assert!(is_name(good), "{good}");
    }
    for bad in ["", ".", "a..b", "-a", "a-", "A", "a_b", "a/b"] {
        assert!(!is_name(bad), "{bad}");
    }
    assert!(!is_label("a.b") && !is_label(&"a".repeat(64)) && is_label("choria"));
}

proptest! {
    /// Whatever is answered, it is understood or it is not.
    #[test]
    fn answers_are_read_without_a_fall(
        kind in "(Ready|Denied|InvalidRequest|Approved)", status in "(True|False|x)",
        reason in "\\PC{0,9}", text in ".{0,999}", cut in 0..400_usize,
    ) {
        let whole = serde_json::json!({ "status": {
            "conditions": [{ "type": kind, "status": status, "reason": reason, "message": text }],
            "certificate": text,
        } }).to_string();
        if let Ok(Outcome::Pending(said)) = read(whole.as_bytes()) {
            prop_assert!(said.chars().count() <= 300);
        }
        let _ = read(&whole.as_bytes()[..cut.min(whole.len())]);
    }
}

#[test]
fn the_account_of_a_pod_is_where_kubernetes_puts_it() {
    let pod = format!("{:?}", Pod::new("::1", Some("6443"), &PathBuf::from("/x")));
    assert!(pod.contains("https://[::1]:6443"), "{pod}");
}
