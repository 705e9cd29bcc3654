use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::files::NoFiles;

fn data() -> Data {
    let list =
        |items: &[&str]| Value::List(items.iter().map(|it| Value::String((*it).into())).collect());
    let port = Value::Map(vec![("port".into(), Value::Int(80))]);
    Data {
        vars: vec![
            ("s".into(), Value::String("x".into())),
            ("n".into(), Value::Int(1_000_000)),
            ("f".into(), Value::Float(1_000_000.0)),
            ("l".into(), list(&["a", "b"])),
            ("m".into(), port),
            ("nothing".into(), Value::Null),
        ],
        env: BTreeMap::from([
            ("HOME".into(), "/root".into()),
            ("EMPTY".into(), String::new()),
        ]),
    }
}

fn rendered(source: &str) -> String {
    match render(source, &data(), &NoFiles) {
        Ok(rendered) => rendered.text,
        Err(error) => error.full,
    }
}

fn check(source: &str, expect: &str) {
    assert_eq!(rendered(source), expect, "{source}");
}

#[test]
fn actions_are_those_of_go() {
    check("a{{/* no */}}b", "ab");
    check("a {{- 1 -}} b", "a1b");
    check("{{ if .Vars.s }}yes{{ else }}no{{ end }}", "yes");
    check(
        "{{ if eq .Vars.s \"y\" }}1{{ else if eq .Vars.s \"x\" }}2{{ end }}",
        "2",
    );
    check(
        "{{ range $i, $v := .Vars.l }}{{ $i }}{{ $v }};{{ end }}",
        "0a;1b;",
    );
    check(
        "{{ range .Vars.l }}{{ . }}{{ if eq . \"a\" }}{{ continue }}{{ end }}!{{ end }}",
        "ab!",
    );
    check(
        "{{ range until 3 }}{{ if eq . 2 }}{{ break }}{{ end }}{{ . }}{{ end }}",
        "01",
    );
    check("{{ range list }}x{{ else }}none{{ end }}", "none");
    check(
        "{{ with .Vars.m }}{{ .port }}{{ $.Vars.s }}{{ end }}",
        "80x",
    );
    check(
        "{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}",
        "2",
    );
    check(
        "{{ define \"t\" }}<{{ . }}>{{ end }}{{ template \"t\" .Vars.s }}",
        "<x>",
    );
    check("{{ block \"b\" 7 }}[{{ . }}]{{ end }}", "[7]");
    check("{{ .Env.HOME }}", "/root");
}

#[test]
fn values_print_as_in_go() {
    check("{{ .Vars.n }} {{ .Vars.f }}", "1000000 1e+06");
    check(
        "{{ .Vars.l }} {{ .Vars.m }} {{ .Vars.nothing }}",
        "[a b] map[port:80] <no value>",
    );
    check("{{ index .Vars \"zz\" }}", "<no value>");
    check(
        "{{ printf \"%05d|%-4s|%q|%v\" 42 \"ab\" \"x\" .Vars.f }}",
        "00042|ab  |\"x\"|1e+06",
    );
    check(
        "{{ print 1 2 \"a\" \"b\" 3 }}",
        "1 2a b3".replace("a b", "ab").as_str(),
    );
    check("{{ html \"<a>\" }}{{ urlquery \"a b\" }}", "&lt;a&gt;a+b");
}

#[test]
fn functions_of_goss_and_sprig_work() {
    check(
        "{{ getEnv \"EMPTY\" \"d\" }}{{ getEnv \"HOME\" }}{{ getEnv \"NO\" }}",
        "d/root",
    );
    check("{{ range mkSlice 1 \"b\" }}{{ . }}{{ end }}", "1b");
    check("{{ toUpper \"a\" }}{{ \"B\" | lower }}", "Ab");
    check("{{ regexMatch \"^a.c$\" \"abc\" }}", "true");
    check(
        "{{ (findStringSubmatch \"(?P<x>b+)\" \"abbbc\").x }}",
        "bbb",
    );
    check(
        "{{ get (findStringSubmatch \"b(b)\" \"abbbc\") \"1\" }}",
        "b",
    );
    check("{{ get .Vars \"nope\" | default \"d\" }}", "d");
    check(
        "{{ $d := dict \"a\" 1 }}{{ $_ := set $d \"b\" 2 }}{{ $d }}",
        "map[a:1 b:2]",
    );
    check("{{ list 1 2 2 | uniq | join \",\" }}", "1,2");
    check(
        "{{ splitList \",\" \"a,b\" | last }}{{ (split \",\" \"a,b\")._1 }}",
        "bb",
    );
    check(
        "{{ toJson .Vars.m }}{{ (fromJson \"{\\\"a\\\":[1]}\").a }}",
        "{\"port\":80}[1]",
    );
    check(
        "{{ add 1 2 3 }} {{ div 7 2 }} {{ round 2.456 1 }} {{ max 1 3 2 }}",
        "6 3 2.5 3",
    );
    check(
        "{{ semverCompare \"^1.2.0\" \"v1.4\" }}{{ semverCompare \">=2 <3 || 9.x\" \"9.1.0\" }}",
        "truetrue",
    );
    check(
        "{{ \"a b\" | quote }}{{ squote 1 }}{{ trimSuffix \".x\" \"a.x\" }}",
        "\"a b\"'1'a",
    );
    check(
        "{{ base \"/a/b.c\" }}{{ dir \"/a/b.c\" }}{{ ext \"b.c\" }}{{ clean \"a/../b\" }}",
        "b.c/a.cb",
    );
    check(
        "{{ ternary \"y\" \"n\" true }}{{ coalesce \"\" \"z\" }}{{ kindOf .Vars.l }}",
        "yzslice",
    );
    check(
        "{{ indent 2 \"a\\nb\" }}{{ seq 3 }}{{ until 2 }}",
        "  a\n  b1 2 3[0 1]",
    );
}

#[test]
fn errors_read_as_those_of_go() {
    let executing = "executing \"test\" at";
    check(
        "process: {\"{{.Vars.x}}\": {}}",
        &format!("template: test:1:18: {executing} <.Vars.x>: map has no entry for key \"x\""),
    );
    check(
        "\n {{ .Vars.s.a }}",
        &format!(
            "template: test:2:9: {executing} <.Vars.s.a>: can't evaluate field a in type interface {{}}"
        ),
    );
    check(
        "{{ index .Vars \"no\" \"packages\" }}",
        &format!(
            "template: test:1:3: {executing} <index .Vars \"no\" \"packages\">: error calling index: index of nil \
             pointer"
        ),
    );
    check(
        "{{ readFile \"no\" }}",
        &format!(
            "template: test:1:3: {executing} <readFile \"no\">: error calling readFile: open no: no such file or \
             directory"
        ),
    );
    check(
        "{{ nope 1 }}",
        "template: test:1: function \"nope\" not defined",
    );
    check(
        "\n{{ if true }}",
        "template: test:2: this `if` is not closed",
    );
    check(
        "{{ now }}",
        &format!(
            "template: test:1:3: {executing} <now>: `now` is not called here: a check renders the same at any time, \
             so there is no clock"
        ),
    );
    check(
        "{{ eq 1 1.0 }}",
        &format!(
            "template: test:1:3: {executing} <eq 1 1.0>: error calling eq: incompatible types for comparison"
        ),
    );
}

#[test]
fn bombs_end() {
    let is_limited = |source: &str| {
        let error = render(source, &data(), &NoFiles).expect_err(source);
        assert_eq!(error.kind, RenderErrorKind::Limit, "{source}: {error:?}");
    };
    is_limited("{{ range until 1000000000 }}x{{ end }}");
    is_limited("{{ range until 9000 }}{{ range until 9000 }}x{{ end }}{{ end }}");
    is_limited("{{ define \"t\" }}{{ template \"t\" . }}{{ end }}{{ template \"t\" . }}");
    is_limited("{{ $l := list }}{{ range until 1000 }}{{ $l = list $l $l }}{{ end }}");
    is_limited("{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $d }}");
    is_limited("{{ $s := \"x\" }}{{ range until 100 }}{{ $s = cat $s $s }}{{ end }}");
    is_limited("{{ repeat 1000000000 \"abc\" }}");
    is_limited("{{ indent 1000000000 \"a\" }}");
    is_limited(&"{{ if 1 }}".repeat(1000));
    is_limited(&format!(
        "{{{{ {}1{} }}}}",
        "(".repeat(1000),
        ")".repeat(1000)
    ));
    is_limited(&"x".repeat(MAX_SOURCE + 1));
}

#[test]
fn places_lead_back_to_the_template() {
    let source = "a: {{ .Vars.s }}\n{{ range .Vars.l }}\n  {{ . }}: 1{{ end }}\nlast: 2\n";
    let rendered = render(source, &data(), &NoFiles).expect("it renders");
    assert_eq!(rendered.text, "a: x\n\n  a: 1\n  b: 1\nlast: 2\n");
    let place = |text: &str| {
        let at = rendered.text.find(text).expect(text);
        &source[rendered.map.source(at..at + text.len())]
    };
    assert_eq!(place("x"), "{{ .Vars.s }}");
    assert_eq!(place("b"), "{{ . }}");
    assert_eq!(place("last"), "last");
    assert_eq!(place("b: 1"), "{{ . }}: 1");
}

#[test]
fn reads_are_found_wherever_the_root_is_known() {
    let source = "{{ .Vars.a.b }}{{ with .Vars.c }}{{ .d }}{{ $.Env.E }}{{ end }}{{ f .Vars.x }}";
    assert!(reads(source).is_empty(), "it is no template");
    let found: Vec<String> = reads(&source.replace("f .", "print ."))
        .iter()
        .map(|read| read.path.join("."))
        .collect();
    assert_eq!(found, ["Vars.a.b", "Vars.c", "Env.E", "Vars.x"]);
}

proptest! {
    #[test]
    fn whatever_is_written_ends_without_a_panic(source in "[a-z{} .|()$:=\"0-9-]{0,80}") {
        let _ = render(&source, &data(), &NoFiles);
    }

    #[test]
    fn whatever_is_called_ends_without_a_panic(
        name in proptest::sample::select(functions::names().collect::<Vec<_>>()),
        arguments in proptest::collection::vec(
            proptest::sample::select(vec![
                "1", "-7", "1.5", "\"\"", "\"a,é\"", "\"(\"", ".Vars.l", ".Vars.m", "nil", "true", "99999999999",
            ]),
            0..5,
        ),
    ) {
        let _ = render(&format!("{{{{ {name} {} }}}}", arguments.join(" ")), &data(), &NoFiles);
    }
}
