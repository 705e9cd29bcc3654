//! Every mistake and what is said about it.

mod json;
mod keys;
mod layout;
mod text;

use super::*;

/// Compares what is said about `source`: for each error its place and message, its help, and the other place.
fn check(source: &str, format: Format, expect: &[&str]) {
    let parsed = parse(source, format, &Limits::SPEC);
    assert_eq!(
        show_errors(&parsed).lines().collect::<Vec<_>>(),
        expect,
        "{source}"
    );
}

fn check_yaml(source: &str, expect: &[&str]) {
    check(source, Format::Yaml, expect);
}

fn check_json(source: &str, expect: &[&str]) {
    check(source, Format::Json, expect);
}
