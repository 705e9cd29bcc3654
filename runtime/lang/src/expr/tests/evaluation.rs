//! Literals, operators, members and control.

use super::check;

#[test]
fn literals() {
    check(&[
        ("1", "1"),
        ("1_000", "1000"),
        ("0x1F", "31"),
        ("0b101", "5"),
        ("0o17", "15"),
        ("1.5", "1.5"),
        (".5", "0.5"),
        ("1e3", "1000.0"),
        ("1.", "1.0"),
        ("'a'", r#""a""#),
        (r#""a\n\t\"b\u00e9\x41\101""#, r#""a\n\t\"béAA""#),
        (r#"'it\'s'"#, r#""it's""#),
        (r#""\u{1F600}""#, r#""😀""#),
        (r#"`raw \n x`"#, r#""raw \\n x""#),
        ("`a``b`", r#""a`b""#),
        ("true", "true"),
        ("nil", "null"),
        ("[1, 2, 3,]", "[1,2,3]"),
        ("[]", "[]"),
        (
            r#"{a: 1, "b": 2, 3: 4, ("c" + "d"): 5,}"#,
            r#"{"3":4,"a":1,"b":2,"cd":5}"#,
        ),
        ("{a: 1, a: 2}", r#"{"a":1}"#),
        ("{}", "{}"),
        ("10 // comment", "10"),
        ("10 /* c */ + 1", "11"),
        ("9223372036854775807", "9223372036854775807"),
    ]);
}

#[test]
fn what_is_no_literal() {
    check(&[
        ("0x", "refused: this is not a number"),
        ("1a", "refused: this is not a number"),
        ("0b12", "refused: this is not a number"),
        ("1e", "refused: this is not a number"),
        ("1e400", "refused: this number is too large"),
        (
            "9223372036854775808",
            "refused: this integer does not fit into 64 bits",
        ),
        (r#""abc"#, "refused: this quoted text is not closed"),
        (r#""\q""#, "refused: this escape sequence is not known"),
        ("/* c", "refused: this comment is not closed"),
        ("@", "refused: unexpected character `@`"),
        ("1 & 2", "refused: unexpected character `&`"),
    ]);
}

#[test]
fn arithmetic() {
    check(&[
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("2 ** 3 ** 2", "512.0"),
        ("-2 ** 2", "-4.0"),
        ("(-1) ** 2", "1.0"),
        ("7 / 2", "3.5"),
        ("6 / 2", "3.0"),
        ("7 % 3", "1"),
        ("-7 % 3", "-1"),
        ("1 + 1.5", "2.5"),
        (r#""a" + "b""#, r#""ab""#),
        ("1 - -1", "2"),
        ("1--1", "2"),
        ("1+-1", "0"),
        ("9223372036854775807 + 1", "-9223372036854775808"),
        ("data.n % 2", "1"),
        (
            "data.f % 2",
            "error: `%` cannot be used with a float and an int",
        ),
        (
            "7 % (data.n - 5)",
            "error: the remainder of a division by zero",
        ),
        ("2 * data.f", "3.0"),
        ("-data.n", "-5"),
        ("-data.s", "error: `-` cannot be used with a string"),
        ("+data.s", r#""hello""#),
        (
            "data.n - data.s",
            "error: `-` cannot be used with an int and a string",
        ),
        (
            "data.nope + 1",
            "error: `+` cannot be used with nil and an int",
        ),
        ("1 / 0", "error: the result is not a finite number"),
        ("0 / 0 == 0 / 0", "false"),
    ]);
}

#[test]
fn equality_compares_numbers_by_value_and_nothing_else_across_types() {
    // Upstream compares the numbers inside maps by type as well; all its JSON numbers are floats.
    check(&[
        ("1 == 1.0", "true"),
        ("data.n == 5.0", "true"),
        (r#"data.n == "5""#, "false"),
        ("data.s == 5", "false"),
        ("nil == nil", "true"),
        ("data.nope == nil", "true"),
        ("data.nul == nil", "true"),
        ("data.n != nil", "true"),
        ("[1, 2] == [1.0, 2]", "true"),
        ("1..3 == [1, 2, 3]", "true"),
        ("{a: 1} == {a: 1.0}", "true"),
        (r#"data.m == {a: 1, b: {c: "deep"}}"#, "true"),
        ("data == data", "true"),
        ("data.mixed == data.list", "false"),
        (
            r#"1 == "1""#,
            "refused: an int and a string are never equal",
        ),
    ]);
}

#[test]
fn order_is_for_numbers_and_for_texts() {
    check(&[
        ("1 < 2", "true"),
        (r#""a" < "b""#, "true"),
        ("1 < 1.5", "true"),
        ("2 >= 2", "true"),
        (
            "data.nope < 1",
            "error: `<` cannot be used with nil and an int",
        ),
        (
            "data.nope > 1",
            "error: `>` cannot be used with nil and an int",
        ),
        (
            r#"data.n < "a""#,
            "error: `<` cannot be used with an int and a string",
        ),
        ("1 < 2 < 3", "true"),
        ("1 < 2 > 3", "false"),
        ("3 > 2 >= 2 < 5", "true"),
        ("1 < data.n <= 5", "true"),
        ("(let a = 9; a) < 10 < (let b = 20; b)", "true"),
        ("true < data.t", "refused: `<` cannot be used with a bool"),
    ]);
}

#[test]
fn logic_stops_early_and_takes_booleans_only() {
    check(&[
        ("true and false", "false"),
        ("true && true", "true"),
        ("false or true", "true"),
        ("true || false", "true"),
        ("not true", "false"),
        ("!false", "true"),
        ("not not true", "true"),
        ("true == false or true", "true"),
        ("false and data.n", "false"),
        ("true and data.n", "5"),
        ("true or data.n", "true"),
        (
            "data.n and data.t",
            "error: `and` cannot be used with an int",
        ),
        ("data.nope or data.t", "error: `or` cannot be used with nil"),
        ("not data.n", "error: `not` cannot be used with an int"),
    ]);
}

#[test]
fn words_bind_like_their_symbols() {
    check(&[
        ("not true == false", "true"),
        ("not (true == false)", "true"),
        ("1 == 1 == true", "true"),
        ("1 == 2 != true", "true"),
        ("true or false and false", "true"),
        ("2 in [1, 2] and true", "true"),
        (
            "1 in not [1]",
            "refused: `in` cannot be used with an int and a bool; the operand of `not` is a list, but must be a bool",
        ),
        (
            "not 1 in [1, 2]",
            "refused: `in` cannot be used with a bool and a list; the operand of `not` is an int, but must be a bool",
        ),
        ("not (1 in [1, 2])", "false"),
        ("1 not in [1, 2]", "false"),
        (r#"data.s not contains "x" and true"#, "true"),
        (r#""a" + "b" contains "b""#, "true"),
        ("1 + 1 .. 3", "[2,3]"),
    ]);
}

#[test]
fn membership() {
    check(&[
        ("1 in [1, 2]", "true"),
        ("2.0 in data.list", "true"),
        ("2.5 in 1..3", "false"),
        (r#""a" in {a: 1}"#, "true"),
        (r#""x" in {a: 1}"#, "false"),
        (r#""n" in data"#, "true"),
        (r#""nope" in data"#, "false"),
        (r#""a" in data.nope"#, "false"),
        (
            r#""ell" in data.s"#,
            "error: `in` cannot be used with a string and a string",
        ),
        (
            r#""a" in data.n"#,
            "error: `in` cannot be used with a string and an int",
        ),
        ("nil in data.mixed", "true"),
        ("data.nope in data", "false"),
        (
            "data.n in data",
            "error: `in` cannot be used with an int and a map",
        ),
    ]);
}

#[test]
fn tests_of_text_are_false_for_nil() {
    check(&[
        (r#"data.s contains "ell""#, "true"),
        (r#"data.s startsWith "he""#, "true"),
        (r#"data.s endsWith "lo""#, "true"),
        (r#"data.s matches "^h.*o$""#, "true"),
        (r#"data.s not matches "^x""#, "true"),
        (r#"data.nope contains "x""#, "false"),
        (r#"data.nope startsWith "x""#, "false"),
        (r#"data.nope matches "x""#, "false"),
        ("data.s matches data.nope", "false"),
        (
            r#"data.n contains "x""#,
            "error: `contains` cannot be used with an int and a string",
        ),
        (
            "data.s matches data.m",
            "error: `matches` cannot be used with a string and a map",
        ),
        (
            r#"data.s matches data.s + "(""#,
            "error: found open group without closing ')'",
        ),
        (r#"identity matches `^node\d+\.`"#, "true"),
        (r#""ABC" matches "(?i)^abc$""#, "true"),
    ]);
}

#[test]
fn conditions() {
    check(&[
        ("true ? 1 : 2", "1"),
        ("false ? 1 : 2", "2"),
        (r#"data.t ? "y" : "n""#, r#""y""#),
        ("data.n ? 1 : 2", "error: `?` cannot be used with an int"),
        ("true ? false ? 1 : 2 : 3", "2"),
        ("data.t ?: false", "true"),
        (r#"false ?: "x""#, r#""x""#),
        ("if true { 1 } else { 2 }", "1"),
        (
            r#"if data.n > 10 { "a" } else if data.n > 4 { "b" } else { "c" }"#,
            r#""b""#,
        ),
        ("(if data.t { 1 } else { 2 }) + 1", "2"),
    ]);
}

#[test]
fn defaults() {
    // The default binds tighter than any operator, and mixing needs parentheses.
    check(&[
        ("nil ?? 1", "1"),
        ("data.nope ?? 1", "1"),
        ("data.nul ?? 1", "1"),
        ("data.n ?? 1", "5"),
        ("nil ?? nil ?? 3", "3"),
        ("5 > data.nope ?? 0", "true"),
        ("(data.nope ?? 0) == 0", "true"),
        (
            "data.nope ?? 0 == 0",
            "refused: `==` and `??` cannot be mixed without parentheses",
        ),
        ("data.nope.deep ?? 1", "error: nil has no member `deep`"),
        ("data.nope?.deep ?? 1", "1"),
        ("1 + data.nope ?? 2", "3"),
    ]);
}

#[test]
fn members() {
    check(&[
        ("data.m.b.c", r#""deep""#),
        (r#"data.m["b"]["c"]"#, r#""deep""#),
        ("data.nope", "null"),
        ("data.nope.deep", "error: nil has no member `deep`"),
        (r#"data["n"]"#, "5"),
        ("data.s.x", "error: a string has no member `x`"),
        ("data.n.x", "error: an int has no member `x`"),
        (r#"facts["a.b"]"#, "1"),
        ("facts.os.family", r#""Debian""#),
        ("facts.nope.x", "error: nil has no member `x`"),
        ("data.not", "null"),
        ("data . n", "5"),
        ("identity", r#""node1.example.net""#),
        ("{a: {b: 1}}.a.b", "1"),
        ("data.list.x", "error: a list has no member `x`"),
        (r#"data.list["a"]"#, "error: a list has no member `a`"),
        ("data[data.s]", "null"),
        ("data[data.nope]", "null"),
        (
            "data.m[data.n]",
            "error: a map cannot be indexed with an int",
        ),
    ]);
}

#[test]
fn optional_members_end_the_chain() {
    check(&[
        ("data.nope?.deep", "null"),
        ("data.nope?.deep.er", "null"),
        ("data.nope?.a?.b", "null"),
        ("data.m?.b?.c", r#""deep""#),
        (r#"data.m?.["b"]"#, r#"{"c":"deep"}"#),
        (r#"data.nope?.["b"]"#, "null"),
        (r#"data.nope?.["b"].c"#, "null"),
        ("(data.nope?.a).b", "null"),
        (
            "data.nope?.a[0]",
            "error: nil cannot be indexed with an int",
        ),
        ("data?.n", "5"),
    ]);
}

#[test]
fn indexes_and_slices() {
    // Positions in text are bytes, as in Go.
    check(&[
        ("data.list[0]", "3"),
        ("data.list[-1]", "2"),
        ("data.list[3]", "error: there is no item 3 in a list of 3"),
        ("data.list[-4]", "error: there is no item -4 in a list of 3"),
        ("data.list[1.0]", "1"),
        ("data.s[0]", "104"),
        (
            "data.s[9]",
            "error: there is no item 9 in a string of 5 bytes",
        ),
        ("data.list[1:]", "[1,2]"),
        ("data.list[:2]", "[3,1]"),
        ("data.list[:]", "[3,1,2]"),
        ("data.list[-2:]", "[1,2]"),
        ("data.list[1:10]", "[1,2]"),
        ("data.list[5:10]", "[]"),
        ("data.list[2:1]", "[]"),
        ("data.s[1:3]", r#""el""#),
        (r#""hello"[1:2]"#, r#""e""#),
        ("data.uni[0:2]", r#""h�""#),
        ("(1..5)[1:3]", "[2,3]"),
        ("data.m[1:2]", "error: `[:]` cannot be used with a map"),
        ("[1, 2, 3][1]", "2"),
    ]);
}

#[test]
fn ranges() {
    check(&[
        ("1..3", "[1,2,3]"),
        ("3..1", "[]"),
        ("data.n..7", "[5,6,7]"),
        ("len(1..10)", "10"),
        ("1..1000001", "error: the range is too long"),
        (
            "data.s..1",
            "error: `..` cannot be used with a string and an int",
        ),
    ]);
}

#[test]
fn names_for_values() {
    check(&[
        ("let x = 1; x + 1", "2"),
        ("let x = 1; let y = x + 1; x * y", "2"),
        ("let x = data.m; x.b.c", r#""deep""#),
        ("(let x = 2; x) + 1", "3"),
        ("map(data.objs, {let x = .v; x * 2})", "[2,4,6]"),
        ("let k = 10; map(1..3, # * k)", "[10,20,30]"),
        ("1; 2", "2"),
        ("1; 2;", "2"),
        (
            "let x = 1; map(1..2, {let y = # + x; y < 3 < 4})",
            "[true,false]",
        ),
    ]);
}

#[test]
fn pipes() {
    check(&[
        ("data.list | len()", "3"),
        ("data.strs | sort() | first()", r#""a""#),
        ("data.list | map(# * 2) | filter(# > 2) | sum()", "10"),
        (r#"identity | split(".") | first()"#, r#""node1""#),
        (r#"(identity | split("."))[0]"#, r#""node1""#),
        (
            r#"identity | split(".")[0]"#,
            "refused: expected an operator or the end, found `[`",
        ),
        ("1 | nope()", "refused: unknown function `nope`"),
        (
            "1 | len",
            "refused: expected `(` after the name of a function, the text ends here",
        ),
    ]);
}

#[test]
fn facts_by_gjson_path() {
    check(&[
        (r#"get_fact("os.family")"#, r#""Debian""#),
        (r#"get_fact("os.release").major"#, r#""12""#),
        (r#"get_fact("nics.#")"#, "2"),
        (r#"get_fact("nics.#(%\"e*\")")"#, r#""eth0""#),
        (r#"get_fact("a\\.b")"#, "1"),
        (r#"get_fact("nope")"#, "null"),
        (r#"get_fact("nope").x"#, "error: nil has no member `x`"),
        ("get_fact(identity)", "null"),
        (
            "get_fact(data.n)",
            "error: `get_fact` cannot be used with an int",
        ),
        ("int(facts.os.release.major) >= 12", "true"),
        ("facts.memory.bytes / 1000 / 1000 > 7000", "true"),
        (
            r#"get_fact("{os.family,nics.0}")"#,
            r#"{"0":"eth0","family":"Debian"}"#,
        ),
    ]);
}
