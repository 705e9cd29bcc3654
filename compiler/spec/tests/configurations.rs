//! Configurations: what authors see, and the pages about it.
//!
//! `tests/diagnostics/config-*` give the texts beside them; `BLESS=1` writes what is printed now.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use chorister_spec::render::{self, Color};
use chorister_spec::{Code, Diagnostic, Options, Source, config, distribution};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/diagnostics")
}

/// A case is a configuration, or a distribution that has one.
fn check(source: &Source) -> Vec<Diagnostic> {
    match source.path.ends_with("distribution.yaml") {
        true => distribution::check(source, &Options::default()).diagnostics,
        false => config::check(source),
    }
}

fn printed(case: &Path) -> String {
    let name = case.file_name().unwrap().to_string_lossy().into_owned();
    let source = Source::new(name, fs::read_to_string(case).unwrap());
    let found = check(&source);
    let mut text = render::text(&found, &[source], Color::Never);
    if let Some(summary) = render::summary(&found) {
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
        if !name.starts_with("config-") || name.ends_with(".txt") {
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

#[test]
fn examples_are_what_they_say() {
    let mut wrong = Vec::new();
    for code in codes() {
        let mut examples = code
            .page()
            .split("```text\n")
            .skip(1)
            .filter_map(|it| it.split("```").next());
        let name = match code {
            Code::SettingSecret => "distribution.yaml",
            _ => "server.conf",
        };
        let found = |example: &str| -> BTreeSet<Code> {
            let found = check(&Source::new(name, example));
            found.iter().map(|it| it.code).collect()
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

#[test]
fn a_file_of_plugins_is_known_by_its_folder() {
    let found = |path: &str| check(&Source::new(path, "use_srv = false\n")).len();
    assert_eq!(found("/etc/choria/plugin.d/choria.cfg"), 0);
    assert_eq!(found("/etc/choria/choria.cfg"), 1);
}

fn codes() -> impl Iterator<Item = Code> {
    let all = Code::ALL.iter().copied();
    all.filter(|it| it.as_str().starts_with("CH14"))
}
