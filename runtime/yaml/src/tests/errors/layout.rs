//! Lines, columns and colons.

use super::check_yaml as check;

/// Tabs do not indent.
#[test]
fn tabs_are_explained() {
    check(
        "a:\n\tb: 1\n",
        &[
            "2:1-2:2 tab character in the indentation",
            "  help: use spaces: YAML does not say how wide a tab is",
        ],
    );
    check(
        "a:\n  b: 1\n\tc: 2\n",
        &[
            "3:1-3:2 tab character in the indentation",
            "  help: use spaces: YAML does not say how wide a tab is",
        ],
    );
    check(
        "a:\n  b:\n  \tc: 1\n",
        &[
            "3:3-3:4 tab character in the indentation",
            "  help: use spaces: YAML does not say how wide a tab is",
        ],
    );
    check(
        "\ta: 1\n",
        &[
            "1:1-1:2 tab character in the indentation",
            "  help: use spaces: YAML does not say how wide a tab is",
        ],
    );
    check(
        "a: |\n\tx\n",
        &[
            "2:1-2:2 tab character in the indentation",
            "  help: use spaces: YAML does not say how wide a tab is",
        ],
    );
    check(
        "a: 1\n\tb: 2\n",
        &[
            "2:1-2:2 tab character in the indentation",
            "  help: use spaces: YAML does not say how wide a tab is",
        ],
    );
}

/// Lines in a column where nothing begins.
#[test]
fn wrong_columns_are_explained() {
    check(
        "transitions:\n - name: absent\n\n watchers:\n  - name: x\n",
        &[
            "4:2-4:10 wrong indentation: `watchers` is where an item of the list above would begin",
            "  help: begin it in column 1, as `transitions` does, or with `- ` if it is an item",
            "  2:2-2:3 the list is here",
        ],
    );
    check(
        "a: 1\n b: 2\n",
        &[
            "2:2-2:3 wrong indentation: `b` is indented by 1 space, like nothing above it",
            "  help: begin it in column 1 (`a` on line 1)",
        ],
    );
    check(
        "a:\n  b: 1\n c: 2\n",
        &[
            "3:2-3:3 wrong indentation: `c` is indented by 1 space, like nothing above it",
            "  help: begin it in column 1 (`a` on line 1) or column 3 (`b` on line 2)",
        ],
    );
    check(
        " a: 1\nb: 2\n",
        &[
            "2:1-2:2 wrong indentation: `b` is not indented, unlike what is above it",
            "  help: begin it in column 2 (`a` on line 1)",
        ],
    );
    check(
        "watchers:\n  - name: a\n     type: b\n",
        &[
            "3:6-3:10 wrong indentation: `type` is indented by 5 spaces, like nothing above it",
            "  help: begin it in column 5 (`name` on line 2)",
        ],
    );
    check(
        "watchers:\n  - name: a\n   type: b\n",
        &[
            "3:4-3:8 wrong indentation: `type` is indented by 3 spaces, like nothing above it",
            "  help: begin it in column 3 (the list item on line 2) or column 5 (`name` on line 2)",
        ],
    );
    check(
        "watchers:\n  - name: a\n  type: b\n",
        &[
            "3:3-3:7 wrong indentation: `type` is where an item of the list above would begin",
            "  help: begin it in column 1, as `watchers` does, or with `- ` if it is an item",
            "  2:3-2:4 the list is here",
        ],
    );
    check(
        "- a\nb: 1\n",
        &[
            "2:1-2:2 wrong indentation: `b` is where an item of the list above would begin",
            "  help: begin it with `- ` if it is an item, or indent the list",
            "  1:1-1:2 the list is here",
        ],
    );
    check(
        "x:\n  - a: 1\n  -a: 2\n",
        &[
            "3:3-3:5 no space after the dash of a list item",
            "  help: write `- a`",
            "  2:3-2:4 the list is here",
        ],
    );
    check(
        "a: 1\n- b\n",
        &[
            "2:1-2:2 wrong indentation: a list item among the keys of a mapping",
            "  help: indent it deeper than `a`, or remove the `- `",
            "  1:1-1:2 the mapping is here",
        ],
    );
    check(
        "a:\n  - 1\n -2\n",
        &[
            "3:2-3:4 wrong indentation: `-2` is indented by 1 space, like nothing above it",
            "  help: begin it in column 1 (`a` on line 1) or column 3 (the list item on line 2)",
        ],
    );
    check(
        "a: |\n    x\n  y\nb: 1\n",
        &[
            "3:3-3:4 wrong indentation: `y` is indented by 2 spaces, like nothing above it",
            "  help: begin it in column 1 (`a` on line 1)",
        ],
    );
}

/// Keys without a colon, or without a space after it.
#[test]
fn missing_colons_are_explained() {
    check(
        "a:b\nc: d\n",
        &["1:2-1:3 no space after the colon", "  help: write `a: …`"],
    );
    check(
        "a: 1\nb:2\nc: 3\n",
        &["2:2-2:3 no space after the colon", "  help: write `b: …`"],
    );
    check(
        "x:\n  b:2\n  c: 3\n",
        &["2:4-2:5 no space after the colon", "  help: write `b: …`"],
    );
    check(
        "- a: 1\n  b:2\n",
        &["2:4-2:5 no space after the colon", "  help: write `b: …`"],
    );
    check(
        "{a:1, 'b':2}\n",
        &["1:3-1:4 no space after the colon", "  help: write `a: 1`"],
    );
    check(
        "name: x\nversion 1\ninitial: y\n",
        &[
            "2:1-2:10 a colon is missing: `version 1` is not `key: value`",
            "  help: write `key: value`; text that goes on from above is indented deeper than its key",
        ],
    );
    check(
        "name x\nversion: 1\n",
        &[
            "1:1-1:7 a colon is missing: `name x` is not `key: value`",
            "  help: write `key: value`; text that goes on from above is indented deeper than its key",
        ],
    );
    check(
        "\"a\":1\n",
        &[
            "1:4-1:5 no space after the colon",
            r#"  help: write `"a": …`"#,
        ],
    );
}

/// Values that go on after their end.
#[test]
fn surplus_colons_and_text_are_explained() {
    check(
        "a: b: c\n",
        &[
            "1:5-1:6 a second `:` in one line",
            "  help: put the value in quotes if the colon is part of it",
            "  1:4-1:8 this is the value",
        ],
    );
    check(
        "a: 'x': y\n",
        &[
            "1:7-1:8 a second `:` in one line",
            "  help: put the value in quotes if the colon is part of it",
            "  1:4-1:10 this is the value",
        ],
    );
    check(
        "--- a: 1\n",
        &[
            "1:6-1:7 a mapping cannot begin on the line of `---`",
            "  help: begin it on the next line",
        ],
    );
    check(
        "a: *x y\n",
        &[
            "1:7-1:8 text after the end of the value",
            "  help: put the whole value in quotes",
        ],
    );
    check(
        "a: x #c\n  y\n",
        &[
            "1:6-1:8 a comment ends the text, but it goes on below",
            "  help: move the comment, or put the whole text in quotes",
        ],
    );
    check(
        "a: - b\n",
        &[
            "1:4-1:5 a list cannot begin on the line of its key",
            "  help: begin it on the next line, or write it as `[…]`; quote the text if it is none",
        ],
    );
}
