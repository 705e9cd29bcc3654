//! Functions of the language.

use super::check;

#[test]
fn predicates_decide() {
    check(&[
        ("all(1..3, # > 0)", "true"),
        ("all([], false)", "true"),
        ("any(1..3, # > 2)", "true"),
        ("any([], true)", "false"),
        ("none(1..3, # > 5)", "true"),
        ("one(1..3, # == 2)", "true"),
        ("one([], true)", "false"),
        ("count(1..5, # > 2)", "3"),
        ("count([true, false, true])", "2"),
        (
            "count(data.list)",
            "error: `count` cannot be used with an int",
        ),
        (
            "all(data.s, true)",
            "error: `all` cannot be used with a string",
        ),
        (
            "all(data.nope, true)",
            "error: `all` cannot be used with nil",
        ),
        (r#"any(data.objs, "p" in .tags)"#, "true"),
        (r#"any(data.objs, .tags?.[0] == "p")"#, "true"),
        (
            "all(data.list, #)",
            "error: `all` cannot be used with an int",
        ),
    ]);
}

#[test]
fn predicates_select() {
    check(&[
        (
            r#"filter(data.objs, .name == "x")"#,
            r#"[{"name":"x","v":1,"tags":["p"]},{"name":"x","v":3}]"#,
        ),
        (
            r#"filter(data.objs, #.name == "x" and .v > 1)"#,
            r#"[{"name":"x","v":3}]"#,
        ),
        ("filter(data.mixed, # != nil)", r#"[1,"a",2.5]"#),
        ("find(data.objs, .v > 1).name", r#""y""#),
        ("find(data.objs, .v > 10)", "null"),
        ("findIndex(data.objs, .v > 1)", "1"),
        ("findIndex(data.objs, .v > 10)", "null"),
        (r#"findLast(data.objs, .name == "x").v"#, "3"),
        (r#"findLastIndex(data.objs, .name == "x")"#, "2"),
        ("[1, 2, 3] | filter({# > 1}) | len()", "2"),
        ("len(filter(data.objs, len(.tags ?? []) > 0))", "1"),
    ]);
}

#[test]
fn bodies_make_values() {
    check(&[
        ("map(data.objs, .name)", r#"["x","y","x"]"#),
        ("map(1..3, #index)", "[0,1,2]"),
        ("map([[1, 2], [3]], {map(#, # + 1)})", "[[2,3],[4]]"),
        ("map([1], {{a: #}})", r#"[{"a":1}]"#),
        ("sum(1..4)", "10"),
        ("sum(data.objs, .v)", "6"),
        ("sum([1, 2.5])", "3.5"),
        ("sum([])", "0"),
        (r#"sum(["a"])"#, "error: `sum` cannot be used with a string"),
        (
            "groupBy(data.objs, .name)",
            r#"{"x":[{"name":"x","v":1,"tags":["p"]},{"name":"x","v":3}],"y":[{"name":"y","v":2,"tags":[]}]}"#,
        ),
        ("groupBy(1..4, # % 2)", r#"{"0":[2,4],"1":[1,3]}"#),
        ("groupBy(1..4, # % 2)[1]", "[1,3]"),
        (
            "groupBy(data.nested, #)",
            "error: `groupBy` cannot be used with a list",
        ),
        ("sortBy(data.objs, -.v) | map(.v)", "[3,2,1]"),
        (r#"sortBy(data.objs, .v, "desc") | map(.v)"#, "[3,2,1]"),
        ("sortBy(data.objs, .name) | map(.v)", "[1,3,2]"),
        (
            "sortBy(data.mixed, #)",
            "error: only numbers or only texts can be put in order",
        ),
        ("reduce(1..4, #acc + #)", "10"),
        ("reduce(1..4, #acc + #, 10)", "20"),
        ("reduce([], #acc + #, 1)", "1"),
        (
            "reduce([], #acc + #)",
            "error: reduce: the list is empty and there is no first value",
        ),
        ("reduce(1..3, #acc + #index)", "4"),
    ]);
}

#[test]
fn numbers() {
    check(&[
        ("abs(-5)", "5"),
        ("abs(-1.5)", "1.5"),
        ("ceil(1.2)", "2.0"),
        ("floor(1.8)", "1.0"),
        ("round(1.5)", "2.0"),
        ("round(-1.5)", "-2.0"),
        ("round(2.5)", "3.0"),
        ("ceil(1)", "1.0"),
        (r#"int("12")"#, "12"),
        (r#"int("+5")"#, "5"),
        (r#"int("1.5")"#, "error: int: `1.5` is not a number"),
        ("int(1.9)", "1"),
        ("int(-1.9)", "-1"),
        (r#"float("1.5")"#, "1.5"),
        ("float(3)", "3.0"),
        (r#"float("x")"#, "error: float: `x` is not a number"),
        ("min(3, 1, 2)", "1"),
        ("max(3, 1.5)", "3"),
        ("min([3, 1, 2])", "1"),
        ("max([3, [5, 1]], 2)", "5"),
        ("max([])", "null"),
        (
            r#"max([1, "a"])"#,
            "error: `max` cannot be used with a string",
        ),
        ("mean([1, 2, 3])", "2.0"),
        ("mean([])", "0.0"),
        ("mean(1, 2)", "1.5"),
        ("median([1, 3, 2])", "2.0"),
        ("median([1, 2, 3, 4])", "2.5"),
        ("median([])", "0.0"),
        ("abs(data.s)", "error: `abs` cannot be used with a string"),
    ]);
}

#[test]
fn texts() {
    check(&[
        (r#"len("héllo")"#, "5"),
        (r#"upper("héllo")"#, r#""HÉLLO""#),
        (r#"lower("ABC")"#, r#""abc""#),
        (r#"trim("  a b ")"#, r#""a b""#),
        (r#"trim("__a__", "_")"#, r#""a""#),
        (r#"trimPrefix("foobar", "foo")"#, r#""bar""#),
        (r#"trimSuffix("foobar", "bar")"#, r#""foo""#),
        (r#"trimPrefix(" a")"#, r#""a""#),
        (r#"split("a,b,c", ",")"#, r#"["a","b","c"]"#),
        (r#"split("a,b,c", ",", 2)"#, r#"["a","b,c"]"#),
        (r#"split("abc", "")"#, r#"["a","b","c"]"#),
        (r#"split("", ",")"#, r#"[""]"#),
        (r#"split("", "")"#, "[]"),
        (r#"split("abc", "", 2)"#, r#"["a","bc"]"#),
        (r#"split("a,b", ",", 0)"#, "[]"),
        (r#"split("a,b", ",", -1)"#, r#"["a","b"]"#),
        (r#"splitAfter("a,b,c", ",")"#, r#"["a,","b,","c"]"#),
        (r#"splitAfter("a,b,c", ",", 2)"#, r#"["a,","b,c"]"#),
        (r#"join(["a", "b"], "-")"#, r#""a-b""#),
        ("join(data.strs)", r#""bac""#),
        (
            "join(data.list)",
            "error: `join` cannot be used with an int",
        ),
        (r#"replace("aaa", "a", "b")"#, r#""bbb""#),
        (r#"replace("aaa", "a", "b", 2)"#, r#""bba""#),
        (r#"replace("abc", "", "-")"#, r#""-a-b-c-""#),
        (r#"repeat("ab", 3)"#, r#""ababab""#),
        (
            r#"repeat("ab", -1)"#,
            "error: repeat: cannot repeat less than no times",
        ),
        (r#"indexOf("hello", "l")"#, "2"),
        (r#"lastIndexOf("hello", "l")"#, "3"),
        (r#"indexOf("hello", "z")"#, "-1"),
        (r#"hasPrefix("hello", "he")"#, "true"),
        (r#"hasSuffix("hello", "lo")"#, "true"),
        ("trim(data.nope)", "error: `trim` cannot be used with nil"),
    ]);
}

#[test]
fn values_as_text() {
    // Upstream prints a number from JSON as a float (`1.2345675e+06`); a whole one is an int here.
    check(&[
        ("string(1)", r#""1""#),
        ("string(1.5)", r#""1.5""#),
        ("string(1000000.0)", r#""1e+06""#),
        ("string(123456789.5)", r#""1.234567895e+08""#),
        ("string(0.00001)", r#""1e-05""#),
        ("string(nil)", r#""<nil>""#),
        ("string(true)", r#""true""#),
        (r#"string([1, "a", nil])"#, r#""[1 a <nil>]""#),
        ("string({b: 1, a: [2]})", r#""map[a:[2] b:1]""#),
        ("string(facts.memory.bytes)", r#""8000000000""#),
        ("string(data.big)", r#""1.2345675e+06""#),
        ("type(1)", r#""int""#),
        ("type(1.5)", r#""float""#),
        (r#"type("a")"#, r#""string""#),
        ("type(nil)", r#""nil""#),
        ("type([])", r#""array""#),
        ("type({})", r#""map""#),
        ("type(true)", r#""bool""#),
        ("type(4 / 2)", r#""float""#),
        ("type(2 ** 2)", r#""float""#),
        ("type(data.n)", r#""int""#),
    ]);
}

#[test]
fn lists_and_maps() {
    check(&[
        ("len(data.list)", "3"),
        ("len(data.m)", "2"),
        ("len(data.nul)", "error: `len` cannot be used with nil"),
        ("keys({a: 1})", r#"["a"]"#),
        ("values({a: 1})", "[1]"),
        ("keys(data.m)", r#"["a","b"]"#),
        ("toPairs({a: 1})", r#"[["a",1]]"#),
        (r#"fromPairs([["a", 1]])"#, r#"{"a":1}"#),
        (
            r#"fromPairs([["a"]])"#,
            "error: fromPairs: an item is not a list of two",
        ),
        ("first([1, 2])", "1"),
        ("first([])", "null"),
        ("last([1, 2])", "2"),
        ("last([])", "null"),
        ("first(data.nope)", "null"),
        ("take([1, 2, 3], 2)", "[1,2]"),
        ("take([1, 2, 3], 10)", "[1,2,3]"),
        (
            "take([1, 2, 3], -1)",
            "error: `take` cannot be used with a list and an int",
        ),
        ("reverse([1, 2, 3])", "[3,2,1]"),
        (r#"uniq([1, 1.0, 2, "a", "a"])"#, r#"[1,2,"a"]"#),
        ("concat([1], [2, 3])", "[1,2,3]"),
        ("flatten([1, [2, [3]]])", "[1,2,3]"),
        ("sort([3, 1.5, 2])", "[1.5,2,3]"),
        (r#"sort(["b", "a"])"#, r#"["a","b"]"#),
        (r#"sort([3, 1, 2], "desc")"#, "[3,2,1]"),
        (
            "sort(data.mixed)",
            "error: only numbers or only texts can be put in order",
        ),
        ("sort([nil])", "[null]"),
        (r#"get(data, "n")"#, "5"),
        (r#"get(data, "zz")"#, "null"),
        ("get(data.list, 0)", "3"),
        ("get(data.list, 10)", "null"),
        ("get(data.list, -1)", "2"),
        (r#"get(data.nope, "a")"#, "null"),
        ("get(data.f, data.t)", "null"),
        (
            "get(data.m, 1)",
            "error: a map cannot be indexed with an int",
        ),
    ]);
}

#[test]
fn json_and_base64() {
    check(&[
        (
            r#"toJSON({b: 1, a: [1.0, 1.5, "x<y", nil]})"#,
            r#""{\n  \"a\": [\n    1,\n    1.5,\n    \"x\\u003cy\",\n    null\n  ],\n  \"b\": 1\n}""#,
        ),
        ("toJSON([])", r#""[]""#),
        ("toJSON(1e21)", r#""1e+21""#),
        ("toJSON(0.0000001)", r#""1e-7""#),
        (
            r#"fromJSON("[1, 2.5, {\"a\": null}]")"#,
            r#"[1,2.5,{"a":null}]"#,
        ),
        (
            r#"fromJSON("{")"#,
            "error: fromJSON: EOF while parsing an object at line 1 column 1",
        ),
        (r#"toBase64("hello")"#, r#""aGVsbG8=""#),
        (r#"toBase64("he")"#, r#""aGU=""#),
        (r#"toBase64("")"#, r#""""#),
        (r#"fromBase64("aGVsbG8=")"#, r#""hello""#),
        (r#"fromBase64("aGU=")"#, r#""he""#),
        (
            r#"fromBase64("a")"#,
            "error: fromBase64: this is not base64",
        ),
        (
            r#"fromBase64("/w==")"#,
            "error: fromBase64: this is not the base64 of text",
        ),
    ]);
}

#[test]
fn limits_end_what_would_not_end() {
    check(&[
        (
            "reduce(1..100000, [#acc], 0)",
            "error: a value is nested too deeply",
        ),
        (
            r#"reduce(1..64, #acc + #acc, "ab")"#,
            "error: the evaluation takes too much memory",
        ),
        (
            r#"repeat("abcdefgh", 1000000000)"#,
            "error: the evaluation takes too much memory",
        ),
        (
            "map(1..2000, map(1..2000, #))",
            "error: the evaluation takes too many steps",
        ),
        (
            "len(map(1..900000, #))",
            "error: the evaluation takes too many steps",
        ),
        ("sum(map(1..100, len(map(1..100, #))))", "10000"),
    ]);
}
