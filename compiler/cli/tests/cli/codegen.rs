//! `choristerc codegen` and `choristerc expand`.

use crate::support::{LAMP, Place, compare};

fn repository() -> Place {
    Place::new(&[
        (
            "specs/node/distribution.yaml",
            "name: acme-node\nversion: 1.0.0\ndescription: Says \"hello\"\nmachines: [lamp.machine.yaml, std/load]\n",
        ),
        ("specs/node/lamp.machine.yaml", LAMP),
    ])
}

#[test]
fn a_second_run_finds_everything_fresh() {
    let place = repository();
    assert_eq!(place.run(&["codegen", "--check"]).code, Some(1));
    let run = place.run(&["codegen"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    place.check(&["codegen", "--check"], "codegen/fresh.txt");
    place.check(&["codegen"], "codegen/nothing-to-do.txt");
    compare(
        &place.read("generated/node/Cargo.toml"),
        "codegen/Cargo.toml.txt",
    );
    compare(
        &place.read("generated/node/src/main.rs"),
        "codegen/main.rs.txt",
    );
    compare(
        &place.read("generated/docs/acme-node/lamp.md"),
        "codegen/lamp.md.txt",
    );
    compare(
        &place.read("generated/docs/README.md"),
        "codegen/README.md.txt",
    );
}

#[test]
fn what_differs_is_listed() {
    let place = repository();
    place.run(&["codegen"]);
    place.write("generated/node/src/main.rs", "fn main() {}");
    place.write("generated/node/src/machines/old.rs", "");
    std::fs::remove_file(place.path().join("generated/docs/README.md")).unwrap();
    place.check(&["codegen", "--check"], "codegen/stale.txt");
    place.check(&["codegen"], "codegen/rewritten.txt");
    assert!(
        !place
            .path()
            .join("generated/node/src/machines/old.rs")
            .exists()
    );
}

#[test]
fn a_wrong_spec_generates_nothing() {
    let place = repository();
    place.write(
        "specs/node/lamp.machine.yaml",
        LAMP.replace("timer: 5m", "timer: 5"),
    );
    let run = place.run(&["codegen"]);
    assert_eq!(run.code, Some(1));
    assert!(!place.path().join("generated").exists());
}

#[test]
fn documents_alone_may_be_written() {
    let place = repository();
    place.check(&["codegen", "--docs", "docs"], "codegen/docs.txt");
    assert!(
        place
            .read("docs/acme-node/lamp.md")
            .contains("stateDiagram-v2")
    );
    assert!(!place.path().join("generated").exists());
}

#[test]
fn a_machine_expands_to_rust() {
    let place = repository();
    let run = place.run(&["expand", "specs/node/lamp.machine.yaml"]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.out.starts_with("//! Machine `lamp` 1.0.0"),
        "{}",
        run.out
    );
    let run = place.run(&["expand", "specs/node/distribution.yaml"]);
    assert!(
        run.out.contains("// ==== distribution.rs\n")
            && run.out.contains("// ==== machines/lamp.rs\n")
    );
}
