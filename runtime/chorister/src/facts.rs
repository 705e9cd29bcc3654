//! What is true of the node: where its settings say that facts come from.

use core::time::Duration;
use std::path::{Path, PathBuf};

use chorister_engine::trust::Trust;
use chorister_facts::Sources;
use chorister_settings::Settings;

use crate::Distribution;

/// The least time between two looks at everything.
const LEAST: Duration = Duration::from_secs(1);

/// Where the facts of a node come from. Programs lie beside the configuration, the main file of which is `main`, unless it
/// says where.
pub(crate) fn sources(
    distribution: &Distribution,
    settings: &Settings,
    main: Option<&Path>,
) -> Sources {
    let facts = &settings.facts;
    Sources {
        native: facts.native,
        files: facts.file.0.iter().map(|it| absolute(it)).collect(),
        directory: Some(directory(distribution, settings, main)),
        timeout: facts.timeout,
        interval: (!facts.interval.is_zero()).then(|| facts.interval.max(LEAST)),
        // Nobody but root and the node's own user says what the node runs, whoever that is.
        trust: Trust::Only(rustix::process::geteuid().as_raw()),
    }
}

/// The directory of facts.
pub(crate) fn directory(
    distribution: &Distribution,
    settings: &Settings,
    main: Option<&Path>,
) -> PathBuf {
    let usual = || PathBuf::from(format!("/etc/{}/facts.d", distribution.name));
    let beside = || main.map(|it| it.with_file_name("facts.d"));
    let named = settings.facts.directory.clone();
    absolute(&named.or_else(beside).unwrap_or_else(usual))
}

/// A path that stays the same wherever it is used.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
