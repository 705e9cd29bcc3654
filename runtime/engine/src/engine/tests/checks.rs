//! What others see of checks.

use std::sync::atomic::AtomicI32;

use chorister_ir::{Nagios, Pair, Probe};

use super::*;
use crate::{CheckStatus, Hook, Maintenance, Order, Standing};

const STATES: [&str; 6] = [
    "UNKNOWN",
    "OK",
    "WARNING",
    "CRITICAL",
    "FORCE_CHECK",
    "MAINTENANCE",
];

/// A plugin that is told what to say, one for each test.
fn plugin<const N: usize>() -> (&'static AtomicI32, Driver) {
    static SAYS: [AtomicI32; 8] = [const { AtomicI32::new(0) }; 8];
    fn run<const N: usize>(_: Job, _: JobContext) -> JobFuture {
        Box::pin(async {
            let code = SAYS[N].load(Ordering::SeqCst);
            JobResult::Exec {
                exit: Exit::Code(code),
                output: format!("code {code}|level={code}%\nmore").into_bytes(),
                runtime: Duration::from_millis(250),
            }
        })
    }
    (&SAYS[N], Driver::new(DriverKind::Nagios, run::<N>))
}

/// A check that runs each minute.
fn check(name: &'static str, annotations: &[(&'static str, &'static str)]) -> Machine {
    let results = ["UNKNOWN", "OK", "WARNING", "CRITICAL"];
    let transitions = [
        "UNKNOWN",
        "OK",
        "WARNING",
        "CRITICAL",
        "FORCE_CHECK",
        "MAINTENANCE",
        "RESUME",
    ];
    let state = |name: &str| {
        let place = STATES.iter().position(|it| *it == name).unwrap();
        StateId(place as u16)
    };
    let mut edges = Vec::new();
    for (at, transition) in transitions.iter().enumerate() {
        let from: &[&str] = match *transition {
            "RESUME" => &["MAINTENANCE"],
            "FORCE_CHECK" => &results,
            _ => &STATES[..5],
        };
        let to = if *transition == "RESUME" {
            "UNKNOWN"
        } else {
            transition
        };
        edges.extend(from.iter().map(|from| Edge {
            from: state(from),
            transition: TransitionId(at as u16),
            to: state(to),
        }));
    }
    edges.sort_by_key(|it: &Edge| (it.from, it.transition));
    let transition = |name: &&'static str| TransitionDef {
        name: (*name).into(),
        ..TransitionDef::DEFAULT
    };
    let annotations = annotations.iter().map(|(key, value)| Pair {
        key: (*key).into(),
        value: (*value).into(),
    });
    let watcher = Watcher {
        name: "check".into(),
        active_in: results.iter().map(|it| state(it)).collect(),
        on_success: None,
        kind: WatcherKind::Nagios(Nagios {
            probe: Probe::Plugin(Template::parse("plugin").unwrap()),
            annotations: annotations.collect::<Vec<_>>().into(),
            ..Nagios::DEFAULT
        }),
        ..exec("0")
    };
    Machine {
        states: STATES.map(Into::into).to_vec().into(),
        transitions: transitions
            .iter()
            .map(transition)
            .collect::<Vec<_>>()
            .into(),
        edges: Edges::Table(edges.into()),
        watchers: vec![watcher].into(),
        ..machine(name, Vec::new())
    }
}

async fn status(running: &Running, name: &str) -> CheckStatus {
    let machine = running.handle.machine(name).await.unwrap().unwrap();
    *machine.check.unwrap()
}

fn maintain(until: Option<jiff::Timestamp>) -> Order {
    Order::Maintain(Maintenance {
        until,
        reason: "new disks".to_owned(),
        owner: "ann".to_owned(),
    })
}

#[tokio::test(start_paused = true)]
async fn maintenance_is_shown_as_such_until_it_ends() {
    let state = tempfile::tempdir().unwrap();
    let (says, driver) = plugin::<0>();
    let running = Running::start(state.path(), &[driver]);
    running.insert(check("disk", &[])).await;
    says.store(2, Ordering::SeqCst);
    pass(121).await;
    let before = status(&running, "disk").await;
    assert_eq!(
        (before.status, before.summary()),
        (Standing::Critical, "code 2")
    );
    assert_eq!(before.perfdata[0].value, 2.0);
    assert!(before.next_check.is_some() && before.is_failing(0));

    let steered = running
        .handle
        .steer(maintain(None), vec!["disk".into(), "dsik".into()])
        .await;
    let steered = steered.unwrap();
    assert_eq!(
        steered[0].outcome,
        Ok(Fired::Done {
            state: "MAINTENANCE".to_owned()
        })
    );
    assert_eq!(
        steered[1].outcome,
        Err("there is no check `dsik`".to_owned())
    );
    let during = status(&running, "disk").await;
    assert_eq!(
        (during.status, during.result),
        (Standing::Maintenance, Some(Standing::Critical))
    );
    let maintenance = during.maintenance.clone().unwrap();
    assert_eq!(
        (maintenance.owner.as_str(), maintenance.reason.as_str()),
        ("ann", "new disks")
    );
    assert!(during.next_check.is_none() && !during.is_failing(i64::MAX));
    let metrics = running.handle.metrics().await.unwrap();
    let line = r#"choria_machine_nagios_watcher_status{name="disk",status="MAINTENANCE"} 0"#;
    assert!(metrics.contains(line), "{metrics}");

    let resumed = running
        .handle
        .steer(Order::Resume, Vec::new())
        .await
        .unwrap();
    assert_eq!(resumed.len(), 1);
    assert_eq!(status(&running, "disk").await.maintenance, None);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn counts_move_with_runs_alone() {
    let state = tempfile::tempdir().unwrap();
    let (says, driver) = plugin::<1>();
    let running = Running::start(state.path(), &[driver]);
    running.insert(check("disk", &[])).await;
    let runs = async || {
        let metrics = running.handle.metrics().await.unwrap();
        let line = metrics.lines().find_map(|it| {
            it.strip_prefix(r#"choria_machine_nagios_watcher_checks_count{name="disk"} "#)
        });
        line.unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(runs().await, 0);
    pass(90).await;
    let before = runs().await;
    assert!(before > 0);
    says.store(1, Ordering::SeqCst);
    let steered = running.handle.steer(Order::Force, vec!["disk".into()]);
    let state = "FORCE_CHECK".to_owned();
    assert_eq!(steered.await.unwrap()[0].outcome, Ok(Fired::Done { state }));
    pass(1).await;
    assert_eq!(status(&running, "disk").await.status, Standing::Warning);
    assert_eq!(runs().await, before + 1);
    running
        .handle
        .steer(maintain(None), Vec::new())
        .await
        .unwrap();
    pass(600).await;
    assert_eq!(runs().await, before + 1);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_node_is_ready_while_the_checks_that_matter_are_not_critical() {
    let state = tempfile::tempdir().unwrap();
    let (says, driver) = plugin::<2>();
    let running = Running::start(state.path(), &[driver]);
    running.insert(check("idle", &[])).await;
    assert_eq!(running.handle.unready().await.unwrap(), [""; 0]);
    running.insert(check("web", &[("readiness", "true")])).await;
    running
        .insert(check("not", &[("readiness", "false")]))
        .await;
    assert_eq!(
        running.handle.unready().await.unwrap(),
        ["web has not run yet"]
    );
    pass(121).await;
    assert_eq!(running.handle.unready().await.unwrap(), [""; 0]);
    says.store(2, Ordering::SeqCst);
    pass(61).await;
    assert_eq!(running.handle.unready().await.unwrap(), ["web is CRITICAL"]);
    running
        .handle
        .steer(maintain(None), vec!["web".into()])
        .await
        .unwrap();
    assert_eq!(running.handle.unready().await.unwrap(), [""; 0]);
    running.stop().await;
}

#[tokio::test]
async fn a_check_that_is_to_matter_has_to_be_there() {
    let state = tempfile::tempdir().unwrap();
    let engine = Engine::builder("node", state.path())
        .readiness(vec!["web".to_owned()])
        .without_control()
        .build()
        .unwrap();
    assert_eq!(engine.unready(), ["there is no check web"]);
}

/// Keeps the summaries that it was told.
#[derive(Clone, Default)]
struct Summaries(Arc<Mutex<Vec<Value>>>);

impl Sink for Summaries {
    fn event(&mut self, _: &chorister_events::Event<'_>, _: &mut Json<'_>) {}

    fn checks(&mut self, _: &chorister_events::ChecksEvent<'_>, json: &[u8]) {
        self.0
            .lock()
            .unwrap()
            .push(serde_json::from_slice(json).unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_summary_says_how_all_checks_are() {
    let state = tempfile::tempdir().unwrap();
    let (says, driver) = plugin::<3>();
    let summaries = Summaries::default();
    let engine = Engine::builder("node", state.path())
        .drivers(&[driver])
        .sink(summaries.clone())
        .summary(Duration::from_secs(300))
        .without_control()
        .build()
        .unwrap();
    let handle = engine.handle();
    let running = tokio::spawn(engine.run());
    pass(900).await;
    assert_eq!(summaries.0.lock().unwrap().len(), 0, "there is no check");
    for name in ["b", "a"] {
        handle.insert(check(name, &[]), "/".into()).await.unwrap();
    }
    says.store(2, Ordering::SeqCst);
    pass(301).await;
    handle.stop().await;
    running.await.unwrap();
    let told = summaries.0.lock().unwrap();
    assert_eq!(told.len(), 1);
    let data = &told[0]["data"];
    assert_eq!(
        (&data["checks"], &data["counts"]["CRITICAL"]),
        (&2.into(), &2.into())
    );
    assert_eq!(data["failing"], serde_json::json!(["a", "b"]));
}

#[tokio::test]
async fn a_hook_hears_what_counts_and_no_check_waits_for_it() {
    let place = tempfile::tempdir().unwrap();
    let script = place.path().join("hook");
    let told = place.path().join("told");
    // The first attempt fails, so that the notification is told again.
    let text = format!(
        "#!/bin/sh\nif [ ! -e {0} ]; then touch {0}; exit 1; fi\ncat >> {0}\n",
        told.display()
    );
    std::fs::write(&script, text).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&script, mode).unwrap();
    let (says, driver) = plugin::<4>();
    let engine = Engine::builder("node", place.path().join("state"))
        .drivers(&[driver])
        .hook(Hook::Exec(vec![script.display().to_string()]))
        .without_control()
        .build()
        .unwrap();
    let handle = engine.handle();
    let running = tokio::spawn(engine.run());
    handle
        .insert(check("disk", &[("team", "web")]), "/".into())
        .await
        .unwrap();
    says.store(2, Ordering::SeqCst);
    handle.steer(Order::Force, Vec::new()).await.unwrap();
    let lines = loop {
        let text = std::fs::read_to_string(&told).unwrap_or_default();
        if text.ends_with('\n') {
            break text;
        }
        tokio::task::yield_now().await;
    };
    let notification: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(notification["event"], "state");
    assert_eq!(
        (&notification["previous"], &notification["status"]),
        (&"OK".into(), &"CRITICAL".into())
    );
    assert_eq!(
        (&notification["name"], &notification["identity"]),
        (&"disk".into(), &"node".into())
    );
    assert_eq!(notification["annotations"]["team"], "web");
    let metrics = handle.metrics().await.unwrap();
    assert!(
        metrics.contains("chorister_notifications_failures_total 1"),
        "{metrics}"
    );
    handle.stop().await;
    running.await.unwrap();
}

#[tokio::test]
async fn what_nobody_has_taken_waits_for_the_next_start() {
    let place = tempfile::tempdir().unwrap();
    let start = |hook: &str| {
        Engine::builder("node", place.path())
            .drivers(&[plugin::<5>().1])
            .hook(Hook::Exec(vec![hook.to_owned()]))
            .without_control()
            .build()
            .unwrap()
    };
    plugin::<5>().0.store(2, Ordering::SeqCst);
    let engine = start("/bin/false");
    let handle = engine.handle();
    let running = tokio::spawn(engine.run());
    handle.insert(check("disk", &[]), "/".into()).await.unwrap();
    handle.steer(Order::Force, Vec::new()).await.unwrap();
    while !handle
        .metrics()
        .await
        .unwrap()
        .contains("chorister_notifications_failures_total 1")
    {
        tokio::task::yield_now().await;
    }
    handle.stop().await;
    running.await.unwrap();

    let engine = start("/bin/true");
    let handle = engine.handle();
    let running = tokio::spawn(engine.run());
    while !handle
        .metrics()
        .await
        .unwrap()
        .contains("chorister_notifications_told_total 1")
    {
        tokio::task::yield_now().await;
    }
    handle.stop().await;
    running.await.unwrap();
}
