//! The layout keeps its promises: layers, folders, file sizes, nothing borrowed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::{cargo_metadata, root, rust_files};

/// One row of the table in ARCHITECTURE.md.
struct Layer {
    number: u32,
    folder: String,
    may_use: BTreeSet<String>,
}

#[test]
fn dependencies_point_downwards() {
    let layers = layers();
    let metadata = cargo_metadata();
    let ours: BTreeMap<&str, &serde_json::Value> = metadata["packages"]
        .as_array()
        .expect("cargo lists packages")
        .iter()
        .filter_map(|package| Some((package["name"].as_str()?, package)))
        .collect();
    let mut wrong = Vec::new();
    for (name, package) in &ours {
        if matches!(
            *name,
            "chorister-tests"
                | "chorister-bench"
                | "chorister-golden"
                | "chorister-peers"
                | "chorister-workshop"
        ) {
            continue;
        }
        let Some(layer) = layers.get(*name) else {
            wrong.push(format!(
                "{name} is missing from the table in ARCHITECTURE.md"
            ));
            continue;
        };
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        if !manifest.ends_with(&format!("{}/Cargo.toml", layer.folder)) {
            wrong.push(format!(
                "{name} is in {manifest}, the table says {}",
                layer.folder
            ));
        }
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            let Some(below) = layers.get(used) else {
                continue;
            };
            if dependency["kind"].as_str() == Some("dev") {
                continue;
            }
            if below.number >= layer.number {
                wrong.push(format!(
                    "{name} (layer {}) uses {used} ({})",
                    layer.number, below.number
                ));
            } else if layer.number < 10 && !layer.may_use.contains(short(used)) {
                wrong.push(format!("{name} uses {used}, which the table does not list"));
            }
        }
    }
    for name in layers.keys() {
        if !ours.contains_key(name.as_str()) {
            wrong.push(format!("the table lists {name}, which does not exist"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_crates_have_no_runtime_dependency() {
    let metadata = cargo_metadata();
    let forbidden = [
        "tokio",
        "async-nats",
        "notify",
        "fastrand",
        "rustix",
        "reqwest",
        "hyper",
    ];
    let pure = [
        "chorister-yaml",
        "chorister-lang",
        "chorister-goss",
        "chorister-policy",
        "chorister-proto",
        "chorister-settings",
        "chorister-ir",
        "chorister-explore",
        "chorister-fsm",
        "chorister-manifest",
        "chorister-spec",
        "chorister-events",
        "chorister-sim",
        "chorister-diagram",
    ];
    for package in metadata["packages"]
        .as_array()
        .expect("cargo lists packages")
    {
        let name = package["name"].as_str().unwrap_or_default();
        if !pure.contains(&name) {
            continue;
        }
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            assert!(
                dependency["kind"].as_str() == Some("dev") || !forbidden.contains(&used),
                "{name} must stay pure, but uses {used}"
            );
        }
    }
}

#[test]
fn pure_crates_read_no_clock_file_or_environment() {
    let forbidden = [
        "std::fs",
        "std::env",
        "std::process",
        "SystemTime::now",
        "Instant::now",
        "Timestamp::now",
        "std::net",
    ];
    let mut wrong = Vec::new();
    for folder in [
        "runtime/diagram",
        "runtime/yaml",
        "runtime/lang",
        "runtime/goss",
        "runtime/policy",
        "runtime/proto",
        "runtime/settings",
        "runtime/ir",
        "runtime/fsm",
        "runtime/events",
        "runtime/sim",
        "compiler/explore",
        "compiler/manifest",
        "compiler/spec",
    ] {
        for file in rust_files(&root().join(folder).join("src")) {
            if file.components().any(|part| part.as_os_str() == "tests")
                || file
                    .file_stem()
                    .is_some_and(|stem| stem == "tests" || stem == "corpus" || stem == "vectors")
            {
                continue;
            }
            let text = read(&file);
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in forbidden {
                if code
                    .lines()
                    .any(|line| !line.trim_start().starts_with("//") && line.contains(word))
                {
                    wrong.push(format!("{} uses {word}", shown(&file)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_readable() {
    let mut wrong = Vec::new();
    for folder in ["compiler", "macros", "runtime", "tests"] {
        for file in rust_files(&root().join(folder)) {
            let lines = read(&file).lines().count();
            if lines > 800 {
                wrong.push(format!("{} has {lines} lines", shown(&file)));
            }
        }
    }
    assert!(wrong.is_empty(), "split these files:\n{}", wrong.join("\n"));
}

#[test]
fn every_crate_says_what_it_is_for() {
    let metadata = cargo_metadata();
    for package in metadata["packages"]
        .as_array()
        .expect("cargo lists packages")
    {
        let name = package["name"].as_str().unwrap_or_default();
        assert!(
            package["description"].is_string(),
            "{name} has no description"
        );
        for target in package["targets"].as_array().into_iter().flatten() {
            let source = Path::new(target["src_path"].as_str().unwrap_or_default());
            if target["kind"][0] == "custom-build" || target["kind"][0] == "bench" {
                continue;
            }
            assert!(
                read(source).starts_with("//!"),
                "{} does not begin with //!",
                shown(source)
            );
        }
    }
}

#[test]
fn templates_hold_handlebars_and_specs_hold_yaml() {
    for (folder, allowed) in [
        ("templates", &["hbs"][..]),
        ("specs", &["yaml", "json", "sh"][..]),
    ] {
        for file in files(&root().join(folder)) {
            let extension = file
                .extension()
                .and_then(|it| it.to_str())
                .unwrap_or_default();
            assert!(
                allowed.contains(&extension),
                "{} does not belong in {folder}/",
                shown(&file)
            );
        }
    }
}

#[test]
fn nothing_of_the_corpus_is_copied() {
    let Some(shared) = crate::support::shared("whether files of the corpus were copied") else {
        return;
    };
    let mut known = BTreeSet::new();
    for folder in ["corpus", "vectors"] {
        for file in files(&shared.join(folder)) {
            if let Ok(bytes) = std::fs::read(&file)
                && bytes.len() > 200
                && !file.components().any(|part| part.as_os_str() == "LICENSES")
            {
                known.insert(bytes);
            }
        }
    }
    for folder in [
        "compiler",
        "macros",
        "runtime",
        "specs",
        "templates",
        "generated",
        "tests",
    ] {
        for file in files(&root().join(folder)) {
            if let Ok(bytes) = std::fs::read(&file) {
                assert!(
                    !known.contains(&bytes),
                    "{} is a copy of shared data",
                    shown(&file)
                );
            }
        }
    }
}

fn layers() -> BTreeMap<String, Layer> {
    let text = read(&root().join("ARCHITECTURE.md"));
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("| `chorister"));
    rows.filter_map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [number, name, folder, may_use] = cells[..] else {
            return None;
        };
        Some((
            name.trim_matches('`').to_owned(),
            Layer {
                number: number.parse().ok()?,
                folder: folder.trim_matches('`').to_owned(),
                may_use: may_use.split_whitespace().map(str::to_owned).collect(),
            },
        ))
    })
    .collect()
}

fn short(name: &str) -> &str {
    name.strip_prefix("chorister-").unwrap_or(name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    crate::support::files_below(folder)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}
