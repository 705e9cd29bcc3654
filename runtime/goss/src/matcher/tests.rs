use std::io::{self, Read};

use proptest::prelude::*;

use super::{Found, Matcher, Source, Step, Stream, Verdict};
use crate::Value;

fn json(text: &str) -> Value {
    (&serde_json::from_str::<serde_json::Value>(text).unwrap()).into()
}

fn check(matcher: &str, found: Found<'_>) -> Verdict {
    match Matcher::parse(&json(matcher)) {
        Ok(matcher) => matcher.check(found),
        Err(error) => error.into(),
    }
}

fn search(patterns: &str, text: impl Read + Send) -> Verdict {
    let matcher = Matcher::parse_stream(&json(patterns)).unwrap();
    matcher.check(Found::Stream(Stream {
        source: Source::File,
        reader: Box::new(text),
    }))
}

#[test]
fn lists_of_the_system_are_numbers_when_they_read_as_one() {
    let found = || Found::Strings(vec!["5".to_owned()]);
    assert!(check(r#"{"gt": 4}"#, found()).passed);
    assert!(check(r#"{"contain-element": 5}"#, found()).passed);
    // Compat: goss: a list of texts is of another type than a list of a file.
    assert!(!check(r#"{"equal": ["5"]}"#, found()).passed);
    assert!(check(r#"{"equal": ["5"]}"#, Found::Value(json(r#"["5"]"#))).passed);
}

#[test]
fn numbers_are_read_as_go_reads_them() {
    for (text, limit) in [
        ("0x1p4", 15.0),
        ("1e3", 999.0),
        (" 17\n", 16.0),
        ("+Inf", 1e300),
        (".5", 0.4),
        ("1_000.5", 1000.0),
        ("0x_1_0p0", 15.0),
    ] {
        let verdict = check(&format!(r#"{{"gt": {limit}}}"#), Found::Value(text.into()));
        assert!(verdict.passed, "{text}: {:?}", verdict.error);
    }
    for text in [
        "", "1__0", "_1", "1_", "1_.5", "0x10", "1e", "1e999", "--1", "+-1", "+nan", "five",
    ] {
        let error = check(r#"{"gt": 0}"#, Found::Value(text.into())).error;
        assert!(
            error.is_some_and(|it| it.contains("strconv.ParseFloat")),
            "{text}"
        );
    }
}

#[test]
fn text_of_a_stream_is_compared_as_a_whole() {
    let matcher = Matcher::parse_stream(&"a\n".into()).unwrap();
    let found = Found::Stream(Stream {
        source: Source::Command,
        reader: Box::new("a\n".as_bytes()),
    });
    let verdict = matcher.check(found);
    assert!(verdict.passed);
    assert_eq!(verdict.comparison.actual, "a\n".into());
}

#[test]
fn a_search_ends_when_every_pattern_has_its_answer() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("nobody may read this"))
        }
    }
    assert!(search(r#"["a", "/^b$/"]"#, b"a\nb\n".chain(Broken)).passed);
    assert_eq!(
        search(r#"["a", "c"]"#, b"a\nb\n".chain(Broken))
            .error
            .unwrap(),
        "nobody may read this"
    );
    assert!(search("[]", Broken).passed);
}

#[test]
fn a_line_of_a_mebibyte_is_too_long() {
    let line = |length: usize, end: &str| io::Cursor::new(format!("{}{end}", "x".repeat(length)));
    let limit = 1 << 20;
    for (length, end) in [(limit - 1, "\n"), (limit - 1, ""), (limit - 2, "\r\n")] {
        assert!(search(r#"["!y"]"#, line(length, end)).passed);
    }
    for (length, end) in [(limit, "\n"), (limit, ""), (limit * 2, "")] {
        let error = search(r#"["!y"]"#, line(length, end)).error.unwrap();
        assert!(
            error.starts_with("bufio.Scanner: token too long"),
            "{error}"
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_searched_too() {
    assert!(search(r#"["ok", "/o.$/"]"#, &b"\xff\xfe ok\n"[..]).passed);
    assert!(search(r#"["/^a.b$/"]"#, &b"a\xffb"[..]).passed);
}

#[test]
fn leading_marks_of_a_plain_pattern_are_left_out() {
    assert!(search(r#"["/etc/hosts"]"#, &b"etc/hosts"[..]).passed);
    assert!(search(r#"["\\!x"]"#, &b"x"[..]).passed);
    assert!(!search(r#"["!!x"]"#, &b"x"[..]).passed);
    assert!(search(r#"[""]"#, &b""[..]).passed);
    assert!(search(r#"["!/x"]"#, &b""[..]).passed);
}

#[test]
fn what_makes_goss_panic_is_an_error() {
    for matcher in [
        r#"{}"#,
        r#"{"not": {}}"#,
        r#"{"have-patterns": ["/"]}"#,
        r#"{"gjson": {"b": {"and": [1]}}}"#,
        r#"{"not": {"or": [{"gt": "x"}]}}"#,
    ] {
        let verdict = check(matcher, Found::Value(r#"{"a":1}"#.into()));
        assert!(verdict.error.is_some(), "{matcher}");
    }
}

#[test]
fn errors_know_where_they_are() {
    let path = |matcher: &str| match Matcher::parse(&json(matcher)) {
        Ok(matcher) => matcher.faults()[0].path.clone(),
        Err(error) => error.path,
    };
    let key = |key: &str| Step::Key(key.to_owned());
    assert_eq!(path("null"), []);
    assert_eq!(
        path(r#"{"and": [1, {"foo": 1}]}"#),
        [key("and"), Step::Index(1), key("foo")]
    );
    assert_eq!(
        path(r#"{"gjson": {"a.b": {"match-regexp": "("}}}"#),
        [key("gjson"), key("a.b"), key("match-regexp")]
    );
    assert_eq!(
        path(r#"{"have-patterns": ["a", "/(/"]}"#),
        [key("have-patterns"), Step::Index(1)]
    );
    assert_eq!(path(r#"{"gt": "5"}"#), [key("gt")]);
    assert_eq!(
        path(r#"{"semver-constraint": "^1"}"#),
        [key("semver-constraint")]
    );
}

#[test]
fn matchers_inside_matchers_have_an_end() {
    let deep = format!("{}1{}", r#"{"not":"#.repeat(100), "}".repeat(100));
    let error = check(&deep, Found::Value(1.into())).error.unwrap();
    assert!(error.contains("nested more than 64 deep"), "{error}");
}

#[test]
fn items_are_shared_out_as_well_as_can_be() {
    let items = || Found::Value(json(r#"["ab", "a", "b"]"#));
    // The first item suits every rule, and may be wanted by the last one alone.
    assert!(
        check(
            r#"{"consist-of": [{"have-prefix": "a"}, {"have-suffix": "b"}, "ab"]}"#,
            items()
        )
        .passed
    );
    let verdict = check(r#"{"consist-of": [{"have-prefix": "a"}, "a"]}"#, items());
    assert_eq!(verdict.comparison.missing, None);
    assert_eq!(verdict.comparison.extra, Some(vec!["b".into()]));
}

#[test]
fn ranges_of_versions() {
    let holds = |range: &str, version: &str| {
        check(
            &format!(r#"{{"semver-constraint": "{range}"}}"#),
            Found::Value(version.into()),
        )
        .passed
    };
    for (range, version) in [
        ("1.2.3", "1.2.3+build"),
        ("=1.2.3", "1.2.3"),
        ("!=1.2.3", "1.2.4"),
        (">1.0.0  <2.0.0", "1.9.9"),
        (">= 1.0.0", "1.0.0"),
        ("<1.0.0 || >=2.0.0", "2.1.0"),
        ("1.x", "1.99.0"),
        ("1.2.x", "1.2.9"),
        ("1.x.x", "1.5.0"),
        (">1.2.x", "1.3.0"),
        ("<=1.2.x", "1.2.5"),
        (">1.0.0", "1.2.3-rc.1"),
        (">1.2.3-rc.1", "1.2.3"),
    ] {
        assert!(holds(range, version), "{range} {version}");
    }
    for (range, version) in [
        ("1.2.3", "1.2.3-rc.1"),
        ("1.x", "2.0.0"),
        (">1.2.x", "1.2.9"),
        ("^1.0.0", "1.0.0"),
        ("~1.0.0", "1.0.0"),
        (">1.2", "1.3.0"),
        ("1.0.0 - 2.0.0", "1.5.0"),
        ("", "1.0.0"),
        ("|| 1.0.0", "1.0.0"),
        ("1.0.0 ||", "1.0.0"),
        ("x", "1.0.0"),
        ("1.0.0", "v1.0.0"),
        ("1.0.0", "01.0.0"),
    ] {
        assert!(!holds(range, version), "{range} {version}");
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<u64>().prop_map(Value::Unsigned),
        any::<f64>().prop_map(Value::Float),
        "[ -~\\n]{0,8}".prop_map(Value::String),
        Just(Value::Timestamp("2001-01-01".to_owned())),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = prop::sample::select(vec![
            "equal",
            "have-prefix",
            "match-regexp",
            "have-len",
            "have-patterns",
            "have-key",
            "contain-element",
            "contain-elements",
            "consist-of",
            "not",
            "and",
            "or",
            "gt",
            "le",
            "semver-constraint",
            "gjson",
            "k",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            (name, inner).prop_map(|(name, it)| Value::Map(vec![(name.to_owned(), it)])),
        ]
    })
}

proptest! {
    #[test]
    fn no_matcher_panics(matcher in values(), found in values()) {
        if let Ok(matcher) = Matcher::parse(&matcher) {
            let verdict = matcher.check(Found::Value(found.clone()));
            prop_assert!(!(verdict.passed && verdict.error.is_some()));
        }
        if let Ok(matcher) = Matcher::parse_stream(&matcher) {
            let _ = matcher.check(Found::Value(found));
        }
    }

    #[test]
    fn not_turns_what_has_no_error(matcher in values(), found in values()) {
        let (Ok(straight), Ok(turned)) = (
            Matcher::parse(&matcher),
            Matcher::parse(&Value::Map(vec![("not".to_owned(), matcher)])),
        ) else {
            return Ok(());
        };
        let straight = straight.check(Found::Value(found.clone()));
        let turned = turned.check(Found::Value(found));
        prop_assert_eq!(straight.error.is_some(), turned.error.is_some());
        prop_assert!(straight.error.is_some() || straight.passed != turned.passed);
    }

    #[test]
    fn patterns_agree_with_a_plain_search(
        patterns in prop::collection::vec("!?[a-c]{1,2}", 0..5),
        text in "[a-d\\n]{0,30}",
    ) {
        let expected = patterns.iter().all(|it| match it.strip_prefix('!') {
            Some(it) => !text.lines().any(|line| line.contains(it)),
            None => text.lines().any(|line| line.contains(it)),
        });
        let matcher = Matcher::parse_stream(&Value::from(patterns)).unwrap();
        let reader = Box::new(text.as_bytes());
        let verdict = matcher.check(Found::Stream(Stream { source: Source::File, reader }));
        prop_assert_eq!(verdict.passed, expected);
    }

    #[test]
    fn an_assignment_is_as_large_as_any(fits in prop::collection::vec(prop::collection::vec(any::<bool>(), 4), 0..5)) {
        let rules = 4;
        let assignment = super::assign::Assignment::find(fits.len(), rules, |item, rule| fits[item][rule]);
        prop_assert_eq!(rules - assignment.missing.len(), best(&fits, 0, &mut [false; 4]));
        prop_assert_eq!(fits.len() - assignment.extra.len(), rules - assignment.missing.len());
    }
}

/// The most items that can have a rule, by trying everything.
fn best(fits: &[Vec<bool>], item: usize, used: &mut [bool; 4]) -> usize {
    let Some(row) = fits.get(item) else {
        return 0;
    };
    let mut most = best(fits, item + 1, used);
    for rule in 0..4 {
        if row[rule] && !used[rule] {
            used[rule] = true;
            most = most.max(1 + best(fits, item + 1, used));
            used[rule] = false;
        }
    }
    most
}
