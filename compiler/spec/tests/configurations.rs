//! Configurations: what authors see, and the pages about it.
//!
//! `tests/diagnostics/config-*` give the texts beside them; `BLESS=1` writes what is printed now.

#![allow(clippy::unwrap_used)]

mod seen;

use std::fs;
use std::path::Path;

use chorister_spec::{Code, Diagnostic, Options, Source, config, distribution};

fn is_ours(code: Code) -> bool {
    code.as_str().starts_with("CH14")
}

/// A case is a configuration, or a distribution that has one.
fn check(source: &Source) -> Vec<Diagnostic> {
    match source.path.ends_with("distribution.yaml") {
        true => distribution::check(source, &Options::default()).diagnostics,
        false => config::check(source),
    }
}

fn printed(case: &Path) -> String {
    let source = Source::new(seen::name(case), fs::read_to_string(case).unwrap());
    seen::text(&check(&source), &[source])
}

#[test]
fn findings_look_as_they_are_meant_to() {
    seen::goldens(&["config-"], seen::codes(is_ours), printed);
}

#[test]
fn examples_are_what_they_say() {
    seen::examples(seen::codes(is_ours), "text", |code, example| {
        let name = match code {
            Code::SettingSecret => "distribution.yaml",
            _ => "server.conf",
        };
        check(&Source::new(name, example))
    });
}

#[test]
fn a_file_of_plugins_is_known_by_its_folder() {
    let found = |path: &str| check(&Source::new(path, "use_srv = false\n")).len();
    assert_eq!(found("/etc/choria/plugin.d/choria.cfg"), 0);
    assert_eq!(found("/etc/choria/choria.cfg"), 1);
}
