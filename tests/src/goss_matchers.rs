//! Every matcher on every kind of value, beside the real goss.

use std::process::Command;

use chorister_goss::matcher::{Comparison, Found, Matcher, Source, Stream, Verdict};
use chorister_goss::output::{Format, Options, render};
use chorister_goss::{Kind, Outcome, Report, TestResult, Value};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value as Json, json};

use crate::support::peers;

/// What is found, as JSON: strings, numbers, lists, mappings, and text that is JSON itself.
const CONTENTS: &str = r#"[
    null, true, false, 0, 5, -3, 1.5, 1000000, 1e21, 1e-7,
    "", "5", " 5 ", "0x1p2", "1_0", "abc", "abc\ndef\n", "a\r\nb", "true", "<nil>", "1.2.3", "2.0.0-rc.1+x", "héé & <b>",
    "{\"a\":1,\"b\":[1,\"x\",null],\"c\":{\"d\":\"e\"}}", "[1,2,3]", "\"text\"", "{broken",
    [], ["a"], ["a", "b", "c"], [1, 2, "a"], [["a"], {"k": 1}], ["1.2.3", "1.4.0"], [null, true],
    {}, {"a": 1}
]"#;

/// What is expected. What crashes goss is not here.
const MATCHERS: &str = r#"[
    "", "5", "abc", "abc\ndef\n", "true", "[a b c]", "a\nb\nc", "map[a:1]", "1e+06", 5, 5.0, 0, 1000000, -3, 1.5, true, false, null,
    [], ["a"], ["a", "a"], [1], ["b", {"have-prefix": "a"}], [{"gt": 0}], [["a"]], [true],
    {"equal": 5}, {"equal": "abc"}, {"equal": ["a"]}, {"equal": {"a": 1}}, {"equal": true}, {"equal": null},
    {"have-prefix": "a"}, {"have-prefix": ""}, {"have-prefix": 5}, {"have-suffix": "c"}, {"contain-substring": "b"},
    {"contain-substring": "\n"}, {"contain-substring": "<"},
    {"match-regexp": "^a.c$"}, {"match-regexp": "(?m)^def$"}, {"match-regexp": "["}, {"match-regexp": "\\d+"},
    {"have-len": 3}, {"have-len": 0}, {"have-len": 1.9}, {"have-len": "3"}, {"have-len": -1},
    {"have-patterns": ["a", "!zz"]}, {"have-patterns": ["/^a/", "!/z$/", "\\/x"]}, {"have-patterns": []},
    {"have-patterns": [1]}, {"have-patterns": ["/(/"]}, {"have-patterns": "a"}, {"have-patterns": ["b", "abc", "!d"]},
    {"have-key": "a"}, {"have-key": {"have-suffix": "b"}}, {"have-key": 1}, {"have-key": {"gt": 0}},
    {"contain-element": "a"}, {"contain-element": 1}, {"contain-element": {"gt": 1}}, {"contain-element": {"have-key": "k"}},
    {"contain-element": true}, {"contain-element": ["a"]}, {"contain-element": null}, {"contain-element": {"not": "a"}},
    {"contain-elements": ["a", "b"]}, {"contain-elements": []}, {"contain-elements": "a"},
    {"contain-elements": [{"have-len": 1}, "c"]},
    {"consist-of": ["c", "b", "a"]}, {"consist-of": [1, "a", {"lt": 3}]}, {"consist-of": []}, {"consist-of": {}},
    {"consist-of": ["x"]}, {"consist-of": [{"equal": ["a"]}, {"have-key": "k"}]},
    {"not": "abc"}, {"not": 5}, {"not": ["a"]}, {"not": {"have-len": 3}}, {"not": {"not": "a"}}, {"not": {"gjson": {"a": 1}}},
    {"not": {"and": ["abc", {"have-len": 3}]}}, {"not": {"have-key": "a"}}, {"not": {"match-regexp": "b"}},
    {"not": {"contain-element": "a"}}, {"not": {"consist-of": ["a"]}}, {"not": {"have-patterns": ["a"]}},
    {"and": []}, {"and": ["abc"]}, {"and": [{"have-len": 3}, {"have-suffix": "z"}]}, {"and": "x"},
    {"or": []}, {"or": ["abc", "5"]}, {"or": [{"have-len": 3}, {"have-suffix": "z"}]}, {"or": [{"gt": 1}, "abc"]},
    {"gt": 1}, {"ge": 5}, {"lt": 5}, {"le": -3}, {"gt": "5"}, {"gt": null}, {"lt": 1e20},
    {"semver-constraint": ">1.0.0"}, {"semver-constraint": ">=1.0.0 <1.3.0 || 2.x"}, {"semver-constraint": "^1"},
    {"semver-constraint": 1}, {"not": {"semver-constraint": "1.2.x"}},
    {"gjson": {"a": 1}}, {"gjson": {"a": "1"}}, {"gjson": {"b": [1, "x"]}}, {"gjson": {"b.#": 3}}, {"gjson": {"c.d": "e"}},
    {"gjson": {"b": {"equal": [1, "x", null]}}}, {"gjson": {"c": {"have-key": "d"}}}, {"gjson": {"@this": {"have-len": 3}}},
    {"gjson": {"1": 2}}, {"gjson": {}}, {"gjson": []}, {"gjson": {"b.2": {"equal": null}}}, {"gjson": {"b.2": "<nil>"}},
    {"foo": 1}, {"equal": 1, "have-len": 1}
]"#;

/// How many pairs are made up.
const MADE_UP: usize = 4000;

/// A sentence of Go's libraries that other versions of it say in other words.
const OTHER_WORDS: [&str; 3] = [
    "error parsing regexp",
    "Refusing to compare <nil> to <nil>",
    "Found multiple matchers",
];

/// The text of a value without the ways of laying it out: the library of goss breaks long values into lines.
fn plain(value: &Json) -> String {
    let mut text = value.to_string().replace("\\n", "");
    // It escapes for HTML what is in matchers inside matchers, and nothing else.
    for (escaped, plain) in [("\\\\u003c", "<"), ("\\\\u003e", ">"), ("\\\\u0026", "&")] {
        text = text.replace(escaped, plain);
    }
    let text = text.replace(' ', "").replace(",}", "}").replace(",]", "]");
    // How much room a list of Go has is an accident.
    let room = regex_lite::Regex::new(",cap:[0-9]+").unwrap();
    room.replace_all(&text, "").into_owned()
}

/// Whether there are several keys in a mapping, which goss goes through in any order.
fn has_keys(value: &Json) -> bool {
    match value {
        Json::Array(items) => items.iter().any(has_keys),
        Json::Object(fields) => fields.len() > 1 || fields.values().any(has_keys),
        _ => false,
    }
}

fn list(text: &str) -> Vec<Json> {
    serde_json::from_str(text).unwrap()
}

/// One resource for each pair of a value and a matcher.
fn resources() -> Map<String, Json> {
    let mut resources = Map::new();
    for content in list(CONTENTS) {
        for matches in list(MATCHERS) {
            for reader in [false, true] {
                let id = format!("{:05}", resources.len());
                let resource = json!({"content": content, "matches": matches, "as-reader": reader});
                resources.insert(id, resource);
            }
        }
    }
    resources
}

/// A scalar that values and matchers may share.
fn scalars() -> impl Strategy<Value = Json> {
    let texts = vec![
        "",
        "a",
        "b",
        "ab",
        "abc",
        "a\nb",
        "5",
        "-1.5",
        "1e3",
        "true",
        "1.2.3",
        "{\"a\": [1, \"b\"]}",
        "é",
        "[",
        "/a/",
        "!b",
    ];
    prop_oneof![
        1 => Just(Json::Null),
        2 => any::<bool>().prop_map(Json::from),
        3 => (-3_i64..6).prop_map(Json::from),
        2 => prop::sample::select(vec![0.5, 1.5, 5.0, 1e6, 123_456_789.0, 1e21]).prop_map(Json::from),
        6 => prop::sample::select(texts).prop_map(Json::from),
    ]
}

fn made_up_content() -> impl Strategy<Value = Json> {
    scalars().prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|it| Json::Object(it.into_iter().collect())),
        ]
    })
}

/// Matchers of all kinds in one another, but for what crashes goss: a mapping without a key, the pattern `/`, `or` right
/// inside `not`, and a path that leads nowhere inside another matcher.
fn made_up_matcher() -> impl Strategy<Value = Json> {
    let named = |name: &'static str| move |it: Json| json!({ name: it });
    let text = || scalars().prop_filter("a text", Json::is_string);
    let leaf = prop_oneof![
        4 => scalars(),
        1 => scalars().prop_map(named("equal")),
        1 => text().prop_map(named("have-prefix")),
        1 => text().prop_map(named("have-suffix")),
        1 => text().prop_map(named("contain-substring")),
        1 => text().prop_map(named("match-regexp")),
        // What no length can be overflows there.
        1 => scalars().prop_filter("a length", |it| it.as_f64().is_none_or(|it| it < 1e18)).prop_map(named("have-len")),
        1 => scalars().prop_map(named("gt")),
        1 => scalars().prop_map(named("le")),
        1 => scalars().prop_map(named("semver-constraint")),
        1 => prop::sample::select(vec![">1.0.0", "<=1.2.3", "1.x || 2.x"]).prop_map(|it| json!({"semver-constraint": it})),
        1 => prop::collection::vec(text(), 0..3).prop_map(|it| json!({"have-patterns": it})),
    ];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let list = || prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from);
        prop_oneof![
            2 => list(),
            2 => inner.clone().prop_filter("goss crashes", |it| it.get("or").is_none()).prop_map(named("not")),
            1 => list().prop_map(named("and")),
            1 => list().prop_map(named("or")),
            1 => inner.clone().prop_map(named("have-key")),
            1 => inner.clone().prop_map(named("contain-element")),
            1 => list().prop_map(named("contain-elements")),
            1 => list().prop_map(named("consist-of")),
        ]
    })
}

/// The same resources every time.
fn made_up() -> Map<String, Json> {
    let mut runner = TestRunner::deterministic();
    let one = (made_up_content(), made_up_matcher(), any::<bool>());
    let mut resources = Map::new();
    for at in 0..MADE_UP {
        let (content, matches, reader) = one.new_tree(&mut runner).unwrap().current();
        let resource = json!({"content": content, "matches": matches, "as-reader": reader});
        resources.insert(format!("{at:05}"), resource);
    }
    resources
}

fn verdict(resource: &Json) -> Verdict {
    let content = Value::from(&resource["content"]);
    let expected = Value::from(&resource["matches"]);
    if resource["as-reader"] == false {
        return Matcher::parse(&expected)
            .map_or_else(Verdict::from, |it| it.check(Found::Value(content)));
    }
    let stream = Stream {
        source: Source::Text,
        reader: Box::new(std::io::Cursor::new(content.to_string())),
    };
    Matcher::parse_stream(&expected)
        .map_or_else(Verdict::from, |it| it.check(Found::Stream(stream)))
}

fn results(resources: &Map<String, Json>) -> Report {
    let mut report = Report::default();
    for (id, resource) in resources {
        let result = TestResult {
            kind: Kind::Matching,
            id: id.clone(),
            property: "matches",
            title: String::new(),
            meta: Vec::new(),
            outcome: Outcome::Skip,
            error: None,
            comparison: Comparison::default(),
            started: jiff::Timestamp::UNIX_EPOCH,
            duration: core::time::Duration::ZERO,
        };
        report.push(vec![result.with_verdict(verdict(resource))]);
    }
    report
}

#[test]
fn matchers_come_to_the_verdict_of_the_real_goss() {
    check(&resources());
}

#[test]
fn made_up_matchers_come_to_the_verdict_of_the_real_goss() {
    check(&made_up());
}

#[track_caller]
fn check(resources: &Map<String, Json>) {
    let Some(goss) = peers::goss() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("goss.json");
    std::fs::write(&file, json!({"matching": resources}).to_string()).unwrap();
    let output = Command::new(goss)
        .arg("--gossfile")
        .arg(&file)
        .args(["validate", "--format", "json", "--format-options", "sort"])
        .output()
        .unwrap();
    let theirs: Json = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        panic!(
            "goss crashes: {}",
            said.lines().take(20).collect::<Vec<_>>().join("\n")
        )
    });
    let theirs = theirs["results"].as_array().unwrap();
    let options = Options {
        sort: true,
        ..Options::default()
    };
    let ours = render(&results(resources), Format::Json, options);
    let ours: Json = serde_json::from_str(&ours).unwrap();
    let ours = ours["results"].as_array().unwrap();
    assert_eq!(
        (ours.len(), theirs.len()),
        (resources.len(), resources.len())
    );
    let mut differences = Vec::new();
    for (ours, theirs) in ours.iter().zip(theirs) {
        let resource = &resources[theirs["resource-id"].as_str().unwrap()];
        let said = theirs["err"].as_str().unwrap_or_default();
        let is_shuffled = has_keys(&resource["content"]);
        let reworded = OTHER_WORDS.iter().any(|it| said.contains(it));
        for key in [
            "resource-id",
            "result",
            "err",
            "matcher-result",
            "summary-line",
            "summary-line-compact",
        ] {
            let same = plain(&ours[key]) == plain(&theirs[key])
                || (reworded && key != "result" && ours["err"].is_string())
                || (is_shuffled && key != "result");
            if !same {
                differences.push(format!(
                    "{resource}\n  {key}\n  ours   {}\n  theirs {}",
                    ours[key], theirs[key]
                ));
                break;
            }
        }
    }
    let count = differences.len();
    differences.truncate(20);
    assert!(
        count == 0,
        "{count} of {} differ:\n{}",
        resources.len(),
        differences.join("\n")
    );
}
