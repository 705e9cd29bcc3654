//! `NAME discover`: which checks this machine deserves.

mod paper;

use core::time::Duration;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use chorister_checks::discover::{Proposal, Topic, look, propose};
use chorister_ir::Literal;
use serde_json::{Value, json};

use super::{Failure, print};
use crate::Distribution;
use crate::args::Discover;

/// How long a server, or a service manager, may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn run(distribution: &Distribution, arguments: &Discover) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::Impossible(format!("the asynchronous runtime does not start: {error}"))
        })?;
    let facts = runtime.block_on(look(PATIENCE));
    // Who does not answer must not hold up the end.
    runtime.shutdown_background();
    let proposals = propose(
        &facts,
        |class| distribution.offers(class),
        |name| distribution.has(name),
    );
    let proposals: Vec<Proposal> = proposals
        .into_iter()
        .filter(|it| !distribution.checks_already(it))
        .collect();
    if proposals.is_empty() {
        let name = distribution.name;
        return Err(Failure::Refused(format!(
            "{name} has no check classes for what is here, or checks all of it already"
        )));
    }
    match &arguments.write {
        Some(folder) => write(distribution, &proposals, folder, arguments.json),
        None if arguments.json => print(format_args!("{}\n", listed(&proposals))),
        None => print(paper::all(distribution.name, &proposals)),
    }
}

fn listed(proposals: &[Proposal]) -> Value {
    let listed = proposals.iter().map(|it| {
        json!({
            "topic": it.topic.as_str(),
            "name": it.name,
            "class": it.class,
            "with": it.with,
            "why": it.why,
        })
    });
    listed.collect()
}

/// Writes a file for each topic, and none over another.
fn write(
    distribution: &Distribution,
    proposals: &[Proposal],
    folder: &Path,
    as_json: bool,
) -> Result<(), Failure> {
    let impossible = |path: &Path, error: &io::Error| {
        Failure::Impossible(format!("{}: {error}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|error| impossible(folder, &error))?;
    let topics: BTreeSet<Topic> = proposals.iter().map(|it| it.topic).collect();
    let path_of = |topic: &Topic| folder.join(format!("{}.yaml", topic.as_str()));
    if let Some(there) = topics.iter().map(path_of).find(|it| it.exists()) {
        return Err(Failure::Refused(format!(
            "{} is there already: remove it, or choose another directory",
            there.display()
        )));
    }
    let mut files = Vec::new();
    for topic in &topics {
        let path = path_of(topic);
        let chosen: Vec<&Proposal> = proposals.iter().filter(|it| it.topic == *topic).collect();
        let text = paper::file(distribution.name, *topic, &chosen);
        let mut file = fs::File::create_new(&path).map_err(|error| impossible(&path, &error))?;
        file.write_all(text.as_bytes())
            .map_err(|error| impossible(&path, &error))?;
        files.push((path, chosen.len()));
    }
    if as_json {
        let files = files
            .iter()
            .map(|(path, checks)| json!({ "file": path, "checks": checks }));
        return print(format_args!("{}\n", files.collect::<Value>()));
    }
    let width = files
        .iter()
        .map(|(path, _)| path.display().to_string().len())
        .max();
    let mut text = String::new();
    for (path, checks) in &files {
        let (path, width) = (path.display().to_string(), width.unwrap_or(0));
        let several = if *checks == 1 { "check" } else { "checks" };
        text.push_str(&format!("{path:width$}  {checks} {several}\n"));
    }
    text.push_str(&format!(
        "\nRead them, change what you like, and run them:\n  {} run --checks {}\n",
        distribution.name,
        folder.display()
    ));
    print(text)
}

// === impl Distribution ===

impl Distribution {
    /// Whether it has a check class of this name.
    fn offers(&self, class: &str) -> bool {
        self.classes.iter().any(|it| it.class.name == class)
    }

    /// Whether a machine or a check of this name is compiled in.
    fn has(&self, name: &str) -> bool {
        let machines = self.machines.iter().map(|it| &it.machine.name);
        let mut names = machines.chain(self.checks.iter().map(|it| &it.name));
        names.any(|it| it == name)
    }

    /// Whether a check that does the same is compiled in: of the same class, with the same values for what is
    /// proposed.
    fn checks_already(&self, proposal: &Proposal) -> bool {
        self.checks
            .iter()
            .filter(|it| it.class.name == proposal.class)
            .any(|check| {
                proposal.with.iter().all(|(name, value)| {
                    let id = check
                        .class
                        .parameters
                        .iter()
                        .position(|it| it.name == *name);
                    let given = check
                        .with
                        .iter()
                        .find(|it| Some(usize::from(it.parameter.0)) == id);
                    let usual =
                        || id.and_then(|id| check.class.parameters.get(id)?.default.as_ref());
                    given
                        .map(|it| &it.value)
                        .or_else(usual)
                        .is_some_and(|it| same(it, value))
                })
            })
    }
}

/// Whether a value that is compiled in is what was proposed.
fn same(literal: &Literal, value: &Value) -> bool {
    match literal {
        Literal::Text(text) => value == text.as_ref(),
        Literal::Integer(number) => value == number,
        Literal::Boolean(truth) => value == truth,
        _ => false,
    }
}
