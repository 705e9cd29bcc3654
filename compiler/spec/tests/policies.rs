//! Action policies: what authors see, and the pages about it.
//!
//! `tests/diagnostics/policy-*` give the texts beside them; `BLESS=1` writes what is printed now.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use chorister_spec::render::{self, Color};
use chorister_spec::{Code, Diagnostic, Source, policy};

const GROUPS: &str = "admins choria=ann.mcollective\noperators choria=bob.mcollective\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/diagnostics")
}

fn check(source: &Source, are_groups: bool) -> Vec<Diagnostic> {
    if are_groups {
        policy::check_groups(source)
    } else {
        policy::check(source, Some(&Source::new("groups", GROUPS)))
    }
}

fn printed(case: &Path) -> String {
    let name = case.file_name().unwrap().to_string_lossy().into_owned();
    let source = Source::new(&*name, fs::read_to_string(case).unwrap());
    let found = check(&source, name.ends_with(".groups"));
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
        if !name.starts_with("policy-") || name.ends_with(".txt") {
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
        let found = |example: &str| -> BTreeSet<Code> {
            let source = Source::new("puppet.policy", example);
            let found = check(&source, code == Code::PolicyGroupLine);
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
fn a_policy_that_is_too_large_is_not_read() {
    let text = "allow\t*\t*\t*\t*\n".repeat(100_000);
    let found = policy::check(&Source::new("large.policy", text), None);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, Code::TooLarge);
}

fn codes() -> impl Iterator<Item = Code> {
    let all = Code::ALL.iter().copied();
    all.filter(|it| it.as_str().starts_with("CH15"))
}
