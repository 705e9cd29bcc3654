//! What a node makes of bundles: good ones, and every kind that changes nothing.

use std::collections::VecDeque;
use std::sync::Mutex;

use chorister_bundle::envelope::Envelope;
use chorister_bundle::key::SigningKey;
use chorister_engine::Engine;
use jiff::SignedDuration;

use super::*;

/// Bundles that come one after the other.
#[derive(Clone, Default)]
struct Queue(Arc<Mutex<VecDeque<Answer>>>);

type Answer = Result<Vec<u8>, String>;

impl Source for Queue {
    fn shown(&self) -> &str {
        "queue"
    }

    fn stirred(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::pending())
    }

    fn fetch(
        &mut self,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Vec<u8>>, String>> + Send + '_>> {
        let next = self.0.lock().unwrap().pop_front();
        Box::pin(std::future::ready(next.transpose()))
    }
}

struct Lab {
    state: tempfile::TempDir,
    queue: Queue,
    key: SigningKey,
    follower: Follower,
    current: Current,
    engine: EngineHandle,
}

fn now() -> Timestamp {
    "2026-11-21T00:00:00Z".parse().unwrap()
}

fn manifest(version: u64) -> Manifest {
    Manifest {
        name: "web".to_owned(),
        version,
        not_after: now() + SignedDuration::from_hours(24),
        files: [("mail.yaml".to_owned(), "checks: {}\n".to_owned())].into(),
    }
}

impl Lab {
    fn start() -> Self {
        let state = tempfile::tempdir().unwrap();
        let engine = Engine::builder("node", state.path())
            .without_control()
            .build()
            .unwrap();
        let handle = engine.handle();
        tokio::spawn(engine.run());
        let key = SigningKey::generate().unwrap();
        let queue = Queue::default();
        let (follower, current) = follower(&state, &queue, &key, &handle);
        Self {
            state,
            queue,
            key,
            follower,
            current,
            engine: handle,
        }
    }

    fn restart(&mut self) {
        let (follower, current) = follower(&self.state, &self.queue, &self.key, &self.engine);
        self.follower = follower;
        self.current = current;
    }

    /// Fetches these bytes; the version that counts then, and what an operator is told.
    async fn fetch(&mut self, bytes: Vec<u8>, at: Timestamp) -> (Option<u64>, String) {
        self.queue.0.lock().unwrap().push_back(Ok(bytes));
        self.look(at).await
    }

    async fn look(&mut self, at: Timestamp) -> (Option<u64>, String) {
        self.follower.look(at).await.unwrap();
        let problems = self.engine.status().await.unwrap().problems;
        let texts: Vec<_> = problems.into_iter().map(|it| it.text).collect();
        (self.version(), texts.join("\n"))
    }

    fn version(&self) -> Option<u64> {
        self.current.borrow().as_ref().map(|it| it.version)
    }

    fn sealed(&self, manifest: &Manifest) -> Vec<u8> {
        let envelope = Envelope::seal(manifest.to_text().as_bytes(), &self.key);
        envelope.to_text().into_bytes()
    }
}

fn follower(
    state: &tempfile::TempDir,
    queue: &Queue,
    key: &SigningKey,
    engine: &EngineHandle,
) -> (Follower, Current) {
    let of = BundleOrigin {
        source: String::new(),
        keys: vec![key.public()],
        memory: state.path().join("bundle.json"),
        identity: "node".to_owned(),
    };
    Follower::new(Box::new(queue.clone()), of, engine.clone())
}

#[tokio::test]
async fn a_bundle_counts_until_a_newer_one_comes() {
    let mut lab = Lab::start();
    let (one, two) = (lab.sealed(&manifest(1)), lab.sealed(&manifest(2)));
    assert_eq!(
        lab.fetch(one.clone(), now()).await,
        (Some(1), String::new())
    );
    assert_eq!(lab.fetch(one, now()).await, (Some(1), String::new()));
    assert_eq!(lab.fetch(two, now()).await, (Some(2), String::new()));
}

#[tokio::test]
async fn what_does_not_count_changes_nothing_and_says_why() {
    let mut lab = Lab::start();
    let (two, three) = (lab.sealed(&manifest(2)), lab.sealed(&manifest(3)));
    lab.fetch(two.clone(), now()).await;
    let unsigned = {
        let mut envelope = Envelope::read(&three).unwrap();
        envelope.signatures.clear();
        envelope.to_text().into_bytes()
    };
    let tampered = {
        let mut envelope = Envelope::read(&three).unwrap();
        envelope.payload = Envelope::read(&lab.sealed(&manifest(9))).unwrap().payload;
        envelope.to_text().into_bytes()
    };
    let foreign = Envelope::seal(
        manifest(3).to_text().as_bytes(),
        &SigningKey::generate().unwrap(),
    );
    let expired = Manifest {
        not_after: now() - SignedDuration::from_secs(1),
        ..manifest(3)
    };
    let other = Manifest {
        files: Default::default(),
        ..manifest(2)
    };
    let cases = [
        (unsigned, "is not signed [CH1112]"),
        (tampered, "was changed after it was signed [CH1112]"),
        (foreign.to_text().into_bytes(), "is signed by"),
        (
            lab.sealed(&manifest(1)),
            "is older than 2, which is known [CH1113]",
        ),
        (lab.sealed(&other), "two different bundles"),
        (lab.sealed(&expired), "counted until"),
        (b"<html>".to_vec(), "this is no bundle"),
        (Vec::new(), "this is no bundle"),
    ];
    for (bytes, expect) in cases {
        let (version, problem) = lab.fetch(bytes, now()).await;
        assert_eq!(version, Some(2), "{expect}");
        assert!(problem.contains(expect), "{problem}");
        assert!(
            problem.ends_with("version 2 of the bundle `web` stays"),
            "{problem}"
        );
        // Nothing new makes nothing better.
        assert_eq!(lab.look(now()).await, (Some(2), problem));
    }
    assert_eq!(lab.fetch(two, now()).await, (Some(2), String::new()));
    assert_eq!(lab.fetch(three, now()).await, (Some(3), String::new()));
}

#[tokio::test]
async fn a_restart_brings_back_the_last_good_one_and_no_older_one() {
    let mut lab = Lab::start();
    let (one, two) = (lab.sealed(&manifest(1)), lab.sealed(&manifest(2)));
    lab.fetch(two, now()).await;
    lab.restart();
    lab.follower.recall().await.unwrap();
    assert_eq!(lab.version(), Some(2));
    let (version, problem) = lab.fetch(one, now()).await;
    assert_eq!(version, Some(2));
    assert!(problem.contains("[CH1113]"), "{problem}");
    // Past its time it stays, and that is said.
    let later = now() + SignedDuration::from_hours(48);
    let (version, problem) = lab.look(later).await;
    assert_eq!(version, Some(2));
    assert!(
        problem.contains("stays until there is a newer one [CH1114]"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_memory_that_was_changed_is_moved_aside() {
    let mut lab = Lab::start();
    let two = lab.sealed(&manifest(2));
    lab.fetch(two.clone(), now()).await;
    let path = lab.state.path().join("bundle.json");
    std::fs::write(&path, "{}").unwrap();
    lab.restart();
    lab.follower.recall().await.unwrap();
    assert_eq!(lab.version(), None);
    let (version, problem) = lab.fetch(two, now()).await;
    assert_eq!(version, Some(2));
    assert!(problem.contains("is moved to"), "{problem}");
    assert!(lab.state.path().join("bundle.refused").exists());
}

#[tokio::test]
async fn a_file_is_read_when_it_has_changed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("web.bundle.json");
    let mut source = file::FileSource::new(path.clone());
    assert!(source.fetch().await.unwrap_err().contains("cannot be read"));
    std::fs::write(&path, "one").unwrap();
    assert_eq!(source.fetch().await, Ok(Some(b"one".to_vec())));
    assert_eq!(source.fetch().await, Ok(None));
    std::fs::write(directory.path().join("new"), "two").unwrap();
    std::fs::rename(directory.path().join("new"), &path).unwrap();
    assert_eq!(source.fetch().await, Ok(Some(b"two".to_vec())));
}

#[test]
fn nodes_do_not_ask_all_at_once() {
    let splays: std::collections::BTreeSet<_> = (0..100)
        .map(|at| splay(&format!("node{at}.example.net")).as_secs())
        .collect();
    assert!(splays.len() > 20, "{splays:?}");
    assert!(splays.iter().all(|it| *it < SPLAY.as_secs()));
    assert_eq!(splay("node"), splay("node"));
}
