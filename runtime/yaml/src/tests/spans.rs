use super::*;
use crate::Span;

/// The places of all keys and values, in order: `line:column-line:column text of the source`.
fn places(source: &str, node: &Node, into: &mut Vec<String>) {
    into.push(show_span(source, node.span));
    for item in node.items() {
        places(source, item, into);
    }
    for entry in node.entries() {
        into.push(show_span(source, entry.key.span));
        places(source, &entry.value, into);
    }
}

fn show_span(source: &str, span: Span) -> String {
    format!(
        "{}-{} {}",
        span.start,
        span.end,
        span.slice(source).expect("a span of the source")
    )
}

fn check(source: &str, expect: &[&str]) {
    let mut found = Vec::new();
    places(source, &tree(source), &mut found);
    assert_eq!(found, expect, "{source}");
}

#[test]
fn keys_and_values_have_their_places() {
    check(
        "a: 1\nbé: 'x' # c\n",
        &[
            "1:1-2:8 a: 1\nbé: 'x'",
            "1:1-1:2 a",
            "1:4-1:5 1",
            "2:1-2:3 bé",
            "2:5-2:8 'x'",
        ],
    );
    check(
        "a:\n  - x\n  - {y: [1, 2], \"z\": }\n",
        &[
            "1:1-3:23 a:\n  - x\n  - {y: [1, 2], \"z\": }",
            "1:1-1:2 a",
            "2:3-3:23 - x\n  - {y: [1, 2], \"z\": }",
            "2:5-2:6 x",
            "3:5-3:23 {y: [1, 2], \"z\": }",
            "3:6-3:7 y",
            "3:9-3:15 [1, 2]",
            "3:10-3:11 1",
            "3:13-3:14 2",
            "3:17-3:20 \"z\"",
            "3:21-3:21 ",
        ],
    );
    check(
        "a:\n- |\n  x\n  y\n\n- b:\n",
        &[
            "1:1-6:5 a:\n- |\n  x\n  y\n\n- b:",
            "1:1-1:2 a",
            "2:1-6:5 - |\n  x\n  y\n\n- b:",
            "3:3-4:4 x\n  y",
            "6:3-6:5 b:",
            "6:3-6:4 b",
            "6:5-6:5 ",
        ],
    );
}

#[test]
fn aliases_have_the_place_of_their_use_and_of_their_definition() {
    let source = "a: &x [1]\nb: *x\n";
    let root = tree(source);
    let alias = root.get("b").expect("b");
    assert_eq!(show_span(source, alias.span), "2:4-2:6 *x");
    assert_eq!(
        alias
            .alias_of
            .map(|span| show_span(source, span))
            .as_deref(),
        Some("1:7-1:10 [1]")
    );
    assert_eq!(show_span(source, alias.items()[0].span), "1:8-1:9 1");
}

#[test]
fn carriage_returns_and_byte_order_marks_are_counted() {
    let source = "\u{feff}a: 1\r\nb: é\r\nc: x\r\n";
    let root = tree(source);
    let c = root.entry("c").expect("c");
    assert_eq!(show_span(source, c.key.span), "3:1-3:2 c");
    assert_eq!(show_span(source, c.value.span), "3:4-3:5 x");
    assert_eq!(show_span(source, root.entries()[0].key.span), "1:1-1:2 a");
}

/// Where `part` of the value of `a` is said to be.
fn located(source: &str, part: &str) -> String {
    let root = tree(source);
    let node = root.get("a").expect("a");
    let text = node.text().expect("a scalar");
    let start = text
        .find(part)
        .unwrap_or_else(|| panic!("no {part:?} in {text:?}"));
    show_span(source, node.locate(start..start + part.len()))
}

#[test]
fn parts_of_plain_and_quoted_text_are_found() {
    assert_eq!(located("a: one tẃo three", "three"), "1:12-1:17 three");
    assert_eq!(located("a: 'one two'", "two"), "1:9-1:12 two");
    assert_eq!(located("a: 'it''s two'", "two"), "1:11-1:14 two");
    assert_eq!(located("a: 'it''s two'", "'"), "1:7-1:9 ''");
    assert_eq!(located(r#"a: "x\t{{ y }} \u00e9z""#, "y"), "1:11-1:12 y");
    assert_eq!(
        located(r#"a: "x\t{{ y }} \u00e9z""#, "éz"),
        r"1:16-1:23 \u00e9z"
    );
    assert_eq!(
        located(r#"a: "\ud83d\ude00 x""#, "😀"),
        r"1:5-1:17 \ud83d\ude00"
    );
    assert_eq!(located(r#"a: "\N\_x""#, "x"), "1:9-1:10 x");
}

#[test]
fn parts_of_joined_lines_are_found() {
    assert_eq!(located("a: one\n  two\n\n  three", "two"), "2:3-2:6 two");
    assert_eq!(
        located("a: one\n  two\n\n  three", "three"),
        "4:3-4:8 three"
    );
    assert_eq!(located("a: one\n  two", "e t"), "1:6-2:4 e\n  t");
    assert_eq!(
        located("a: \"one\\\n   two\"", "etwo"),
        "1:7-2:7 e\\\n   two"
    );
    assert_eq!(located("a: 'one\n\n  two'", "two"), "3:3-3:6 two");
}

#[test]
fn parts_of_blocks_are_found() {
    assert_eq!(located("a: |\n  one\n   two\n", "two"), "3:4-3:7 two");
    assert_eq!(located("a: |\n\n  one\n\n\n  two\n", "two"), "6:3-6:6 two");
    assert_eq!(located("a: |2-  # c\n    é two\n", "two"), "2:7-2:10 two");
    assert_eq!(located("a: |\r\n  one\r\n  two\r\n", "two"), "3:3-3:6 two");
    assert_eq!(
        located("a: >\n  one\n  two\n\n  three\n", "two"),
        "3:3-3:6 two"
    );
    assert_eq!(
        located("a: >\n  one\n  two\n\n  three\n", "three"),
        "5:3-5:8 three"
    );
    assert_eq!(
        located(
            "a: >\n  one\n    two\n  three\n\n    four\n\n  five\n",
            "two"
        ),
        "3:5-3:8 two"
    );
    assert_eq!(
        located(
            "a: >\n  one\n    two\n  three\n\n    four\n\n  five\n",
            "five"
        ),
        "8:3-8:7 five"
    );
}

#[test]
fn ranges_that_are_none_give_the_whole_scalar() {
    let source = "a: é\n";
    let root = tree(source);
    let node = root.get("a").expect("a");
    assert_eq!(show_span(source, node.locate(1..2)), "1:4-1:5 é");
    assert_eq!(show_span(source, node.locate(5..9)), "1:4-1:5 é");
    assert_eq!(show_span(source, node.locate(2..2)), "1:5-1:5 ");
    assert_eq!(show_span(source, root.locate(0..1)), "1:1-1:5 a: é");
}

#[test]
fn a_part_of_an_alias_is_where_it_is_defined() {
    let source = "x: &x one two\na: *x\n";
    let node = tree(source);
    let node = node.get("a").expect("a");
    assert_eq!(show_span(source, node.locate(4..7)), "1:11-1:14 two");
}
