//! Which keys a distribution has, level by level.

use crate::class::keys as class;
use crate::form::{Family, Level};
use crate::row::row_keys;

const fn level(name: &'static str, keys: &'static [&'static str]) -> Level {
    Level {
        name,
        keys,
        family: &ALL,
    }
}

/// The file itself.
pub(super) static TOP: Level = level(
    "a distribution",
    &[
        "name",
        "version",
        "description",
        "roles",
        "machines",
        "agents",
        "data",
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
pub(super) static MACHINE: Level = level("`machines[]`", &["use", "spec", "lenient"]);
pub(super) static AGENT: Level = level("`agents[]`", &["use", "spec", "implementation", "lenient"]);
pub(super) static DATA: Level = level("`data[]`", AGENT.keys);
pub(super) static CHECKS: Level = level("`checks`", &["classes", "instances"]);
pub(super) static INSTANCE: Level = level("a check", row_keys!("name"));
pub(super) static LOADED: Level = level(
    "`loaded`",
    &["machines", "checks", "bundle", "external_agents"],
);
pub(super) static BUNDLE: Level = level("`loaded.bundle`", &["key", "source"]);
/// The groups of settings, which [`chorister_settings`] reads: here are their names for keys that stand elsewhere.
pub(super) static DEFAULTS: Level = level(
    "`defaults`",
    &[
        "identity",
        "collectives",
        "main_collective",
        "brokers",
        "log",
        "facts",
        "machines",
        "checks",
        "scout",
        "status",
        "http",
        "notify",
        "events",
        "network",
        "security",
        "rpc",
        "registration",
        "submission",
        "provisioning",
        "executor",
        "registry",
        "external_agents",
        "plugins",
        "client",
        "broker",
        "plugin",
    ],
);
pub(super) static CAPABILITIES: Level = level(
    "`capabilities`",
    &["enforce", "exec", "read", "write", "connect"],
);
pub(super) static BUDGET: Level = level(
    "`budget`",
    &["rss", "events_per_second", "forks_per_second"],
);
pub(super) static FEATURES: Level = level(
    "`features`",
    &[
        "insecure_for_tests",
        "embed_specs",
        "run_tests",
        "rego",
        "certmanager",
        "pkcs11",
    ],
);

/// The levels in which a misplaced key is looked for.
static ALL: Family = Family(&[
    &TOP,
    &MACHINE,
    &AGENT,
    &DATA,
    &CHECKS,
    &INSTANCE,
    &LOADED,
    &BUNDLE,
    &DEFAULTS,
    &CAPABILITIES,
    &BUDGET,
    &FEATURES,
    &class::TOP,
]);
