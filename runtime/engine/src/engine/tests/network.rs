//! Watchers that need a network, with one that says what it is told to.

use std::collections::VecDeque;

use chorister_ir::{Governor, Kv, StateSet};

use super::*;
use crate::drivers;
use crate::network::{Answer, Entry, KvFound, Message, Network, Queue, Republished};

/// A network of one bucket and one governor.
#[derive(Default)]
struct Fake {
    value: Mutex<Option<Entry>>,
    /// How often the governor is full before it has a place.
    full: Mutex<VecDeque<bool>>,
    told: Mutex<Vec<String>>,
    heard: Mutex<Option<mpsc::Sender<Republished>>>,
}

impl Fake {
    fn set(&self, revision: u64, value: &str) {
        *self.value.lock().unwrap() = Some(Entry {
            revision,
            value: value.as_bytes().to_vec(),
        });
    }

    fn note(&self, what: String) {
        self.told.lock().unwrap().push(what);
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

impl Network for Fake {
    fn read<'a>(&'a self, bucket: &'a str, key: &'a str) -> Answer<'a, Option<Entry>> {
        let found = match (bucket, key) {
            ("DEPLOY", "app") => Ok(self.value.lock().unwrap().clone()),
            _ => Err("there is no such bucket".to_owned()),
        };
        Box::pin(std::future::ready(found))
    }

    fn watch<'a>(&'a self, _: &'a str, _: &'a str) -> Answer<'a, mpsc::Receiver<()>> {
        Box::pin(std::future::ready(Err("nobody may".to_owned())))
    }

    fn listen<'a>(&'a self, subject: &'a str) -> Answer<'a, mpsc::Receiver<Republished>> {
        self.note(format!("listens to {subject}"));
        let (tell, told) = mpsc::channel(1);
        *self.heard.lock().unwrap() = Some(tell);
        Box::pin(std::future::ready(Ok(told)))
    }

    fn publish(&self, message: Message) -> Answer<'_, ()> {
        self.note(message.subject);
        Box::pin(std::future::ready(Ok(())))
    }

    fn enter<'a>(&'a self, queue: &'a Queue) -> Answer<'a, Option<u64>> {
        let is_full = self.full.lock().unwrap().pop_front() != Some(false);
        let Queue {
            governor, machine, ..
        } = queue;
        self.note(format!("{machine} asks {governor}"));
        Box::pin(std::future::ready(Ok((!is_full).then_some(7))))
    }

    fn leave<'a>(&'a self, queue: &'a Queue, place: u64) -> Answer<'a, ()> {
        self.note(format!("{} leaves {place}", queue.machine));
        Box::pin(std::future::ready(Ok(())))
    }

    fn gave_up<'a>(&'a self, queue: &'a Queue) -> Answer<'a, ()> {
        self.note(format!("{} gives up", queue.machine));
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Follows a key: goes to B when it changes, and back when it cannot be read.
fn follower() -> Watcher {
    Watcher {
        name: "follow".into(),
        active_in: StateSet::EVERY,
        on_failure: Some(TransitionId(1)),
        kind: WatcherKind::Kv(Kv {
            bucket: "DEPLOY".into(),
            key: Template::parse("app").unwrap(),
            ..Kv::DEFAULT
        }),
        ..exec("-")
    }
}

/// A command that runs in B, with a place in a governor.
fn governed(command: &'static str) -> Watcher {
    let WatcherKind::Exec(mut exec) = exec(command).kind else {
        panic!("a command")
    };
    // In paused time a deadline would be over at once.
    exec.disown = true;
    exec.governor = Some(Governor {
        name: Template::parse("deploy").unwrap(),
        timeout: Duration::from_secs(60),
    });
    Watcher {
        active_in: [StateId(1)].into_iter().collect(),
        on_success: None,
        interval: None,
        kind: WatcherKind::Exec(exec),
        ..super::exec(command)
    }
}

async fn state(running: &Running) -> String {
    running.handle.machine("m").await.unwrap().unwrap().state
}

#[tokio::test(start_paused = true)]
async fn a_key_is_followed_as_soon_as_there_is_a_network() {
    let directory = tempfile::tempdir().unwrap();
    let running = Running::start(directory.path(), &[drivers::KV]);
    running.insert(machine("m", vec![follower()])).await;
    pass(15).await;
    let status = running.handle.machine("m").await.unwrap().unwrap();
    assert_eq!(
        (&*status.state, &*status.watchers[0].outcome),
        ("A", "error")
    );

    let network = Arc::new(Fake::default());
    network.set(1, "1.0");
    running
        .handle
        .join(Arc::clone(&network) as _)
        .await
        .unwrap();
    pass(1).await;
    assert_eq!(state(&running).await, "B");
    running.handle.fire("m", "back").await.unwrap();
    pass(120).await;
    assert_eq!(state(&running).await, "A");
    network.set(2, "1.1");
    pass(61).await;
    assert_eq!(state(&running).await, "B");
    // None of this is an event of the watcher.
    assert_eq!(
        running.record.told(),
        ["go: A -> B", "back: B -> A", "go: A -> B"]
    );
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_too_long_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let running = Running::start(directory.path(), &[drivers::KV]);
    let network = Arc::new(Fake::default());
    network.set(1, &"x".repeat((1 << 20) + 1));
    running.handle.join(network).await.unwrap();
    running.insert(machine("m", vec![follower()])).await;
    pass(1).await;
    let status = running.handle.machine("m").await.unwrap().unwrap();
    assert_eq!(
        (&*status.state, &*status.watchers[0].outcome),
        ("A", "error")
    );
    running.stop().await;
}

/// Runs the command with this governor; what the network was told, and what the events were.
async fn run_governed(command: &'static str, full: &[bool]) -> (Vec<String>, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    let running = Running::start(directory.path(), &[drivers::EXEC]);
    let network = Arc::new(Fake::default());
    *network.full.lock().unwrap() = full.iter().copied().collect();
    running
        .handle
        .join(Arc::clone(&network) as _)
        .await
        .unwrap();
    let mut governed = machine("m", vec![governed(command)]);
    governed.initial = StateId(1);
    running.insert(governed).await;
    running.handle.fire("m", "back").await.unwrap();
    running.handle.fire("m", "go").await.unwrap();
    while running.record.told().len() < 3 {
        pass(1).await;
    }
    let told = (network.told(), running.record.told());
    running.stop().await;
    told
}

#[tokio::test(start_paused = true)]
async fn a_command_waits_for_its_place_and_gives_it_back() {
    let (told, events) = run_governed("/bin/true", &[true, true, false]).await;
    let asks = "m asks deploy";
    assert_eq!(told, [asks, asks, asks, "m leaves 7"]);
    assert_eq!(events[2], "check success");
    let (told, events) = run_governed("/bin/false", &[false]).await;
    assert_eq!(told, [asks, "m leaves 7"]);
    assert_eq!(events[2], "check error");
}

#[tokio::test(start_paused = true)]
async fn a_command_without_a_place_in_time_does_not_run() {
    let (told, events) = run_governed("/bin/true", &[]).await;
    assert_eq!(told.last().unwrap(), "m gives up");
    // From half a second to five: some fourteen times a minute.
    assert!((12..25).contains(&told.len()), "{told:?}");
    assert_eq!(events[2], "check error");
}

#[tokio::test(start_paused = true)]
async fn what_a_stream_publishes_again_is_known_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let running = Running::start(directory.path(), &[drivers::KV]);
    let mut follower = follower();
    let WatcherKind::Kv(kv) = &mut follower.kind else {
        panic!("a key")
    };
    kv.trigger = Some(Template::parse("again.app").unwrap());
    let key = running.insert(machine("m", vec![follower])).await;
    let network = Arc::new(Fake::default());
    network.set(1, "1.0");
    let joined = running.handle.join(Arc::clone(&network) as _);
    joined.await.unwrap();
    pass(1).await;
    assert_eq!(state(&running).await, "B");
    assert_eq!(network.told(), ["listens to again.app"]);
    let tell = network.heard.lock().unwrap().clone().unwrap();
    running.handle.fire("m", "back").await.unwrap();
    pass(1).await;
    for (stream, subject, revision, expect) in [
        ("KV_OTHER", "$KV.DEPLOY.app", 2, "A"),
        ("KV_DEPLOY", "$KV.DEPLOY.apps", 2, "A"),
        ("KV_DEPLOY", "app", 2, "A"),
        ("KV_DEPLOY", "$KV.DEPLOY.app", 1, "A"),
        ("KV_DEPLOY", "$KV.DEPLOY.app", 2, "B"),
    ] {
        let value = b"1.1".to_vec();
        let message = Republished {
            stream: stream.into(),
            subject: subject.into(),
            sequence: revision,
            found: KvFound::Value { revision, value },
        };
        tell.send(message).await.unwrap();
        pass(1).await;
        assert_eq!(
            state(&running).await,
            expect,
            "{stream} {subject} {revision}"
        );
    }
    // Nobody listens for a machine that is gone.
    running.handle.remove(key).await.unwrap();
    pass(1).await;
    assert!(tell.is_closed());
}
