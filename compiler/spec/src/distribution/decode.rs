//! From the tree to the distribution.

use std::collections::HashMap;

use chorister_lang::suggest;
use chorister_yaml::{Entry as Pair, Node};

use super::keys::{AGENT, DATA, FEATURES, MACHINE, TOP};
use super::{Distribution, Entry, Origin, Role, Sort};
use super::{agents, capabilities, checks, defaults, limits};
use crate::diagnostic::{Code, Finding, Findings, Part, Path, Severity, at};
use crate::form::Reader;
use crate::machine::Options;
use crate::outline::Mark;

/// What a role that is not listed means: a node.
const DEFAULT_ROLES: &[Role] = &[Role::Server];

/// Longest name of a binary.
const MAX_NAME: usize = 64;

/// Reads the whole file.
pub(super) fn distribution(
    root: &Node,
    options: &Options,
    findings: &mut Findings,
) -> Distribution {
    let later = if options.build {
        Severity::Error
    } else {
        Severity::Warning
    };
    let mut reader = Reader { findings };
    let pairs = reader.mapping(root, &at![], &TOP);
    let mut read = Distribution {
        roles: DEFAULT_ROLES.to_vec(),
        embed_specs: true,
        run_tests: true,
        ..Distribution::default()
    };
    for Pair { key, value, .. } in pairs {
        let path = at![key.text.clone()];
        match key.text.as_str() {
            "name" => read.name = name(&mut reader, value, &path),
            "version" => read.version = version(&mut reader, value, &path),
            "description" => read.description = reader.text(value, &path).unwrap_or_default(),
            "roles" => read.roles = roles(&mut reader, value, &path, later),
            "machines" => read.machines = entries(&mut reader, value, &path, Sort::Machine),
            "agents" => read.agents = agents::read(&mut reader, value, &path, Sort::Agent),
            "data" => read.data = agents::read(&mut reader, value, &path, Sort::Data),
            "checks" => (read.classes, read.instances) = checks::read(&mut reader, value, &path),
            "loaded" => {
                let loaded = limits::loaded(&mut reader, value, &path);
                read.loaded_machines = loaded.machines;
                read.loaded_checks = loaded.checks;
                read.loaded_bundle = loaded.bundle;
                read.loaded_external_agents = loaded.external_agents;
            }
            "defaults" => read.defaults = defaults::read(&mut reader, value, &path),
            "capabilities" => {
                read.capabilities = Some(capabilities::read(&mut reader, key, value, &path));
            }
            "budget" => {
                (read.budget, read.budget_places) = limits::budget(&mut reader, value, &path);
            }
            "max_size" => read.max_size = reader.size(value, &path),
            "features" => features(&mut reader, value, &path, &mut read),
            "tests" => read.tests = limits::tests(&mut reader, value, &path),
            _ => {}
        }
    }
    require(&mut reader, pairs, root, &["name", "version"]);
    nothing_to_do(&mut reader, pairs, &read);
    of_clients(&mut reader, &read);
    read
}

fn require(reader: &mut Reader<'_>, entries: &[Pair], root: &Node, keys: &[&'static str]) {
    if root.as_mapping().is_none() {
        return;
    }
    for key in keys
        .iter()
        .filter(|key| !entries.iter().any(|it| it.key.text == **key))
    {
        let example = if *key == "name" { "acme-node" } else { "1.0.0" };
        let finding = Finding::new(
            Code::MissingKey,
            at![],
            format!("a distribution needs a `{key}`"),
        )
        .at(Part::Start)
        .help(format!("add `{key}: {example}`"));
        reader.findings.add(finding);
    }
}

/// Keys of people are of no use to what nobody asks with.
fn of_clients(reader: &mut Reader<'_>, read: &Distribution) {
    if !read.pkcs11 || read.roles.contains(&Role::Client) {
        return;
    }
    let path = at!["features", "pkcs11"];
    let message = format!("`{path}` has no effect: only clients use token devices");
    let finding = Finding::new(Code::NotEnforced, path, message).severity(Severity::Warning);
    let help = "add the role `client`, or leave this out";
    reader.findings.add(finding.help(help.to_owned()));
}

/// A distribution without machines and without a directory for them would do nothing.
fn nothing_to_do(reader: &mut Reader<'_>, entries: &[Pair], read: &Distribution) {
    let has_machines = entries
        .iter()
        .any(|it| it.key.text == "machines" && !it.value.items().is_empty());
    // Who only asks nodes, or is many of them, needs nothing of its own.
    let runs_nothing = !read.roles.is_empty() && !read.roles.contains(&Role::Server);
    let has_machines = has_machines || read.loaded_machines.is_some();
    let has_checks = !read.instances.is_empty() || read.loaded_checks.is_some();
    let has_agents = !read.agents.is_empty() || read.loaded_external_agents.is_some();
    if runs_nothing || has_machines || has_checks || has_agents || reader.findings.has_errors() {
        return;
    }
    let finding = Finding::new(
        Code::NothingToRun,
        at![],
        "this distribution has no machines and loads none",
    )
    .at(Part::Start)
    .help("list some under `machines:`, such as `std/heartbeat`");
    reader.findings.add(finding);
}

fn name(reader: &mut Reader<'_>, node: &Node, path: &Path) -> String {
    let Some(name) = reader.text(node, path) else {
        return String::new();
    };
    let fits = name.len() <= MAX_NAME
        && name.starts_with(|it: char| it.is_ascii_lowercase())
        && name
            .chars()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-');
    if !fits {
        let better: String = name
            .to_lowercase()
            .chars()
            .map(|it| {
                if it.is_ascii_lowercase() || it.is_ascii_digit() {
                    it
                } else {
                    '-'
                }
            })
            .take(MAX_NAME)
            .collect();
        let better = better.trim_matches(|it: char| it == '-' || it.is_ascii_digit());
        let help =
            "a binary's name begins with a small letter and has small letters, digits and hyphens";
        let help = if better.is_empty() {
            help.to_owned()
        } else {
            format!("{help}: `{better}`")
        };
        let message = format!("`{name}` cannot name a binary");
        reader
            .findings
            .add(Finding::new(Code::InvalidName, path.clone(), message).help(help));
    }
    name
}

/// A version of three numbers.
pub(crate) fn version(reader: &mut Reader<'_>, node: &Node, path: &Path) -> String {
    let Some(version) = reader.text_or_number(node, path) else {
        return String::new();
    };
    let number =
        |it: &str| !it.is_empty() && it.len() <= 9 && it.bytes().all(|it| it.is_ascii_digit());
    let numbers: Vec<&str> = version.split('.').collect();
    if numbers.len() != 3 || !numbers.iter().all(|it| number(it)) {
        let message = format!("`{version}` is not a version");
        let help = "a version is MAJOR.MINOR.PATCH, such as `1.4.0`";
        reader
            .findings
            .add(Finding::new(Code::InvalidVersion, path.clone(), message).help(help));
    }
    version
}

fn roles(reader: &mut Reader<'_>, node: &Node, path: &Path, later: Severity) -> Vec<Role> {
    let mut roles = Vec::new();
    for (item, path) in reader.list(node, path) {
        let Some(name) = reader.text(item, &path) else {
            continue;
        };
        if let Some((_, role)) = Role::ALL.iter().find(|(it, _)| *it == name) {
            if roles.contains(role) {
                reader.findings.add(repeated(path, &name));
            } else {
                roles.push(*role);
            }
        } else if Role::LATER.contains(&name.as_str()) {
            let built: Vec<_> = Role::ALL.iter().map(|(it, _)| format!("`{it}`")).collect();
            let built = built.join(", ");
            let message = format!("the role `{name}` comes later; this release builds {built}");
            reader
                .findings
                .add(Finding::new(Code::NotBuilt, path, message).severity(later));
        } else {
            let known = Role::ALL
                .iter()
                .map(|(it, _)| *it)
                .chain(Role::LATER.iter().copied());
            let help = match suggest::closest(&name, known.clone()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("roles are {}", known.collect::<Vec<_>>().join(", ")),
            };
            let message = format!("there is no role `{name}`");
            reader
                .findings
                .add(Finding::new(Code::UnknownRole, path, message).help(help));
        }
    }
    roles
}

/// Machines or classes, each once.
pub(super) fn entries(reader: &mut Reader<'_>, node: &Node, path: &Path, sort: Sort) -> Vec<Entry> {
    let mut entries = Vec::<Entry>::new();
    let mut seen = HashMap::new();
    for (item, path) in reader.list(node, path) {
        let Some(entry) = entry(reader, item, &path, sort) else {
            continue;
        };
        if seen.insert(entry.origin.clone(), ()).is_some() {
            reader
                .findings
                .add(repeated(path, &entry.origin.to_string()));
        } else {
            entries.push(entry);
        }
    }
    entries
}

fn entry(reader: &mut Reader<'_>, node: &Node, path: &Path, sort: Sort) -> Option<Entry> {
    if node.as_mapping().is_none() || sort == Sort::Class {
        let text = reader.text(node, path)?;
        let origin = origin(reader, &text, path, sort)?;
        return Some(Entry {
            sort,
            origin,
            lenient: false,
            place: mark(node, path),
        });
    }
    let mut found = None;
    let mut lenient = false;
    let level = match sort {
        Sort::Agent => &AGENT,
        Sort::Data => &DATA,
        Sort::Machine | Sort::Class => &MACHINE,
    };
    for Pair { key, value, .. } in reader.mapping(node, path, level) {
        let path = path.join(key.text.clone());
        match key.text.as_str() {
            "lenient" => lenient = reader.truth(value, &path).unwrap_or(false),
            "use" | "spec" if found.is_some() => {
                let message = "`use` and `spec` exclude each other";
                reader
                    .findings
                    .add(Finding::new(Code::Exclusive, path, message).at(Part::Key));
            }
            "use" | "spec" => {
                let place = mark(value, &path);
                found = Some(
                    reader
                        .text(value, &path)
                        .and_then(|it| origin(reader, &it, &path, sort))
                        .map(|it| (it, place)),
                );
            }
            _ => {}
        }
    }
    if found.is_none() {
        let finding = Finding::new(
            Code::MissingKey,
            path.clone(),
            format!("{} needs a `use` or a `spec`", sort.phrase()),
        )
        .at(Part::Start)
        .help(match sort {
            Sort::Agent => "add `spec: agents/disk.ddl.yaml`",
            Sort::Data => "add `spec: data/queue.ddl.yaml`",
            Sort::Machine | Sort::Class => "add `spec: machines/lamp.machine.yaml`",
        });
        reader.findings.add(finding);
    }
    let (origin, place) = found??;
    Some(Entry {
        sort,
        origin,
        lenient,
        place,
    })
}

pub(super) fn mark(node: &Node, path: &Path) -> Mark {
    Mark {
        span: node.span,
        path: path.to_string(),
    }
}

/// `std/NAME` is one of ours; anything that ends like a file is one.
fn origin(reader: &mut Reader<'_>, text: &str, path: &Path, sort: Sort) -> Option<Origin> {
    let is_file = [".yaml", ".yml", ".json"]
        .iter()
        .any(|it| text.to_ascii_lowercase().ends_with(it));
    if let Some(name) = text.strip_prefix("std/").filter(|_| !is_file) {
        return Some(Origin::Standard(name.to_owned()));
    }
    let (message, help) = if !is_relative(text) {
        (
            format!("`{text}` is not a path relative to this file"),
            "write it with `/` between folders, relative to the folder of this file".to_owned(),
        )
    } else if !is_file {
        let text = text.trim_end_matches('/');
        let stem = sort.stem();
        let help = match sort {
            Sort::Machine => format!(
                "name the file: `{text}.{stem}.yaml`, or `{text}/{stem}.yaml` for a folder with scripts"
            ),
            Sort::Class | Sort::Agent | Sort::Data => {
                format!("name the file: `{text}.{stem}.yaml`")
            }
        };
        (
            format!("`{text}` is not the file of {}", sort.phrase()),
            help,
        )
    } else {
        return Some(Origin::File(normal(text)));
    };
    reader
        .findings
        .add(Finding::new(sort.unreadable(), path.clone(), message).help(help));
    None
}

/// Whether a text has the form of a path relative to the file.
pub(super) fn is_relative(text: &str) -> bool {
    !(text.starts_with(['/', '~']) || text.contains(['\\', '\0']) || text.contains("://"))
}

/// The path without `.` and with `..` only at its beginning.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|it| !matches!(*it, "" | ".")) {
        if part == ".." && parts.last().is_some_and(|it| *it != "..") {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

fn repeated(path: Path, what: &str) -> Finding {
    Finding::new(Code::Repeated, path, format!("`{what}` is listed twice"))
        .severity(Severity::Error)
        .help("leave one of them out")
}

fn features(reader: &mut Reader<'_>, node: &Node, path: &Path, read: &mut Distribution) {
    for Pair { key, value, .. } in reader.mapping(node, path, &FEATURES) {
        let path = path.join(key.text.clone());
        match key.text.as_str() {
            "insecure_for_tests" => {
                read.insecure_for_tests = reader.truth(value, &path).unwrap_or(false);
            }
            "rego" => read.rego = reader.truth(value, &path).unwrap_or(false),
            "certmanager" => read.certmanager = reader.truth(value, &path).unwrap_or(false),
            "pkcs11" => read.pkcs11 = reader.truth(value, &path).unwrap_or(false),
            "run_tests" => read.run_tests = reader.truth(value, &path).unwrap_or(true),
            "embed_specs" => read.embed_specs = reader.truth(value, &path).unwrap_or(true),
            _ => {}
        }
    }
}

// === impl Origin ===

impl core::fmt::Display for Origin {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Standard(name) => write!(f, "std/{name}"),
            Self::File(path) => f.write_str(path),
        }
    }
}
