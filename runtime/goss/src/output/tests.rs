use core::time::Duration;

use crate::matcher::{Comparison, Found, Matcher};
use crate::{Kind, Outcome, Report, TestResult, Value};

use super::{Format, Options, render};

fn result(id: &str, expected: &Value, found: &str) -> TestResult {
    TestResult {
        kind: Kind::File,
        id: id.to_owned(),
        property: "mode",
        title: String::new(),
        meta: Vec::new(),
        outcome: Outcome::Skip,
        error: None,
        comparison: Comparison::default(),
        started: jiff::Timestamp::UNIX_EPOCH,
        duration: Duration::from_millis(1500),
    }
    .with_verdict(
        Matcher::parse(expected)
            .unwrap()
            .check(Found::Value(found.into())),
    )
}

fn report(results: Vec<TestResult>) -> Report {
    let mut report = Report::default();
    results.into_iter().for_each(|it| report.push(vec![it]));
    report
}

#[track_caller]
fn check(report: &Report, format: Format, options: &str, expect: &str) {
    let mut set = Options::default();
    for name in options.split_terminator(' ') {
        match name {
            "color" => set.color = true,
            name => assert!(set.enable(name)),
        }
    }
    assert_eq!(render(report, format, set), expect);
}

#[test]
fn nothing_to_report_is_no_failure() {
    let nothing = Report::default();
    check(&nothing, Format::Tap, "", "1..0\n");
    check(&nothing, Format::Silent, "", "");
    check(
        &nothing,
        Format::Rspecish,
        "",
        "\n\nTotal Duration: 0.000s\nCount: 0, Failed: 0, Skipped: 0\n",
    );
    check(
        &nothing,
        Format::Json,
        "",
        "{\"results\":null,\"summary\":{\"failed-count\":0,\"skipped-count\":0,\"summary-line\":\"Count: 0, Failed: 0, \
         Skipped: 0, Duration: 0.000s\",\"test-count\":0,\"total-duration\":0}}\n",
    );
    check(
        &nothing,
        Format::Structured,
        "",
        "{\"results\":[],\"summary\":{\"test-count\":0,\"failed-count\":0,\"total-duration\":0},\"summary-line\":\
         \"Count: 0, Failed: 0, Duration: 0.000s\"}\n",
    );
    for format in Format::ALL {
        assert_eq!(format.exit_code(&nothing), 0);
    }
}

#[test]
fn colours_are_around_what_they_mean() {
    let results = report(vec![
        result("a", &"0644".into(), "0644"),
        result("b", &"0600".into(), "0644"),
    ]);
    check(
        &results,
        Format::Tap,
        "color",
        "1..2\n\
         ok 1 - \u{1b}[32mFile: a: mode: matches expectation: \"0644\"\u{1b}[0m\n\
         not ok 2 - \u{1b}[31mFile: b: mode: Expected \"0644\" to equal \"0600\"\u{1b}[0m\n",
    );
    let colored = Options {
        color: true,
        ..Options::default()
    };
    for format in [Format::Json, Format::Junit, Format::Structured] {
        assert!(!render(&results, format, colored).contains('\u{1b}'));
    }
}

#[test]
fn a_run_that_failed_says_so_in_metrics() {
    let mut skipped = result("z \"\\\n", &"x".into(), "x");
    skipped.outcome = Outcome::Skip;
    let results = report(vec![result("a", &"0600".into(), "0644"), skipped]);
    check(
        &results,
        Format::Prometheus,
        "verbose",
        "# HELP goss_tests_outcomes_duration_milliseconds The duration of tests from this run. Note; tests run \
         concurrently.\n\
         # TYPE goss_tests_outcomes_duration_milliseconds counter\n\
         goss_tests_outcomes_duration_milliseconds{outcome=\"fail\",resource_id=\"a\",type=\"file\"} 1500\n\
         goss_tests_outcomes_duration_milliseconds{outcome=\"skip\",resource_id=\"z \\\"\\\\\\n\",type=\"file\"} 1500\n\
         # HELP goss_tests_outcomes_total The number of test-outcomes from this run.\n\
         # TYPE goss_tests_outcomes_total counter\n\
         goss_tests_outcomes_total{outcome=\"fail\",resource_id=\"a\",type=\"file\"} 1\n\
         goss_tests_outcomes_total{outcome=\"skip\",resource_id=\"z \\\"\\\\\\n\",type=\"file\"} 1\n\
         # HELP goss_tests_run_duration_milliseconds The end-to-end duration of this run.\n\
         # TYPE goss_tests_run_duration_milliseconds counter\n\
         goss_tests_run_duration_milliseconds{outcome=\"fail\"} 1500\n\
         # HELP goss_tests_run_outcomes_total The outcomes of this run as a whole.\n\
         # TYPE goss_tests_run_outcomes_total counter\n\
         goss_tests_run_outcomes_total{outcome=\"fail\"} 1\n",
    );
    assert_eq!(Format::Prometheus.exit_code(&results), 1);
    assert_eq!(Format::Nagios.exit_code(&results), 2);
}

#[test]
fn what_xml_has_no_room_for_is_replaced() {
    let results = report(vec![result("<\u{1}&'>", &"x".into(), "x")]);
    let text = render(&results, Format::Junit, Options::default());
    assert!(text.contains("name=\"File &lt;\u{fffd}&amp;&#39;&gt; mode\""));
}

#[test]
fn a_difference_of_many_lines_has_one_line_around_it() {
    let results = report(vec![result(
        "a",
        &"1\n2\n3\n4\n5\n".into(),
        "1\n2\nx\n4\n5\n",
    )]);
    let text = render(&results, Format::Documentation, Options::default());
    assert!(
        text.contains("diff\n    --- test\n    +++ actual\n    @@ -2,3 +2,3 @@\n     2\n    -3\n    +x\n     4\n"),
        "{text}"
    );
}

#[test]
fn unknown_options_are_refused() {
    let mut options = Options::default();
    assert!(!options.enable("perfdat"));
    for name in Options::NAMES {
        assert!(options.enable(name));
    }
}
