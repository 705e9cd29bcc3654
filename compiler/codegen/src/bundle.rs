//! The files that lie beside a machine and go where it goes.

use std::io;

use chorister_manifest::Script;
use chorister_spec::programs::{self, Beside};
use chorister_spec::{Checked, Diagnostic};

use crate::files::{Files, Kind};
use crate::suites::is_test_file;

/// Most bytes of all files of a machine together.
const MAX_BYTES: u64 = 4 << 20;

/// Most files of a machine.
const MAX_FILES: usize = 1000;

/// Most folders below one another.
const MAX_DEPTH: usize = 8;

/// A file beside a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BundleFile {
    /// Relative to the folder of the machine.
    pub(crate) path: String,
    pub(crate) executable: bool,
}

/// Why files cannot go with a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

/// Everything in the folder of a machine but its spec, sorted by path.
///
/// Names that begin with a dot are left out, and so are the machine's saved data and its tests.
pub(crate) fn collect(
    files: &dyn Files,
    folder: &str,
    spec: &str,
) -> Result<Vec<BundleFile>, Refusal> {
    let mut collected = Collected {
        files,
        folder,
        spec,
        found: Vec::new(),
        bytes: 0,
    };
    collected.folder(String::new(), 0)?;
    collected
        .found
        .sort_by(|one, other| one.path.cmp(&other.path));
    Ok(collected.found)
}

/// The scripts among the files beside a machine; what cannot be read is reported where it is needed.
pub(crate) fn scripts(files: &dyn Files, folder: &str, bundle: &[BundleFile]) -> Vec<Script> {
    let executable = bundle.iter().filter(|it| it.executable);
    executable
        .filter_map(|it| {
            let content = files.read(&join(folder, &it.path), MAX_BYTES).ok()?;
            Script::of(&it.path, &content)
        })
        .collect()
}

/// Checks that the programs of a machine's own directory lie there; a machine in a file of another name has none.
pub fn check_programs(files: &dyn Files, checked: &Checked) -> Vec<Diagnostic> {
    let path = &*checked.outline.file;
    let (folder, spec) = path.rsplit_once('/').unwrap_or(("", path));
    if !matches!(spec, "machine.yaml" | "machine.json") || checked.outline.programs.is_empty() {
        return Vec::new();
    }
    // What keeps the files from being collected is reported where they are needed.
    let Ok(collected) = collect(files, folder, spec) else {
        return Vec::new();
    };
    let beside: Vec<Beside> = collected
        .into_iter()
        .map(|it| Beside {
            path: it.path,
            executable: it.executable,
        })
        .collect();
    programs::check(&checked.outline, &beside)
}

struct Collected<'a> {
    files: &'a dyn Files,
    folder: &'a str,
    spec: &'a str,
    found: Vec<BundleFile>,
    bytes: u64,
}

impl Collected<'_> {
    fn folder(&mut self, below: String, depth: usize) -> Result<(), Refusal> {
        if depth > MAX_DEPTH {
            return Err(refusal(
                format!("`{below}` is more than {MAX_DEPTH} folders deep"),
                "move it up, or out of the machine's folder",
            ));
        }
        let listed = self
            .files
            .list(&join(self.folder, &below))
            .map_err(|error| unreadable(&below, &error))?;
        for found in listed {
            let path = join(&below, &found.name);
            let is_own = path == self.spec || path == "machine_data.json";
            if is_own || found.name.starts_with('.') || is_test_file(&found.name) {
                continue;
            }
            match found.kind {
                Kind::Folder => self.folder(path, depth + 1)?,
                Kind::File { size, executable } => self.file(path, size, executable)?,
                Kind::Other => {
                    return Err(refusal(
                        format!("`{path}` is neither a regular file nor a folder"),
                        "replace a symbolic link by a copy of what it points to",
                    ));
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, path: String, size: u64, executable: bool) -> Result<(), Refusal> {
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > MAX_BYTES {
            return Err(refusal(
                format!(
                    "the files beside the machine have more than 4 MiB, with `{path}` at the latest"
                ),
                "move what is large out of the folder, or let an `archive` watcher fetch it",
            ));
        }
        if self.found.len() == MAX_FILES {
            return Err(refusal(
                format!("there are more than {MAX_FILES} files beside the machine"),
                "move what the machine does not need out of its folder",
            ));
        }
        self.found.push(BundleFile { path, executable });
        Ok(())
    }
}

fn refusal(message: String, help: &'static str) -> Refusal {
    Refusal { message, help }
}

fn unreadable(below: &str, error: &io::Error) -> Refusal {
    refusal(
        format!("the folder `{below}` cannot be read: {error}"),
        "make it readable, or move it away",
    )
}

fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}
