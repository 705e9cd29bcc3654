//! JSON.

use super::check_json as check;

/// What JSON does not have.
#[test]
fn json_mistakes_are_explained() {
    check(
        "{\"a\": 1,\n}",
        &["1:8-1:9 trailing comma", "  help: remove it"],
    );
    check("[1,2,\n]", &["1:5-1:6 trailing comma", "  help: remove it"]);
    check("[1,,2]", &["1:4-1:5 a value is missing before this comma"]);
    check(r#"{"a" 1}"#, &["1:6-1:7 expected `:` after the key"]);
    check(
        "{a: 1}",
        &["1:2-1:3 expected a key in double quotes, found `a`"],
    );
    check(
        "{'a': 1}",
        &[
            "1:2-1:5 JSON has no single quotes",
            "  help: use double quotes",
        ],
    );
    check(
        r#"{"a": True}"#,
        &["1:7-1:11 `True` is no JSON value", "  help: write `true`"],
    );
    check(
        r#"{"a": 01}"#,
        &[
            "1:7-1:9 `01` is no JSON number",
            "  help: a number has digits before and after its dot, and no other leading sign than `-`",
        ],
    );
    check(
        r#"{"a": 1e999}"#,
        &["1:7-1:12 a number too large for 64 bits"],
    );
    check(
        "{\"a\": \"x\ny\"}",
        &[
            "1:7-1:8 this string does not end on its line",
            r#"  help: add `"` at its end, or write `\n` for a line break in it"#,
        ],
    );
    check(
        r#"{"a": "x"#,
        &[
            "1:7-1:8 this string is never closed",
            r#"  help: add `"` at its end"#,
        ],
    );
    check(
        r#"{"a": [1, 2"#,
        &["1:7-1:8 bracket `[` is never closed", "  help: add `]`"],
    );
    check(r#"{"a": [1, 2}"#, &["1:12-1:13 expected `,` or `]`"]);
    check(
        "{\"a\": 1\n \"b\": 2}",
        &[
            "2:2-2:3 expected `,` or `}` before this",
            "  help: a comma is missing at the end of what is above",
            "  1:1-1:2 not closed yet",
        ],
    );
    check(
        r#"{"a": 1} x"#,
        &["1:10-1:11 text after the end of the JSON value"],
    );
    check(
        "{\"a\": 1, // c\n\"b\":2}",
        &["1:10-1:12 JSON has no comments", "  help: remove it"],
    );
    check(
        r#"{"a": "\d"}"#,
        &[
            r"1:8-1:10 `\d` is no JSON escape",
            "  help: double the backslash if the text has one",
        ],
    );
    check(
        r#"{"a": "\ud83d"}"#,
        &[
            r"1:8-1:14 `\ud83d` is half a character",
            "  help: write both halves of the surrogate pair, or the character itself",
        ],
    );
    check(
        r#"{"a": "\u12"}"#,
        &[r"1:8-1:12 `\u12` needs 4 hexadecimal digits"],
    );
    check(
        r#"{"a": 1, "a": 2}"#,
        &[
            "1:10-1:13 `a` is already given on line 1",
            "  help: remove one of the two",
            "  1:2-1:5 first given here",
        ],
    );
    check(
        "[NaN]",
        &[
            "1:2-1:5 expected a value",
            "  help: put text in double quotes",
        ],
    );
    check(
        "[\"\t\"]",
        &[
            "1:3-1:4 the character U+0009 is not allowed in a string",
            r"  help: write `\u0009`",
        ],
    );
    check(r#"{"a":}"#, &["1:6-1:7 expected a value"]);
}
