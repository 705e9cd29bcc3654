//! What is refused when a template is parsed, and where the error points.

use super::{Dialect, check_error, check_error_with};

#[test]
fn unknown_functions_are_named() {
    check_error(
        "a {{ lookupp \"x\" }}",
        "lookupp",
        "unknown function `lookupp`",
        "did you mean `lookup`?",
    );
    check_error(
        "{{ StringJoin 1 }}",
        "StringJoin",
        "unknown function `StringJoin`",
        "did you mean `StringsJoin`?",
    );
    check_error(
        "{{ 1 | toUpper }}",
        "toUpper",
        "unknown function `toUpper`",
        "did you mean `ToUpper`?",
    );
    check_error(
        "{{ print (nonsense) }}",
        "nonsense",
        "unknown function `nonsense`",
        "write a text in quotes",
    );
    check_error(
        "{{ call 1 }}",
        "call",
        "unknown function `call`",
        "there are no functions among the values",
    );
}

#[test]
fn dialects_have_their_own_functions() {
    let machine = "`o` is for the plugins of checks; write `lookup \"facts.…\" \"default\"`";
    check_error("{{ o \"a\" 1 }}", "o", "unknown function `o`", machine);
    let overrides = "the plugins of checks have overrides: write `o \"path\" \"default\"`";
    check_error_with(
        "{{ lookup \"a\" 1 }}",
        Dialect::Overrides,
        "lookup",
        "unknown function `lookup`",
        overrides,
    );
    check_error_with(
        "{{ ToUpper 1 }}",
        Dialect::Overrides,
        "ToUpper",
        "unknown function `ToUpper`",
        "write a text in quotes",
    );
}

#[test]
fn numbers_of_arguments_are_checked() {
    let help = "write `lookup \"facts.path\" \"default\"`";
    check_error(
        "{{ lookup \"data.x\" }}",
        "lookup \"data.x\"",
        "`lookup` takes 2 arguments, found 1",
        help,
    );
    check_error(
        "{{ lookup }}",
        "lookup",
        "`lookup` takes 2 arguments, found 0",
        help,
    );
    check_error(
        "{{ 1 | lookup 2 3 }}",
        "lookup 2 3",
        "`lookup` takes 2 arguments, found 3",
        help,
    );
    check_error(
        "{{ Capitalize 1 2 }}",
        "Capitalize 1 2",
        "`Capitalize` takes 1 argument, found 2",
        "",
    );
    check_error("{{ not }}", "not", "`not` takes 1 argument, found 0", "");
    check_error(
        "{{ eq 1 }}",
        "eq 1",
        "`eq` takes at least 2 arguments, found 1",
        "",
    );
    check_error(
        "{{ printf }}",
        "printf",
        "`printf` takes at least 1 argument, found 0",
        "",
    );
    check_error(
        "{{ slice }}",
        "slice",
        "`slice` takes 1 to 4 arguments, found 0",
        "",
    );
    check_error(
        "{{ print not }}",
        "not",
        "`not` takes 1 argument, found 0",
        "",
    );
}

#[test]
fn a_path_has_to_be_text() {
    check_error(
        "{{ lookup 5 1 }}",
        "5",
        "a path is a text",
        "write it in quotes, as in \"facts.os.family\"",
    );
}

#[test]
fn definitions_are_refused() {
    let help = "write the text where it is wanted";
    check_error(
        "{{ define \"x\" }}{{ end }}",
        "define",
        "`define` is not supported",
        help,
    );
    check_error(
        "{{ template \"x\" }}",
        "template",
        "`template` is not supported",
        help,
    );
    check_error(
        "{{ block \"x\" . }}{{ end }}",
        "block",
        "`block` is not supported",
        help,
    );
}

#[test]
fn blocks_are_matched() {
    let end = "add `{{ end }}`";
    check_error(
        "a {{ if 1 }} b",
        "{{ if 1 }}",
        "this `if` is not closed",
        end,
    );
    check_error(
        "{{ range 1 }}{{ else }}",
        "{{ range 1 }}",
        "this `range` is not closed",
        end,
    );
    check_error(
        "{{ with 1 }}{{ else with 2 }}",
        "{{ else with 2 }}",
        "this `with` is not closed",
        end,
    );
    let before = |keyword: &str| format!("`{keyword}` without `if`, `with` or `range` before it");
    check_error("a {{ end }}", "{{ end }}", &before("end"), "");
    check_error("{{ else }}", "{{ else }}", &before("else"), "");
    let twice = "write `else if` for another condition";
    check_error(
        "{{ if 1 }}{{ else }}{{ else }}{{ end }}",
        "{{ else }}",
        "there has been an `else` before",
        twice,
    );
    check_error(
        "{{ if 1 }}{{ else with 1 }}{{ end }}",
        "with",
        "unexpected `with`",
        "",
    );
    check_error("{{ if 1 }}{{ end 1 }}", "1", "unexpected `1`", "");
    check_error("{{ break }}", "break", "`break` outside of `range`", "");
}

#[test]
fn values_are_expected() {
    check_error(
        "{{}}",
        "{{}}",
        "an action without a value",
        "write a value between the braces, or remove them",
    );
    check_error("{{ if }}{{ end }}", "}}", "expected a value", "");
    check_error("{{ 1 | }}", "}}", "expected a value", "");
    check_error("{{ () }}", ")", "expected a value", "");
    check_error("{{ nil }}", "nil", "`nil` cannot stand alone", "");
    check_error("{{ $x := }}", "}}", "expected a value", "");
}

#[test]
fn only_functions_take_arguments() {
    check_error(
        "{{ \"a\" \"b\" }}",
        "\"a\"",
        "`\"a\"` is not a function",
        "only a function can be followed by `\"b\"`",
    );
    check_error(
        "{{ 1 | 2 }}",
        "2",
        "`2` is not a function",
        "a pipe leads into a function",
    );
    check_error(
        "{{ 1 | (print) }}",
        "(print)",
        "`(print)` is not a function",
        "a pipe leads into a function",
    );
    check_error(
        "{{ .a 1 }}",
        ".a",
        "`.a` is not a function",
        "only a function can be followed by `1`",
    );
}

#[test]
fn variables_are_known_before_they_are_read() {
    check_error(
        "{{ $name }}",
        "$name",
        "unknown variable `$name`",
        "declare it before with `$name := value`",
    );
    check_error(
        "{{ $count := 1 }}{{ $cuont }}",
        "$cuont",
        "unknown variable `$cuont`",
        "did you mean `$count`?",
    );
    check_error(
        "{{ $x = 1 }}",
        "$x",
        "unknown variable `$x`",
        "declare it before with `$x := value`",
    );
    check_error(
        "{{ if 1 }}{{ $x := 1 }}{{ else }}{{ $x }}{{ end }}",
        "$x",
        "unknown variable `$x`",
        "declare it before with `$x := value`",
    );
    check_error(
        "{{ range $a, $b, $c := 1 }}{{ end }}",
        ",",
        "unexpected `,`",
        "",
    );
    check_error(
        "{{ $i := 0 }}{{ range $i = 3 }}{{ end }}",
        "$i =",
        "`range` cannot change variables that are there before",
        "write `:=` for variables of its own",
    );
    check_error(
        "{{ $ := 1 }}",
        "$",
        "expected a variable such as `$name`",
        "",
    );
}

#[test]
fn stray_characters_have_an_explanation() {
    check_error("{{ 1 == 1 }}", "==", "unexpected `==`", "write `eq A B`");
    check_error(
        "{{ if $x && 1 }}",
        "&&",
        "unexpected `&&`",
        "write `and A B`",
    );
    check_error("{{ 1 || 2 }}", "||", "unexpected `||`", "write `or A B`");
    check_error("{{ 1 < 2 }}", "<", "unexpected `<`", "write `lt A B`");
    check_error("{{ !1 }}", "!", "unexpected `!`", "write `not A`");
    check_error(
        "{{ 1 + 2 }}",
        "+",
        "`+` is not a number",
        "templates do not calculate",
    );
    check_error("{{ 1 }", "}", "unexpected `}`", "an action ends with `}}`");
    check_error(
        "{{ a {{ b }}",
        "{{",
        "this action is not closed",
        "end it with `}}`, or write `{{\"{{\"}}` for braces",
    );
    check_error(
        "{{ 1 } {{ 2 }}",
        "}",
        "unexpected `}`",
        "an action ends with `}}`",
    );
    check_error("{{ ; }}", ";", "unexpected `;`", "");
    check_error("{{ 1) }}", ")", "unexpected `)`", "");
    check_error(
        "{{ print(1) }}",
        "(",
        "unexpected `(`",
        "separate values with a space",
    );
    check_error(
        "{{ lookup.x 1 }}",
        ".x",
        "`lookup` has no field `.x`",
        "write the call in parentheses, as in `(f x).name`",
    );
}

#[test]
fn what_is_not_closed_is_located() {
    let action = "end it with `}}`, or write `{{\"{{\"}}` for braces";
    check_error("a {{ 1 ", "{{", "this action is not closed", action);
    check_error("a {{", "{{", "this action is not closed", action);
    check_error(
        "{{ \"a }}",
        "\"a }}",
        "this quoted text is not closed",
        "add a closing \"",
    );
    check_error(
        "{{ `a }}",
        "`a }}",
        "this quoted text is not closed",
        "add a closing `",
    );
    check_error("{{ (1 }}", "(", "this parenthesis is not closed", "add `)`");
    check_error(
        "{{/* a }}",
        "{{/* a }}",
        "this comment is not closed",
        "end it with `*/}}`",
    );
    check_error(
        "{{/* a */ 1}}",
        "{{/* a */",
        "a comment has to fill its action",
        "write `}}` right behind `*/`",
    );
    check_error(
        "{{ /* a */ }}",
        "/*",
        "unexpected `/*`",
        "write `/*` right behind `{{`",
    );
}

#[test]
fn malformed_constants_are_located() {
    for number in [
        "1x",
        "0x",
        "08",
        "1__0",
        "1_",
        "1.2.3",
        "1e",
        "9223372036854775808",
        "1e999",
        "1i",
    ] {
        check_error(
            &format!("{{{{ {number} }}}}"),
            number,
            &format!("`{number}` is not a number"),
            "",
        );
    }
    check_error(
        r#"{{ "a\qb" }}"#,
        r"\q",
        "unknown escape",
        r"write `\\` for a backslash",
    );
    check_error(
        r#"{{ "\u12" }}"#,
        r"\u",
        "unknown escape",
        r"write `\\` for a backslash",
    );
    check_error(
        r#"{{ "\xff" }}"#,
        r#""\xff""#,
        "the bytes of this text are not UTF-8",
        "",
    );
    check_error(
        "{{ 'ab' }}",
        "'ab'",
        "single quotes hold one character",
        "write double quotes for a text",
    );
}
