//! The RPC agents and the data plugins of a distribution.

use std::collections::HashMap;
use std::sync::Arc;

use chorister_ir::ddl::ActionRun;
use chorister_spec::ddl::{self, Described};
use chorister_spec::diagnostic::Label;
use chorister_spec::distribution::{AgentEntry, Distribution};
use chorister_spec::{Checked, Code, Diagnostic, Named, Options};

use crate::capabilities::at;
use crate::emit::Body;
use crate::generate::Output;
use crate::load::{Loaded, Place};
use crate::standard;

/// An agent or a data plugin that was read and checked.
pub(crate) struct Agent<'a> {
    pub(crate) entry: &'a AgentEntry,
    pub(crate) loaded: Loaded<'a>,
    pub(crate) checked: ddl::Checked,
}

/// Reads and checks the agents of a distribution, each by itself and with its machines.
pub(crate) fn load<'a>(
    place: &Place<'_>,
    of: &'a Distribution,
    machines: &[Checked],
    options: &Options,
    output: &mut Output,
) -> Vec<Agent<'a>> {
    let agents = read(place, &of.agents, options, output);
    let findings = agents.iter().flat_map(|it| it.implementation(&place.root));
    output.diagnostics.extend(findings);
    output.diagnostics.extend(together(&agents, "agents"));
    if of.loaded_machines.is_none() {
        let findings = agents.iter().flat_map(|it| it.expectations(machines));
        output.diagnostics.extend(findings);
    }
    agents
}

/// Reads and checks the data plugins of a distribution.
pub(crate) fn load_data<'a>(
    place: &Place<'_>,
    of: &'a Distribution,
    options: &Options,
    output: &mut Output,
) -> Vec<Agent<'a>> {
    let plugins = read(place, &of.data, options, output);
    let findings = plugins.iter().flat_map(|it| it.plugin(&place.root));
    output.diagnostics.extend(findings);
    output
        .diagnostics
        .extend(together(&plugins, "data plugins"));
    plugins
}

fn read<'a>(
    place: &Place<'_>,
    entries: &'a [AgentEntry],
    options: &Options,
    output: &mut Output,
) -> Vec<Agent<'a>> {
    let mut agents = Vec::with_capacity(entries.len());
    for entry in entries {
        let Some(loaded) = place.load(&entry.entry, output) else {
            continue;
        };
        let options = Options {
            lenient: entry.entry.lenient || options.lenient,
            ..*options
        };
        let checked = ddl::check(&loaded.source, &options);
        output.diagnostics.extend(checked.diagnostics.clone());
        output.sources.push(loaded.source.clone());
        agents.push(Agent {
            entry,
            loaded,
            checked,
        });
    }
    agents
}

/// Reports those of one name.
fn together(all: &[Agent<'_>], what: &str) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut first: HashMap<&str, (&Arc<str>, &Named)> = HashMap::new();
    for agent in all {
        let Some(name) = &agent.checked.name else {
            continue;
        };
        let file = &agent.loaded.source.path;
        let Some((owner, earlier)) = first.get(name.text.as_str()) else {
            first.insert(&name.text, (file, name));
            continue;
        };
        let message = format!("two {what} are called `{}`", name.text);
        let help = format!("requests find {what} by their names: give one of them another");
        let mut finding = at(Code::DuplicateAgent, file, &name.place, message, help);
        finding.labels.push(Label {
            file: (*owner != file).then(|| Arc::clone(owner)),
            span: earlier.place.span,
            text: "first used here".to_owned(),
        });
        findings.push(finding);
    }
    findings
}

/// What filters may call on every node: its own data plugins, and functions.
const TAKEN: [&str; 11] = [
    "agents",
    "choria",
    "classes",
    "config_item",
    "fact",
    "facts",
    "include",
    "machine_state",
    "scout",
    "semver",
    "with",
];

/// The first few of some names.
fn brief(names: &[&str]) -> String {
    const FEW: usize = 3;
    let shown: Vec<_> = names.iter().take(FEW).map(|it| format!("`{it}`")).collect();
    match names.len().saturating_sub(FEW) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

// === impl Agent ===

impl Agent<'_> {
    /// Who does what it does.
    pub(crate) fn body(&self) -> Body<'_> {
        match (standard::hosted(self.entry), &self.entry.implementation) {
            (Some(name), _) => Body::Standard(name),
            (None, Some(named)) => Body::Author(&named.text),
            (None, None) => Body::Declared,
        }
    }

    /// What is wrong with who does what it does.
    fn implementation(&self, root: &Arc<str>) -> Option<Diagnostic> {
        let place = &self.entry.entry.place;
        let ddl = match &self.checked.described {
            Some(Described::Agent(ddl)) => ddl,
            Some(Described::Data(_)) => {
                let message = "the file describes a data plugin, which is no agent".to_owned();
                let help = "list it under `data`".to_owned();
                return Some(at(Code::AgentFile, root, place, message, help));
            }
            None => return None,
        };
        let natives = ddl.actions.iter().filter(|it| it.run == ActionRun::Native);
        let natives: Vec<_> = natives.map(|it| it.name.as_ref()).collect();
        let name = &ddl.metadata.name;
        if natives.is_empty() {
            return self.superfluous(root, name, "the DDL says how each action is done");
        }
        if standard::hosted(self.entry).is_some() {
            return None;
        }
        let message = format!(
            "nobody does what the agent `{name}` does: {}",
            brief(&natives)
        );
        self.missing(
            root,
            message,
            "name the type that does: `implementation: crate::actions::Disk`",
        )
    }

    /// What is wrong with a data plugin and who answers for it.
    fn plugin(&self, root: &Arc<str>) -> Option<Diagnostic> {
        let place = &self.entry.entry.place;
        let ddl = match &self.checked.described {
            Some(Described::Data(ddl)) => ddl,
            Some(Described::Agent(_)) => {
                let message = "the file describes an agent, which is no data plugin".to_owned();
                let help = "list it under `agents`".to_owned();
                return Some(at(Code::AgentFile, root, place, message, help));
            }
            None => return None,
        };
        let name = &ddl.metadata.name;
        if TAKEN.contains(&name.as_ref()) {
            let place = self.checked.name.as_ref().map_or(place, |it| &it.place);
            let message = format!("every node has a `{name}` that filters may call");
            let help = "filters find a data plugin by its name: give it another".to_owned();
            let file = &self.loaded.source.path;
            return Some(at(Code::DuplicateAgent, file, place, message, help));
        }
        if ddl.question.run != ActionRun::Native {
            return self.superfluous(root, name, "the DDL says which command answers");
        }
        let message = format!("nobody answers for the data plugin `{name}`");
        let help = "name the type that does, `implementation: crate::data::Queue`, or add `exec` to the DDL";
        self.missing(root, message, help)
    }

    /// Reports that nobody is named who would do it.
    fn missing(&self, root: &Arc<str>, message: String, help: &str) -> Option<Diagnostic> {
        let is_missing = self.entry.implementation.is_none();
        let place = &self.entry.entry.place;
        is_missing.then(|| {
            at(
                Code::AgentImplementation,
                root,
                place,
                message,
                help.to_owned(),
            )
        })
    }

    /// Reports somebody who has nothing to do.
    fn superfluous(&self, root: &Arc<str>, name: &str, why: &str) -> Option<Diagnostic> {
        let named = self.entry.implementation.as_ref()?;
        let message = format!("nothing of `{name}` is left to `{}`", named.text);
        let help = format!("leave `implementation` out: {why}");
        let code = Code::AgentImplementation;
        Some(at(code, root, &named.place, message, help))
    }

    /// Reports machines, transitions and states that its actions name and that do not exist.
    fn expectations(&self, machines: &[Checked]) -> Vec<Diagnostic> {
        let file = &self.loaded.source.path;
        let mut findings = Vec::new();
        let mut missing = |code, it: &Named, what: String, names: Vec<&str>| {
            let help = match chorister_lang::suggest::closest(&it.text, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => "add it to the distribution".to_owned(),
                None => format!("there are {}", names.join(", ")),
            };
            findings.push(at(code, file, &it.place, what, help));
        };
        for expected in &self.checked.machines {
            let name = &expected.machine.text;
            let named = |it: &&Checked| it.outline.name.as_ref().is_some_and(|it| it.text == *name);
            let Some(machine) = machines.iter().find(named) else {
                let names = machines.iter().filter_map(|it| it.outline.name.as_ref());
                let what = format!("there is no machine `{name}` in this distribution");
                let names = names.map(|it| it.text.as_str()).collect();
                missing(Code::UnknownMachine, &expected.machine, what, names);
                continue;
            };
            let events = machine.outline.events.iter().map(|it| it.name.as_str());
            let events: Vec<_> = events.collect();
            if !events.contains(&expected.transition.text.as_str()) {
                let what = format!(
                    "machine `{name}` has no transition `{}`",
                    expected.transition.text
                );
                missing(Code::UnknownEvent, &expected.transition, what, events);
            }
            for state in &expected.states {
                let states = machine.outline.states.iter().map(String::as_str);
                let states: Vec<_> = states.collect();
                if !states.contains(&state.text.as_str()) {
                    let what = format!("machine `{name}` has no state `{}`", state.text);
                    missing(Code::UnknownForeignState, state, what, states);
                }
            }
        }
        findings
    }
}
