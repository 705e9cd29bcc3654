//! Why things happened.

use super::lab::{Build, Lab, every, exec, timer, two_states};
use crate::{Cause, Decision, Evidence, Exit, JobResult, Outcome, Record, Verdict};
use chorister_ir::{StateId, TransitionId, WatcherId};

const GO: TransitionId = TransitionId(0);
const BACK: TransitionId = TransitionId(1);
const A: StateId = StateId(0);
const B: StateId = StateId(1);

fn decisions(lab: &mut Lab) -> Vec<Decision> {
    let records = std::mem::take(&mut lab.records);
    records
        .into_iter()
        .map(|Record { decision, .. }| decision)
        .collect()
}

fn fired(transition: TransitionId, from: StateId, cause: Cause, verdict: Verdict) -> Decision {
    Decision::Fired {
        transition,
        from,
        cause,
        verdict,
    }
}

#[test]
fn a_result_comes_with_its_evidence_and_then_what_it_fires() {
    let mut lab = Lab::new();
    lab.insert(
        two_states("m")
            .watch("w", &["a"], ["go", ""], exec("x"))
            .tune(every(60)),
    );
    let restored = false;
    assert_eq!(
        decisions(&mut lab),
        [Decision::Started { state: A, restored }]
    );
    lab.run_secs(60);
    assert_eq!(decisions(&mut lab), []);
    lab.end_printing(0, "fine");
    let [ran, entered] = &decisions(&mut lab)[..] else {
        panic!("two decisions");
    };
    let Decision::Ran {
        watcher,
        outcome,
        evidence: Evidence::Job(job),
    } = ran
    else {
        panic!("{ran:?}");
    };
    assert_eq!((*watcher, *outcome), (WatcherId(0), Outcome::Success));
    assert!(
        matches!(&**job, JobResult::Exec { exit: Exit::Code(0), output, .. } if output == b"fine")
    );
    assert_eq!(
        *entered,
        fired(GO, A, Cause::Watcher(WatcherId(0)), Verdict::Entered(B))
    );
}

#[test]
fn a_timer_needs_no_evidence() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m").watch("t", &["b"], ["", "back"], timer(5)));
    lab.fire(key, "go");
    lab.records.clear();
    lab.run_secs(5);
    let stopped = Decision::Ran {
        watcher: WatcherId(0),
        outcome: Outcome::Stopped,
        evidence: Evidence::None,
    };
    let back = fired(BACK, B, Cause::Watcher(WatcherId(0)), Verdict::Entered(A));
    assert_eq!(decisions(&mut lab), [stopped, back]);
}

#[test]
fn what_did_not_happen_is_recorded_too() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m"));
    for transition in ["stay", "back", "go", "back", "go", "go"] {
        lab.fire(key, transition);
    }
    let verdicts: Vec<_> = decisions(&mut lab)
        .into_iter()
        .filter_map(|it| match it {
            Decision::Fired { verdict, .. } => Some(verdict),
            _ => None,
        })
        .collect();
    let delayed = core::time::Duration::from_millis(25);
    assert_eq!(
        verdicts,
        [
            Verdict::Stayed,
            Verdict::Refused,
            Verdict::Entered(B),
            Verdict::Entered(A),
            Verdict::Delayed(delayed),
            Verdict::Coalesced,
        ]
    );
}

#[test]
fn a_subscription_names_the_transition_that_it_heard() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m"));
    lab.insert(two_states("other").subscribe("go", "m", "go"));
    lab.records.clear();
    lab.fire(key, "go");
    let heard = Cause::Machine {
        machine: key,
        transition: GO,
    };
    assert_eq!(
        decisions(&mut lab)[1],
        fired(GO, A, heard, Verdict::Entered(B))
    );
}
