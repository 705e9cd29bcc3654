//! What templates expand to; compared with Go's `text/template` where it is not said otherwise.

use super::{check, check_failure};

#[test]
fn facts_and_data_are_looked_up() {
    check("{{ lookup \"facts.os.family\" \"x\" }}", "Debian");
    check("{{ lookup \"facts.os.release.major\" 0 }}", "12");
    check(
        "{{ lookup \"data.counter\" 0 }} {{ lookup \"data.nested.key\" 0 }}",
        "3 value",
    );
    check(
        "{{ lookup \"data.missing\" \"x\" }} {{ lookup \"facts.os.missing\" 5 }}",
        "x 5",
    );
    check(
        "{{ lookup \"missing\" \"x\" }} {{ lookup \"\" \"y\" }}",
        "x y",
    );
    check("{{ lookup \"facts.nothing\" \"x\" }}", "<no value>");
    check("{{ \"x\" | lookup \"facts.missing\" }}", "x");
    check(
        r#"{{ lookup "data.FLAGS_checkout/new" 0 }} {{ lookup "data.a\\.b" 0 }}"#,
        "on 1",
    );
    check(
        r#"{{ lookup "data.na*" 0 }} {{ lookup "*.name" 0 }} {{ lookup "facts.list.#" 0 }}"#,
        "blue blue 3",
    );
    check(
        "{{ (lookup \"facts\" 0).load }} {{ (lookup \"data\" 0).name }}",
        "1.5 blue",
    );
}

#[test]
fn numbers_print_as_people_write_them() {
    // go-choria prints these with exponents.
    check(
        "{{ lookup \"facts.memory\" 0 }} {{ lookup \"facts.huge\" 0 }}",
        "1000000 12345678",
    );
    check(
        "{{ 1234567.5 }} {{ 1e20 }}",
        "1234567.5 100000000000000000000",
    );
    check(
        "{{ lookup \"facts.big\" 0 }} {{ 1e-5 }} {{ 1.5e300 }}",
        "1e+21 1e-05 1.5e+300",
    );
    check(
        "{{ 1.0 }} {{ 0.1 }} {{ -3 }} {{ +3 }} {{ .5 }}",
        "1 0.1 -3 3 0.5",
    );
    check(
        "{{ 0x1F }} {{ 017 }} {{ 0b11 }} {{ 0o17 }} {{ 1_000 }} {{ 'a' }}",
        "31 15 3 15 1000 97",
    );
}

#[test]
fn values_print_as_go_prints_them() {
    check("{{ true }} {{ false }}", "true false");
    check(
        "{{ . }} {{ $ }} {{ .a.b }}",
        "<no value> <no value> <no value>",
    );
    check(
        "{{ lookup \"facts.os\" 0 }}",
        "map[family:Debian release:map[major:12]]",
    );
    check(
        "{{ lookup \"facts.list\" 0 }} {{ lookup \"facts.grid\" 0 }}",
        "[b 2.5 <nil>] [[1 2] [3]]",
    );
    check("{{ lookup \"facts.empty\" 0 }}", "[]");
    check(
        r#"{{ "\x41\101\u00e9\U0001F600\t\"" }} {{ `a\n"` }}"#,
        "AAé😀\t\" a\\n\"",
    );
}

#[test]
fn space_is_trimmed_where_asked() {
    check("a {{- 1 -}} b", "a1b");
    check("a {{-1 -}} b", "a -1b");
    check("a \n\t{{- 1 }} b", "a1 b");
    check("{{ 1 -}} \n {{- 2 }}", "12");
    check("{{ 1 -}}   ", "1");
}

#[test]
fn conditions_choose() {
    check(
        "{{ if true }}a{{ else }}b{{ end }}{{ if 0 }}c{{ else }}d{{ end }}",
        "ad",
    );
    check(
        "{{ if \"\" }}a{{ else if 0.0 }}b{{ else if 1 }}c{{ else }}d{{ end }}",
        "c",
    );
    check(
        "{{ if lookup \"facts.empty\" 0 }}a{{ end }}{{ if lookup \"facts.nothing\" 0 }}b{{ end }}",
        "",
    );
    check("{{ if $x := 5 }}{{ $x }}{{ end }}", "5");
    check(
        "{{ with \"a\" }}{{ . }}{{ end }}{{ with 0 }}b{{ else with \"c\" }}{{ . }}{{ end }}",
        "ac",
    );
    check(
        "{{ with $x := lookup \"facts.os\" 0 }}{{ .family }} {{ $x.release.major }}{{ end }}",
        "Debian 12",
    );
}

#[test]
fn ranges_go_through_values() {
    check(
        "{{ range lookup \"facts.list\" 0 }}{{ . }},{{ end }}",
        "b,2.5,<no value>,",
    );
    check(
        "{{ range $i, $v := lookup \"facts.list\" 0 }}{{ $i }}={{ $v }} {{ end }}",
        "0=b 1=2.5 2=<no value> ",
    );
    check(
        "{{ range $k, $v := lookup \"facts.os\" 0 }}{{ $k }} {{ end }}",
        "family release ",
    );
    check(
        "{{ range $v := lookup \"data.list\" 0 }}{{ $v }}{{ end }}",
        "xy",
    );
    check("{{ range 3 }}{{ . }}{{ end }}", "012");
    check(
        "{{ range lookup \"facts.empty\" 0 }}a{{ else }}b{{ end }}{{ range lookup \"facts.nothing\" 0 }}a{{ else }}c{{ end }}",
        "bc",
    );
    check(
        "{{ range 9 }}{{ if eq . 2 }}{{ continue }}{{ end }}{{ if eq . 4 }}{{ break }}{{ end }}{{ . }}{{ end }}",
        "013",
    );
    check_failure(
        "{{ range \"abc\" }}{{ end }}",
        "range: cannot go through a text",
    );
}

#[test]
fn variables_live_to_the_end_of_their_block() {
    check(
        "{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}",
        "2",
    );
    check(
        "{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}",
        "21",
    );
    check(
        "{{ $x := 1 }}{{ range 2 }}{{ $x }}{{ $x = . }}{{ end }}{{ $x }}",
        "101",
    );
    check(
        "{{ $x := lookup \"facts.os\" 0 }}{{ $x.release.major }}",
        "12",
    );
}

#[test]
fn pipes_pass_the_last_argument() {
    check(
        "{{ 1 | print 2 }} {{ \"a\" | ToUpper | printf \"%s-%s\" \"b\" }}",
        "2 1 b-A",
    );
    check("{{ (lookup \"facts.text\" \"\") | len }}", "14");
    check("{{ print (1 | print 2) }}", "2 1");
}

#[test]
fn text_is_changed() {
    check("{{ ToLower \"ÀB\" }} {{ ToUpper \"àb ß\" }}", "àb ÀB ß");
    check(
        "{{ Base64Encode \"héllo\" }} {{ Base64Decode \"aMOpbGxv\\n\" }}",
        "aMOpbGxv héllo",
    );
    check("{{ lookup \"data.list\" 0 | StringsJoin }}", "x, y");
    check_failure(
        "{{ ToUpper 1 }}",
        "ToUpper: expected a text, found a number",
    );
    check_failure(
        "{{ Base64Decode \"*\" }}",
        "Base64Decode: the text is not base64",
    );
    check_failure(
        "{{ StringsJoin \"a\" }}",
        "StringsJoin: expected a list, found a text",
    );
}

#[test]
fn titles_have_capitals() {
    check("{{ Title \"hello wORLD\" }}", "Hello World");
    check(
        "{{ Capitalize \"don't a.b x:y o’neil\" }}",
        "Don't A.b X:y O’neil",
    );
    check(
        "{{ Title \"3rd foo-bar_baz _abc SQL_LITE/x\" }}",
        "3Rd Foo-Bar_baz _Abc Sql_lite/X",
    );
    check("{{ Title \"ß éa ας\" }}", "Ss Éa Ας");
}

#[test]
fn logic_works_on_truth() {
    check(
        "{{ and 0 1 }} {{ and 1 2 }} {{ or 0 \"\" \"x\" }} {{ or 0 \"\" }} {{ not 0 }}",
        "0 2 x  true",
    );
    // The rest is not evaluated.
    check("{{ or 1 (index 1 1) }} {{ and 0 (index 1 1) }}", "1 0");
}

#[test]
fn values_are_compared() {
    check(
        "{{ eq 1 1 }} {{ eq \"a\" \"b\" \"a\" }} {{ ne 1 2 }}",
        "true true true",
    );
    check(
        "{{ lt 1 2 }} {{ le 2 2 }} {{ gt \"b\" \"a\" }} {{ ge 1 2 }}",
        "true true true false",
    );
    check("{{ eq nil nil }} {{ eq nil 1 }}", "true false");
    // go-choria compares no whole number of a specification with one of the facts.
    check(
        "{{ eq (lookup \"facts.memory\" 0) 1000000 }} {{ lt 1 1.5 }}",
        "true true",
    );
    check_failure(
        "{{ eq 1 \"a\" }}",
        "eq: a number and a text cannot be compared",
    );
    check_failure(
        "{{ lt true false }}",
        "lt: a boolean and a boolean cannot be compared",
    );
}

#[test]
fn parts_are_taken() {
    check(
        "{{ len \"é\" }} {{ len (lookup \"facts.os\" 0) }} {{ len (lookup \"facts.list\" 0) }}",
        "2 2 3",
    );
    check(
        "{{ index (lookup \"facts.grid\" 0) 0 1 }} {{ index (lookup \"facts.os\" 0) \"family\" }}",
        "2 Debian",
    );
    check(
        "{{ index (lookup \"facts.os\" 0) \"x\" }} {{ index \"abc\" 1 }}",
        "<no value> 98",
    );
    check(
        "{{ slice \"abcd\" 1 3 }} {{ slice \"abcd\" 2 }} {{ slice (lookup \"facts.list\" 0) 0 1 }}",
        "bc cd [b]",
    );
    check_failure(
        "{{ index (lookup \"facts.list\" 0) 3 }}",
        "index: 3 is out of range",
    );
    check_failure(
        "{{ index (lookup \"facts.os\" 0) 1 }}",
        "index: an object cannot be indexed with a number",
    );
    check_failure("{{ index nil 1 }}", "index: nothing cannot be indexed");
    check_failure(
        "{{ slice \"é\" 1 }}",
        "slice: the bounds divide a character",
    );
    check_failure(
        "{{ slice \"ab\" 2 1 }}",
        "slice: the bounds are in the wrong order",
    );
    check_failure("{{ slice \"ab\" 3 }}", "slice: 3 is out of range");
    check_failure("{{ len 1 }}", "len: a number has no length");
    check_failure(
        "{{ (lookup \"facts.list\" 0).x }}",
        "field: a list has no field `x`",
    );
}

#[test]
fn arguments_are_printed() {
    check("{{ print 1 2 \"a\" \"b\" 3 4 nil }}", "1 2ab3 4 <nil>");
    check("{{ println 1 \"a\" }}{{ println }}", "1 a\n\n");
    check(
        "{{ html \"<a> & \\\"'\" }} {{ html nil }}",
        "&lt;a&gt; &amp; &#34;&#39; &lt;no value&gt;",
    );
    check(
        "{{ js \"a'b<c>=&\\n\\u00e9\" }}",
        "a\\'b\\u003Cc\\u003E\\u003D\\u0026\\u000Aé",
    );
    check("{{ urlquery \"a b&é/~\" }}", "a+b%26%C3%A9%2F~");
}

#[test]
fn formats_are_filled_in() {
    let check =
        |arguments: &str, expect: &str| check(&format!("{{{{ printf {arguments} }}}}"), expect);
    check(
        "\"%s %d %v %t %q%%\" \"a\" 5 1.5 true \"b\\n\"",
        "a 5 1.5 true \"b\\n\"%",
    );
    check(
        "\"%5d|%-5d|%05d|%+d|% d\" 12 12 -12 12 12",
        "   12|12   |-0012|+12| 12",
    );
    check(
        "\"%5s|%-5s|%.2s|%05s\" \"ab\" \"é\" \"abc\" \"ab\"",
        "   ab|é    |ab|000ab",
    );
    check(
        "\"%f|%.2f|%8.3f|%-8.1f|%08.3f\" 2.5 3.14159 -1.5 2.25 -1.5",
        "2.500000|3.14|  -1.500|2.2     |-001.500",
    );
    check(
        "\"%e|%g|%.3g|%G\" 1.5 1e6 1234.5 1e21",
        "1.500000e+00|1e+06|1.23e+03|1E+21",
    );
    check(
        "\"%x|%X|%#x|% x|%o|%b|%c|%U\" \"hi\" 255 255 \"hi\" 8 5 65 65",
        "6869|FF|0xff|68 69|10|101|A|U+0041",
    );
    check("\"%*d|%-*d|%.*f\" 5 3 4 2 2 1.234", "    3|2   |1.23");
    check("\"%[2]d %[1]d\" 1 2", "2 1");
    check(
        "\"%T %T %T %T\" \"a\" 1 1.5 nil",
        "string int float64 <nil>",
    );
    check(
        "\"%v %#v\" (lookup \"facts.list\" 0) (lookup \"facts.list\" 0)",
        "[b 2.5 <nil>] []interface {}{\"b\", 2.5, interface {}(nil)}",
    );
}

#[test]
fn numbers_fit_verbs_by_their_value() {
    // Go would refuse each of these for the way the number is stored.
    check("{{ printf \"%d\" (lookup \"facts.memory\" 0) }}", "1000000");
    check("{{ printf \"%.1f\" 5 }}", "5.0");
    check("{{ printf \"%d\" 1.5 }}", "%!d(float64=1.5)");
}

#[test]
fn formats_that_do_not_fit_say_so() {
    check(
        "{{ printf \"%d|%s|%t\" \"x\" 1 \"y\" }}",
        "%!d(string=x)|%!s(int=1)|%!t(string=y)",
    );
    check("{{ printf \"%d %d\" 1 }}", "1 %!d(MISSING)");
    check(
        "{{ printf \"%d\" 1 2 \"z\" nil }}",
        "1%!(EXTRA int=2, string=z, <nil>)",
    );
    check(
        "{{ printf \"%\" }}{{ printf \"%!\" }}{{ printf \"%z\" 1 }}",
        "%!(NOVERB)%!!(MISSING)%!z(int=1)",
    );
    check("{{ printf \"%s|%v\" nil nil }}", "%!s(<nil>)|<nil>");
    check("{{ printf \"%[5]d\" 1 }}", "%!d(BADINDEX)");
    check("{{ printf \"%*d\" \"a\" 1 }}", "%!(BADWIDTH)1");
    check(
        "{{ printf \"%d\" (lookup \"facts.list\" 0) }}",
        "[%!d(string=b) %!d(float64=2.5) <nil>]",
    );
}
