//! Help, versions and completions.

use crate::support::Place;

#[test]
fn every_command_explains_itself() {
    let place = Place::new(&[]);
    place.check(&["--help"], "help/choristerc.txt");
    for command in [
        "new",
        "check",
        "test",
        "graph",
        "can",
        "diff",
        "explain",
        "expand",
        "schema",
        "export",
        "sync",
        "codegen",
        "completions",
    ] {
        place.check(&[command, "--help"], &format!("help/{command}.txt"));
    }
}

#[test]
fn a_misspelt_command_gets_a_suggestion() {
    let run = Place::new(&[]).run(&["chekc", "specs"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("'check'"), "{}", run.err);
}

#[test]
fn shells_get_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = Place::new(&[]).run(&["completions", shell]);
        assert!(
            run.code == Some(0) && run.out.contains("choristerc"),
            "{shell}"
        );
    }
}
