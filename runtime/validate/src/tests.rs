use core::time::Duration;
use std::sync::Arc;

use chorister_goss::{Kind, Outcome, Report, Vars};
use chorister_lang::nagios::Status;
use serde_json::json;

use super::*;
use crate::disk::Embedded;

const LONG: Duration = Duration::from_secs(60);

fn suite(text: &str) -> Arc<Suite> {
    let vars = Vars::new(environment());
    let files = [("goss.yaml".into(), text.to_owned().into())];
    let loaded = chorister_goss::load("goss.yaml", &vars, &Embedded { files: &files });
    Arc::new(loaded.unwrap().suite)
}

async fn run(text: &str) -> Report {
    validate(suite(text), Options::default()).await
}

/// The property and the outcome of each result, as `exists pass`.
fn outcomes(report: &Report) -> Vec<String> {
    report
        .results()
        .map(|it| format!("{} {}", it.property, it.outcome.name()))
        .collect()
}

#[track_caller]
fn check_outcomes(report: &Report, expect: &[&str]) {
    let errors: Vec<_> = report
        .results()
        .map(|it| (&it.error, &it.comparison))
        .collect();
    assert_eq!(outcomes(report), expect, "{errors:#?}");
}

#[tokio::test]
async fn a_failed_gate_skips_the_rest() {
    let report = run("file:\n  /no/such/file: {exists: true, mode: '0644', size: 3}").await;
    check_outcomes(&report, &["exists fail", "mode skip", "size skip"]);
    let report = run("file:\n  /no/such/file: {exists: false, mode: '0644'}").await;
    check_outcomes(&report, &["exists pass", "mode skip"]);
    let report = run("mount: {/no/such/mount: {exists: false, source: x}}").await;
    check_outcomes(&report, &["exists pass", "source skip"]);
    let report = run("file:\n  /proc/self/stat/below: {exists: false, mode: '0644'}").await;
    check_outcomes(&report, &["exists fail", "mode skip"]);
    let report = run("file: {/etc/passwd: {mode: '0644'}}").await;
    check_outcomes(&report, &["exists fail", "mode skip"]);
}

#[tokio::test]
async fn what_has_no_gate_is_looked_at_in_full() {
    let report = run(r#"
command:
  "echo out; echo err >&2; exit 3": {exit-status: 0, stdout: [out], stderr: [/^err$/, "!out"]}
"#)
    .await;
    check_outcomes(&report, &["exit-status fail", "stdout pass", "stderr pass"]);
}

#[tokio::test]
async fn results_are_in_the_order_of_the_suite_whatever_takes_long() {
    let text = r#"
command:
  a: {exec: "sleep 0.2", exit-status: 0}
  b: {exec: "true", exit-status: 0}
matching: {m: {content: 1, matches: 1}}
"#;
    let options = Options {
        concurrency: NonZeroUsize::new(8).unwrap(),
        ..Options::default()
    };
    let report = validate(suite(text), options).await;
    let ids: Vec<_> = report.results().map(|it| &*it.id).collect();
    assert_eq!(ids, ["a", "b", "m"]);
    assert!(report.passed());
}

#[tokio::test]
async fn files_are_looked_at_once_each_however_many_look() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("file:\n");
    for index in 0..60 {
        let path = folder.path().join(format!("{index:02}"));
        std::fs::write(&path, index.to_string()).unwrap();
        let path = path.display();
        text.push_str(&format!(
            "  {path}: {{exists: true, contents: ['{index}']}}\n"
        ));
    }
    text.push_str("matching: {last: {content: 1, matches: 1}}\n");
    for concurrency in [1, 7, 100] {
        let options = Options {
            concurrency: NonZeroUsize::new(concurrency).unwrap(),
            ..Options::default()
        };
        let report = validate(suite(&text), options).await;
        assert!(report.passed());
        let ids: Vec<_> = report.groups().iter().map(|it| &it[0].id).collect();
        assert_eq!(ids.len(), 61);
        assert!(ids.is_sorted());
    }
}

#[tokio::test]
async fn denied_kinds_are_skipped_with_the_reason() {
    let options = Options {
        denied: vec![Kind::Command],
        ..Options::default()
    };
    let suite = suite("command: {'exit 1': {exit-status: 0}}");
    let report = validate(suite, options).await;
    let result = report.results().next().unwrap();
    assert_eq!(result.outcome, Outcome::Skip);
    assert_eq!(
        result.meta,
        [(
            "skipped".to_owned(),
            "resources of kind command are denied here".into()
        )]
    );
}

#[tokio::test]
async fn a_command_that_hangs_is_ended_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let report = run(&format!(
        "command: {{hang: {{exec: 'sleep 1000 & echo $! > {}; wait', timeout: 100, exit-status: 0, stdout: ['!x']}}}}",
        file.display()
    ))
    .await;
    check_outcomes(&report, &["exit-status fail", "stdout fail"]);
    let error = report.results().next().unwrap().error.as_deref();
    assert_eq!(error, Some("Command execution timed out (100ms)"));
    let pid = std::fs::read_to_string(file).unwrap();
    let stat = format!("/proc/{}/stat", pid.trim());
    // A killed process may wait to be reaped.
    while std::fs::read_to_string(&stat).is_ok_and(|it| !it.contains(") Z")) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_command_that_floods_is_ended() {
    let report = run("command: {'cat /dev/zero': {exit-status: 0}}").await;
    check_outcomes(&report, &["exit-status fail"]);
    let error = report.results().next().unwrap().error.clone().unwrap();
    assert!(error.contains("was ended"), "{error}");
}

#[tokio::test]
async fn what_fails_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("count");
    let text = format!(
        "command: {{third: {{exec: 'echo x >> {0}; test $(wc -l < {0}) = 3', exit-status: 0, \
         retry_count: 5, retry_delay: 1ms}}}}",
        file.display()
    );
    check_outcomes(&run(&text).await, &["exit-status pass"]);
}

#[tokio::test]
async fn endless_files_are_not_read_to_their_end() {
    let report = run("file:\n  /dev/zero: {exists: true, contents: [x], sha256: x}").await;
    check_outcomes(&report, &["exists pass", "contents fail", "sha256 fail"]);
}

async fn check_text(text: &'static str, vars: serde_json::Value) -> (Status, String) {
    check(embedded(&[("goss.yaml", text)]), Arc::new(vars), LONG).await
}

fn embedded(files: &[(&'static str, &'static str)]) -> Source {
    let files = files
        .iter()
        .map(|(path, text)| ((*path).into(), (*text).into()));
    Source::Embedded(files.collect())
}

#[tokio::test]
async fn a_check_includes_what_is_in_the_program_with_it() {
    let matching = "matching: {two: {content: '{{ .Vars.v }}', matches: good}}";
    let source = embedded(&[
        (
            "web.goss.yaml",
            "gossfile: {'parts/*.yaml': {}, more/one.yaml: {}}",
        ),
        ("parts/a.yaml", "gossfile: {../more/one.yaml: {}}"),
        ("more/one.yaml", "matching: {one: {content: 1, matches: 1}}"),
        ("parts/b.yaml", matching),
    ]);
    let vars = Arc::new(json!({"v": "good"}));
    let (status, line) = check(source, Arc::clone(&vars), LONG).await;
    assert_eq!(status, Status::Ok, "{line}");
    assert!(line.starts_with("OK: Count: 2, Failed: 0"), "{line}");
    // Nothing is taken from wherever the node happens to run.
    let source = embedded(&[("web.goss.yaml", "gossfile: {Cargo.toml: {}}")]);
    let (status, line) = check(source, vars, LONG).await;
    assert_eq!(status, Status::Unknown);
    assert!(line.contains("no matched files were found"), "{line}");
}

#[tokio::test]
async fn a_check_speaks_as_monitoring_systems_expect() {
    let text = "matching: {m: {content: '{{ .Vars.v }}', matches: good}}";
    let (status, line) = check_text(text, json!({"v": "good"})).await;
    assert_eq!(status, Status::Ok);
    let (line, data) = line.split_once('|').unwrap();
    assert!(
        line.starts_with("OK: Count: 1, Failed: 0, Duration: "),
        "{line}"
    );
    assert!(
        data.starts_with("checks=1;; failed=0;; runtime=0."),
        "{data}"
    );

    let (status, line) = check_text(text, json!({"v": "bad"})).await;
    assert_eq!(status, Status::Critical);
    assert!(
        line.starts_with("CRITICAL: Count: 1, Failed: 1, "),
        "{line}"
    );

    let (status, line) = check_text(text, json!({})).await;
    assert_eq!(status, Status::Unknown);
    let expect = "UNKNOWN: goss validate failed: template: test:1:";
    assert!(line.starts_with(expect), "{line}");

    let (status, line) = check(
        Source::Path("/no/such/goss.yaml".into()),
        Arc::new(json!(null)),
        LONG,
    )
    .await;
    assert_eq!(status, Status::Unknown);
    assert!(line.contains("/no/such/goss.yaml"), "{line}");
}

#[tokio::test]
async fn a_check_that_takes_too_long_is_unknown() {
    let text = "command: {'sleep 1000': {exit-status: 0, timeout: 1000000}}";
    let short = Duration::from_millis(50);
    let (status, line) = check(embedded(&[("goss.yaml", text)]), Arc::new(json!({})), short).await;
    assert_eq!(status, Status::Unknown);
    assert_eq!(
        line,
        "UNKNOWN: goss validate failed: it took longer than 50ms"
    );
}
