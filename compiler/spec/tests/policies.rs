//! Action policies: what authors see, and the pages about it.
//!
//! `tests/diagnostics/policy-*` give the texts beside them; `BLESS=1` writes what is printed now.

#![allow(clippy::unwrap_used)]

mod seen;

use std::fs;
use std::path::Path;

use chorister_spec::{Code, Diagnostic, Source, policy};

fn is_ours(code: Code) -> bool {
    code.as_str().starts_with("CH15")
}

const GROUPS: &str = "admins choria=ann.mcollective\noperators choria=bob.mcollective\n";

fn check(source: &Source, are_groups: bool) -> Vec<Diagnostic> {
    if are_groups {
        policy::check_groups(source)
    } else {
        policy::check(source, Some(&Source::new("groups", GROUPS)))
    }
}

fn printed(case: &Path) -> String {
    let name = seen::name(case);
    let are_groups = name.ends_with(".groups");
    let source = Source::new(name, fs::read_to_string(case).unwrap());
    seen::text(&check(&source, are_groups), &[source])
}

#[test]
fn findings_look_as_they_are_meant_to() {
    seen::goldens(&["policy-"], seen::codes(is_ours), printed);
}

#[test]
fn examples_are_what_they_say() {
    seen::examples(seen::codes(is_ours), "text", |code, example| {
        let source = Source::new("puppet.policy", example);
        check(&source, code == Code::PolicyGroupLine)
    });
}

#[test]
fn a_policy_that_is_too_large_is_not_read() {
    let text = "allow\t*\t*\t*\t*\n".repeat(100_000);
    let found = policy::check(&Source::new("large.policy", text), None);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, Code::TooLarge);
}
