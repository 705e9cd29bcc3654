//! `NAME buildinfo`: what this binary was built from.

use std::fmt::Write;

use chorister_engine::size as readable;
use serde_json::{Map, Value, json};

use super::{Failure, print};
use crate::Distribution;
use crate::args::Buildinfo;

pub(super) fn run(distribution: &Distribution, arguments: &Buildinfo) -> Result<(), Failure> {
    if arguments.manifest {
        print(distribution.manifest)
    } else if arguments.json {
        print(format_args!("{:#}\n", report(distribution)))
    } else {
        print(text(distribution))
    }
}

fn report(distribution: &Distribution) -> Value {
    let machines: Vec<Value> = distribution
        .machines
        .iter()
        .map(|it| {
            json!({
                "name": it.machine.name, "version": it.machine.version, "description": it.machine.description,
                "spec": it.spec.path, "states": it.machine.states.len(), "watchers": it.machine.watchers.len(),
                "files": it.files.len(),
            })
        })
        .collect();
    let agents: Vec<Value> = distribution
        .agents
        .iter()
        .map(|it| {
            let of = &it.ddl.metadata;
            let actions: Vec<_> = it.ddl.actions.iter().map(|it| &it.name).collect();
            json!({
                "name": of.name, "version": of.version, "description": of.description,
                "spec": it.spec.path, "service": of.service, "actions": actions,
            })
        })
        .collect();
    let data: Vec<Value> = distribution
        .data
        .iter()
        .map(|it| {
            let of = &it.ddl.metadata;
            json!({
                "name": of.name, "version": of.version, "description": of.description,
                "spec": it.spec.path, "takes_query": it.ddl.takes_query(),
            })
        })
        .collect();
    let defaults: Map<String, Value> = distribution
        .defaults
        .iter()
        .map(|it| {
            let value = serde_json::from_str(it.value).unwrap_or_else(|_| it.value.into());
            (it.key.to_owned(), value)
        })
        .collect();
    json!({
        "name": distribution.name,
        "version": distribution.version,
        "description": distribution.description,
        "chorister": env!("CARGO_PKG_VERSION"),
        "roles": distribution.roles.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "watchers": watchers(distribution),
        "machines": machines,
        "agents": agents,
        "data": data,
        "loads_machines": distribution.loads_machines(),
        "machines_directory": distribution.loaded.machines,
        "agents_directory": distribution.loaded.external_agents,
        "defaults": defaults,
        "size": size(),
        "max_size": distribution.max_size,
        "held_to_capabilities": distribution.sandbox.is_some(),
        "insecure_for_tests": distribution.features.insecure_for_tests,
    })
}

fn text(distribution: &Distribution) -> String {
    let mut text = format!("{} {}", distribution.name, distribution.version);
    if !distribution.description.is_empty() {
        let _ = write!(text, ": {}", distribution.description);
    }
    text.push('\n');
    let roles: Vec<&str> = distribution.roles.iter().map(|it| it.as_str()).collect();
    let _ = writeln!(text, "\n  roles     {}", roles.join(" "));
    let _ = writeln!(text, "  watchers  {}", watchers(distribution).join(" "));
    let loads = match distribution.loaded.machines {
        Some(directory) if distribution.loads_machines() => directory,
        _ => "nothing at run time",
    };
    let _ = writeln!(text, "  loads     {loads}");
    if let Some(directory) = distribution.loaded.external_agents {
        let _ = writeln!(text, "  hosts     agents from {directory}");
    }
    for setting in distribution.defaults {
        let _ = writeln!(text, "  default   {} = {}", setting.key, setting.value);
    }
    if distribution.sandbox.is_some() {
        text.push_str("  held to   its capabilities while it runs\n");
    }
    let _ = writeln!(text, "  built by  chorister {}", env!("CARGO_PKG_VERSION"));
    if let Some(size) = size() {
        let _ = write!(text, "  size      {}", readable(size));
        let _ = match distribution.max_size {
            Some(most) if size > most => {
                writeln!(
                    text,
                    ", which is MORE than the {} it may have",
                    readable(most)
                )
            }
            Some(most) => writeln!(text, " of at most {}", readable(most)),
            None => writeln!(text),
        };
    }
    if distribution.features.insecure_for_tests {
        let _ = writeln!(
            text,
            "  INSECURE  built for tests: connections are not protected"
        );
    }
    let machines = distribution.machines.iter().map(|it| it.machine);
    let machines = machines.map(|it| [&*it.name, &*it.version, &*it.description]);
    list(&mut text, "Machines", machines.collect());
    if !distribution.agents.is_empty() {
        let agents = distribution.agents.iter().map(|it| &it.ddl.metadata);
        let agents = agents.map(|it| [&*it.name, &*it.version, &*it.description]);
        list(&mut text, "Agents", agents.collect());
    }
    if !distribution.data.is_empty() {
        let data = distribution.data.iter().map(|it| &it.ddl.metadata);
        let data = data.map(|it| [&*it.name, &*it.version, &*it.description]);
        list(&mut text, "Data plugins", data.collect());
    }
    text
}

/// Names, versions and descriptions below a title.
fn list(text: &mut String, title: &str, rows: Vec<[&str; 3]>) {
    let _ = writeln!(text, "\n{title}");
    let width = rows.iter().map(|[name, ..]| name.len()).max();
    let width = width.unwrap_or_default();
    for [name, version, description] in rows {
        let _ = writeln!(text, "  {name:width$}  {version}  {description}");
    }
}

/// The size of this binary in bytes, where the system tells.
fn size() -> Option<u64> {
    let file = std::env::current_exe().ok()?;
    Some(std::fs::metadata(file).ok()?.len())
}

/// The kinds of watchers that can run: those that need nothing from outside always can.
fn watchers(distribution: &Distribution) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = distribution
        .drivers
        .iter()
        .map(|it| it.kind().as_str())
        .collect();
    kinds.extend(["expression", "schedule", "timer"]);
    kinds.sort_unstable();
    kinds
}
