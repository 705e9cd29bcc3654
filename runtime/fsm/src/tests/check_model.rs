//! A model of soft and hard states beside the engine, over random results, restarts and operators.

use core::time::Duration;

use chorister_ir::Retry;
use chorister_lang::nagios::Status;
use proptest::prelude::*;

use super::check::{add, queue};
use super::lab::Lab;
use crate::{Check, MachineKey};

#[derive(Clone, Debug)]
enum Step {
    Result(i32),
    Maintain,
    Resume,
    Force(i32),
    Restart,
}

/// What a check is in, as its users were told it works.
struct Model {
    attempts: u32,
    /// The status that counts, and how many bad ones in a row do not yet.
    hard: Option<Status>,
    soft: u32,
    maintained: bool,
}

impl Model {
    fn take(&mut self, status: Status, forced: bool) {
        let problem = !matches!(self.hard, None | Some(Status::Ok));
        if status == Status::Ok || problem || forced || self.soft + 1 >= self.attempts {
            self.hard = Some(status);
            self.soft = 0;
        } else {
            self.soft += 1;
        }
    }

    fn state(&self) -> &'static str {
        match self.hard {
            _ if self.maintained => "MAINTENANCE",
            None => "UNKNOWN",
            Some(status) => status.as_str(),
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..4).prop_map(Step::Result),
        1 => Just(Step::Maintain),
        1 => Just(Step::Resume),
        1 => (0..4).prop_map(Step::Force),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 0..40)
}

fn key(lab: &Lab) -> MachineKey {
    lab.fleet.named("queue").expect("it is there")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_engine_does_what_the_model_says(attempts in 1..4_u32, steps in steps()) {
        let mut lab = Lab::new();
        let retry = Retry { attempts, interval: Some(Duration::from_secs(10)) };
        add(&mut lab, Check { retry, ..queue() });
        let mut model = Model { attempts, hard: None, soft: 0, maintained: false };
        for step in steps {
            // Long enough that no transition has to wait for another.
            lab.pass(Duration::from_secs(3_600));
            match step {
                Step::Result(code) => {
                    lab.with(crate::Fleet::tick);
                    prop_assert_eq!(lab.jobs.is_empty(), model.maintained);
                    if !model.maintained {
                        lab.end(code);
                        model.take(Status::of_code(code).unwrap(), false);
                    }
                }
                Step::Maintain => {
                    let key = key(&lab);
                    lab.fire(key, "MAINTENANCE");
                    model.maintained = true;
                }
                Step::Resume => {
                    let key = key(&lab);
                    lab.fire(key, "RESUME");
                    if core::mem::take(&mut model.maintained) {
                        (model.hard, model.soft) = (Some(Status::Unknown), 0);
                    }
                }
                Step::Force(code) => {
                    let key = key(&lab);
                    lab.fire(key, "FORCE_CHECK");
                    prop_assert_eq!(lab.jobs.is_empty(), model.maintained);
                    if !model.maintained {
                        lab.end(code);
                        model.take(Status::of_code(code).unwrap(), true);
                    }
                }
                Step::Restart => lab.restart(Duration::from_secs(5)),
            }
            prop_assert_eq!(lab.state(key(&lab)), model.state());
        }
    }
}
