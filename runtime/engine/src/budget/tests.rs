//! Budgets in virtual time.

use core::time::Duration;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use chorister_fsm::{Cx, Effect, Fleet, Instance, Job, Now, Work};
use chorister_ir::{Edges, Exec, List, Machine, StateId, Watcher, WatcherId, WatcherKind};
use chorister_lang::template::Template;
use proptest::prelude::*;

use super::bucket::Bucket;
use super::meter::Meter;
use super::queue::Queue;
use super::{Budget, Ledger};
use crate::{Seeded, size};

const MINUTE: Duration = Duration::from_secs(60);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The first jobs of so many machines with a command each.
fn jobs(count: usize) -> Vec<Job> {
    let mut fleet = Fleet::new("node".to_owned());
    let mut random = Seeded::new(1);
    let mut effects = Vec::new();
    let mut cx = Cx {
        now: Now {
            mono: Duration::ZERO,
            wall: jiff::Timestamp::UNIX_EPOCH,
        },
        random: &mut random,
        effects: &mut effects,
    };
    for at in 0..count {
        let instance = Instance::new([0; 16], Arc::from(Path::new("/")));
        fleet.insert(machine(at), instance, &mut cx);
    }
    fleet.tick(&mut cx);
    cx.now.mono = Duration::from_secs(1);
    fleet.tick(&mut cx);
    let job = |effect| match effect {
        Effect::Start(job) => Some(*job),
        _ => None,
    };
    effects.into_iter().filter_map(job).collect()
}

fn machine(at: usize) -> Machine {
    let command = Exec {
        command: Template::parse("true").unwrap(),
        ..Exec::DEFAULT
    };
    let watcher = Watcher {
        name: "check".into(),
        active_in: [StateId(0)].into_iter().collect(),
        foreign: List::EMPTY,
        on_success: None,
        on_failure: None,
        interval: Some(Duration::from_secs(1)),
        announce_interval: None,
        kind: WatcherKind::Exec(command),
    };
    Machine {
        name: format!("m{at}").into(),
        description: "".into(),
        version: "1.0.0".into(),
        initial: StateId(0),
        splay_start: Duration::ZERO,
        states: vec!["A".into()].into(),
        transitions: List::EMPTY,
        edges: Edges::Table(List::EMPTY),
        watchers: vec![watcher].into(),
    }
}

/// The same job of another watcher of the machine.
fn job(of: &Job, watcher: u16) -> Job {
    let mut job = of.clone();
    job.id.watcher = WatcherId(watcher);
    job
}

fn ledger(events: Option<u32>, forks: Option<u32>) -> Ledger {
    Ledger::new(Budget {
        rss: None,
        events_per_second: events,
        forks_per_second: forks,
    })
}

#[test]
fn a_second_s_worth_may_come_at_once() {
    let mut bucket = Bucket::new(2);
    assert!(bucket.take(ms(0)) && bucket.take(ms(0)));
    assert!(!bucket.take(ms(499)));
    assert!(bucket.take(ms(500)));
    assert!(!bucket.take(ms(501)));
    assert!(bucket.take(ms(60_000)) && bucket.take(ms(60_000)) && !bucket.take(ms(60_000)));
}

#[test]
fn what_is_not_there_is_not_owed() {
    let mut bucket = Bucket::new(2);
    for _ in 0..100 {
        bucket.spend(ms(0));
    }
    assert!(!bucket.take(ms(499)));
    assert!(bucket.take(ms(500)));
}

#[test]
fn a_rate_is_that_of_the_last_minute() {
    let mut meter = Meter::new();
    for _ in 0..30 {
        meter.count(ms(500));
    }
    assert_eq!(meter.per_second(ms(2_000)), 15.0);
    assert_eq!(meter.per_second(ms(59_000)), 30.0 / 59.0);
    assert_eq!(meter.per_second(ms(60_000)), 0.0);
    meter.count(Duration::from_secs(1 << 40));
    assert_eq!(meter.per_second(Duration::from_secs(1 << 40)), 1.0 / 60.0);
}

#[test]
fn owners_take_turns() {
    let mut queue = Queue::new();
    for item in ["a1", "a2", "a3"] {
        queue.push('a', item);
    }
    queue.push('b', "b1");
    assert_eq!(queue.pop(), Some("a1"));
    queue.push('c', "c1");
    assert_eq!(queue.remove('a', |it| *it == "a3"), Some("a3"));
    assert_eq!(queue.remove('b', |it| *it == "b2"), None);
    let rest: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
    assert_eq!(rest, ["b1", "a2", "c1"]);
    assert_eq!(queue.len(), 0);
    queue.push('a', "a4");
    assert_eq!(queue.remove('a', |_| true), Some("a4"));
    assert_eq!(queue.pop(), None);
}

#[test]
fn announcements_give_way_to_results() {
    let mut ledger = ledger(Some(2), None);
    assert!(ledger.admit_event(false, ms(0)));
    assert!(ledger.admit_event(true, ms(0)));
    assert!(!ledger.admit_event(true, ms(0)));
    assert!(ledger.admit_event(false, ms(0)));
    let events = ledger.status(ms(1_000)).events;
    assert_eq!((events.per_second, events.shed, events.over), (3.0, 1, 1));
}

#[test]
fn jobs_wait_and_start_in_turns() {
    let jobs = jobs(2);
    let [a, b] = [&jobs[0], &jobs[1]];
    let mut ledger = ledger(None, Some(1));
    assert!(ledger.admit_job(job(a, 0), ms(0)).is_some());
    for (machine, watcher) in [(a, 1), (a, 2), (b, 0)] {
        assert!(ledger.admit_job(job(machine, watcher), ms(0)).is_none());
    }
    assert!(
        ledger.is_waiting(a.id.machine, WatcherId(2))
            && !ledger.is_waiting(a.id.machine, WatcherId(0))
    );
    assert_eq!(ledger.next_job(ms(999)), None);
    assert_eq!(ledger.wake_at(), Some(ms(1_000)));
    assert_eq!(ledger.next_job(ms(1_000)), Some(job(a, 1)));
    assert!(!ledger.cancel(job(a, 3).id));
    assert_eq!(ledger.next_job(ms(2_000)), Some(job(b, 0)));
    assert!(ledger.cancel(job(a, 2).id));
    assert_eq!(ledger.wake_at(), None);
    let forks = ledger.status(ms(3_000)).forks;
    assert_eq!(
        (forks.per_second, forks.waiting, forks.delayed),
        (1.0, 0, 3)
    );
}

#[test]
fn work_without_a_child_process_never_waits() {
    let mut ledger = ledger(None, Some(1));
    let look = chorister_fsm::FileLook {
        path: "/etc/motd".into(),
        seen: None,
        content: None,
    };
    let command = &jobs(1)[0];
    for watcher in 0..10 {
        let job = Job {
            work: Work::File(look.clone()),
            ..job(command, watcher)
        };
        assert!(ledger.admit_job(job, ms(0)).is_some());
    }
}

#[test]
fn a_problem_is_told_once_and_ends_after_a_quiet_minute() {
    let mut ledger = ledger(Some(1), None);
    assert!(ledger.changes(ms(0)).is_empty());
    for _ in 0..3 {
        ledger.admit_event(true, ms(0));
    }
    let [change] = &ledger.changes(ms(0))[..] else {
        panic!("no change")
    };
    assert_eq!(change.subject, "events");
    assert_eq!(
        change.text.as_deref(),
        Some("more events than the budget of 1 a second: announcements are not published")
    );
    assert!(ledger.changes(MINUTE - ms(1)).is_empty());
    assert_eq!(ledger.changes(MINUTE)[0].text, None);
    assert!(ledger.changes(MINUTE).is_empty());
}

#[test]
fn memory_is_looked_at_and_reported() {
    let mut ledger = Ledger::new(Budget {
        rss: Some(1),
        ..Budget::default()
    });
    assert!(ledger.look(ms(0)) && !ledger.look(ms(9_999)));
    let changes = ledger.changes(ms(0));
    assert_eq!(changes[0].subject, "memory");
    let memory = ledger.status(ms(0)).memory;
    assert!(memory.used > Some(100_000), "{memory:?}");
    assert_eq!((memory.limit, memory.headroom), (Some(1), Some(0)));
}

#[test]
fn figures_are_there_while_anything_is_limited() {
    assert_eq!(ledger(None, None).figures(ms(0)), "");
    let text = ledger(Some(2), None).figures(ms(0));
    assert!(
        text.contains("# TYPE chorister_budget_events_per_second_limit gauge\nchorister_budget_events_per_second_limit 2\n"),
        "{text}"
    );
    assert!(!text.contains("forks_per_second_limit"), "{text}");
}

#[test]
fn sizes_read_as_they_were_written() {
    assert_eq!(size(12 << 20), "12 MiB");
    assert_eq!(size(5 << 19), "2.5 MiB");
    assert_eq!(size(1023), "1023 B");
    assert_eq!(size(3 << 30), "3 GiB");
}

/// What happens, each so many milliseconds after the one before.
#[derive(Clone, Debug)]
enum Step {
    Announce,
    Result,
    /// Of the machine of this number.
    Job(usize),
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let step = prop_oneof![
        3 => Just(Step::Announce),
        1 => Just(Step::Result),
        3 => (0..4_usize).prop_map(Step::Job),
    ];
    let pause = prop_oneof![4 => Just(0), 3 => 0..50_u64, 1 => 0..5_000_u64];
    prop::collection::vec((pause, step), 0..300)
}

proptest! {
    #[test]
    fn rates_are_kept_and_nothing_but_announcements_is_given_up(
        steps in steps(),
        events in 1..50_u32,
        forks in 1..20_u32,
    ) {
        let machines = jobs(4);
        let mut ledger = ledger(Some(events), Some(forks));
        let mut now = Duration::ZERO;
        let (mut published, mut started) = (Vec::new(), Vec::new());
        let mut wanted = HashSet::new();
        let mut ended = HashSet::new();
        for (number, (pause, step)) in (0_u16..).zip(steps) {
            let until = now + ms(pause);
            while let Some(due) = ledger.wake_at().filter(|due| *due <= until) {
                now = now.max(due);
                let job = ledger.next_job(now);
                prop_assert!(job.is_some(), "woken for nothing");
                started.push(now);
                ended.extend(job.map(|it| it.id));
            }
            now = until;
            match step {
                Step::Announce => {
                    if ledger.admit_event(true, now) {
                        published.push(now);
                    }
                }
                Step::Result => prop_assert!(ledger.admit_event(false, now)),
                Step::Job(machine) => {
                    let job = job(&machines[machine], number);
                    wanted.insert(job.id);
                    if let Some(job) = ledger.admit_job(job, now) {
                        started.push(now);
                        ended.insert(job.id);
                    }
                }
            }
        }
        // A machine waits for at most one job of each other machine between two of its own, so all start.
        while let Some(due) = ledger.wake_at() {
            now = now.max(due);
            let job = ledger.next_job(now);
            prop_assert!(job.is_some());
            started.push(now);
            ended.extend(job.map(|it| it.id));
        }
        prop_assert_eq!(wanted, ended);
        for (times, rate) in [(published, events), (started, forks)] {
            for (first, from) in times.iter().enumerate() {
                for (last, to) in times.iter().enumerate().skip(first) {
                    let most = f64::from(rate) * (*to - *from).as_secs_f64() + f64::from(rate);
                    prop_assert!((last - first + 1) as f64 <= most + 1e-6);
                }
            }
        }
    }
}
