//! Check files and overrides: what authors see, and the pages about it.
//!
//! `tests/diagnostics/checks-*` and `overrides-*` give the texts beside them; `BLESS=1` writes what is printed now.

#![allow(clippy::unwrap_used)]

mod seen;

use std::fs;
use std::path::Path;

use chorister_ir::{CheckClass, Settings};
use chorister_spec::check_file::{self, CheckFile, Checked};
use chorister_spec::row::Row;
use chorister_spec::{Code, Diagnostic, Options, Source, class, distribution, overrides};
use proptest::prelude::*;

/// The classes of the distribution that these files are for.
const CLASSES: [&str; 3] = [
    "class: queue\nparameters:\n  queue: {type: string, pattern: \"^[a-z.]+$\", default: mail}\n  \
     warn: {type: integer, default: 100, minimum: 0}\n  crit: {type: integer, default: 500, greater_than: warn}\n  \
     token: {type: secret, optional: true}\nrun: {plugin: [/usr/lib/check_queue, -q, \"{{queue}}\"]}\n",
    "class: disk\nparameters:\n  paths: {type: list, default: [/]}\nrun: {plugin: [/usr/lib/check_disk, \"{{paths}}\"]}\n",
    "class: http\nparameters:\n  url: {type: string, description: What is asked for}\nrun: {plugin: [/usr/lib/check_http, \"{{url}}\"]}\n",
];

fn classes() -> Vec<CheckClass> {
    let classes = CLASSES.iter().map(|text| {
        let checked = class::check(&Source::new("a.check.yaml", *text));
        checked
            .class
            .unwrap_or_else(|| panic!("{:#?}", checked.machine.diagnostics))
    });
    classes.collect()
}

fn read(name: &str, text: &str) -> Checked {
    let classes = classes();
    let mut file = CheckFile::read(&Source::new(name, text));
    file.resolve(&classes.iter().collect::<Vec<_>>());
    file.finish()
}

/// What is found in files that belong together, by their names.
fn findings(files: &[(String, String)]) -> Vec<Diagnostic> {
    let checked: Vec<_> = files.iter().map(|(name, text)| read(name, text)).collect();
    let mut found: Vec<_> = checked
        .iter()
        .flat_map(|it| it.diagnostics.clone())
        .collect();
    found.extend(check_file::together(&checked));
    found
}

fn printed(case: &Path) -> String {
    let mut paths = vec![case.to_owned()];
    if case.is_dir() {
        paths = fs::read_dir(case)
            .unwrap()
            .map(|it| it.unwrap().path())
            .collect();
        paths.sort();
    }
    let texts: Vec<(String, String)> = paths
        .iter()
        .map(|it| (seen::name(it), fs::read_to_string(it).unwrap()))
        .collect();
    let sources: Vec<_> = texts
        .iter()
        .map(|(name, text)| Source::new(name.as_str(), text.as_str()))
        .collect();
    let is_overrides = texts[0].0.starts_with("overrides-");
    let found = if is_overrides {
        overrides::check(&sources[0])
    } else {
        findings(&texts)
    };
    seen::text(&found, &sources)
}

fn is_ours(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownClass | Code::DuplicateCheck | Code::Overrides | Code::OverrideName
    )
}

#[test]
fn findings_look_as_they_are_meant_to() {
    seen::goldens(&["checks-", "overrides-"], seen::codes(is_ours), printed);
}

#[test]
fn examples_are_what_they_say() {
    seen::examples(seen::codes(is_ours), "yaml", |code, example| {
        if matches!(code, Code::Overrides | Code::OverrideName) {
            return overrides::check(&Source::new("overrides.yaml", example));
        }
        let files = example.split("---\n").enumerate();
        let files: Vec<_> = files
            .map(|(at, it)| (format!("{at}.yaml"), it.to_owned()))
            .collect();
        findings(&files)
    });
}

#[test]
fn a_good_file_is_read_as_it_is_written() {
    let text = "description: mail\nchecks:\n  mail_queue:\n    class: queue\n    with: {queue: mail.out, warn: 50}\n    \
                interval: 30s\n    timeout: 5s\n    annotations: {team: mail, runbook: \"\"}\n  root: {class: disk, with: }\n";
    let checked = read("mail.yaml", text);
    assert_eq!(checked.diagnostics, []);
    let checks = checked.checks.unwrap();
    let [mail, root] = checks.as_slice() else {
        panic!("{checks:?}");
    };
    assert_eq!(
        [&mail.name, mail.class.as_ref().unwrap()].map(|it| it.text.as_str()),
        ["mail_queue", "queue"]
    );
    assert_eq!(
        serde_json::Value::from(mail.with.clone()).to_string(),
        r#"{"queue":"mail.out","warn":50}"#
    );
    assert_eq!(mail.settings.interval.unwrap().as_secs(), 30);
    assert_eq!(mail.settings.timeout.unwrap().as_secs(), 5);
    let annotations = mail.settings.annotations.iter();
    let annotations: Vec<_> = annotations
        .map(|it| (it.key.as_ref(), it.value.as_ref()))
        .collect();
    assert_eq!(annotations, [("team", "mail"), ("runbook", "")]);
    assert!(root.is_good && root.with.is_empty() && root.settings == Settings::INHERITED);
}

#[test]
fn a_check_says_of_itself_what_one_of_a_distribution_does() {
    let settings = "class: disk, with: {path: /}, interval: 1m, timeout: 5s, retry: {attempts: 3, interval: 10s}, \
                    flapping: {window: 9, high: 60%, low: 20%}, active: {schedule: \"* 6-22 * * *\", timezone: UTC}, \
                    depends_on: [host, net], remediate: false, annotations: {team: web}, \
                    publish: {policy: changes, summary: 1h}";
    let file = read("a.yaml", &format!("checks:\n  root: {{{settings}}}\n"));
    let of_file = &file.checks.unwrap()[0];
    let distribution = format!(
        "name: a\nversion: 1.0.0\nchecks:\n  classes: [std/disk]\n  instances:\n    - {{name: root, {settings}}}\n"
    );
    let source = Source::new("distribution.yaml", distribution);
    let distribution = distribution::check(&source, &Options::default());
    assert_eq!(distribution.diagnostics, []);
    let of_distribution = &distribution.distribution.unwrap().instances[0];
    assert_eq!(of_file.settings, of_distribution.settings);
    assert_eq!(of_file.with, of_distribution.with);
    let names = |row: &Row| {
        let named = row.depends_on.iter().chain(&row.class).chain([&row.name]);
        named.map(|it| it.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(of_file), ["host", "net", "disk", "root"]);
    assert_eq!(names(of_file), names(of_distribution));
}

#[test]
fn a_parent_that_nobody_has_and_circles_are_reported() {
    let text = "checks:\n  a: {class: queue, depends_on: [b, hots]}\n  b: {class: queue, depends_on: c}\n  \
                c: {class: queue, depends_on: [a]}\n  d: {class: queue, depends_on: [a]}\n";
    let mut file = CheckFile::read(&Source::new("a.yaml", text));
    file.parents(["a", "b", "c", "d", "host"].into_iter());
    let checked = file.finish();
    let said: Vec<_> = checked.diagnostics.iter().map(|it| it.code).collect();
    assert_eq!(said, [Code::NoSuchParent]);
    assert_eq!(
        checked.diagnostics[0].help.as_deref(),
        Some("did you mean `host`?")
    );
    let together = check_file::together(&[checked]);
    let [circle] = together.as_slice() else {
        panic!("{together:?}");
    };
    assert_eq!(circle.code, Code::DependencyCircle);
    assert_eq!(circle.message, "`a`, `b`, `c` depend on each other");
}

#[test]
fn a_mistake_spoils_one_check_only() {
    let text = "checks:\n  a: {class: queue}\n  b: {class: queue, interval: soon}\n  c: {class: nothing}\n  d: {class: disk}\n";
    let checks = read("a.yaml", text).checks.unwrap();
    let good: Vec<_> = checks.iter().map(|it| it.is_good).collect();
    assert_eq!(good, [true, false, false, true]);
    // Where nobody knows what the file holds there are no checks, which is not the same as none.
    assert!(
        read("a.yaml", "checks:\n  a: {class: queue\n")
            .checks
            .is_none()
    );
    assert!(read("a.yaml", "").checks.is_none());
    assert!(
        read("a.yaml", "checks: {a: {class: queue}, a: {class: disk}}")
            .checks
            .is_none()
    );
    assert_eq!(read("a.yaml", "checks: {}").checks.unwrap().len(), 0);
}

#[test]
fn a_huge_file_is_refused() {
    let mut text = "checks: {}\n".to_owned();
    text.push_str(&"# filler\n".repeat(check_file::LARGEST / 8));
    let checked = read("a.yaml", &text);
    assert!(checked.checks.is_none());
    assert_eq!(checked.diagnostics[0].code, Code::TooLarge);
}

proptest! {
    #[test]
    fn anything_can_be_read_without_harm(text in ".{0,200}") {
        let _ = read("a.yaml", &text);
        let _ = read("a.yaml", &format!("checks:\n  {text}"));
        let _ = overrides::check(&Source::new("a.yaml", text.as_str()));
    }
}
