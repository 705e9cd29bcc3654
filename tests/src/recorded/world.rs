//! A node as the machines see it: commands that take their time, people, and a recorder.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chorister_engine::Seeded;
use chorister_engine::recorder::{Recorder, Recording};
use chorister_fsm::{
    Cx, Effect, Exit, Fleet, Instance, Job, JobId, JobResult, KvFound, Look, MachineRef, Now,
    Provisioned, Random, Snapshot, Stamp, Unpacked, Work,
};
use chorister_ir::{TransitionId, WatcherId};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// How long a history is.
const LENGTH: Duration = Duration::from_mins(30);

/// How often things happen that are not the machines' own, in a history.
#[derive(Clone, Debug)]
pub(super) struct Disturbances {
    pub(super) people: u32,
    pub(super) facts: u32,
    pub(super) clock: u32,
    pub(super) restarts: u32,
}

impl Disturbances {
    pub(super) const NONE: Self = Self {
        people: 0,
        facts: 0,
        clock: 0,
        restarts: 0,
    };
}

enum Disturbance {
    People,
    Facts,
    Clock,
    Restart,
}

pub(super) struct World {
    machines: Vec<MachineRef>,
    fleet: Fleet,
    recorder: Recorder,
    random: Seeded,
    effects: Vec<Effect>,
    /// Since the world began.
    elapsed: Duration,
    /// When the engine started.
    booted: Duration,
    wall: Timestamp,
    jobs: Vec<(Duration, JobId, JobResult)>,
}

impl World {
    pub(super) fn new(machines: Vec<MachineRef>, seed: u64) -> Self {
        let start = Timestamp::from_second(1_790_000_000).expect("a time");
        let mut world = Self {
            fleet: Fleet::new("node.example.net"),
            recorder: Recorder::new(1 << 20),
            random: Seeded::new(seed),
            effects: Vec::new(),
            elapsed: Duration::ZERO,
            booted: Duration::ZERO,
            wall: start,
            jobs: Vec::new(),
            machines,
        };
        // Nothing on a node happens on the second.
        let offset = Duration::from_nanos(world.random.below(3_600_000_000_000));
        world.wall = world.wall.checked_add(offset).expect("a time");
        world.boot(Vec::new());
        world
    }

    pub(super) fn record(&mut self, machine: &str, minutes: i64) -> Option<Recording> {
        let since = self.wall - SignedDuration::from_mins(minutes);
        let now = self.now();
        self.recorder.record(&self.fleet, machine, since, now, None)
    }

    pub(super) fn run(&mut self, disturbances: &Disturbances) {
        let mut planned = Vec::new();
        for (count, make) in [
            (
                disturbances.people,
                (|| Disturbance::People) as fn() -> Disturbance,
            ),
            (disturbances.facts, || Disturbance::Facts),
            (disturbances.clock, || Disturbance::Clock),
            (disturbances.restarts, || Disturbance::Restart),
        ] {
            for _ in 0..count {
                planned.push((self.drawn(LENGTH), make()));
            }
        }
        planned.sort_by_key(|it| it.0);
        let mut planned = planned.into_iter().peekable();
        while self.elapsed < LENGTH {
            let wake = self
                .fleet
                .next_wakeup(self.now())
                .map(|it| self.booted + it);
            let end = self.jobs.iter().map(|it| it.0).min();
            let disturbance = planned.peek().map(|it| it.0);
            let next = [wake, end, disturbance, Some(LENGTH)]
                .into_iter()
                .flatten()
                .min();
            let next = next.unwrap_or(LENGTH).max(self.elapsed);
            // An engine is never in time.
            let late = self.drawn(Duration::from_micros(300));
            self.pass(next - self.elapsed + late);
            if let Some(place) = self.jobs.iter().position(|it| it.0 <= self.elapsed) {
                let (_, job, result) = self.jobs.remove(place);
                self.call(|fleet, cx| fleet.finish(job, result, cx));
            } else if planned.peek().is_some_and(|it| it.0 <= self.elapsed) {
                let (_, disturbance) = planned.next().expect("it was there");
                self.disturb(&disturbance);
            }
            self.call(Fleet::tick);
        }
    }

    fn disturb(&mut self, disturbance: &Disturbance) {
        match disturbance {
            Disturbance::People => {
                let which = self.below(self.machines.len());
                let machine = self.machines[which].clone();
                let key = self.fleet.named(&machine.name).expect("it runs");
                let transition = self.below(machine.transitions.len() + 2);
                match transition.checked_sub(machine.transitions.len()) {
                    Some(on) => {
                        let lamp = machine.watcher_named("lamp").unwrap_or(WatcherId(0));
                        self.call(|fleet, cx| fleet.switch(key, lamp, on == 1, cx));
                    }
                    None => {
                        let transition = TransitionId(u16::try_from(transition).expect("few"));
                        self.call(|fleet, cx| fleet.fire(key, transition, cx));
                    }
                }
            }
            Disturbance::Facts => {
                let facts = json!({"limit": self.below(100), "other": self.below(100)});
                self.fleet.set_facts(Arc::new(facts));
                let now = self.now();
                self.recorder.facts_changed(&self.fleet, now);
            }
            Disturbance::Clock => {
                let by = i64::try_from(self.below(7_200)).expect("few") - 3_600;
                self.wall += SignedDuration::from_secs(by);
            }
            Disturbance::Restart => {
                let now = self.now();
                let keys: Vec<_> = self.fleet.machines().map(|it| it.key()).collect();
                let memory = keys
                    .into_iter()
                    .filter_map(|it| self.fleet.snapshot(it, now))
                    .collect();
                let down = self.drawn(Duration::from_secs(200));
                self.pass(down);
                self.boot(memory);
            }
        }
    }

    /// Starts the engine, with what was remembered of each machine.
    fn boot(&mut self, memory: Vec<Snapshot>) {
        self.booted = self.elapsed;
        self.jobs.clear();
        self.fleet = Fleet::new("node.example.net");
        self.fleet
            .set_facts(Arc::new(json!({"limit": 50, "other": 1})));
        // A recorder is restarted as well, with what it has saved.
        let saved = self.recorder.whole();
        self.recorder = Recorder::new(1 << 20);
        if let Some(saved) = saved {
            assert!(self.recorder.restore(&saved));
        }
        let mut memory = memory.into_iter().map(Box::new);
        for machine in self.machines.clone() {
            let directory: Arc<Path> = Path::new("/").into();
            let instance = Instance {
                memory: memory.next(),
                ..Instance::new([0; 16], directory)
            };
            self.call(|fleet, cx| fleet.insert(machine, instance, cx));
        }
    }

    fn call<T>(&mut self, act: impl FnOnce(&mut Fleet, &mut Cx<'_>) -> T) -> T {
        let now = self.now();
        let mut cx = Cx {
            now,
            random: &mut self.random,
            effects: &mut self.effects,
        };
        let value = act(&mut self.fleet, &mut cx);
        for effect in std::mem::take(&mut self.effects) {
            match effect {
                Effect::Record(record) => self.recorder.note(&self.fleet, &record, now),
                Effect::Start(job) => self.start(&job),
                Effect::Cancel(job) => self.jobs.retain(|it| it.1 != job),
                _ => {}
            }
        }
        value
    }

    fn start(&mut self, job: &Job) {
        let mut runtime = Duration::from_millis(1) + self.drawn(Duration::from_secs(3));
        let chance = self.below(100);
        let (timeout, program) = match &job.work {
            Work::Exec(command) => (command.timeout, command.argv[0].as_str()),
            Work::Check(examination) => (Some(examination.timeout), ""),
            Work::File(_) | Work::Archive(_) | Work::Kv(_) | Work::Tell(_) | Work::Plugins(_) => {
                (None, "")
            }
        };
        let result = match &job.work {
            Work::Exec(_) | Work::Check(_) => {
                let exit = match chance {
                    0..70 => Exit::Code(0),
                    70..95 => Exit::Code(2),
                    95..97 => Exit::Signal(9),
                    _ => Exit::Timeout,
                };
                if let (Exit::Timeout, Some(timeout)) = (&exit, timeout) {
                    runtime = timeout + self.drawn(Duration::from_millis(2));
                }
                let value = self.below(100);
                let output = match program {
                    "/bin/load" => json!({"metrics": {"value": value}}).to_string(),
                    "/bin/used" => json!({"used": value}).to_string(),
                    _ => format!("value is {value}: ok\n| \"x\"={value}"),
                };
                JobResult::Exec {
                    exit,
                    output: output.into_bytes(),
                    runtime,
                }
            }
            Work::File(look) => {
                let stamp = i64::try_from(self.elapsed.as_nanos()).expect("short");
                runtime /= 1_000;
                JobResult::File(match chance {
                    0..80 => Look::Unchanged(look.seen.unwrap_or(Stamp(stamp))),
                    80..95 => Look::Changed(Stamp(stamp)),
                    _ => Look::Error("gone".to_owned()),
                })
            }
            Work::Archive(_) => JobResult::Archive {
                unpacked: match chance {
                    0..50 => Unpacked::Verified,
                    50..60 => Unpacked::Downloaded,
                    _ => Unpacked::Failed("no network".to_owned()),
                },
                runtime,
            },
            Work::Kv(_) => JobResult::Kv(match chance {
                0..60 => KvFound::Same,
                60..90 => KvFound::Value {
                    revision: u64::try_from(chance).expect("small"),
                    value: chance.to_string().into_bytes(),
                },
                _ => KvFound::Failed("no network".to_owned()),
            }),
            Work::Plugins(_) => JobResult::Plugins(Box::new(Provisioned {
                plugins: None,
                outcome: match chance {
                    0..80 => Ok(false),
                    80..90 => Ok(true),
                    _ => Err("no list".to_owned()),
                },
                refused: None,
                unfinished: false,
                runtime,
            })),
            Work::Tell(_) => JobResult::Told(match chance {
                0..90 => Ok(()),
                _ => Err("no network".to_owned()),
            }),
        };
        self.jobs.push((self.elapsed + runtime, job.id, result));
    }

    fn now(&self) -> Now {
        Now {
            mono: self.elapsed - self.booted,
            wall: self.wall,
        }
    }

    fn pass(&mut self, time: Duration) {
        self.elapsed += time;
        self.wall = self.wall.checked_add(time).expect("a time");
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.random.below(bound as u64)).expect("small")
    }

    fn drawn(&mut self, most: Duration) -> Duration {
        let nanos = u64::try_from(most.as_nanos()).expect("short");
        Duration::from_nanos(self.random.below(nanos))
    }
}
