//! The test as a file.

use std::fmt::Write as _;

use chorister_ir::WatcherKind;
use serde_json::Value;

use super::super::entry::Micros;
use super::Source;
use super::beginning::Beginning;
use super::expect::Expected;
use super::step::{Action, Step, Story, duration};
use super::yaml;

pub(super) fn write(
    source: &Source<'_>,
    beginning: &Beginning,
    story: &Story,
    expected: &Expected,
    doubts: &[String],
    now: Micros,
) -> String {
    let mut out = String::new();
    let name = source.machine.name.as_ref();
    let (from, to) = (source.clock.wall(beginning.time), source.clock.wall(now));
    let _ = writeln!(
        out,
        "# What happened to {} {} on {}, from {from:.0} to {to:.0}.",
        yaml::comment(name),
        yaml::comment(&source.machine.version),
        yaml::comment(source.node),
    );
    out.push_str(
        "# Keep it beside the machine: X.test.yaml beside X.machine.yaml. Secrets are taken out.\n",
    );
    for doubt in doubts {
        let _ = writeln!(
            out,
            "# It may fail although nothing is wrong: {}.",
            yaml::comment(doubt)
        );
    }
    let _ = writeln!(
        out,
        "tests:\n  - name: {}",
        yaml::text(&format!("{name} as of {to:.0}"))
    );
    given(source, beginning, story, &mut out);
    if !story.steps.is_empty() {
        out.push_str("    steps:\n");
    }
    for step in &story.steps {
        self::step(step, &mut out);
    }
    expect(expected, &mut out);
    out
}

fn given(source: &Source<'_>, beginning: &Beginning, story: &Story, out: &mut String) {
    let _ = writeln!(
        out,
        "    given:\n      state: {}",
        yaml::text(source.text(beginning.state))
    );
    let _ = writeln!(out, "      at: {}", source.clock.wall(beginning.time));
    let is_local = |it: &chorister_ir::Watcher| match &it.kind {
        WatcherKind::Schedule(schedule) => schedule.timezone.is_none(),
        _ => false,
    };
    if let Some(zone) = source.zone
        && source.machine.watchers.iter().any(is_local)
    {
        let _ = writeln!(out, "      timezone: {}", yaml::text(zone));
    }
    if !story.waits.is_empty() {
        out.push_str("      # How long transitions waited because they came too often.\n");
        let waits: Vec<String> = story.waits.iter().map(|it| duration(*it)).collect();
        let _ = writeln!(out, "      waits: [{}]", waits.join(", "));
    }
    let facts = story
        .facts
        .as_deref()
        .and_then(|it| serde_json::from_str::<Value>(it).ok());
    if let Some(facts) = facts {
        let _ = writeln!(out, "      facts: {}", yaml::value(&facts));
    }
}

fn step(step: &Step, out: &mut String) {
    if let Some(remark) = &step.remark {
        let _ = writeln!(out, "      # {}", yaml::comment(remark));
    }
    let action = match &step.action {
        Action::Run(watcher, outcome) => format!("watcher: {{{}: {outcome}}}", yaml::text(watcher)),
        Action::Event(event) => format!("event: {}", yaml::text(event)),
        Action::Heard(machine, event) => {
            let members = [
                ("machine", yaml::text(machine)),
                ("event", yaml::text(event)),
            ];
            format!("transition: {}", yaml::mapping(members))
        }
        Action::Facts(facts) => format!("facts: {facts}"),
        Action::Clock(by) => {
            let sign = if *by < 0 { '-' } else { '+' };
            format!("clock: {sign}{}", duration(by.unsigned_abs()))
        }
        Action::Restart(length) => format!("restart: {}", duration(*length)),
    };
    let _ = writeln!(out, "      - at: {}\n        {action}", duration(step.at));
}

fn expect(expected: &Expected, out: &mut String) {
    out.push_str("    expect:\n");
    for (at, state) in &expected.states {
        let _ = writeln!(
            out,
            "      - {{at: {}, state: {}}}",
            duration(*at),
            yaml::text(state)
        );
    }
    for (transition, state, times) in &expected.transitions {
        let _ = writeln!(
            out,
            "      - {{event: io.choria.machine.v1.transition, transition: {}, to_state: {}, times: {times}}}",
            yaml::text(transition),
            yaml::text(state),
        );
    }
    for (watcher, times) in &expected.runs {
        let _ = writeln!(
            out,
            "      - {{ran: {}, times: {times}}}",
            yaml::text(watcher)
        );
    }
}
