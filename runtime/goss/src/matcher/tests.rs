use super::{Found, Matcher, Source, Stream};
use crate::Value;

fn json(text: &str) -> Value {
    (&serde_json::from_str::<serde_json::Value>(text).unwrap()).into()
}

#[test]
fn a_value_equals_itself() {
    let verdict = Matcher::parse(&"x".into())
        .unwrap()
        .check(Found::Value("x".into()));
    assert!(verdict.passed);
    let verdict = Matcher::parse(&json(r#"{"have-len": 2}"#))
        .unwrap()
        .check(Found::Value("x".into()));
    assert!(!verdict.passed);
}

#[test]
fn patterns_are_searched_in_a_stream() {
    let matcher = Matcher::parse_stream(&json(r#"["b", "!zz", "/^d/"]"#)).unwrap();
    let stream = Stream {
        source: Source::File,
        reader: Box::new("abc\ndef".as_bytes()),
    };
    assert!(matcher.check(Found::Stream(stream)).passed);
}
