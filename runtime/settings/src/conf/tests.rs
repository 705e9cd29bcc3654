#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// What go-choria's reader makes of a trimmed line: the leftmost, shortest `(.+?)\s*=\s*(.+)`, tried in all ways.
fn reference(line: &str) -> Option<(String, String)> {
    let chars: Vec<char> = line.chars().collect();
    let blank = |it: &char| matches!(it, ' ' | '\t' | '\u{c}' | '\r');
    (1..chars.len()).find_map(|key| {
        let mut at = key;
        while chars.get(at).is_some_and(blank) {
            at += 1;
        }
        if chars.get(at) != Some(&'=') {
            return None;
        }
        let mut value = at + 1;
        while chars.get(value).is_some_and(blank) {
            value += 1;
        }
        (value < chars.len()).then(|| {
            (
                chars[..key].iter().collect(),
                chars[value..].iter().collect(),
            )
        })
    })
}

fn read(text: &str) -> (Vec<(String, String)>, usize) {
    let (lines, findings) = lines(&"a.conf".into(), text);
    let pairs = lines
        .iter()
        .map(|it| (it.key.to_owned(), it.value.to_owned()));
    (pairs.collect(), findings.len())
}

#[track_caller]
fn check(text: &str, expect: &[(&str, &str)], findings: usize) {
    let expect = expect
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    assert_eq!(read(text), (expect, findings), "{text:?}");
}

#[test]
fn lines_are_keys_and_values() {
    check("a = b\n", &[("a", "b")], 0);
    check("  a=b  ", &[("a", "b")], 0);
    check("# a = b\n\n  #c = d\n", &[], 0);
    check("a = b\r\nc = d\r\n", &[("a", "b"), ("c", "d")], 0);
    check("\u{feff}a = b", &[("a", "b")], 0);
    check("a = b # no comment", &[("a", "b # no comment")], 0);
    check("a = \"b\"", &[("a", "\"b\"")], 0);
    check("a = b = c == d", &[("a", "b = c == d")], 0);
    check("a == b", &[("a", "= b")], 0);
    check("== b", &[("=", "b")], 0);
    check("two words = b", &[("two words", "b")], 0);
}

#[test]
fn what_sets_nothing_is_said() {
    check("a =\n", &[], 1);
    check("a\n", &[], 1);
    check("= b\n", &[], 1);
    check("[main]\na = b", &[("a", "b")], 1);
}

#[test]
fn what_may_be_a_secret_is_not_repeated() {
    let (_, findings) = lines(&"a.conf".into(), "plugin.nats.pass hunter2\n");
    assert!(!findings[0].message.contains("hunter2"), "{findings:?}");
}

#[test]
fn places_count_characters() {
    let text = "# ä\n  schlüssel = wört \n";
    let (lines, _) = lines(&"a.conf".into(), text);
    let line = lines[0];
    assert_eq!(line.key_span.to_string(), "2:3");
    assert_eq!(line.key_span.slice(text), Some("schlüssel"));
    assert_eq!(line.value_span.to_string(), "2:15");
    assert_eq!(line.value_span.slice(text), Some("wört"));
}

proptest! {
    #[test]
    fn lines_are_read_as_go_choria_reads_them(line in "[a= \t#.é]{0,12}") {
        let trimmed = line.trim();
        let expect = match trimmed.is_empty() || trimmed.starts_with('#') {
            true => None,
            false => reference(trimmed),
        };
        prop_assert_eq!(read(&line).0, Vec::from_iter(expect));
    }

    #[test]
    fn spans_are_the_texts(text in "([a= #\\r\\n\u{feff}é]{0,8}\n){0,4}") {
        let (lines, findings) = lines(&"a.conf".into(), &text);
        for line in lines {
            prop_assert_eq!(line.key_span.slice(&text), Some(line.key));
            prop_assert_eq!(line.value_span.slice(&text), Some(line.value));
        }
        for finding in findings {
            prop_assert!(finding.span.slice(&text).is_some_and(|it| !it.is_empty()));
        }
    }
}
