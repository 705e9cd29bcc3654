//! Goss files: what authors see, and the pages about it.
//!
//! `tests/diagnostics/goss-*` give the texts beside them; `BLESS=1` writes what is printed now.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use chorister_goss::{Files, Vars};
use chorister_spec::render::{self, Color};
use chorister_spec::{Code, goss};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/diagnostics")
}

/// Files below a folder.
struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        fs::read(self.0.join(path)).map_err(|_| "no such file or directory".to_owned())
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(directory)).unwrap();
        entries
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn exists(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }
}

/// The file of an example, and what pages say stands beside it.
struct Example<'e>(&'e str);

impl Files for Example<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match path {
            "goss.yaml" => Ok(self.0.into()),
            _ => Ok(b"process: {nginx: {running: false}}".to_vec()),
        }
    }

    fn names(&self, _directory: &str) -> Vec<String> {
        Vec::new()
    }

    fn exists(&self, path: &str) -> bool {
        path == "goss.yaml"
    }
}

/// An example whose includes are there.
struct Including<'e>(Example<'e>);

impl Files for Including<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.0.read(path)
    }

    fn names(&self, _directory: &str) -> Vec<String> {
        Vec::new()
    }

    fn exists(&self, _path: &str) -> bool {
        true
    }
}

/// A case is a file, or a folder with a `goss.yaml` and what it includes.
fn printed(case: &Path) -> String {
    let name = case.file_name().unwrap().to_string_lossy().into_owned();
    let (base, path) = match case.is_dir() {
        true => (case.to_owned(), "goss.yaml"),
        false => (folder(), name.as_str()),
    };
    let checked = goss::check(path, &Vars::default(), &Folder(base));
    let mut text = render::text(&checked.diagnostics, &checked.sources, Color::Never);
    if let Some(summary) = render::summary(&checked.diagnostics) {
        text.push_str(&summary);
        text.push('\n');
    }
    text
}

#[test]
fn findings_look_as_they_are_meant_to() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut shown = String::new();
    let mut wrong = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let case = entry.unwrap().path();
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("goss-") || name.ends_with(".txt") {
            continue;
        }
        let golden = case.with_extension("txt");
        let printed = printed(&case);
        if bless {
            fs::write(&golden, &printed).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != printed {
            wrong.push(format!("--- {name}\n{printed}"));
        }
        shown.push_str(&printed);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let missing: Vec<_> = codes().filter(|it| !shown.contains(it.as_str())).collect();
    assert!(missing.is_empty(), "no golden shows {missing:?}");
}

fn codes() -> impl Iterator<Item = Code> {
    let all = Code::ALL.iter().copied();
    all.filter(|it| it.as_str().starts_with("CH12"))
}

#[test]
fn examples_are_what_they_say() {
    let mut wrong = Vec::new();
    for code in codes() {
        let mut examples = code
            .page()
            .split("```yaml\n")
            .skip(1)
            .filter_map(|it| it.split("```").next());
        let found = |example: &str| -> BTreeSet<Code> {
            let vars = Vars::default();
            let checked = match code {
                Code::GossReplaced => goss::check("goss.yaml", &vars, &Including(Example(example))),
                _ => goss::check("goss.yaml", &vars, &Example(example)),
            };
            checked.diagnostics.iter().map(|it| it.code).collect()
        };
        let (bad, good) = (
            found(examples.next().unwrap()),
            found(examples.next().unwrap()),
        );
        if !bad.contains(&code) || !good.is_empty() {
            wrong.push(format!("{code}: {bad:?}, corrected {good:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
