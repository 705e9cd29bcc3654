//! Which keys a distribution has, level by level.

use chorister_lang::suggest;
use chorister_yaml::Entry;

use crate::diagnostic::{Code, Finding, Findings, Part, Path, Severity};

/// A mapping of the format and its keys.
#[derive(Debug)]
pub(super) struct Level {
    /// As people write it; empty for the file itself.
    pub(super) name: &'static str,
    pub(super) keys: &'static [&'static str],
}

const fn level(name: &'static str, keys: &'static [&'static str]) -> Level {
    Level { name, keys }
}

/// The file itself.
pub(super) const TOP: Level = level(
    "",
    &[
        "name",
        "version",
        "description",
        "roles",
        "machines",
        "agents",
        "checks",
        "loaded",
        "defaults",
        "capabilities",
        "budget",
        "max_size",
        "features",
        "tests",
        "$schema",
    ],
);
pub(super) const MACHINE: Level = level("machines[]", &["use", "spec", "lenient"]);
pub(super) const CHECKS: Level = level("checks", &["classes", "instances"]);
pub(super) const LOADED: Level = level("loaded", &["machines", "checks", "external_agents"]);
pub(super) const DEFAULTS: Level = level("defaults", &["collectives", "brokers", "provisioning"]);
pub(super) const PROVISIONING: Level = level(
    "defaults.provisioning",
    &["enabled", "srv_domain", "token_file", "urls"],
);
pub(super) const CAPABILITIES: Level = level(
    "capabilities",
    &["enforce", "exec", "read", "write", "connect"],
);
pub(super) const BUDGET: Level = level("budget", &["rss", "events_per_second", "forks_per_second"]);
pub(super) const FEATURES: Level = level("features", &["insecure_for_tests", "embed_specs"]);

/// The levels in which a misplaced key is looked for.
const ALL: [&Level; 9] = [
    &TOP,
    &MACHINE,
    &CHECKS,
    &LOADED,
    &DEFAULTS,
    &PROVISIONING,
    &CAPABILITIES,
    &BUDGET,
    &FEATURES,
];

/// Reports the keys that a level does not have.
pub(super) fn refuse_unknown(
    entries: &[Entry],
    path: &Path,
    level: &Level,
    findings: &mut Findings,
) {
    for entry in entries
        .iter()
        .filter(|it| !level.keys.contains(&it.key.text.as_str()))
    {
        findings.add(unknown(&entry.key.text, path, level));
    }
}

fn unknown(key: &str, path: &Path, level: &Level) -> Finding {
    let place = path.join(key.to_owned());
    let known = level.keys.iter().copied().filter(|it| !it.starts_with('$'));
    let here = if level.name.is_empty() {
        "a distribution".to_owned()
    } else {
        format!("`{}`", level.name)
    };
    if let Some(meant) = suggest::closest(key, known.clone()) {
        return Finding::new(
            Code::UnknownKey,
            place,
            format!("{here} has no key `{key}`"),
        )
        .severity(Severity::Error)
        .at(Part::Key)
        .help(format!("did you mean `{meant}`?"));
    }
    if let Some(home) = ALL.iter().find(|it| it.keys.contains(&key)) {
        let home = if home.name.is_empty() {
            "at the top level".to_owned()
        } else {
            format!("in `{}`", home.name)
        };
        return Finding::new(
            Code::MisplacedKey,
            place,
            format!("`{key}` does not belong in {here}"),
        )
        .at(Part::Key)
        .help(format!("move it: `{key}` stands {home}"));
    }
    let list = known
        .map(|it| format!("`{it}`"))
        .collect::<Vec<_>>()
        .join(", ");
    Finding::new(
        Code::UnknownKey,
        place,
        format!("{here} has no key `{key}`"),
    )
    .severity(Severity::Error)
    .at(Part::Key)
    .help(format!("known keys are {list}"))
}
