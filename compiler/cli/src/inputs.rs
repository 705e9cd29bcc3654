//! From the paths on a command line to the specs that they stand for.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chorister_spec::{Code, Diagnostic, Source};
use chorister_yaml::{Format, Limits};

use crate::kind::Kind;

/// Deepest folder of a tree that is looked into.
const MAX_DEPTH: usize = 32;

/// Folders of a tree that hold no specs.
const NO_SPECS: [&str; 2] = ["target", "node_modules"];

/// What a directory holds if it is that of one machine.
const MACHINE_FILES: [&str; 3] = ["machine.yaml", "machine.yml", "machine.json"];

/// A spec to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    /// Where it is, as it is shown too.
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
    /// The argument that led here, if that is a tree of specs.
    pub(crate) tree: Option<usize>,
}

/// Everything that paths stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inputs {
    /// In the order of the arguments, and by name within a tree.
    pub(crate) specs: Vec<Input>,
    /// Files of a tree in a format that this release does not read.
    pub(crate) later: Vec<(PathBuf, Kind)>,
    /// Files of a tree that do not look like specs.
    pub(crate) others: Vec<PathBuf>,
}

/// Finds the specs that `paths` stand for: files, directories of one machine, and trees.
///
/// With `kind`, a file is of that kind whatever it is called, and only files of that kind are taken from trees.
pub(crate) fn find(paths: &[PathBuf], kind: Option<Kind>) -> Result<Inputs> {
    if let Some(kind) = kind.filter(|it| !it.is_built()) {
        bail!(
            "{}: this release reads machines, agents, check classes, tests, distributions, check files, overrides, goss files, action policies and configurations",
            not_built(kind)
        );
    }
    let mut search = Search {
        kind,
        seen: HashSet::new(),
        found: Inputs::default(),
    };
    for (at, path) in paths.iter().enumerate() {
        search.argument(at, path)?;
    }
    Ok(search.found)
}

/// The file of the one machine that `path` stands for.
pub(crate) fn machine_file(path: &Path) -> Result<PathBuf> {
    let metadata = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if !metadata.is_dir() {
        return Ok(path.to_owned());
    }
    match machine_in(path) {
        Some(file) => Ok(file),
        None => bail!("{} holds no machine.yaml", path.display()),
    }
}

/// Reads a spec; one that is not text gives a finding instead.
///
/// At most one byte more than a spec may have is read, which is enough to say that it is too large.
pub(crate) fn read(path: &Path) -> Result<Result<Source, Box<(Source, Diagnostic)>>> {
    let shown = shown(path);
    let bytes = read_bytes(path).with_context(|| format!("cannot read {shown}"))?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(shown, text)),
        Err(error) => Err(Box::new(not_text(&shown, error.as_bytes()))),
    })
}

/// A path as people read it.
pub(crate) fn shown(path: &Path) -> String {
    let shown = path.display().to_string();
    shown
        .strip_prefix("./")
        .filter(|it| !it.is_empty())
        .map_or(shown.clone(), str::to_owned)
}

struct Search {
    kind: Option<Kind>,
    /// What was found already, so that links and repeated arguments do no harm.
    seen: HashSet<PathBuf>,
    found: Inputs,
}

// === impl Search ===

impl Search {
    fn argument(&mut self, at: usize, path: &Path) -> Result<()> {
        let metadata =
            fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        if !metadata.is_dir() {
            let kind = match self.kind.or_else(|| Kind::of_path(&near(path))) {
                Some(kind) => kind,
                None => self.kind_of_text(path)?,
            };
            if !kind.is_built() {
                bail!(
                    "{} is {}: {}",
                    path.display(),
                    kind.phrase(),
                    not_built(kind)
                );
            }
            self.add(path, kind, None);
            return Ok(());
        }
        if let Some(file) = machine_in(path) {
            self.add(&file, Kind::Machine, None);
            return Ok(());
        }
        let before = self.found.specs.len() + self.found.later.len();
        self.tree(at, path, 0)?;
        if self.found.specs.len() + self.found.later.len() == before {
            match self.kind {
                Some(kind) => bail!("there is no {} in {}", word(kind), path.display()),
                None => bail!("there is no spec in {}", path.display()),
            }
        }
        Ok(())
    }

    fn kind_of_text(&self, path: &Path) -> Result<Kind> {
        let bytes = read_bytes(path).with_context(|| format!("cannot read {}", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let name = path.to_string_lossy();
        let format = Format::of_file(&name);
        if let Some(kind) = Kind::of_text(&text, format) {
            return Ok(kind);
        }
        if Kind::may_be_spec(path)
            && !chorister_yaml::parse(&bytes, format, &Limits::SPEC)
                .errors
                .is_empty()
        {
            // Whatever it was meant to be, what is wrong with its text is the same.
            return Ok(Kind::Machine);
        }
        bail!(
            "{} does not look like a spec: say what it is with --kind, or name it as in lamp.machine.yaml",
            path.display()
        );
    }

    fn tree(&mut self, at: usize, folder: &Path, depth: usize) -> Result<()> {
        let known = fs::canonicalize(folder).is_ok_and(|it| !self.seen.insert(it));
        if known || depth > MAX_DEPTH {
            return Ok(());
        }
        let context = || format!("cannot read {}", folder.display());
        let mut entries = fs::read_dir(folder)
            .and_then(|entries| {
                entries
                    .map(|it| Ok(it?.path()))
                    .collect::<io::Result<Vec<_>>>()
            })
            .with_context(context)?;
        entries.sort();
        for path in entries {
            let name = path
                .file_name()
                .map(|it| it.to_string_lossy().into_owned())
                .unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            // What cannot be asked, such as a link that leads nowhere, is no spec.
            let Ok(metadata) = fs::metadata(&path) else {
                continue;
            };
            if metadata.is_dir() {
                match machine_in(&path) {
                    _ if NO_SPECS.contains(&name.as_str()) => {}
                    Some(file) => self.file_of_tree(at, &file),
                    None => self.tree(at, &path, depth + 1)?,
                }
            } else if metadata.is_file() {
                self.file_of_tree(at, &path);
            }
        }
        Ok(())
    }

    fn file_of_tree(&mut self, at: usize, path: &Path) {
        let by_text = |path: &Path| {
            let text = Kind::may_be_spec(path)
                .then(|| read_bytes(path).ok())
                .flatten()?;
            Kind::of_text(
                &String::from_utf8_lossy(&text),
                Format::of_file(&path.to_string_lossy()),
            )
        };
        let kind = Kind::of_path(&near(path));
        // In a folder of goss files are variables, too.
        let is_other =
            kind == Some(Kind::Goss) && !Kind::is_named(path) && by_text(path) != Some(Kind::Goss);
        match kind.filter(|_| !is_other).or_else(|| by_text(path)) {
            Some(kind) if self.kind.is_some_and(|only| only != kind) => {}
            Some(kind) if kind.is_built() => self.add(path, kind, Some(at)),
            Some(kind) => self.found.later.push((path.to_owned(), kind)),
            None => self.found.others.push(path.to_owned()),
        }
    }

    fn add(&mut self, path: &Path, kind: Kind, tree: Option<usize>) {
        let known = fs::canonicalize(path).is_ok_and(|it| !self.seen.insert(it));
        if !known {
            self.found.specs.push(Input {
                path: path.to_owned(),
                kind,
                tree,
            });
        }
    }
}

/// The path with the folder that it is in, even if it was written without one.
fn near(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => {
            std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
        }
        _ => path.to_owned(),
    }
}

fn machine_in(folder: &Path) -> Option<PathBuf> {
    MACHINE_FILES
        .iter()
        .map(|name| folder.join(name))
        .find(|it| it.is_file())
}

pub(crate) fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe would wait for its other end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    let mut bytes = Limits::SPEC.read(File::open(path)?.by_ref())?;
    if bytes.len() > Limits::SPEC.input
        && let Err(error) = core::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        // A character was cut in two, which is not what is wrong with the file.
        bytes.truncate(error.valid_up_to());
        bytes.resize(Limits::SPEC.input + 1, b' ');
    }
    Ok(bytes)
}

fn not_text(shown: &str, bytes: &[u8]) -> (Source, Diagnostic) {
    let source = Source::new(shown, String::from_utf8_lossy(bytes).into_owned());
    let errors = chorister_yaml::parse(bytes, source.format, &Limits::SPEC).errors;
    let error = errors.into_iter().next();
    let (span, message, help) = match error {
        Some(error) => (error.span, error.message, error.help),
        None => (
            chorister_yaml::Span::default(),
            "the file is not UTF-8".to_owned(),
            None,
        ),
    };
    let diagnostic = Diagnostic {
        code: Code::Encoding,
        severity: Code::Encoding.severity(),
        message,
        help,
        file: std::sync::Arc::clone(&source.path),
        span,
        path: String::new(),
        labels: Vec::new(),
        notes: Vec::new(),
    };
    (source, diagnostic)
}

fn not_built(kind: Kind) -> String {
    format!("choristerc does not read {} files yet", word(kind))
}

fn word(kind: Kind) -> String {
    clap::ValueEnum::to_possible_value(&kind)
        .map(|it| it.get_name().to_owned())
        .unwrap_or_default()
}
