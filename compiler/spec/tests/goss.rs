//! Goss files: what authors see, and the pages about it.
//!
//! `tests/diagnostics/goss-*` give the texts beside them; `BLESS=1` writes what is printed now.

#![allow(clippy::unwrap_used)]

mod seen;

use std::fs;
use std::path::{Path, PathBuf};

use chorister_goss::{Files, Vars};
use chorister_spec::{Code, goss};

fn is_ours(code: Code) -> bool {
    code.as_str().starts_with("CH12")
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
    let name = seen::name(case);
    let (base, path) = match case.is_dir() {
        true => (case.to_owned(), "goss.yaml"),
        false => (seen::folder(), name.as_str()),
    };
    let checked = goss::check(path, &Vars::default(), &Folder(base));
    seen::text(&checked.diagnostics, &checked.sources)
}

#[test]
fn findings_look_as_they_are_meant_to() {
    seen::goldens(&["goss-"], seen::codes(is_ours), printed);
}

#[test]
fn examples_are_what_they_say() {
    seen::examples(seen::codes(is_ours), "yaml", |code, example| {
        let vars = Vars::default();
        let checked = match code {
            Code::GossReplaced => goss::check("goss.yaml", &vars, &Including(Example(example))),
            _ => goss::check("goss.yaml", &vars, &Example(example)),
        };
        checked.diagnostics
    });
}
