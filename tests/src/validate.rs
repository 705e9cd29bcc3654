//! `scout validate`, run as a user runs it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::node::binary;
use crate::support::{peers, shared};

/// Fifteen results: eight pass, four fail, three are skipped.
const SAMPLE: &str = "vectors/goss/goss.yaml";

fn scout(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(binary("scout"))
        .arg("validate")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[track_caller]
fn check(folder: &Path, arguments: &[&str], code: i32, stdout: &str, stderr: &str) {
    let output = scout(folder, arguments);
    assert_eq!(text(&output.stderr), stderr);
    assert_eq!(text(&output.stdout), stdout);
    assert_eq!(output.status.code(), Some(code));
}

#[test]
fn what_a_file_expects_decides_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    put(
        "goss.yaml",
        "matching: {a: {content: {{ .Vars.found }}, matches: {gt: 5}}}\n",
    );
    put("six.yaml", "found: 6\n");
    let pass = "1..1\nok 1 - Matching: a: matches: matches expectation: {\"gt\":5}\n";
    let fail = "1..1\nnot ok 1 - Matching: a: matches: Expected 4 to be numerically gt 5\n";
    check(folder, &["--vars", "six.yaml", "-f", "tap"], 0, pass, "");
    check(
        folder,
        &[
            "--vars",
            "six.yaml",
            "--vars-inline",
            "found: 4",
            "-f",
            "tap",
        ],
        1,
        fail,
        "",
    );
    check(
        folder,
        &["--vars-inline", "{found: 4}", "-f", "silent"],
        1,
        "",
        "",
    );
    let nagios = scout(folder, &["--vars-inline", "{found: 4}", "-f", "nagios"]);
    assert_eq!(nagios.status.code(), Some(2));
    assert!(text(&nagios.stdout).starts_with("GOSS CRITICAL - Count: 1, Failed: 1, Skipped: 0, "));
    let json = scout(folder, &["--vars-inline", "{found: 6}", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["results"][0]["successful"], true);
}

#[test]
fn the_environment_says_what_arguments_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put(
        "other.yaml",
        "matching: {a: {content: {{ .Vars.found }}, matches: {gt: 5}}}\n",
    );
    put("six.yaml", "found: 6\n");
    let run = |arguments: &[&str]| {
        Command::new(binary("scout"))
            .arg("validate")
            .args(arguments)
            .current_dir(folder.path())
            .envs([
                ("GOSS_FILE", "other.yaml"),
                ("GOSS_VARS", "six.yaml"),
                ("GOSS_FMT", "json"),
                ("GOSS_FMT_OPTIONS", "sort,pretty"),
                ("GOSS_MAX_CONCURRENT", "1"),
                ("GOSS_COLOR", "true"),
            ])
            .output()
            .unwrap()
    };
    let output = run(&[]);
    assert_eq!(text(&output.stderr), "");
    assert!(text(&output.stdout).starts_with("{\n    \"results\": ["));
    let output = run(&["--vars-inline", "found: 5", "-f", "rspecish"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).starts_with("\u{1b}[31mF\u{1b}[0m"));
    let output = run(&["-f", "rspecish", "--no-color"]);
    assert!(text(&output.stdout).starts_with(".\n"));
}

#[test]
fn another_package_manager_can_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Nobody has this one and Debian's `bash`.
    std::fs::write(
        folder.join("goss.yaml"),
        "package: {bash: {installed: false}}\n",
    )
    .unwrap();
    let pass = "1..1\nok 1 - Package: bash: installed: matches expectation: false\n";
    check(folder, &["--package", "pacman", "-f", "tap"], 0, pass, "");
    let output = scout(folder, &["--package", "brew"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("there are apk, dpkg, pacman and rpm"));
}

#[test]
fn what_cannot_be_used_is_said_on_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    put("mode.yaml", "file:\n  a: {exists: true, modes: x}\n");
    put("none.yaml", "x-nothing: 1\n");
    check(
        folder,
        &["mode.yaml"],
        78,
        "",
        "scout: mode.yaml:2:21: `file` has no attribute `modes`\n  help: did you mean `mode`?\n",
    );
    check(
        folder,
        &["absent.yaml"],
        78,
        "",
        "scout: cannot read `absent.yaml`: no such file or directory\n",
    );
    check(
        folder,
        &["mode.yaml", "--vars", "absent"],
        78,
        "",
        "scout: cannot read the variables of absent: no such file or directory\n",
    );
    assert_eq!(scout(folder, &["none.yaml"]).status.code(), Some(78));
    check(
        folder,
        &["mode.yaml", "-f", "nope"],
        1,
        "",
        "scout: bad output format: nope; there are documentation, json, junit, nagios, prometheus, rspecish, silent, \
         structured, tap\n",
    );
    check(
        folder,
        &["mode.yaml", "-o", "nope"],
        1,
        "",
        "scout: bad format option: nope; there are exclude_raw, perfdata, pretty, sort, verbose\n",
    );
    assert_eq!(
        scout(folder, &["mode.yaml", "--max-concurrent", "0"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn tests_are_run_again_until_they_pass_or_time_is_up() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // It fails, and is right from then on.
    let command = "test -e there || { touch there; exit 1; }";
    let file = format!("command: {{\"{command}\": {{exit-status: 0}}}}\n");
    std::fs::write(folder.join("goss.yaml"), file).unwrap();
    let output = scout(folder, &["-f", "tap", "-r", "1h", "-s", "1ms"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told = text(&output.stdout);
    assert!(
        told.contains("Retrying in 1ms (elapsed/timeout time: "),
        "{told}"
    );
    assert!(
        told.contains("s/1h0m0s)\n\n\nAttempt #2:\n1..1\nok 1 - "),
        "{told}"
    );
    std::fs::write(
        folder.join("never.yaml"),
        "process: {no-such: {running: true}}\n",
    )
    .unwrap();
    let output = scout(
        folder,
        &["never.yaml", "-f", "silent", "-r", "1ms", "-s", "1h"],
    );
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(
        text(&output.stderr),
        "scout: timeout of 1ms reached before tests entered a passing state\n"
    );
}

#[test]
fn a_file_may_come_by_standard_input() {
    for file in [
        "process: {no-such: {running: false}}\n",
        "{\"process\": {\"no-such\": {\"running\": false}}}",
    ] {
        let mut child = Command::new(binary("scout"))
            .args(["validate", "-", "--format", "tap"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(file.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            text(&output.stdout),
            "1..1\nok 1 - Process: no-such: running: matches expectation: false\n"
        );
    }
}

#[test]
fn vectors_are_printed_as_the_real_goss_prints_them() {
    let (Some(shared), Some(goss)) = (shared("formats of goss"), peers::goss()) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for name in ["goss.yaml", "sample.txt"] {
        let from = shared.join(SAMPLE).with_file_name(name);
        std::fs::copy(from, folder.path().join(name)).unwrap();
    }
    for format in [
        "documentation",
        "json",
        "junit",
        "nagios",
        "rspecish",
        "silent",
        "tap",
    ] {
        let mut arguments = vec!["--format", format, "--no-color"];
        for option in ["sort", "perfdata"] {
            arguments.extend(["--format-options", option]);
        }
        let ours = scout(folder.path(), &arguments);
        let theirs = Command::new(&goss)
            .arg("validate")
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(timeless(&ours.stdout), timeless(&theirs.stdout), "{format}");
        assert_eq!(ours.status.code(), theirs.status.code(), "{format}");
    }
}

/// A text without times.
fn timeless(bytes: &[u8]) -> String {
    let times = regex_lite::Regex::new(
        r#"[0-9]+\.[0-9]{3}s|time="[0-9.]+"|timestamp="[^"]*"|"(start|end)-time":"[^"]*"|duration":[0-9]+"#,
    );
    times.unwrap().replace_all(text(bytes), "T").into_owned()
}
