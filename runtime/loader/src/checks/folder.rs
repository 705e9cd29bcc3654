//! The files of a directory, and which of them have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chorister_spec::check_file::{LARGEST, MOST};
use chorister_yaml::Limits;

use chorister_engine::stamp::Stamp;
use chorister_engine::trust::{Judge, Trust};

/// How many names are looked at; those beyond are not even counted.
const MOST_NAMES: usize = 20 * MOST;

/// What ends the name of a check file.
const ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// A file that changed this many seconds ago may change again without its times telling.
const COARSE: i64 = 2;

/// A directory of check files.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    trust: Trust,
    known: BTreeMap<OsString, Known>,
}

/// What one look found.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// Files that are new or not as they were, in order of their names.
    pub(crate) changed: Vec<(OsString, Content)>,
    /// Files that are gone.
    pub(crate) gone: Vec<OsString>,
    /// Whether something may be in the middle of being replaced, and should be looked at again soon.
    pub(crate) unsettled: bool,
    /// What is wrong with the directory.
    pub(crate) problem: Option<String>,
    /// Whether there is no such directory.
    pub(crate) is_missing: bool,
    /// The directories in which files are, to be watched.
    pub(crate) directories: BTreeSet<PathBuf>,
    /// The directory, behind all links.
    real: PathBuf,
}

/// What a file holds.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) enum Content {
    /// These bytes: at most one more than a check file may have.
    Bytes(Vec<u8>),
    /// It is not read; why.
    Refused(String),
}

/// By what a file is known.
#[derive(Clone, Debug)]
struct Known {
    stamp: Option<Stamp>,
    /// Why it is not read, if it is not.
    objection: Option<String>,
    /// Of its content.
    hash: u64,
    /// Whether it could change without its stamp telling.
    is_fresh: bool,
    /// It was not there, or empty, when it was last looked at.
    is_vanishing: bool,
}

impl Folder {
    pub(crate) fn new(root: PathBuf, trust: Trust) -> Self {
        let root = std::path::absolute(&root).unwrap_or(root);
        Self {
            root,
            trust,
            known: BTreeMap::new(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Looks at the directory; blocks. What cannot be known leaves everything as it was.
    pub(crate) fn look(&mut self, now: SystemTime) -> Look {
        let mut look = Look::default();
        let mut judge = Judge::new(self.trust);
        let names = match self.names(&mut judge, &mut look) {
            Ok(names) => names,
            Err(problem) => {
                look.problem = Some(problem);
                return look;
            }
        };
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |it| i64::try_from(it.as_secs()).unwrap_or(i64::MAX));
        for name in &names {
            self.look_at(name, now, &mut judge, &mut look);
        }
        let missing: Vec<_> = self
            .known
            .keys()
            .filter(|it| !names.contains(*it))
            .cloned()
            .collect();
        for name in missing {
            // An editor may be replacing it at this moment. The second time it is believed.
            match self.known.get_mut(&name) {
                Some(known) if !known.is_vanishing => {
                    known.is_vanishing = true;
                    look.unsettled = true;
                }
                _ => {
                    self.known.remove(&name);
                    look.gone.push(name);
                }
            }
        }
        look
    }

    /// The names of check files, at most as many as are obeyed.
    fn names(&self, judge: &mut Judge, look: &mut Look) -> Result<BTreeSet<OsString>, String> {
        look.directories.insert(self.root.clone());
        // So that its coming is noticed.
        look.directories
            .extend(self.root.parent().map(Path::to_owned));
        let real = match self.root.canonicalize() {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                look.is_missing = true;
                return Ok(BTreeSet::new());
            }
            Err(error) => return Err(unreadable(&error)),
        };
        look.directories.insert(real.clone());
        look.real.clone_from(&real);
        if let Some(objection) = judge.directory(&real) {
            return Err(objection);
        }
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(&real)
            .map_err(|error| unreadable(&error))?
            .take(MOST_NAMES)
        {
            let name = entry.map_err(|error| unreadable(&error))?.file_name();
            if is_check_file(&name) {
                names.insert(name);
            }
        }
        if names.len() > MOST {
            look.problem = Some(format!(
                "there are {} check files; the first {MOST} by name are obeyed [CH1103]",
                names.len()
            ));
            names = names.into_iter().take(MOST).collect();
        }
        Ok(names)
    }

    fn look_at(&mut self, name: &OsStr, now: i64, judge: &mut Judge, look: &mut Look) {
        let shown = self.root.join(name);
        let real = match fs::symlink_metadata(&shown) {
            Ok(found) if found.is_symlink() => shown.canonicalize(),
            Ok(_) => Ok(look.real.join(name)),
            Err(error) => Err(error),
        };
        let before = self.known.get(name);
        let (stamp, content) = match real {
            Ok(real) => {
                let directory = real.parent().unwrap_or(&real);
                let stamp = fs::metadata(&real).ok().map(|it| Stamp::of(&it));
                let objection = judge.directory(directory);
                if let Some(known) = before
                    && known.is_settled()
                    && stamp.is_some()
                    && (known.stamp, &known.objection) == (stamp, &objection)
                {
                    look.directories.insert(directory.to_owned());
                    return;
                }
                look.directories.insert(directory.to_owned());
                match objection {
                    Some(objection) => (stamp, Content::Refused(objection)),
                    None => match read(&real, judge) {
                        Ok(Some((stamp, content))) => (Some(stamp), content),
                        Ok(None) => {
                            look.unsettled = true;
                            return;
                        }
                        Err(error) => (stamp, Content::Refused(unreadable(&error))),
                    },
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (None, Content::Refused("the link leads nowhere".to_owned()))
            }
            Err(error) => (None, Content::Refused(unreadable(&error))),
        };
        let is_empty = content == Content::Bytes(Vec::new());
        if is_empty && let Some(known) = self.known.get_mut(name).filter(|it| !it.is_vanishing) {
            known.is_vanishing = true;
            look.unsettled = true;
            return;
        }
        let known = Known {
            stamp,
            objection: match &content {
                Content::Refused(objection) => Some(objection.clone()),
                Content::Bytes(_) => None,
            },
            hash: hash(&content),
            is_fresh: stamp.is_some_and(|it| it.changed().saturating_add(COARSE) >= now),
            is_vanishing: false,
        };
        let same = self.known.get(name).is_some_and(|it| it.hash == known.hash);
        self.known.insert(name.to_owned(), known);
        if !same {
            look.changed.push((name.to_owned(), content));
        }
    }
}

impl Known {
    /// Whether the stamp alone tells if it has changed.
    fn is_settled(&self) -> bool {
        !self.is_fresh && !self.is_vanishing
    }
}

/// Reads a file, whatever has become of its name meanwhile; `None` where somebody wrote it meanwhile.
fn read(real: &Path, judge: &mut Judge) -> io::Result<Option<(Stamp, Content)>> {
    let (file, found, objection) = judge.open(real)?;
    let stamp = Stamp::of(&found);
    if let Some(objection) = objection {
        return Ok(Some((stamp, Content::Refused(objection))));
    }
    let limits = Limits {
        input: LARGEST,
        ..Limits::SPEC
    };
    let bytes = limits.read(&file)?;
    let is_whole = Stamp::of(&file.metadata()?) == stamp;
    Ok(is_whole.then_some((stamp, Content::Bytes(bytes))))
}

fn hash(content: &Content) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

/// Hidden files and the backups of editors are passed over, as is what is no YAML or JSON.
fn is_check_file(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
    !name.starts_with('.') && ENDINGS.iter().any(|it| name.ends_with(it))
}

fn unreadable(error: &io::Error) -> String {
    format!("it cannot be read: {error}")
}

#[cfg(test)]
#[allow(
    clippy::disallowed_methods,
    reason = "files are stamped by the computer's clock"
)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    struct Lab {
        directory: tempfile::TempDir,
        folder: Folder,
        /// Long after any file was written, unless a test says otherwise.
        now: SystemTime,
    }

    impl Lab {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let folder = Folder::new(directory.path().to_owned(), Trust::Anybody);
            let now = SystemTime::now() + std::time::Duration::from_secs(3600);
            Self {
                directory,
                folder,
                now,
            }
        }

        fn at(&self, name: &str) -> PathBuf {
            self.directory.path().join(name)
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.at(name), text).unwrap();
        }

        /// What has changed and what is gone, in words.
        fn look(&mut self) -> (Vec<String>, bool) {
            let look = self.folder.look(self.now);
            let changed = look.changed.into_iter().map(|(name, content)| {
                let name = name.to_string_lossy().into_owned();
                match content {
                    Content::Bytes(bytes) => format!("{name}: {}", String::from_utf8_lossy(&bytes)),
                    Content::Refused(why) => format!("{name}! {why}"),
                }
            });
            let gone = look.gone.iter().map(|it| format!("-{}", it.display()));
            (changed.chain(gone).collect(), look.unsettled)
        }

        #[track_caller]
        fn expect(&mut self, expect: &[&str], unsettled: bool) {
            let (found, still) = self.look();
            assert_eq!(
                (found.as_slice(), still),
                (
                    &expect.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()[..],
                    unsettled
                )
            );
        }
    }

    #[test]
    fn only_what_has_changed_is_read() {
        let mut lab = Lab::new();
        lab.write("b.yaml", "1");
        lab.write("a.yml", "1");
        lab.write("c.JSON", "{}");
        for name in [".hidden.yaml", "a.yaml~", "readme.txt", "a.yaml.dpkg-new"] {
            lab.write(name, "no");
        }
        lab.expect(&["a.yml: 1", "b.yaml: 1", "c.JSON: {}"], false);
        lab.expect(&[], false);
        lab.write("b.yaml", "2");
        lab.expect(&["b.yaml: 2"], false);
        // Written anew with the same content.
        lab.write("b.yaml", "2");
        lab.expect(&[], false);
    }

    #[test]
    fn what_vanishes_for_a_moment_is_not_gone() {
        let mut lab = Lab::new();
        lab.write("a.yaml", "1");
        lab.look();
        fs::remove_file(lab.at("a.yaml")).unwrap();
        lab.expect(&[], true);
        lab.write("a.yaml", "1");
        lab.expect(&[], false);
        lab.write("a.yaml", "");
        lab.expect(&[], true);
        lab.expect(&["a.yaml: "], false);
        fs::remove_file(lab.at("a.yaml")).unwrap();
        lab.expect(&[], true);
        lab.expect(&["-a.yaml"], false);
    }

    #[test]
    fn a_quick_second_change_is_seen_although_no_time_tells() {
        let mut lab = Lab::new();
        lab.now = SystemTime::now();
        lab.write("a.yaml", "1");
        lab.look();
        let path = lab.at("a.yaml");
        let before = fs::metadata(&path).unwrap();
        lab.write("a.yaml", "2");
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(before.modified().unwrap())
            .unwrap();
        lab.expect(&["a.yaml: 2"], false);
    }

    #[test]
    fn a_config_map_is_followed_when_its_links_are_swapped() {
        let mut lab = Lab::new();
        for (version, text) in [("..1", "one"), ("..2", "two")] {
            fs::create_dir(lab.at(version)).unwrap();
            lab.write(&format!("{version}/a.yaml"), text);
        }
        symlink("..1", lab.at("..data")).unwrap();
        symlink("..data/a.yaml", lab.at("a.yaml")).unwrap();
        lab.expect(&["a.yaml: one"], false);
        symlink("..2", lab.at("..new")).unwrap();
        fs::rename(lab.at("..new"), lab.at("..data")).unwrap();
        lab.expect(&["a.yaml: two"], false);
        fs::remove_dir_all(lab.at("..2")).unwrap();
        lab.expect(&["a.yaml! the link leads nowhere"], false);
    }

    #[test]
    fn what_is_no_file_holds_nobody_up() {
        let mut lab = Lab::new();
        let pipe = lab.at("pipe.yaml");
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::Mode::from_raw_mode(0o600),
        )
        .unwrap();
        fs::create_dir(lab.at("directory.yaml")).unwrap();
        symlink("loop.yaml", lab.at("loop.yaml")).unwrap();
        let (found, _) = lab.look();
        assert_eq!(found[0], "directory.yaml! it is no regular file");
        assert!(
            found[1].starts_with("loop.yaml! it cannot be read"),
            "{found:?}"
        );
        assert_eq!(found[2], "pipe.yaml! it is no regular file");
    }

    #[test]
    fn a_huge_file_is_read_no_further_than_to_see_that_it_is_huge() {
        let mut lab = Lab::new();
        let file = File::create(lab.at("a.yaml")).unwrap();
        file.set_len(1 << 40).unwrap();
        let look = lab.folder.look(lab.now);
        let (_, Content::Bytes(bytes)) = &look.changed[0] else {
            panic!("{look:?}");
        };
        assert_eq!(bytes.len(), LARGEST + 1);
    }

    #[test]
    fn files_that_others_can_change_are_refused_until_they_cannot() {
        let mut lab = Lab::new();
        let me = rustix::process::geteuid().as_raw();
        lab.folder.trust = Trust::Only(me);
        let mode = |path: PathBuf, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(lab.at(""), 0o755);
        lab.write("a.yaml", "1");
        mode(lab.at("a.yaml"), 0o664);
        let (found, _) = lab.look();
        assert!(
            found[0].starts_with("a.yaml! its group can change"),
            "{found:?}"
        );
        mode(lab.at("a.yaml"), 0o644);
        lab.expect(&["a.yaml: 1"], false);
        // The directory counts as well, and what was obeyed before stays as it was.
        mode(lab.at(""), 0o777);
        let look = lab.folder.look(lab.now);
        assert!(look.problem.unwrap().starts_with("everybody can change"));
        assert!(look.changed.is_empty() && look.gone.is_empty());
    }

    #[test]
    fn a_directory_that_is_missing_has_no_files() {
        let mut lab = Lab::new();
        lab.write("a.yaml", "1");
        lab.look();
        fs::remove_dir_all(lab.directory.path()).unwrap();
        lab.expect(&[], true);
        lab.expect(&["-a.yaml"], false);
        assert!(lab.folder.look(lab.now).is_missing);
    }
}
