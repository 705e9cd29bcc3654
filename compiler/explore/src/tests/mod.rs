//! What exploration finds in small machines, and that the engine does nothing it does not know of.

mod findings;
mod portraits;
mod soundness;

use chorister_ir::Machine;
use chorister_spec::{Options, Source};

use crate::{Exploration, Kind, Limits, explore};

/// Machines from what their author writes. The first line is the name, the initial state and nothing else.
fn machines(specs: &[&str]) -> Vec<Machine> {
    let read = |spec: &&str| {
        let (head, rest) = spec.trim_start().split_once('\n').unwrap();
        let (name, initial) = head.split_once(' ').unwrap();
        let text = format!("name: {name}\nversion: 1.0.0\ninitial_state: {initial}\n{rest}");
        let checked = chorister_spec::machine::check(
            &Source::new("machine.yaml", text.as_str()),
            &Options::default(),
        );
        checked
            .machine
            .unwrap_or_else(|| panic!("{text}\n{:#?}", checked.diagnostics))
    };
    specs.iter().map(read).collect()
}

/// What is found in machines, each finding in a line with its path.
fn found(specs: &[&str]) -> Vec<String> {
    let owned = machines(specs);
    let all: Vec<&Machine> = owned.iter().collect();
    let lines = explore(&all, Limits::default())
        .findings
        .into_iter()
        .map(|it| {
            let machine = all[it.machine];
            let path = it.path.told(&all).to_string();
            let what = match it.kind {
                Kind::Sink { state, watched } => {
                    format!(
                        "sink {}{}",
                        machine.state(state),
                        if watched { ", watched" } else { "" }
                    )
                }
                Kind::Round {
                    steps,
                    least,
                    meanwhile,
                } => {
                    format!(
                        "round of {steps} in {least:?}{}",
                        if meanwhile { ", meanwhile" } else { "" }
                    )
                }
                Kind::Race {
                    one, other, usual, ..
                } => format!(
                    "race in {} to {} or {}{}",
                    machine.state(one.from),
                    machine.state(one.to),
                    machine.state(other.to),
                    if usual { "" } else { ", unusual" }
                ),
                Kind::Undelivered { transition, .. } => {
                    format!("undelivered {}", machine.transition(transition))
                }
                Kind::Unmet { watcher } => {
                    format!("unmet {}", machine.watchers[usize::from(watcher.0)].name)
                }
                Kind::Unexplored { seen, .. } => format!("unexplored after {seen}"),
            };
            format!("{what}: {path}")
        });
    lines.collect()
}

fn explored(specs: &[&str]) -> (Vec<Machine>, Exploration) {
    let owned = machines(specs);
    let exploration = explore(&owned.iter().collect::<Vec<_>>(), Limits::default());
    (owned, exploration)
}
