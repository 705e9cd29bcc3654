//! What goss 0.4.9 printed, against what is printed here.

mod formats;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::matcher::{Comparison, Found, Matcher, Source, Stream, Verdict};
use crate::output::{Format, Options, render};
use crate::{Kind, Outcome, Report, TestResult, Value};

/// A file of the shared samples; `None`, and a line saying so, where there are none.
fn shared(path: &str) -> Option<PathBuf> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let folder = set.clone().map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = folder.join("vectors/goss").join(path);
    let required = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
    assert!(
        path.exists() || !required,
        "{} is not there",
        path.display()
    );
    if !path.exists() {
        println!("not run: {} is not here", path.display());
        return None;
    }
    Some(path)
}

fn read(path: &str) -> Option<String> {
    shared(path).map(|path| fs::read_to_string(path).unwrap())
}

fn yaml(text: &str) -> Value {
    let parsed = chorister_yaml::parse(
        text,
        chorister_yaml::Format::Yaml,
        &chorister_yaml::Limits::default(),
    );
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    value(&parsed.root.unwrap())
}

fn value(node: &chorister_yaml::Node) -> Value {
    match &node.value {
        chorister_yaml::Value::Sequence(items) => Value::List(items.iter().map(value).collect()),
        chorister_yaml::Value::Mapping(entries) => Value::Map(
            entries
                .iter()
                .map(|entry| (entry.key.text.clone(), value(&entry.value)))
                .collect(),
        ),
        chorister_yaml::Value::Scalar(scalar) => match scalar.resolve() {
            chorister_yaml::Resolved::Null => Value::Null,
            chorister_yaml::Resolved::Bool(it) => Value::Bool(it),
            chorister_yaml::Resolved::Int(it) => match i64::try_from(it) {
                Ok(it) => Value::Int(it),
                Err(_) => Value::Unsigned(u64::try_from(it).unwrap()),
            },
            chorister_yaml::Resolved::Float(it) => Value::Float(it),
            chorister_yaml::Resolved::Str(it) => Value::String(it.to_owned()),
        },
    }
}

fn result(kind: Kind, id: &str, property: &'static str, verdict: Verdict) -> TestResult {
    TestResult {
        kind,
        id: id.to_owned(),
        property,
        title: String::new(),
        meta: Vec::new(),
        outcome: Outcome::Skip,
        error: None,
        comparison: Comparison::default(),
        started: jiff::Timestamp::UNIX_EPOCH,
        duration: core::time::Duration::ZERO,
    }
    .with_verdict(verdict)
}

/// The results of the `matching` resources of a file.
fn matching(file: &Value) -> Report {
    let mut report = Report::default();
    for (id, resource) in file.get("matching").unwrap().as_map().unwrap() {
        let content = resource.get("content").cloned().unwrap_or_default();
        let expected = resource.get("matches").unwrap();
        let verdict = if resource.get("as-reader").is_some() {
            let text = content.to_string();
            Matcher::parse_stream(expected).map(|matcher| {
                matcher.check(Found::Stream(Stream {
                    source: Source::Text,
                    reader: Box::new(std::io::Cursor::new(text)),
                }))
            })
        } else {
            Matcher::parse(expected).map(|matcher| matcher.check(Found::Value(content)))
        };
        let verdict = verdict.unwrap_or_else(Verdict::from);
        report.push(vec![result(Kind::Matching, id, "matches", verdict)]);
    }
    report
}

const SORTED: Options = Options {
    sort: true,
    pretty: false,
    verbose: false,
    perfdata: false,
    exclude_raw: false,
    color: false,
};

/// The lines of a text in the one form for what may differ: names of Go's types, several matchers in the order of a map,
/// words of the library.
fn normal(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| {
            line.replace("[\"have-len\" \"equal\"]", "[\"equal\" \"have-len\"]")
                .trim_end()
                .to_owned()
        })
        .collect()
}

#[track_caller]
fn same(ours: &str, theirs: &str) {
    for (line, (ours, theirs)) in normal(ours).iter().zip(&normal(theirs)).enumerate() {
        assert_eq!(ours, theirs, "line {}", line + 1);
    }
    assert_eq!(normal(ours).len(), normal(theirs).len());
}

#[test]
fn vectors_of_matchers_have_the_same_texts() {
    let mut visited = 0;
    for (file, tap) in [
        ("matchers.yaml", "matchers.tap"),
        ("matchers-2.yaml", "matchers-2.tap"),
    ] {
        let (Some(file), Some(tap)) = (read(file), read(tap)) else {
            return;
        };
        let report = matching(&yaml(&file));
        same(&render(&report, Format::Tap, SORTED), &tap);
        visited += report.summary().count;
    }
    assert_eq!(visited, 88);
}

#[test]
fn vectors_of_matchers_have_the_same_records() {
    let (Some(file), Some(records)) = (read("matchers.yaml"), read("matchers.json")) else {
        return;
    };
    let report = matching(&yaml(&file));
    let ours: Json = serde_json::from_str(&render(&report, Format::Json, SORTED)).unwrap();
    let theirs: Json = serde_json::from_str(&records).unwrap();
    let (ours, theirs) = (
        ours["results"].as_array().unwrap(),
        theirs["results"].as_array().unwrap(),
    );
    assert_eq!((ours.len(), theirs.len()), (62, 62));
    for (ours, theirs) in ours.iter().zip(theirs) {
        for (key, value) in theirs.as_object().unwrap() {
            if !["duration", "start-time", "end-time"].contains(&key.as_str()) {
                assert_eq!(&ours[key], value, "{key} of {}", theirs["resource-id"]);
            }
        }
    }
}

#[test]
fn vectors_of_odd_matchers_have_the_same_texts() {
    let Some(folder) = shared("cases") else {
        return;
    };
    let mut visited = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().unwrap() != "yaml" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let out = fs::read_to_string(path.with_extension("out")).unwrap();
        let report = if text.starts_with("matching:") {
            matching(&yaml(&text))
        } else if text.starts_with("file: {sample.txt:") {
            sample(&yaml(&text))
        } else {
            continue;
        };
        visited.insert(name.clone());
        if out.contains("\npanic: ") {
            assert_eq!(report.summary().failed, 1, "{name}");
            continue;
        }
        let (_, theirs) = out.split_once("stdout:\n").unwrap();
        let (theirs, _) = theirs.split_once("stderr:").unwrap();
        same(&render(&report, Format::Tap, SORTED), theirs);
    }
    assert_eq!(visited.len(), 14, "{visited:?}");
}

/// The results of `sample.txt`, whose facts the samples say.
fn sample(file: &Value) -> Report {
    let content = read("sample.txt").unwrap();
    let (id, resource) = &file.get("file").unwrap().as_map().unwrap()[0];
    let mut group = Vec::new();
    for (property, expected) in resource.as_map().unwrap() {
        let kind = Kind::File;
        let attribute = kind.attribute(property).unwrap();
        let stream = Stream {
            source: Source::File,
            reader: Box::new(content.as_bytes()),
        };
        let (matcher, found) = match property.as_str() {
            "contents" if expected == &Value::List(Vec::new()) => continue,
            "contents" => (Matcher::parse_stream(expected), Found::Stream(stream)),
            "mode" => (Matcher::parse(expected), Found::Value("0644".into())),
            _ => (Matcher::parse(expected), Found::Value(true.into())),
        };
        let verdict = matcher.map_or_else(Verdict::from, |it| it.check(found));
        group.push(result(kind, id, attribute.property(), verdict));
    }
    let mut report = Report::default();
    report.push(group);
    report
}
