//! Paths and what they lead to, which was compared with gjson 1.19.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::get;

fn world() -> Value {
    json!({
        "name": {"first": "Tom", "last": "Anderson"}, "age": 37, "children": ["Sara", "Alex", "Jack"],
        "fav.movie": "Deer Hunter",
        "friends": [
            {"first": "Dale", "last": "Murphy", "age": 44, "nets": ["ig", "fb", "tw"]},
            {"first": "Roger", "last": "Craig", "age": 68, "nets": ["fb", "tw"]},
            {"first": "Jane", "last": "Murphy", "age": 47, "nets": ["ig", "tw"]},
        ],
        "empty": [], "nul": null, "fl": 1.5, "0": "zero", "é": "accent", "cafés": ["é", "ü"],
        "a*b": "star", "a?b": "q", "a|b": "pipe", "@at": "at", "esc\"q": "quote", "back\\slash": "bs",
        "nested": [[1, 2], [3, [4, 5]]], "mix": [1, "a", null, true, {"x": 1}],
        "os": {"family": "Debian", "release": {"major": "12"}},
        "json": "{\"in\":[1,2]}", "bad": "{nope",
        "vals": [
            {"a": 1, "b": true}, {"a": 2, "b": false}, {"a": "x", "b": "true"}, {"b": null}, {"a": 0, "b": 0},
        ],
        "cols": {"id": [1, 2, 3], "v": ["x", "y"]},
        "w": {"x1": {"y": 1}, "x2": {"z": 2}},
    })
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    let world = world();
    for (path, expected) in table {
        let found = get(&world, path).map_or_else(|| "-".to_owned(), |value| value.to_string());
        assert_eq!(found, *expected, "{path}");
    }
}

#[test]
fn members() {
    check(&[
        ("name.first", r#""Tom""#),
        ("age", "37"),
        ("nope", "-"),
        ("name.nope", "-"),
        ("age.x", "-"),
        ("children", r#"["Sara","Alex","Jack"]"#),
        ("children.0", r#""Sara""#),
        ("children.2", r#""Jack""#),
        ("children.3", "-"),
        ("children.-1", "-"),
        ("children.00", r#""Sara""#),
        ("children.1x", "-"),
        ("friends.1.last", r#""Craig""#),
        ("0", r#""zero""#),
        ("fl", "1.5"),
        ("é", r#""accent""#),
        ("nul", "null"),
        ("nul.x", "-"),
        ("name.", "-"),
        (".name", "-"),
        ("name..first", "-"),
        ("", "-"),
    ]);
}

#[test]
fn what_is_escaped_is_literal() {
    check(&[
        (r#"fav\.movie"#, r#""Deer Hunter""#),
        ("fav.movie", "-"),
        (r#"a\*b"#, r#""star""#),
        (r#"a\?b"#, r#""q""#),
        (r#"a\|b"#, r#""pipe""#),
        (r#"name.\f\i\r\s\t"#, r#""Tom""#),
        (r#"back\\slash"#, r#""bs""#),
        (r#"\@at"#, r#""at""#),
        (r#"esc"q"#, r#""quote""#),
    ]);
}

#[test]
fn wildcards_find_the_first_that_leads_somewhere() {
    check(&[
        ("child*", r#"["Sara","Alex","Jack"]"#),
        ("child*.2", r#""Jack""#),
        ("c?ildren.0", r#""Sara""#),
        ("os.*.major", r#""12""#),
        ("*.major", "-"),
        ("*.first", r#""Tom""#),
        ("*.*.major", r#""12""#),
        ("w.*.z", "2"),
        ("w.x?.y", "1"),
        ("caf?s.1", r#""ü""#),
        (r#"fri*.#(last=="Craig").age"#, "68"),
        ("z*", "-"),
    ]);
}

#[test]
fn number_sign_is_the_number_or_all() {
    check(&[
        ("children.#", "3"),
        ("friends.#.first", r#"["Dale","Roger","Jane"]"#),
        (
            "friends.#.nets",
            r#"[["ig","fb","tw"],["fb","tw"],["ig","tw"]]"#,
        ),
        ("friends.#.nets.0", r#"["ig","fb","ig"]"#),
        ("friends.#.nets.#", "[3,2,2]"),
        ("friends.#.nope", "[]"),
        ("empty.#", "0"),
        ("empty.#.x", "[]"),
        ("nested.#.0", "[1,3]"),
        ("nested.#.#", "[2,2]"),
        ("#", "-"),
        ("#.x", "-"),
        ("children.#.x", "[]"),
    ]);
}

#[test]
fn queries_find_the_first() {
    check(&[
        (r#"friends.#(last=="Murphy").first"#, r#""Dale""#),
        (r#"friends.#(last="Craig").age"#, "68"),
        (r#"friends.#[last=="Craig"].age"#, "68"),
        ("friends.#(age<45).first", r#""Dale""#),
        ("friends.#(age<=44).first", r#""Dale""#),
        ("friends.#(age!=44).first", r#""Roger""#),
        (r#"friends.#(first%"D*").last"#, r#""Murphy""#),
        (r#"friends.#(first!%"D*").last"#, r#""Craig""#),
        (r#"friends.#(last=="Nope")"#, "-"),
        ("friends.#( last == Murphy ).first", r#""Dale""#),
        (
            "friends.#(first)",
            r#"{"first":"Dale","last":"Murphy","age":44,"nets":["ig","fb","tw"]}"#,
        ),
        (r#"children.#(=="Alex")"#, r#""Alex""#),
        (r#"mix.#(=="a")"#, r#""a""#),
        ("mix.#(==1)", "1"),
        ("mix.#(==true)", "true"),
        ("mix.#(==null)", "-"),
        ("mix.#(x==1)", r#"{"x":1}"#),
        ("empty.#(x)", "-"),
    ]);
}

#[test]
fn queries_find_all() {
    check(&[
        (r#"friends.#(last=="Murphy")#.first"#, r#"["Dale","Jane"]"#),
        ("friends.#(age>45)#.last", r#"["Craig","Murphy"]"#),
        (r#"friends.#(first!%"D*")#.last"#, r#"["Craig","Murphy"]"#),
        (r#"friends.#(last=="Nope")#"#, "[]"),
        (r#"friends.#(last=="Nope")#.first"#, "[]"),
        (r#"children.#(%"*a*")#"#, r#"["Sara","Jack"]"#),
        (r#"children.#(!="Alex")#"#, r#"["Sara","Jack"]"#),
        (r#"children.#(>"J")#"#, r#"["Sara","Jack"]"#),
        ("mix.#(>0)#", r#"[1,"a"]"#),
        ("vals.#(b==true)#.a", r#"[1,"x",0]"#),
        ("vals.#(b>false)#.a", r#"[1,"x"]"#),
        ("vals.#(b<true)#.a", "[2]"),
        (r#"vals.#(a!="x")#.a"#, "[1,2]"),
        ("empty.#(x)#", "[]"),
        ("friends.#(age>45)#.#", "[]"),
    ]);
}

#[test]
fn queries_nest() {
    check(&[
        (r#"friends.#(nets.#(=="fb"))#.first"#, r#"["Dale","Roger"]"#),
        ("friends.#(nets.#>2)#.first", r#"["Dale"]"#),
        ("friends.#(nets.#==2)#.first", r#"["Roger","Jane"]"#),
        (r#"friends.#(nets.0=="ig")#.first"#, r#"["Dale","Jane"]"#),
        (r#"friends.0.nets.#(%"?g")"#, r#""ig""#),
    ]);
}

#[test]
fn tilde_compares_what_a_value_is_taken_for() {
    check(&[
        ("vals.#(b==~true)#.a", r#"[1,"x"]"#),
        ("vals.#(b==~false)#.a", "[2,0]"),
        ("vals.#(b==~null)#.a", "[]"),
        ("vals.#(a==~null)#.b", "[null]"),
        ("vals.#(b==~*)#.a", r#"[1,2,"x",0]"#),
        ("vals.#(b!=~true)#.a", "[2,0]"),
        ("vals.#(a==~zz)#", "[]"),
    ]);
}

#[test]
fn queries_that_are_not_closed_find_nothing() {
    check(&[
        ("friends.#(", "-"),
        ("friends.#(last", "-"),
        ("friends.#(last==", "-"),
        (r#"friends.#(last=="Murphy""#, "-"),
    ]);
}

#[test]
fn a_pipe_goes_on_from_all_that_was_found() {
    check(&[
        ("children|0", r#""Sara""#),
        ("children|#", "3"),
        ("name|first", r#""Tom""#),
        ("friends.#.nets|0", r#"["ig","fb","tw"]"#),
        ("friends.#(age>45)#|0.first", r#""Roger""#),
        ("friends.#(age>45)#.first|0", r#""Roger""#),
        ("friends.#(age>45)#.nets|1.0", r#""ig""#),
        ("friends.#.{first,age}|0", r#"{"first":"Dale","age":44}"#),
        ("vals.#(a)#|#", "4"),
        ("name|", "-"),
        ("name||first", "-"),
    ]);
}

#[test]
fn selections() {
    check(&[
        ("{name.first,age}", r#"{"first":"Tom","age":37}"#),
        (
            r#"{name.first,"years":age}"#,
            r#"{"first":"Tom","years":37}"#,
        ),
        ("{first:name.first}", r#"{"first":"Tom"}"#),
        ("[name.first,nope,age]", r#"["Tom",37]"#),
        ("{name.first,nope}", r#"{"first":"Tom"}"#),
        ("{name.first,age}.age", "37"),
        ("[name.first,age].1", "37"),
        (
            r#"friends.#.{first,"n":nets.#}"#,
            r#"[{"first":"Dale","n":3},{"first":"Roger","n":2},{"first":"Jane","n":2}]"#,
        ),
        (
            "friends.#.[first,age]",
            r#"[["Dale",44],["Roger",68],["Jane",47]]"#,
        ),
        (r#"{"a b":age}"#, r#"{"a b":37}"#),
        ("{friends.#}", r#"{"_":3}"#),
        ("[[age]]", "[[37]]"),
        ("{}", "{}"),
        ("[]", "[]"),
        ("{a,b", "-"),
        ("{a}x", "-"),
        (r#"{"a,b":age}"#, r#"{"a,b":37}"#),
    ]);
}

#[test]
fn modifiers() {
    check(&[
        ("children|@reverse", r#"["Jack","Alex","Sara"]"#),
        ("children.@reverse.0", r#""Jack""#),
        ("name.@reverse", r#"{"last":"Anderson","first":"Tom"}"#),
        ("age.@reverse", "37"),
        ("name.@keys", r#"["first","last"]"#),
        ("children.@keys", "[null,null,null]"),
        ("age.@keys", "[null]"),
        ("nope|@keys", "[]"),
        ("nope.@keys", "[]"),
        ("name.@values", r#"["Tom","Anderson"]"#),
        ("children.@values", r#"["Sara","Alex","Jack"]"#),
        ("age.@values", "[37]"),
        ("nested.@flatten", "[1,2,3,[4,5]]"),
        (r#"nested.@flatten:{"deep":true}"#, "[1,2,3,4,5]"),
        (r#"nested|@flatten:{"deep":true}|@reverse"#, "[5,4,3,2,1]"),
        ("friends.@join.first", r#""Jane""#),
        (
            "name.@tostr",
            r#""{\"first\":\"Tom\",\"last\":\"Anderson\"}""#,
        ),
        ("age.@tostr", r#""37""#),
        ("json.@fromstr.in.1", "2"),
        ("bad.@fromstr", "-"),
        ("age.@fromstr", "37"),
        ("name.@this.first", r#""Tom""#),
        ("@this.age", "37"),
        ("name.@valid", r#"{"first":"Tom","last":"Anderson"}"#),
        ("name.@pretty", r#"{"first":"Tom","last":"Anderson"}"#),
        ("name.@ugly", r#"{"first":"Tom","last":"Anderson"}"#),
        (r#"name.@pretty:{"sortKeys":true}|first"#, r#""Tom""#),
        (
            "cols.@group",
            r#"[{"id":1,"v":"x"},{"id":2,"v":"y"},{"id":3}]"#,
        ),
        ("@dig:first", r#"["Tom","Dale","Roger","Jane"]"#),
        ("@dig:nets.0", r#"["ig","fb","ig"]"#),
        ("@at", r#""at""#),
        ("@nope", "-"),
        ("name.@nope", "-"),
    ]);
}

#[test]
fn literals() {
    check(&[
        (r#"!"literal""#, r#""literal""#),
        (r#"!{"a":1}.a"#, "1"),
        ("![1,2]|#", "2"),
        ("!true", "true"),
        ("!null", "null"),
        (r#"{x:!"lit"}"#, r#"{"x":"lit"}"#),
        ("!nope", "-"),
        ("!", "-"),
    ]);
}

#[test]
fn lines() {
    check(&[("..#", "1"), ("..0.age", "37")]);
}

#[test]
fn what_is_part_of_the_value_is_borrowed() {
    let world = world();
    for path in [
        "name.first",
        "friends.#(age>45).nets",
        "children|1",
        "@this.age",
    ] {
        assert!(
            matches!(get(&world, path), Some(std::borrow::Cow::Borrowed(_))),
            "{path}"
        );
    }
}

#[test]
fn what_would_not_end_leads_nowhere() {
    let world = world();
    for path in [
        "[@this,@this]|".repeat(200) + "#",
        "@dig:".repeat(60) + "a",
        format!("{}age{}", "[".repeat(100), "]".repeat(100)),
        "x".repeat(5000),
    ] {
        assert_eq!(get(&world, &path), None);
    }
    let many: Value = vec!["a".repeat(100); 1000].into();
    assert_eq!(
        get(&many, "#(%\"*a*a*a*a*a*a*a*a*b\")#"),
        Some(std::borrow::Cow::Owned(json!([])))
    );
}

proptest! {
    #[test]
    fn any_path_leads_somewhere_or_nowhere(path in ".{0,40}") {
        let _ = get(&world(), &path);
    }

    #[test]
    fn any_pieces_lead_somewhere_or_nowhere(pieces in prop::collection::vec(prop::sample::select(vec![
        "name", "friends", "children", "nested", "age", "0", "1", "#", "#(", "(", ")", ")#", "[", "]", "{", "}",
        ".", ".", "|", ",", ":", "@this", "@reverse", "@keys", "@values", "@flatten", "@join", "@dig:",
        "@tostr", "@fromstr", "@group", "*", "?", "\\", "\"", "==", "!=", ">", "%", "!%", "~true", "!", "é", " ",
    ]), 0..16)) {
        let _ = get(&world(), &pieces.concat());
    }

    #[test]
    fn an_escaped_key_leads_to_its_value(key in "[^\\x00]{1,12}", value in any::<i32>()) {
        let escaped: String = key.chars().flat_map(|c| ['\\', c]).collect();
        let map = json!({ "other": 0, key: value });
        prop_assert_eq!(get(&map, &escaped).map(std::borrow::Cow::into_owned), Some(json!(value)));
    }
}
