//! Which DDLs lie in a directory, and the programs beside them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How many names of a directory are looked at.
const MOST: usize = 10_000;

/// How the name of a DDL ends: upstream's, and ours.
const ENDINGS: [&str; 2] = [".json", ".ddl.yaml"];

/// The DDLs of a directory, `x.json` and `x/x.json`, in order of their paths.
///
/// Compat: go-choria `providers/agent/mcorpc/external/provider.go`: what lies deeper is not searched, and `tmp` is passed over.
///
/// # Errors
/// The directory cannot be read.
pub(crate) fn scan(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)?.take(MOST) {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|it| it.to_str()) else {
            continue;
        };
        if name == "tmp" || name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            let within = ENDINGS.map(|ending| path.join(format!("{name}{ending}")));
            found.extend(within.into_iter().find(|it| it.is_file()));
        } else if ENDINGS.iter().any(|it| name.ends_with(it)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The program of an agent whose DDL is in this folder.
pub(crate) fn program(folder: &Path, agent: &str) -> Option<PathBuf> {
    let own = folder.join(agent);
    if own.is_file() {
        return Some(own);
    }
    let built = own.join(format!("{agent}-{}_{}", system(), processor()));
    built.is_file().then_some(built)
}

/// The agent of MCollective whose DDL is in this folder.
pub(crate) fn ruby(folder: &Path, agent: &str) -> Option<PathBuf> {
    let file = folder.join(format!("{agent}.rb"));
    file.is_file().then_some(file)
}

/// What Go calls this operating system.
const fn system() -> &'static str {
    std::env::consts::OS
}

/// What Go calls this kind of processor.
fn processor() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ddls_lie_in_a_directory_or_one_below() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        for folder in ["two", "tmp", ".git", "three/three", "empty"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in [
            "one.json",
            "one",
            "four.ddl.yaml",
            "two/two.json",
            "tmp/tmp.json",
            ".git/.git.json",
            "three/three/three.json",
            "README.md",
        ] {
            fs::write(at(file), "").unwrap();
        }
        assert_eq!(
            scan(root.path()).unwrap(),
            [at("four.ddl.yaml"), at("one.json"), at("two/two.json")]
        );
    }

    #[test]
    fn a_program_has_the_name_of_its_agent_or_of_its_platform() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        assert_eq!(program(root.path(), "x"), None);
        fs::create_dir(at("x")).unwrap();
        let built = at(&format!("x/x-{}_{}", system(), processor()));
        fs::write(&built, "").unwrap();
        assert_eq!(program(root.path(), "x"), Some(built));
        fs::write(at("y"), "").unwrap();
        assert_eq!(program(root.path(), "y"), Some(at("y")));
    }
}
