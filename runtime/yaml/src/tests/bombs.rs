//! Sources that are made to cost. The limits bound what is built, so these end soon by construction.

use super::*;
use crate::ErrorKind;

fn check(source: &str, format: Format, kind: ErrorKind) {
    let parsed = parse(source, format, &Limits::SPEC);
    let kinds: Vec<_> = parsed.errors.iter().map(|error| error.kind).collect();
    assert_eq!(kinds, [kind], "{}", show_errors(&parsed));
    assert!(parsed.root.is_none());
}

#[test]
fn nesting_is_bounded() {
    for open in ["[", "{a: ", "- ", "? "] {
        check(&open.repeat(100_000), Format::Yaml, ErrorKind::TooDeep);
    }
    for open in ["[", "{\"a\":"] {
        check(&open.repeat(100_000), Format::Json, ErrorKind::TooDeep);
    }
    let steps: String = (0..2_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    check(&steps, Format::Yaml, ErrorKind::TooDeep);
}

#[test]
fn the_last_level_is_allowed() {
    for format in [Format::Yaml, Format::Json] {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(
            parse(nested(64), format, &Limits::SPEC)
                .into_result()
                .is_ok()
        );
        assert!(
            parse(nested(65), format, &Limits::SPEC)
                .into_result()
                .is_err()
        );
        let deep = Limits {
            depth: usize::MAX,
            ..Limits::SPEC
        };
        assert!(parse(nested(256), format, &deep).into_result().is_ok());
        assert!(parse(nested(257), format, &deep).into_result().is_err());
    }
}

#[test]
fn aliases_count_in_full() {
    let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    check(&laughs, Format::Yaml, ErrorKind::TooMany);

    let mut merges = "a0: &a0 {x: 1}\n".to_owned();
    for level in 1..60 {
        merges += &format!("a{level}: &a{level} {{<<: [*a{0}, *a{0}]}}\n", level - 1);
    }
    check(&merges, Format::Yaml, ErrorKind::TooMany);

    let long = format!("a: &a {}\nb: [{}]", "x".repeat(1 << 20), "*a,".repeat(17));
    check(&long, Format::Yaml, ErrorKind::TooMany);

    let mut deep = "a0: &a0 [1]\n".to_owned();
    for level in 1..70 {
        deep += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    check(&deep, Format::Yaml, ErrorKind::TooDeep);
}

#[test]
fn a_million_aliases_and_a_million_numbers_are_too_many() {
    check(
        &format!("a: &a 1\nb: [{}]", "*a,".repeat(1_000_000)),
        Format::Yaml,
        ErrorKind::TooMany,
    );
    check(
        &format!("[{}]", "1,".repeat(1_000_000)),
        Format::Yaml,
        ErrorKind::TooMany,
    );
    check(
        &format!("[{}1]", "1,".repeat(1_000_000)),
        Format::Json,
        ErrorKind::TooMany,
    );
}

#[test]
fn size_is_checked_first() {
    check(
        &"[".repeat((4 << 20) + 1),
        Format::Yaml,
        ErrorKind::TooLarge,
    );
    let limits = Limits {
        input: 10,
        ..Limits::SPEC
    };
    let read = limits.read(std::io::repeat(b'a')).expect("bytes");
    assert_eq!(read.len(), 11);
    let error = parse(read, Format::Yaml, &limits)
        .into_result()
        .expect_err("too large");
    assert_eq!(error[0].kind, ErrorKind::TooLarge);
}

#[test]
fn there_is_an_end_to_errors() {
    let parsed = yaml(&"a: 1\n".repeat(1_000));
    assert_eq!(parsed.errors.len(), 100);
    assert!(parsed.root.is_some());
}

#[test]
fn long_texts_of_every_style_are_followed_in_linear_time() {
    let lines = "  ab cd\n".repeat(20_000);
    for source in [
        format!("a: >\n{lines}"),
        format!("a: |\n{lines}"),
        format!("a:\n{lines}"),
        format!("a: '\n{lines}'").replace("\n'", "\n  '"),
        format!("a: \"{}\"", "\\n".repeat(20_000)),
    ] {
        assert!(tree(&source).get("a").is_some());
    }
}
