//! Which sub-directories may be machines.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How many sub-directories are looked at.
const MOST: usize = 100_000;

/// A sub-directory that may be a machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    /// As it is named, for people.
    pub(crate) path: PathBuf,
    /// Where its files are, behind all links.
    pub(crate) directory: PathBuf,
}

/// Everything below the directory that may be a machine, in order of name, and the links that lead nowhere.
///
/// Compat: go-choria aagent/aagent.go: `tmp`, names that begin with a dot and names that end in `-temp` are
/// passed over. Links to directories, which are passed over there, are followed.
///
/// # Errors
///
/// The directory cannot be read.
pub(crate) fn scan(root: &Path) -> io::Result<(Vec<Candidate>, Vec<PathBuf>)> {
    let mut candidates = Vec::new();
    let mut broken = Vec::new();
    for entry in fs::read_dir(root)?.take(MOST) {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name == "tmp" || name.starts_with('.') || name.ends_with("-temp") {
            continue;
        }
        let path = entry.path();
        match path.canonicalize() {
            Ok(directory) if directory.is_dir() => candidates.push(Candidate { path, directory }),
            Ok(_) => {}
            Err(_) if path.is_symlink() => broken.push(path),
            Err(_) => {}
        }
    }
    candidates.sort();
    broken.sort();
    Ok((candidates, broken))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn directories_and_links_to_them_are_candidates() {
        let root = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        for name in ["one", "two", "tmp", ".git", "new-temp"] {
            fs::create_dir(at(name)).unwrap();
        }
        fs::write(at("file"), "").unwrap();
        symlink(elsewhere.path(), at("linked")).unwrap();
        symlink("/no/such/directory", at("broken")).unwrap();
        symlink("round", at("round")).unwrap();
        let (candidates, broken) = scan(root.path()).unwrap();
        let paths: Vec<_> = candidates.iter().map(|it| it.path.clone()).collect();
        assert_eq!(paths, [at("linked"), at("one"), at("two")]);
        assert_eq!(
            candidates[0].directory,
            elsewhere.path().canonicalize().unwrap()
        );
        assert_eq!(broken, [at("broken"), at("round")]);
    }
}
