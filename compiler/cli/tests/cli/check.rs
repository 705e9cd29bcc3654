//! `choristerc check`.

use crate::support::{LAMP, Place};

fn two_mistakes() -> String {
    LAMP.replace("success_transition: turn_on", "sucess_transition: turn_on")
        .replace("timer: 5m", "timer: 5")
}

#[test]
fn mistakes_are_shown_with_their_lines() {
    Place::new(&[("lamp.machine.yaml", &two_mistakes())])
        .check(&["check", "lamp.machine.yaml"], "check/text.txt");
}

#[test]
fn json_is_an_array_on_stdout() {
    Place::new(&[("lamp.machine.yaml", &two_mistakes())])
        .check(&["check", "--json", "lamp.machine.yaml"], "check/json.txt");
}

#[test]
fn json_of_broken_yaml_is_an_array_too() {
    let place = Place::new(&[
        ("lamp.machine.yaml", "name: [lamp\nversion: }"),
        ("x.yaml", "a: [1\nb: }"),
    ]);
    for file in ["lamp.machine.yaml", "x.yaml"] {
        let run = place.run(&["check", "--format", "json", file]);
        assert_eq!(run.code, Some(1));
        let findings: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(findings[0]["severity"], "error", "{}", run.out);
        assert_eq!(findings[0]["file"], file);
    }
}

#[test]
fn json_of_a_clean_file_is_an_empty_array() {
    let run =
        Place::new(&[("lamp.machine.yaml", LAMP)]).run(&["check", "--json", "lamp.machine.yaml"]);
    assert_eq!(
        (run.code, run.out.as_str(), run.err.as_str()),
        (Some(0), "[]\n", "")
    );
}

#[test]
fn sarif_names_tool_and_rules() {
    let run = Place::new(&[("lamp.machine.yaml", &two_mistakes())]).run(&[
        "check",
        "--format",
        "sarif",
        "lamp.machine.yaml",
    ]);
    let log: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"][0]["tool"]["driver"]["name"], "choristerc");
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "CH0102");
}

#[test]
fn a_tree_is_checked_as_a_whole() {
    let place = Place::new(&[
        ("specs/lamp/machine.yaml", LAMP),
        ("specs/lamp/notes.yaml", "this: [is no spec"),
        (
            "specs/other.machine.yaml",
            &LAMP.replace("timer: 5m", "timer: 1ms"),
        ),
        ("specs/disk.policy", ""),
        ("specs/queue.check.yaml", "class: queue"),
        ("specs/README.md", "# Specs"),
        ("specs/.hidden/machine.yaml", "x"),
        ("specs/target/machine.yaml", "x"),
    ]);
    place.check(&["check", "specs"], "check/tree.txt");
    place.check(&["check", "--verbose", "specs"], "check/verbose.txt");
}

#[test]
fn a_machine_is_found_in_its_folder() {
    let place = Place::new(&[("lamp/machine.yaml", LAMP), ("lamp/on.sh", "")]);
    place.check(&["check", "lamp"], "check/folder.txt");
}

#[test]
fn distributions_are_checked_with_their_machines() {
    let place = Place::new(&[
        (
            "specs/distribution.yaml",
            "name: node\nversion: 1.0.0\nmachines:\n  - machines/lamp.machine.yaml\n  - machines/lmap.machine.yaml\n  - std/hartbeat\n",
        ),
        ("specs/machines/lamp.machine.yaml", &two_mistakes()),
    ]);
    place.check(&["check", "specs"], "check/distribution.txt");
    place.check(
        &["check", "specs/distribution.yaml"],
        "check/distribution-alone.txt",
    );
}

#[test]
fn stale_features_are_findings_in_the_manifest() {
    let place = Place::new(&[
        (
            "Cargo.toml",
            "[dependencies]\nchorister = { version = \"0.1\", features = [\"watch-file\"] }\n",
        ),
        (
            "specs/distribution.yaml",
            "name: node\nversion: 1.0.0\nmachines: [lamp.machine.yaml]\n",
        ),
        ("specs/lamp.machine.yaml", LAMP),
    ]);
    place.check(&["check", "specs"], "check/stale-features.txt");
}

#[test]
fn paths_that_are_no_specs_are_usage_errors() {
    let place = Place::new(&[
        ("notes.txt", "hello"),
        ("notes.yaml", "hello: world"),
        ("empty/README.md", ""),
    ]);
    for (path, part) in [
        (
            "nothere.yaml",
            "cannot read nothere.yaml: No such file or directory\n",
        ),
        ("notes.txt", "does not look like a spec"),
        ("notes.yaml", "does not look like a spec"),
        ("empty", "there is no spec in empty"),
    ] {
        let run = place.run(&["check", path]);
        assert_eq!(run.code, Some(2), "{path}");
        assert!(
            run.out.is_empty() && run.err.contains(part),
            "{path}: {}",
            run.err
        );
    }
    assert_eq!(place.run(&["check"]).code, Some(2));
    assert_eq!(
        place.run(&["check", "--kind", "suite", "notes.yaml"]).code,
        Some(2)
    );
}

#[test]
fn a_kind_may_be_given() {
    let place = Place::new(&[("notes.txt", LAMP)]);
    assert_eq!(
        place.run(&["check", "--kind", "machine", "notes.txt"]).code,
        Some(0)
    );
    assert_eq!(
        place
            .run(&["check", "--kind", "distribution", "notes.txt"])
            .code,
        Some(1)
    );
}

#[test]
fn goss_files_are_checked_with_their_variables_and_includes() {
    let web = "gossfile: {parts/*.yaml: {}}\nprocess:\n  {{ .Vars.web }}: {running: yes}\n";
    let place = Place::new(&[
        ("web.goss.yaml", web),
        (
            "parts/hosts.yaml",
            "file: {/etc/hosts: {exists: true, modes: \"0644\"}}\n",
        ),
        ("vars.yaml", "web: nginx\n"),
        ("gossfiles/vars.yaml", "web: nginx\n"),
    ]);
    place.check(&["check", "web.goss.yaml"], "check/goss-unset.txt");
    place.check(
        &["check", "--vars", "vars.yaml", "web.goss.yaml"],
        "check/goss-variables.txt",
    );
    place.check(
        &["check", "--verbose", "--vars", "vars.yaml", "."],
        "check/goss-tree.txt",
    );
    let run = place.run(&["check", "--vars", "no.yaml", "web.goss.yaml"]);
    assert_eq!(run.code, Some(2), "{}", run.err);
}

/// A distribution with one class and one check, and check files for it.
fn with_check_files() -> Place {
    Place::new(&[
        (
            "specs/distribution.yaml",
            "name: node\nversion: 1.0.0\nchecks:\n  classes: [checks/queue.check.yaml, std/disk]\n  \
             instances: [{name: root, class: disk, with: {path: /}}]\nloaded: {checks: /etc/node/checks.d}\n",
        ),
        (
            "specs/checks/queue.check.yaml",
            "class: queue\nparameters:\n  queue: {type: string}\n  warn: {type: integer, default: 100}\n\
             run: {plugin: [/usr/lib/check_queue, \"{{queue}}\", \"{{warn}}\"]}\n",
        ),
        (
            "checks.d/mail.yaml",
            "checks:\n  mail:\n    class: queue\n    with: {queue: mail, warn: many}\n    depends_on: [root, hots]\n  \
             post: {class: queeu}\n",
        ),
        (
            "checks.d/more.yaml",
            "checks:\n  more: {class: queue, depends_on: [mail]}\n",
        ),
    ])
}

#[test]
fn check_files_are_held_against_the_classes_of_a_distribution() {
    let place = with_check_files();
    place.check(
        &["check", "--classes", "specs", "checks.d"],
        "check/classes.txt",
    );
    // Without classes nobody knows what they may say.
    assert_eq!(place.run(&["check", "checks.d"]).code, Some(0));
    let good = "checks:\n  mail: {class: queue, with: {queue: mail}, depends_on: [root]}\n";
    let file = "specs/distribution.yaml";
    let arguments = ["check", "--classes", file, "checks.d/mail.yaml"];
    place.write("checks.d/mail.yaml", good);
    assert_eq!(place.run(&arguments).code, Some(0));
    // A tree without a distribution has classes too.
    let arguments = ["check", "--classes", "specs/checks", "checks.d/mail.yaml"];
    assert_eq!(place.run(&arguments).code, Some(0));
}

#[test]
fn check_files_are_not_held_against_classes_that_are_wrong() {
    let place = with_check_files();
    let class = place.read("specs/checks/queue.check.yaml");
    place.write(
        "specs/checks/queue.check.yaml",
        class.replace("100", "lots"),
    );
    let run = place.run(&["check", "--classes", "specs", "checks.d"]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("queue.check.yaml:4"), "{}", run.err);
    assert!(!run.err.contains("checks.d"), "{}", run.err);
    place.write("others/distribution.yaml", "name: other\nversion: 1.0.0\n");
    let run = place.run(&["check", "--classes", ".", "checks.d"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("several distributions"), "{}", run.err);
    let run = place.run(&["check", "--classes", "checks.d", "checks.d"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("no check class in checks.d"),
        "{}",
        run.err
    );
}

#[test]
fn a_goss_file_of_a_class_is_checked_with_its_parameters() {
    let place = Place::new(&[
        (
            "specs/web.check.yaml",
            "class: web\nparameters: {port: {type: integer, default: 80}}\nrun: {goss: web.goss.yaml}\n",
        ),
        (
            "specs/web.goss.yaml",
            "port: {'tcp:{{ .Vars.port }}': {listening: true}}\n",
        ),
    ]);
    let run = place.run(&["check", "specs"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.err.contains("no findings in 2 files"), "{}", run.err);
    place.write(
        "specs/web.goss.yaml",
        "port: {'tcp:{{ .Vars.prt }}': {listening: true}}\n",
    );
    let run = place.run(&["check", "specs"]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("web.goss.yaml:1:"), "{}", run.err);
    assert!(run.err.contains("did you mean `port`?"), "{}", run.err);
}

#[test]
fn lenient_takes_unknown_keys_for_warnings() {
    let place = Place::new(&[(
        "lamp.machine.yaml",
        &LAMP.replace("state_match: [LIT]", "state_macth: [LIT]"),
    )]);
    assert_eq!(place.run(&["check", "lamp.machine.yaml"]).code, Some(1));
    assert_eq!(
        place.run(&["check", "--lenient", "lamp.machine.yaml"]).code,
        Some(0)
    );
}

#[test]
fn what_is_too_large_or_no_text_is_a_finding() {
    let place = Place::new(&[]);
    place.write("large.machine.yaml", "é".repeat(3 << 20));
    place.write("latin.machine.yaml", b"name: \xff");
    for (file, code) in [
        ("large.machine.yaml", "CH0007"),
        ("latin.machine.yaml", "CH0008"),
    ] {
        let run = place.run(&["check", "--json", file]);
        let findings: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(
            (run.code, &findings[0]["code"]),
            (Some(1), &code.into()),
            "{file}"
        );
        assert_eq!(findings.as_array().unwrap().len(), 1, "{file}");
    }
}

#[test]
fn a_reader_who_is_gone_is_no_error() {
    use std::process::Stdio;
    let place = Place::new(&[("lamp.machine.yaml", &two_mistakes())]);
    let mut child = place
        .command(&["check", "--json", "lamp.machine.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn colour_is_for_terminals_or_on_demand() {
    let place = Place::new(&[("lamp.machine.yaml", &two_mistakes())]);
    let has_colour = |arguments: &[&str]| place.run(arguments).err.contains('\u{1b}');
    assert!(!has_colour(&["check", "lamp.machine.yaml"]));
    assert!(has_colour(&[
        "check",
        "--color",
        "always",
        "lamp.machine.yaml"
    ]));
    assert!(!has_colour(&[
        "check",
        "--color=never",
        "lamp.machine.yaml"
    ]));
}
