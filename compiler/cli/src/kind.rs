//! Which format a file is in: by its name, else by its folder, else by its top-level keys.

use std::path::Path;

use chorister_spec::Format;
use chorister_yaml::{Limits, Node};
use clap::ValueEnum;

/// A format of specs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub(crate) enum Kind {
    /// An autonomous agent: machine.yaml, *.machine.yaml
    Machine,
    /// An RPC agent or a data plugin: *.ddl.yaml, *.ddl.json
    Ddl,
    /// A check class: *.check.yaml
    Class,
    /// A check file: checks.d/*.yaml
    Check,
    /// What a binary is made of: distribution.yaml
    Distribution,
    /// Tests of a node: goss.yaml, *.goss.yaml
    Goss,
    /// Who may do what: *.policy, and policies/groups
    Policy,
    /// A configuration: chorister.yaml, *.cfg, *.conf
    Config,
    /// Overrides of Scout checks: overrides.json
    Overrides,
    /// Tests of machines: *.test.yaml
    Test,
}

/// What ends the name of a file that may be a spec.
const ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// Keys that a file of a kind has, one of which is enough; the first kind that has one wins.
const KEYS: [(Kind, &[&str]); 7] = [
    (Kind::Machine, &["initial_state", "watchers", "transitions"]),
    (Kind::Ddl, &["actions", "metadata"]),
    (Kind::Class, &["class"]),
    (Kind::Check, &["checks"]),
    (Kind::Test, &["tests"]),
    (
        Kind::Distribution,
        &["roles", "machines", "agents", "loaded", "capabilities"],
    ),
    (
        Kind::Goss,
        &[
            "addr",
            "command",
            "dns",
            "file",
            "gossfile",
            "group",
            "http",
            "interface",
            "kernel-param",
            "matching",
            "mount",
            "package",
            "port",
            "process",
            "service",
            "user",
        ],
    ),
];

impl Kind {
    /// Whether this release reads the format.
    pub(crate) const fn is_built(self) -> bool {
        matches!(
            self,
            Self::Machine
                | Self::Ddl
                | Self::Class
                | Self::Distribution
                | Self::Test
                | Self::Check
                | Self::Overrides
                | Self::Goss
                | Self::Policy
                | Self::Config
        )
    }

    /// The format in words, with its article.
    pub(crate) const fn phrase(self) -> &'static str {
        match self {
            Self::Machine => "a machine",
            Self::Ddl => "the DDL of an agent",
            Self::Class => "a check class",
            Self::Check => "a check file",
            Self::Distribution => "a distribution",
            Self::Goss => "a goss file",
            Self::Policy => "an action policy",
            Self::Config => "a configuration",
            Self::Overrides => "a file of overrides",
            Self::Test => "a file of tests",
        }
    }

    /// The kind that a file says it is by its name or its folder.
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        Self::of_name(&name).or_else(|| Self::of_folder(path, &name))
    }

    /// Whether a file says by its name what it is.
    pub(crate) fn is_named(path: &Path) -> bool {
        let name = path.file_name().and_then(|it| it.to_str());
        name.is_some_and(|it| Self::of_name(&it.to_ascii_lowercase()).is_some())
    }

    fn of_name(name: &str) -> Option<Self> {
        if name.ends_with(".policy") {
            return Some(Self::Policy);
        }
        let is_native = matches!(name, "chorister.yaml" | "chorister.yml" | "chorister.json");
        if is_native || name.ends_with(".cfg") || name.ends_with(".conf") {
            return Some(Self::Config);
        }
        let stem = ENDINGS
            .iter()
            .find_map(|ending| name.strip_suffix(ending))?;
        // What is one thing of many has a name of its own before the word; the others may stand alone.
        let (name, word) = stem.rsplit_once('.').unwrap_or(("", stem));
        match word {
            "machine" => Some(Self::Machine),
            "distribution" => Some(Self::Distribution),
            "goss" => Some(Self::Goss),
            "overrides" => Some(Self::Overrides),
            "ddl" if !name.is_empty() => Some(Self::Ddl),
            "check" if !name.is_empty() => Some(Self::Class),
            "test" if !name.is_empty() => Some(Self::Test),
            _ => None,
        }
    }

    /// The nearest folder that has a name with a meaning; `machines` speaks only for what lies in it directly, since
    /// a machine with a folder of its own has other files beside it.
    fn of_folder(path: &Path, name: &str) -> Option<Self> {
        let is_text = ENDINGS.iter().any(|ending| name.ends_with(ending));
        let folders = path
            .ancestors()
            .skip(1)
            .filter_map(|it| it.file_name()?.to_str());
        for (distance, folder) in folders.enumerate() {
            return Some(match folder {
                "machines" if is_text && distance == 0 => Self::Machine,
                "ddls" if is_text => Self::Ddl,
                "gossfiles" if is_text => Self::Goss,
                "overrides" if is_text => Self::Overrides,
                "checks.d" if is_text => Self::Check,
                // The file of groups; policies in Rego lie there, too.
                "policies" if !name.contains('.') => Self::Policy,
                "config" if !is_text && distance == 0 => Self::Config,
                _ => continue,
            });
        }
        None
    }

    /// Whether a file of this name may be a spec, so that its keys are worth a look.
    pub(crate) fn may_be_spec(path: &Path) -> bool {
        let name = path
            .file_name()
            .and_then(|it| it.to_str())
            .unwrap_or_default()
            .to_ascii_lowercase();
        ENDINGS.iter().any(|ending| name.ends_with(ending))
    }

    /// The kind that the keys at the top of a text belong to.
    pub(crate) fn of_text(text: &str, format: Format) -> Option<Self> {
        let parsed = chorister_yaml::parse(text, format, &Limits::SPEC);
        let keys: Vec<&str> = match &parsed.root {
            Some(root) => root
                .entries()
                .iter()
                .map(|it| it.key.text.as_str())
                .collect(),
            // Even a file that cannot be read to its end shows what it was meant to be.
            None => text
                .lines()
                .filter_map(|line| Some(line.split_once(':')?.0.trim_matches('"')))
                .collect(),
        };
        let has = |key: &&str| keys.contains(key);
        let is_map = |key: &str| {
            parsed
                .root
                .as_ref()
                .is_none_or(|root| is_mapping(root.get(key)))
        };
        KEYS.iter()
            .find(|(kind, known)| match kind {
                Self::Check => has(&"checks") && is_map("checks") && !has(&"name"),
                Self::Goss => known.iter().any(|key| has(key) && is_map(key)),
                _ => known.iter().any(has),
            })
            .map(|(kind, _)| *kind)
    }
}

fn is_mapping(node: Option<&Node>) -> bool {
    node.is_some_and(|it| it.as_mapping().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_before_folders() {
        let check = |path: &str, expect: Option<Kind>| {
            assert_eq!(Kind::of_path(Path::new(path)), expect, "{path}");
        };
        check("specs/lamp.machine.yaml", Some(Kind::Machine));
        check("specs/lamp/machine.yaml", Some(Kind::Machine));
        check("specs/lamp/Machine.JSON", Some(Kind::Machine));
        check("specs/distribution.yaml", Some(Kind::Distribution));
        check("specs/ddls/lamp.machine.yaml", Some(Kind::Machine));
        check("specs/disk.ddl.json", Some(Kind::Ddl));
        check("specs/ddls/disk.json", Some(Kind::Ddl));
        check("specs/machines/lamp.yaml", Some(Kind::Machine));
        check("specs/machines/lamp/on.yaml", None);
        check("specs/machines/README.md", None);
        check("gossfiles/web/vars.yaml", Some(Kind::Goss));
        check("policies/groups", Some(Kind::Policy));
        check("policies/rego/puppet.rego", None);
        check("server.cfg", Some(Kind::Config));
        check("/etc/scout/chorister.yaml", Some(Kind::Config));
        check("queue.check.yaml", Some(Kind::Class));
        check("queue.test.yaml", Some(Kind::Test));
        check("goss.yaml", Some(Kind::Goss));
        check("/etc/scout/checks.d/mail.yaml", Some(Kind::Check));
        check("checks.d/README.md", None);
        check("/etc/choria/overrides.json", Some(Kind::Overrides));
        check("test.yaml", None);
        check("lamp.yaml", None);
        check("machine", None);
    }

    #[test]
    fn keys_tell_what_a_file_is() {
        let check = |text: &str, expect: Option<Kind>| {
            assert_eq!(Kind::of_text(text, Format::Yaml), expect, "{text}");
        };
        check("name: x\ninitial_state: A\n", Some(Kind::Machine));
        check(
            "name: x\nroles: [server]\nmachines: []\n",
            Some(Kind::Distribution),
        );
        check(
            "name: x\nchecks: {classes: []}\nroles: []\n",
            Some(Kind::Distribution),
        );
        check("checks: {queue: {class: queue}}\n", Some(Kind::Check));
        check("class: queue\nrun: {}\n", Some(Kind::Class));
        check("metadata: {}\nactions: []\n", Some(Kind::Ddl));
        check("package: {nginx: {installed: true}}\n", Some(Kind::Goss));
        check("hello: world\n", None);
        check("", None);
        // Broken, but clearly a machine.
        check(
            "name: x\ninitial_state: A\ntransitions:\n\t- name: x\n",
            Some(Kind::Machine),
        );
    }
}
