use super::*;
use crate::{Documents, to_json};

fn check(source: &str, expect: &str) {
    let parsed = yaml(source);
    assert_eq!(show_errors(&parsed), "", "{source}");
    assert_eq!(
        parsed.root.as_ref().map(show).unwrap_or_default(),
        expect,
        "{source}"
    );
}

#[test]
fn scalars_keep_their_text_and_style() {
    check("a: 1.10", "{a: 1.10}");
    check("a: on", "{a: on}");
    check("a: 'it''s'", "{a: 'it's'}");
    check(r#"a: "x\té\ud83d\ude00""#, r#"{a: "x\té😀"}"#);
    check("a: |\n  x\n   y\n\n", r#"{a: |"x\n y\n"}"#);
    check("a: |2-\n    x\n", r#"{a: |"  x"}"#);
    check("a: |+\n  x\n\nb: 1", r#"{a: |"x\n\n", b: 1}"#);
    check("a: >-\n  p\n  q\n\n  r\n", r#"{a: >"p q\nr"}"#);
    check("a: one\n  two\n\n  three", "{a: one two\nthree}");
    check("a: x:y\nb: http://x#y", "{a: x:y, b: http://x#y}");
    check("a: 10 0 * * *", "{a: 10 0 * * *}");
}

#[test]
fn nothing_is_empty_text() {
    check("a:\nb: ~\nc: ''", "{a: , b: ~, c: ''}");
    check("{a, b: }", "{a: , b: }");
    check("---\n", "");
    check("", "");
    check("# only a comment\n", "");
    assert!(tree("---\n").is_null());
    assert!(tree("a: !!null x").get("a").is_some_and(Node::is_null));
}

#[test]
fn blocks_and_brackets_nest() {
    check(
        "a:\n- b\n-  c: 1\n   d: 2\n- - x\n  - y\n",
        "{a: [b, {c: 1, d: 2}, [x, y]]}",
    );
    check("{a: [1, 2,], b: {c: d,},}", "{a: [1, 2], b: {c: d}}");
    check("[a: 1, b]", "[{a: 1}, b]");
    check(
        "{http://x: 1, http://y : , \"a\":1}",
        "{http://x: 1, http://y: , a: 1}",
    );
    check("http://x:\n", "{http://x: }");
    check("? a\n: 1\n? b\n", "{a: 1, b: }");
    check(
        "{\n\t\"a\": [\n\t\t1,\n\t\ttrue\n\t]\n}\n",
        "{a: [1, true]}",
    );
}

#[test]
fn line_ends_headers_and_byte_order_marks_are_no_content() {
    check("a: 1\r\nb: |\r\n  x\r\n  y\r\n", r#"{a: 1, b: |"x\ny\n"}"#);
    check("\u{feff}a: 1", "{a: 1}");
    check("%YAML 1.2\n---\n# c\na: 1 # c\n...\n", "{a: 1}");
    check("--- # c\na: 1", "{a: 1}");
}

#[test]
fn aliases_are_replaced() {
    check(
        "a: &x [1, {b: 2}]\nc: *x\nd: [*x]",
        "{a: [1, {b: 2}], c: *[1, {b: 2}], d: [*[1, {b: 2}]]}",
    );
    check("a: &x 1\nb: &x 2\nc: *x", "{a: 1, b: 2, c: *2}");
    check("&k a: 1\nb: *k", "{a: 1, b: *a}");
    check("a: &x 1\n*x : 2", "{a: 1, 1: 2}");
}

/// Compat: go-choria go.mod (goccy/go-yaml 1.19.2): what `<<` brings is replaced by keys after it, and of two merged
/// mappings the later wins.
#[test]
fn merge_keys_are_merged() {
    check(
        "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  z: 3",
        "{a: {x: 1, y: 2}, b: {<<x: 1, <<y: 2, z: 3}}",
    );
    check("a: &a {x: 1}\nb: {<<: *a, x: 2}", "{a: {x: 1}, b: {!x: 2}}");
    check(
        "[&a {x: 1}, &b {x: 2, y: 2}, {<<: [*a, *b]}]",
        "[{x: 1}, {x: 2, y: 2}, {<<x: 2, <<y: 2}]",
    );
    check(
        "[&a {x: 1}, &b {<<: *a, y: 2}, {<<: *b}]",
        "[{x: 1}, {<<x: 1, y: 2}, {<<x: 1, <<y: 2}]",
    );
    check("{<<: {x: 1}}", "{<<x: 1}");
    check("{'<<': {x: 1}}", "{<<: {x: 1}}");
}

#[test]
fn tags_decide_what_a_scalar_means() {
    use crate::Resolved::{Int, Null, Str};
    let root = tree("[!!str 5, !!int '5', !!null x, !mine 5, ! 5, 5]");
    let expect = [Str("5"), Int(5), Null, Str("5"), Str("5"), Int(5)];
    for (node, expect) in root.items().iter().zip(expect) {
        assert_eq!(node.as_scalar().map(crate::Scalar::resolve), Some(expect));
    }
}

#[test]
fn the_loader_reads_the_first_document_only() {
    for source in ["a: 1\n---\nb: [", "a: 1\n...\nb: 2", "---\na: 1\n--- x"] {
        let parsed = parse(source, Format::Yaml, &Limits::LOADED);
        assert_eq!(show_errors(&parsed), "", "{source}");
        assert_eq!(parsed.root.as_ref().map(show).as_deref(), Some("{a: 1}"));
    }
    assert_eq!(Limits::LOADED.documents, Documents::First);
}

#[test]
fn json_reads_into_the_same_tree() {
    let parsed =
        json("\u{feff} {\"a\": [1, -0.5e+3, true, null, \"x\\n\\ud83d\\ude00\"], \"\": {}}\r\n");
    assert_eq!(show_errors(&parsed), "");
    let root = parsed.root.expect("a tree");
    assert_eq!(
        show(&root),
        r#"{a: [1, -0.5e+3, true, null, "x\n😀"], : {}}"#
    );
    let expect = serde_json::json!({"a": [1, -500.0, true, null, "x\n😀"], "": {}});
    assert_eq!(to_json(&root), expect);
}

#[test]
fn facts_become_json() {
    let root = tree("a: 012\nb: 1.10\nc: '1'\n1.0: ~\n'1': [.inf]\nd: 18446744073709551615");
    let expect = serde_json::json!({
        "a": 10, "b": 1.1, "c": "1", "1": [null], "d": u64::MAX
    });
    assert_eq!(to_json(&root), expect);
}

#[test]
fn nodes_answer_questions() {
    let root = tree("a: 1\nb: [x]\nc: {}");
    assert_eq!(root.get("a").and_then(Node::text), Some("1"));
    assert_eq!(
        root.entry("b").map(|entry| entry.key.text.as_str()),
        Some("b")
    );
    assert_eq!(root.get("b").map(|node| node.items().len()), Some(1));
    assert!(root.get("z").is_none() && root.items().is_empty());
    let kinds: Vec<_> = root
        .entries()
        .iter()
        .map(|entry| entry.value.kind().to_string())
        .collect();
    assert_eq!(kinds, ["a whole number", "a list", "a mapping"]);
}

#[test]
fn the_name_of_a_file_tells_its_format() {
    assert_eq!(Format::of_file("x/machine.JSON"), Format::Json);
    assert_eq!(Format::of_file("json"), Format::Yaml);
    assert_eq!(Format::of_file("x.json/machine.yaml"), Format::Yaml);
}
