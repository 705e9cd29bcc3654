//! `choristerc new`. Whether the project builds is tested where the whole workspace is.

use crate::support::Place;

#[test]
fn a_project_is_written_and_clean() {
    let place = Place::new(&[]);
    place.check(
        &["new", "acme-node", "--version", "0.1.0"],
        "new/created.txt",
    );
    for file in [
        "Cargo.toml",
        "build.rs",
        "src/main.rs",
        "specs/distribution.yaml",
        "specs/machines/lamp.machine.yaml",
        "specs/checks/filesystem.check.yaml",
        "checks.d/filesystems.yaml",
        ".gitignore",
        "README.md",
        "specs/.schemas/machine.schema.json",
        "specs/.schemas/distribution.schema.json",
        "specs/.schemas/class.schema.json",
        "specs/.schemas/check.schema.json",
        "specs/.schemas/ddl.schema.json",
    ] {
        assert!(
            !place.read(&format!("acme-node/{file}")).is_empty(),
            "{file}"
        );
    }
    place.check(&["check", "acme-node"], "new/check.txt");
    place.check(&["sync", "--check", "acme-node"], "new/sync.txt");
    let readme = place.read("acme-node/README.md");
    assert!(
        readme.contains("`cargo install choristerc --version 0.1.0`"),
        "{readme}"
    );
    let main = place.read("acme-node/src/main.rs");
    assert!(
        main.contains("chorister::distribution!();")
            && main.contains("chorister::run(&DISTRIBUTION)")
    );
}

#[test]
fn a_project_uses_the_checkout_that_built_the_tool() {
    let place = Place::new(&[]);
    assert_eq!(place.run(&["new", "acme-node"]).code, Some(0));
    let manifest = place.read("acme-node/Cargo.toml");
    assert!(
        manifest.contains("runtime/chorister\", features = [\"check-loader\", \"native-checks\", \"watch-exec\", \"watch-nagios\", \"http\", \"tui\"] }"),
        "{manifest}"
    );
    assert!(
        manifest.contains("compiler/codegen\" }") && manifest.contains("[workspace]"),
        "{manifest}"
    );
    // The versions of the checkout, so that no network is needed.
    assert!(
        place
            .read("acme-node/Cargo.lock")
            .contains("name = \"chorister\"")
    );
}

#[test]
fn names_and_places_are_refused_with_a_reason() {
    let place = Place::new(&[("used/file", ""), ("file", "")]);
    for (arguments, part) in [
        (
            &["new", "Acme Node"][..],
            "`Acme Node` cannot name a binary: a name begins with a small letter and has small letters, digits and hyphens; try `acme-node`",
        ),
        (&["new", "used"], "used exists and is not empty"),
        (&["new", "file"], "file exists and is no folder"),
        (&["new", "fn"], "try `fn-node`"),
        (
            &["new", "x", "--path", "used"],
            "used is no checkout of Chorister",
        ),
        (
            &["new", "x", "--git", "u", "--version", "1"],
            "cannot be used with",
        ),
    ] {
        let run = place.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert!(run.err.contains(part), "{arguments:?}: {}", run.err);
    }
    assert!(!place.path().join("x").exists());
}

#[test]
fn an_empty_folder_may_be_filled() {
    let place = Place::new(&[]);
    std::fs::create_dir(place.path().join("acme-node")).unwrap();
    let run = place.run(&["new", "acme-node", "--git", "https://example.net/it's"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let manifest = place.read("acme-node/Cargo.toml");
    assert!(
        manifest.contains("chorister = { git = \"https://example.net/it's\", features"),
        "{manifest}"
    );
}
