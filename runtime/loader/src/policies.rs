//! Policies from a directory: `AGENT.policy`, `groups`, and in `rego` below it `AGENT.rego`.
//!
//! A file that cannot be read, or that somebody else could change, is there all the same: it denies and says why. A
//! directory that is not there holds no policies, and so allows nothing.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chorister_policy::{
    ActionPolicy, FILE_LIMIT, Groups, Package, Policies, Rego, RegoFile, Semantics,
};
use chorister_yaml::Limits;

use chorister_engine::stamp::Stamp;
use chorister_engine::trust::{Judge, Trust};

/// How many files are read of a directory.
const MOST: usize = 1000;

/// The file of groups.
const GROUPS: &str = "groups";

/// The directory of policies in Rego.
const REGO: &str = "rego";

/// Where policies come from, and how they are understood.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The directory.
    pub directory: PathBuf,
    /// Whose files count.
    pub trust: Trust,
    /// How facts and classes are compared.
    pub semantics: Semantics,
    /// Reads Rego; `None` where it is not part of the binary.
    pub rego: Option<Rego>,
}

/// What a directory holds.
#[derive(Debug, Default)]
pub struct Read {
    /// The policies, also those that cannot be used.
    pub policies: Policies,
    /// What is wrong with them, a line for each, which says the file.
    pub problems: Vec<String>,
}

/// What there is in a directory of policies, to tell whether it has changed.
#[must_use]
pub fn seen(directory: &Path) -> BTreeMap<PathBuf, Stamp> {
    let folders = [directory.to_owned(), directory.join(REGO)];
    let files = folders.iter().flat_map(|folder| {
        let names = names(folder).unwrap_or_default();
        names.into_iter().map(|name| folder.join(name))
    });
    files
        .chain(folders.iter().cloned())
        .filter_map(|path| {
            let found = fs::metadata(&path).ok()?;
            Some((path, Stamp::of(&found)))
        })
        .collect()
}

/// Reads all policies of a directory.
#[must_use]
pub fn read(origin: &Origin) -> Read {
    let mut reading = Reading {
        origin,
        judge: Judge::new(origin.trust),
        read: Read::default(),
    };
    reading.all();
    reading.read
}

struct Reading<'o> {
    origin: &'o Origin,
    judge: Judge,
    read: Read,
}

// === impl Reading ===

impl Reading<'_> {
    fn all(&mut self) {
        let directory = &self.origin.directory;
        let names = match names(directory) {
            Ok(names) => names,
            Err(error) => {
                let shown = directory.display();
                let problem = format!("{shown} cannot be read, so nothing is allowed: {error}");
                self.read.problems.push(problem);
                return;
            }
        };
        for name in names {
            let path = directory.join(&name);
            let Some(name) = name.to_str() else { continue };
            if name == GROUPS {
                self.groups(&path);
            } else if let Some(agent) = name.strip_suffix(".policy") {
                self.rules(&path, agent);
            }
        }
        let directory = directory.join(REGO);
        // Most nodes have none.
        for name in names_of(&directory) {
            if let Some(agent) = name.strip_suffix(".rego") {
                self.rego(&directory.join(&name), agent);
            }
        }
    }

    fn groups(&mut self, path: &Path) {
        let groups = self.text(path).map(|text| Groups::parse(&text));
        if let Ok(groups) = &groups {
            let found = groups.findings().iter().map(|it| &*it.message);
            self.read.problems.extend(found.map(|it| told(path, it)));
        }
        self.read.policies.groups = Some(groups);
    }

    fn rules(&mut self, path: &Path, agent: &str) {
        let shown = path.display().to_string();
        let policy = self
            .text(path)
            .map(|text| ActionPolicy::parse(&shown, &text, self.origin.semantics));
        if let Ok(policy) = &policy {
            let found = policy
                .faults()
                .map(|(line, fault)| format!("{shown}:{line} is not obeyed: {fault}"));
            self.read.problems.extend(found);
        }
        self.read.policies.actions.insert(agent.to_owned(), policy);
    }

    fn rego(&mut self, path: &Path, agent: &str) {
        let file = path.display().to_string();
        let compiled = match self.origin.rego {
            None => self.refused(path, "Rego is not part of this binary"),
            Some(rego) => self.text(path).and_then(|text| {
                let compiled = (rego.compile)(&text, Package::Node);
                compiled.or_else(|error| self.refused(path, &error))
            }),
        };
        let compiled = compiled.map(|policy| RegoFile { file, policy });
        self.read.policies.rego.insert(agent.to_owned(), compiled);
    }

    /// The text of a file, or why it denies.
    fn text(&mut self, path: &Path) -> Result<String, String> {
        let bytes = self.bytes(path);
        let text = bytes.and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
        });
        text.or_else(|why| self.refused(path, &why))
    }

    fn bytes(&mut self, path: &Path) -> Result<Vec<u8>, String> {
        let unreadable = |error: io::Error| format!("it cannot be read: {error}");
        let real = fs::canonicalize(path).map_err(unreadable)?;
        let (file, _, objection) = self.judge.open(&real).map_err(unreadable)?;
        if let Some(objection) = objection {
            return Err(objection);
        }
        let limits = Limits {
            input: FILE_LIMIT,
            ..Limits::SPEC
        };
        let bytes = limits.read(file).map_err(unreadable)?;
        if bytes.len() > FILE_LIMIT {
            return Err(format!("it has more than {FILE_LIMIT} bytes"));
        }
        Ok(bytes)
    }

    fn refused<T>(&mut self, path: &Path, why: &str) -> Result<T, String> {
        let told = told(path, why);
        self.read.problems.push(told.clone());
        Err(told)
    }
}

/// What is wrong with a file, which may say its path itself.
fn told(path: &Path, why: &str) -> String {
    let shown = path.display().to_string();
    if why.contains(&shown) {
        why.to_owned()
    } else {
        format!("{shown}: {why}")
    }
}

/// The names in a directory, in order.
fn names(directory: &Path) -> io::Result<Vec<OsString>> {
    let mut names = fs::read_dir(directory)?
        .take(MOST)
        .map(|it| Ok(it?.file_name()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

fn names_of(directory: &Path) -> impl Iterator<Item = String> {
    let names = names(directory).unwrap_or_default();
    names.into_iter().filter_map(|it| it.into_string().ok())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn origin(directory: &Path, trust: Trust) -> Origin {
        Origin {
            directory: directory.to_owned(),
            trust,
            semantics: Semantics::Compatible,
            rego: None,
        }
    }

    #[test]
    fn files_are_read_by_their_names() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(root.path().join(name), text).unwrap();
        fs::create_dir(root.path().join("rego")).unwrap();
        write(
            "puppet.policy",
            "policy default deny\nallow\t*\tstatus\t*\t*\n",
        );
        write("odd.policy", "policy default deny\ndeny  *  *  *  *\n");
        write("groups", "admins choria=ann\nempty\n");
        write("README.md", "nothing");
        write("rego/puppet.rego", "package x");
        let read = read(&origin(root.path(), Trust::Anybody));
        let names: Vec<_> = read.policies.actions.keys().map(String::as_str).collect();
        assert_eq!(names, ["odd", "puppet"]);
        let puppet = read.policies.actions["puppet"].as_ref().unwrap();
        assert_eq!(puppet.rules(), 1);
        assert!(
            read.policies
                .groups
                .unwrap()
                .unwrap()
                .has("admins", "choria=ann")
        );
        assert!(read.policies.rego["puppet"].is_err());
        let problems = read.problems.join("\n");
        assert_eq!(read.problems.len(), 3, "{problems}");
        assert!(
            problems.contains("odd.policy:2 is not obeyed"),
            "{problems}"
        );
    }

    #[test]
    fn what_cannot_be_used_is_there_and_says_why() {
        let root = tempfile::tempdir().unwrap();
        let real = root.path().canonicalize().unwrap();
        let me = rustix::process::geteuid().as_raw();
        let path = real.join("puppet.policy");
        let reason = |trust| {
            let read = read(&origin(&real, trust));
            let reason = read.policies.actions["puppet"]
                .as_ref()
                .unwrap_err()
                .clone();
            assert_eq!(read.problems, [reason.as_str()]);
            reason
        };
        fs::write(&path, "policy default allow\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(reason(Trust::Only(me)).contains("everybody can change"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        fs::write(&path, b"\xff").unwrap();
        assert!(reason(Trust::Anybody).contains("not UTF-8"));
        fs::write(&path, vec![b'#'; FILE_LIMIT + 1]).unwrap();
        assert!(
            reason(Trust::Anybody).contains("bytes"),
            "{}",
            reason(Trust::Anybody)
        );
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(reason(Trust::Anybody).contains("no regular file"));
        fs::remove_dir(&path).unwrap();
        std::os::unix::fs::symlink("nowhere", &path).unwrap();
        assert!(reason(Trust::Anybody).contains("cannot be read"));
    }

    #[test]
    fn what_changes_is_seen() {
        let root = tempfile::tempdir().unwrap();
        let none = seen(root.path());
        fs::write(root.path().join("puppet.policy"), "policy default deny\n").unwrap();
        let one = seen(root.path());
        assert_ne!(none, one);
        assert_eq!(one, seen(root.path()));
        fs::create_dir(root.path().join(REGO)).unwrap();
        fs::write(root.path().join("rego/puppet.rego"), "package x").unwrap();
        let two = seen(root.path());
        assert_ne!(one, two);
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(root.path().join("puppet.policy"), mode).unwrap();
        assert_ne!(two, seen(root.path()));
    }

    #[test]
    fn a_directory_that_is_not_there_allows_nothing() {
        let root = tempfile::tempdir().unwrap();
        let read = read(&origin(&root.path().join("none"), Trust::Anybody));
        assert!(read.policies.actions.is_empty());
        assert_eq!(read.problems.len(), 1);
    }
}
