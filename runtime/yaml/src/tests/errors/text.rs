//! Quotes, brackets and first characters.

use super::check_yaml as check;

/// Quotes that are not closed, or too early.
#[test]
fn quotes_are_explained() {
    check(
        "a: 'x\nb: 1\n",
        &[
            "1:4-1:5 this quote is never closed",
            "  help: close it on the same line, or indent the lines that belong to it",
            "  2:1-2:2 the text cannot go on here",
        ],
    );
    check(
        "a: \"x\n  y\nb: 1\nc: 'z'\n",
        &[
            "1:4-1:5 this quote is never closed",
            "  help: close it on the same line, or indent the lines that belong to it",
            "  3:1-3:2 the text cannot go on here",
        ],
    );
    check(
        "a: 'it's'\n",
        &[
            "1:8-1:10 text after the closing quote",
            "  help: write `''` for a quote within single quotes",
        ],
    );
    check(
        "a: \"say \"hi\"\"\n",
        &[
            "1:10-1:14 text after the closing quote",
            r#"  help: write `\"` for a quote within double quotes"#,
        ],
    );
    check(
        "a: 'x'#c\n",
        &[
            "1:7-1:9 text after the closing quote",
            "  help: put a space before the comment",
        ],
    );
    check(
        "{\"a\" 1}\n",
        &[
            "1:6-1:8 expected `,`, `:` or a closing bracket after the quoted text",
            "  help: put the whole text in quotes if this is part of it",
        ],
    );
    check(
        r#"a: "x"#,
        &[
            "1:4-1:5 this quote is never closed",
            "  help: close it on the same line, or indent the lines that belong to it",
        ],
    );
}

/// Escapes that are none.
#[test]
fn escapes_are_explained() {
    check(
        "a: \"\\d+\"\n",
        &[
            r"1:5-1:7 `\d` is no escape",
            "  help: double the backslash, or use single quotes, in which it has no meaning",
        ],
    );
    check(
        "a: \"x\\x4\"\n",
        &[r"1:6-1:9 `\x4` needs 2 hexadecimal digits"],
    );
    check(
        "a: \"\\ud800\"\n",
        &[
            r"1:5-1:11 `\ud800` is no character",
            "  help: write the character itself, or both halves of its surrogate pair",
        ],
    );
    check(
        "a: \"\\uZZZZ\"\n",
        &[r"1:5-1:7 `\u` needs 4 hexadecimal digits"],
    );
}

/// Brackets that are not closed, or closed by another.
#[test]
fn brackets_are_explained() {
    check(
        "a: [1, 2\nb: 3\n",
        &[
            "1:4-1:5 bracket `[` is never closed",
            "  help: add `]`, or put the text in quotes if it is no list or mapping",
            "  2:1-2:2 this is outside of it",
        ],
    );
    check(
        "a: [1, 2\n",
        &[
            "1:4-1:5 bracket `[` is never closed",
            "  help: add `]`, or put the text in quotes if it is no list or mapping",
        ],
    );
    check(
        "a: {b: 1\nc: 2\n",
        &[
            "1:4-1:5 brace `{` is never closed",
            "  help: add `}`, or put the text in quotes if it is no list or mapping",
            "  2:1-2:2 this is outside of it",
        ],
    );
    check(
        "- {a: 1, b: [2], c: x\n- {a: 3}\nd:\n- e: 4\n",
        &[
            "1:3-1:4 brace `{` is never closed",
            "  help: add `}`, or put the text in quotes if it is no list or mapping",
            "  2:1-2:2 this is outside of it",
        ],
    );
    check(
        "a: [1, '}', 2}\n",
        &[
            "1:14-1:15 brace `}` cannot close bracket `[`",
            "  help: write `]`",
            "  1:4-1:5 opened here",
        ],
    );
    check(
        "a: ]\n",
        &[
            "1:4-1:5 bracket `]` closes nothing",
            "  help: remove it, or put the text in quotes",
        ],
    );
    check(
        "a: [1]]\n",
        &[
            "1:7-1:8 bracket `]` closes nothing",
            "  help: remove it, or put the text in quotes",
        ],
    );
    check(
        "{\n  \"a\": 1\n  \"b\": 2\n}\n",
        &[
            "3:3-3:6 expected `,` or `}` before this",
            "  help: end the line above with a comma, or close the brace `{` with `}`",
            "  1:1-1:2 not closed yet",
        ],
    );
    check(
        "a: [1,, 2]\n",
        &[
            "1:7-1:8 a value is missing before this comma",
            "  help: remove one of the commas",
        ],
    );
    check(
        "a: [x: y: z]\n",
        &[
            "1:9-1:10 expected `,` or `]`",
            "  help: put the text in quotes if it holds a colon, a comma or a bracket",
            "  1:4-1:5 in the `[` that begins here",
        ],
    );
    check(
        "a: [\n- b\n]\n",
        &[
            "2:1-2:2 `- ` begins a list item only outside of brackets",
            "  help: separate the items with commas, and put the text in quotes if it is `-`",
        ],
    );
}

/// Text that cannot begin like this without quotes.
#[test]
fn first_characters_are_explained() {
    check(
        "a: @x\n",
        &[
            "1:4-1:6 text cannot begin with `@`",
            "  help: put the text in quotes",
        ],
    );
    check(
        "a: `x`\n",
        &[
            "1:4-1:7 text cannot begin with ```",
            "  help: put the text in quotes",
        ],
    );
    check(
        "a: %x\n",
        &[
            "1:4-1:6 text cannot begin with `%`",
            "  help: put the text in quotes",
        ],
    );
    check(
        "%x: 1\n",
        &[
            "1:1-1:3 a line cannot begin with `%`",
            "  help: put the text in quotes",
        ],
    );
    check(
        "s: */5 * * * *\n",
        &[
            "1:4-1:15 text cannot begin with `*`, which begins an alias",
            "  help: put the text in quotes",
        ],
    );
    check(
        "a: * * * * *\n",
        &[
            "1:4-1:13 text cannot begin with `*`, which begins an alias",
            "  help: put the text in quotes",
        ],
    );
    check(
        "a: &\n",
        &[
            "1:4-1:5 `&` needs a name",
            "  help: put the text in quotes if it is no alias",
        ],
    );
    check(
        "a: !e!x 1\n",
        &[
            "1:4-1:8 `!` begins a tag, and this is none that can be read",
            "  help: put the text in quotes if it is no tag",
        ],
    );
    check(
        "a: >x\n",
        &[
            "1:4-1:6 text on the line of `|` or `>`",
            "  help: begin the text on the next line; put it in quotes if `|` or `>` is part of it",
        ],
    );
    check(
        "a: [|]\n",
        &[
            "1:5-1:7 a text block (`|`) cannot stand within `[…]` or `{…}`",
            "  help: put the text in quotes, or write the list or mapping in lines of its own",
        ],
    );
    check(
        "a: ?\n",
        &[
            "1:4-1:5 `?` begins a key, which cannot stand here",
            "  help: put the text in quotes",
        ],
    );
    check(
        "a: \u{7}\n",
        &[
            "1:4-1:5 the character U+0007 is not allowed",
            "  help: write it as an escape within double quotes",
        ],
    );
    check(
        "a: \u{feff}1\n",
        &[
            "1:4-1:6 a byte order mark within the text",
            "  help: remove it; it can stand at the very beginning only",
        ],
    );
}
