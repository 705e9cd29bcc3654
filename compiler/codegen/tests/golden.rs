//! Golden machines: `tests/golden/<case>/spec.yaml` becomes `out.rs` beside it. And golden findings:
//! `tests/diagnostics/<case>/distribution.yaml` gives `<case>.txt` beside its folder.
//!
//! `BLESS=1 cargo test -p chorister-compiler` rewrites them. The crate in `tests/golden` compiles the machines.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use chorister_compiler::{Disk, Layout, generate, one_agent, one_machine};
use chorister_spec::Source;
use chorister_spec::ddl::Described;
use chorister_spec::render::{self, Color};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

fn cases() -> Vec<String> {
    let mut cases: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|it| it.unwrap())
        .filter(|it| it.path().join("spec.yaml").exists())
        .map(|it| it.file_name().into_string().unwrap())
        .collect();
    cases.sort();
    cases
}

#[test]
fn machines_are_printed_as_the_goldens_show() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut stale = Vec::new();
    for case in cases() {
        let folder = folder().join(&case);
        let text = fs::read_to_string(folder.join("spec.yaml")).unwrap();
        let source = Source::new(format!("tests/golden/{case}/spec.yaml"), text);
        let one = one_machine(&source);
        let Some(out) = one.text() else {
            panic!(
                "{}",
                render::text(&one.diagnostics, &[source], Color::Never)
            );
        };
        let golden = folder.join("out.rs");
        if fs::read_to_string(&golden).ok().as_deref() != Some(&out) {
            stale.push(case);
            if bless {
                fs::write(golden, out).unwrap();
            }
        }
    }
    assert!(
        bless || stale.is_empty(),
        "stale goldens, see BLESS=1: {stale:?}"
    );
}

#[test]
fn agents_are_printed_as_the_goldens_show() {
    ddls_are_printed("agents");
}

#[test]
fn data_plugins_are_printed_as_the_goldens_show() {
    ddls_are_printed("data");
}

#[track_caller]
fn ddls_are_printed(sort: &str) {
    let bless = std::env::var_os("BLESS").is_some();
    let mut stale = Vec::new();
    for entry in fs::read_dir(folder().join(sort)).unwrap() {
        let folder = entry.unwrap().path();
        let case = folder.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(folder.join("spec.ddl.yaml")).unwrap();
        let source = Source::new(format!("tests/golden/{sort}/{case}/spec.ddl.yaml"), text);
        let one = one_agent(&source);
        let Some((text, (described, _))) = one.text().zip(one.checked.as_ref()) else {
            panic!(
                "{}",
                render::text(&one.diagnostics, &[source], Color::Never)
            );
        };
        let document = match described {
            Described::Agent(ddl) => chorister_ddl::document(ddl),
            Described::Data(ddl) => chorister_ddl::data_document(ddl),
        };
        let document = format!("{document:#}\n");
        for (name, text) in [("out.rs", text), ("ddl.json", document)] {
            let golden = folder.join(name);
            if fs::read_to_string(&golden).ok().as_ref() != Some(&text) {
                stale.push(format!("{case}/{name}"));
                if bless {
                    fs::write(golden, text).unwrap();
                }
            }
        }
    }
    assert!(
        bless || stale.is_empty(),
        "stale goldens, see BLESS=1: {stale:?}"
    );
}

#[test]
fn every_golden_is_compiled() {
    let crate_root = fs::read_to_string(folder().join("src/lib.rs")).unwrap();
    for case in cases() {
        assert!(
            crate_root.contains(&format!("{case} = \"../{case}/out.rs\"")),
            "{case} is not in src/lib.rs"
        );
    }
}

#[test]
fn findings_in_distributions_look_as_they_are_meant_to() {
    let bless = std::env::var_os("BLESS").is_some();
    let base = folder().join("../diagnostics");
    let mut wrong = Vec::new();
    for entry in fs::read_dir(&base).unwrap().map(|it| it.unwrap().path()) {
        if !entry.join("distribution.yaml").exists() {
            continue;
        }
        let output = generate(&Disk::new(&entry), "distribution.yaml", &Layout::default()).unwrap();
        let findings = render::text(&output.diagnostics, &output.sources, Color::Never);
        let summary = render::summary(&output.diagnostics).unwrap_or_default();
        let printed = format!("{findings}{summary}\n");
        let golden = entry.with_extension("txt");
        if bless {
            fs::write(golden, printed).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != printed {
            wrong.push(format!("--- {}\n{printed}", golden.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "these differ (BLESS=1 accepts them):\n{}",
        wrong.join("\n")
    );
}
