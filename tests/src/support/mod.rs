//! What several tests need: where things are, and how to run our own binaries.

pub(crate) mod node;

#[allow(unused_imports, reason = "for the tests that need one")]
pub(crate) use chorister_peers as peers;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The top of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ is below the top")
        .to_owned()
}

/// Data that is shared by the project and its judges; read in place.
///
/// Prints what is not tested where it is absent, and fails where it was promised.
pub(crate) fn shared(what: &str) -> Option<PathBuf> {
    let named = std::env::var_os("CHORISTER_SHARED");
    let folder = named
        .as_ref()
        .map_or_else(|| root().join("../shared"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    let promised = named.is_some() || std::env::var("CI").is_ok_and(|it| it == "true");
    assert!(!promised, "shared data is absent at {}", folder.display());
    eprintln!("not tested, shared data is absent: {what}");
    None
}

/// The right to build a project in the folder that such tests share: they are all called `acme-node`.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The folder that such projects are built in, which is kept between runs so that only the first is slow.
pub(crate) fn project_target() -> PathBuf {
    let target = cargo_metadata()["target_directory"]
        .as_str()
        .expect("cargo knows its target folder");
    Path::new(target).join("scaffold")
}

/// Builds an author's project there, with its tests `on` or `off`.
pub(crate) fn build_project(project: &Path, tests: &str) -> Output {
    Command::new(env!("CARGO"))
        .args(["build", "--offline"])
        .env("CARGO_TARGET_DIR", project_target())
        .env("CHORISTER_TESTS", tests)
        .current_dir(project)
        .output()
        .expect("cargo runs")
}

/// All files below a folder, in order; build output is left out.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    let mut entries: Vec<PathBuf> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target") {
                found.extend(files_below(&path));
            }
        } else {
            found.push(path);
        }
    }
    found
}

/// All Rust sources below a folder, in order.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files_below(folder)
        .into_iter()
        .filter(|it| it.extension().is_some_and(|it| it == "rs"))
        .collect()
}

/// What cargo knows of the packages of this workspace.
pub(crate) fn cargo_metadata() -> &'static serde_json::Value {
    static METADATA: OnceLock<serde_json::Value> = OnceLock::new();
    METADATA.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(root())
            .output()
            .expect("cargo runs");
        serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
    })
}
