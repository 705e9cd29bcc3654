//! The two ends of the IR: a compiled machine and a loaded one do the same, whatever happens.
//!
//! Both engines are driven with the same random sequence of operators' transitions, results of jobs, switches, changed
//! facts, and time that passes or jumps. Every effect is compared, and every event byte for byte.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chorister_events::Event;
use chorister_fsm::{
    Cx, Effect, Exit, Fleet, Instance, JobResult, KvFound, Look, MachineKey, MachineRef, Now,
    Provisioned, Random, Stamp, Unpacked, Work,
};
use chorister_ir::{Machine, TransitionId, WatcherId};
use chorister_spec::{Options, Source, machine};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// Something that happens to both.
#[derive(Clone, Debug)]
enum Happening {
    Wait(u32),
    WallJumps(i32),
    Fire(u16),
    Finish { which: usize, how: u8 },
    Switch(u16, bool),
    Facts(u8),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => (0..200_000_u32).prop_map(Happening::Wait),
        1 => (-20_000..20_000_i32).prop_map(Happening::WallJumps),
        3 => (0..12_u16).prop_map(Happening::Fire),
        6 => (any::<usize>(), any::<u8>()).prop_map(|(which, how)| Happening::Finish { which, how }),
        1 => (0..6_u16, any::<bool>()).prop_map(|(watcher, on)| Happening::Switch(watcher, on)),
        1 => any::<u8>().prop_map(Happening::Facts),
    ]
}

/// The same numbers for both.
struct Draw(u64);

impl Random for Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        if bound == 0 {
            0
        } else {
            (self.0 >> 33) % bound
        }
    }
}

/// One engine with one machine.
struct Side {
    fleet: Fleet,
    key: MachineKey,
    random: Draw,
    /// Jobs that run, oldest first.
    jobs: Vec<chorister_fsm::Job>,
}

impl Side {
    fn start(machine: impl Into<MachineRef>, seed: u64, now: Now) -> (Self, Vec<Effect>) {
        let mut random = Draw(seed);
        let mut fleet = Fleet::new("node.example.net");
        let mut effects = Vec::new();
        let directory: Arc<Path> = Path::new("/var/lib/node/machines/it").into();
        let mut cx = Cx {
            now,
            random: &mut random,
            effects: &mut effects,
        };
        let key = fleet.insert(machine, Instance::new([7; 16], directory), &mut cx);
        let mut side = Self {
            fleet,
            key,
            random,
            jobs: Vec::new(),
        };
        side.note(&effects);
        (side, effects)
    }

    fn call(&mut self, now: Now, happening: &Happening) -> Vec<Effect> {
        let mut effects = Vec::new();
        let cx = &mut Cx {
            now,
            random: &mut self.random,
            effects: &mut effects,
        };
        match *happening {
            Happening::Wait(_) | Happening::WallJumps(_) => self.fleet.tick(cx),
            Happening::Fire(transition) => {
                self.fleet.fire(self.key, TransitionId(transition), cx);
            }
            Happening::Finish { which, how } => {
                if !self.jobs.is_empty() {
                    let job = self.jobs.remove(which % self.jobs.len());
                    self.fleet.finish(job.id, result(&job.work, how), cx);
                }
            }
            Happening::Switch(watcher, on) => {
                self.fleet.switch(self.key, WatcherId(watcher), on, cx);
            }
            Happening::Facts(number) => {
                self.fleet.set_facts(Arc::new(
                    serde_json::json!({"number": number, "os": {"name": "Linux"}}),
                ));
            }
        }
        self.note(&effects);
        effects
    }

    /// Keeps the list of jobs.
    fn note(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Start(job) => self.jobs.push((**job).clone()),
                Effect::Cancel(id) => self.jobs.retain(|it| it.id != *id),
                _ => {}
            }
        }
    }

    /// The events among some effects, as they go out.
    fn lines(&self, effects: &[Effect]) -> Vec<String> {
        let notices = effects.iter().filter_map(|it| match it {
            Effect::Publish(notice) => Event::new(&self.fleet, notice),
            _ => None,
        });
        notices
            .map(|event| {
                let mut line = Vec::new();
                event.write_json([1; 16], &mut line);
                String::from_utf8(line).expect("events are text")
            })
            .collect()
    }
}

/// One of the ways in which work can end.
fn result(work: &Work, how: u8) -> JobResult {
    let runtime = Duration::from_millis(u64::from(how));
    match work {
        Work::Exec(_) | Work::Check(_) => {
            let exit = match how % 6 {
                0..=2 => Exit::Code(0),
                3 => Exit::Code(1),
                4 => Exit::Timeout,
                _ => Exit::Failed("it is not there".to_owned()),
            };
            let output = match how % 5 {
                0 => r#"{"metrics":{"a":1},"labels":{"b":"c"}}"#,
                1 => "OK|load=1.5;2;3 'a b'=7%",
                2 => r#"{"limit": 7, "name": "x y"}"#,
                3 => "{bad",
                _ => "",
            };
            JobResult::Exec {
                exit,
                output: output.as_bytes().to_vec(),
                runtime,
            }
        }
        Work::File(_) => JobResult::File(match how % 3 {
            0 => Look::Unchanged(Stamp(i64::from(how))),
            1 => Look::Changed(Stamp(i64::from(how))),
            _ => Look::Error("no such file".to_owned()),
        }),
        Work::Archive(_) => JobResult::Archive {
            unpacked: match how % 3 {
                0 => Unpacked::Verified,
                1 => Unpacked::Downloaded,
                _ => Unpacked::Failed("the checksum differs".to_owned()),
            },
            runtime,
        },
        Work::Kv(_) => JobResult::Kv(match how % 5 {
            0 => KvFound::Absent,
            1 => KvFound::Same,
            2 => KvFound::Failed("no network".to_owned()),
            _ => KvFound::Value {
                revision: u64::from(how),
                value: format!(r#"{{"n": {}}}"#, how % 3).into_bytes(),
            },
        }),
        Work::Plugins(_) => JobResult::Plugins(Box::new(Provisioned {
            plugins: how.is_multiple_of(2).then(|| vec!["app".to_owned()]),
            outcome: match how % 3 {
                0 => Ok(true),
                1 => Ok(false),
                _ => Err("nobody signed it".to_owned()),
            },
            refused: None,
            unfinished: how.is_multiple_of(5),
            runtime,
        })),
        Work::Tell(_) => JobResult::Told(match how % 3 {
            0 => Err("no network".to_owned()),
            _ => Ok(()),
        }),
    }
}

fn compare(text: &str, compiled: &'static Machine, seed: u64, happenings: &[Happening]) {
    let options = Options {
        build: true,
        ..Options::default()
    };
    let loaded = machine::check(&Source::new("machine.yaml", text), &options)
        .machine
        .expect("a golden is right");
    let mut mono = Duration::ZERO;
    let mut wall: Timestamp = "2026-03-29T00:30:00Z".parse().expect("a time");
    let mut now = Now { mono, wall };
    let (mut one, first) = Side::start(compiled, seed, now);
    let (mut other, second) = Side::start(Arc::new(loaded), seed, now);
    assert_eq!(first, second, "{} starts differently", compiled.name);
    for (at, happening) in happenings.iter().enumerate() {
        match happening {
            Happening::Wait(millis) => {
                mono += Duration::from_millis(u64::from(*millis));
                wall += SignedDuration::from_millis(i64::from(*millis));
            }
            Happening::WallJumps(seconds) => wall += SignedDuration::from_secs(i64::from(*seconds)),
            _ => {}
        }
        now = Now { mono, wall };
        assert_eq!(
            one.fleet.next_wakeup(now),
            other.fleet.next_wakeup(now),
            "wakeup of {} before {at}",
            compiled.name
        );
        let (first, second) = (one.call(now, happening), other.call(now, happening));
        assert_eq!(
            first, second,
            "{} differs at {at}: {happening:?}",
            compiled.name
        );
        assert_eq!(
            one.lines(&first),
            other.lines(&second),
            "events of {} differ at {at}",
            compiled.name
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn compiled_and_loaded_machines_do_the_same(
        seed in any::<u64>(),
        happenings in prop::collection::vec(happening(), 1..120),
    ) {
        for (text, compiled) in chorister_golden::CASES {
            compare(text, compiled, seed, &happenings);
        }
    }
}
