//! The diagnostics that authors see: `tests/diagnostics/NAME.yaml` is checked, `NAME.txt` is what is printed.
//!
//! A case that is a directory is a set of machines. `BLESS=1` writes what is printed now.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use chorister_spec::render::{self, Color};
use chorister_spec::{Options, Source, class, ddl, machine, set};

#[test]
fn diagnostics_look_as_they_are_meant_to() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/diagnostics");
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = String::new();
    for case in cases(&folder) {
        let printed = printed(&case);
        let golden = case.with_extension("txt");
        if bless {
            fs::write(&golden, printed).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != printed {
            writeln!(wrong, "--- {}\n{printed}", golden.display()).unwrap();
        }
    }
    assert!(
        wrong.is_empty(),
        "these differ (BLESS=1 accepts them):\n{wrong}"
    );
}

/// Every spec, and every directory of specs, in order.
fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut cases: Vec<_> = entries
        .filter(|it| it.extension().is_none_or(|it| it != "txt"))
        // Distributions and explorations are checked where they are made, by `chorister-compiler`.
        .filter(|it| !it.join("distribution.yaml").exists())
        // Check files and overrides have tests of their own.
        .filter(|it| {
            let name = it.file_name().unwrap_or_default().to_string_lossy();
            ![
                "explore-",
                "checks-",
                "overrides-",
                "goss-",
                "policy-",
                "config-",
            ]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        })
        .collect();
    cases.sort();
    cases
}

fn printed(case: &Path) -> String {
    let mut files = if case.is_dir() {
        cases(case)
    } else {
        vec![case.to_owned()]
    };
    files.sort();
    let read = |it: &PathBuf| {
        let name = it.file_name().unwrap().to_string_lossy().into_owned();
        Source::from_bytes(name, fs::read(it).unwrap())
    };
    let (mut sources, mut found, mut checked) = (Vec::new(), Vec::new(), Vec::new());
    for file in &files {
        match read(file) {
            Ok(source) if source.path.contains(".ddl.") => {
                found.extend(ddl::check(&source, &Options::default()).diagnostics);
                sources.push(source);
            }
            Ok(source) => {
                let it = if source.path.ends_with(".check.yaml") {
                    class::check(&source).machine
                } else {
                    machine::check(&source, &Options::default())
                };
                found.extend(it.diagnostics.clone());
                checked.push(it);
                sources.push(source);
            }
            Err(finding) => found.push(*finding),
        }
    }
    if case.is_dir() {
        found.extend(set::check(&checked));
    }
    let mut text = render::text(&found, &sources, Color::Never);
    if let Some(summary) = render::summary(&found) {
        text.push_str(&summary);
        text.push('\n');
    }
    text
}
