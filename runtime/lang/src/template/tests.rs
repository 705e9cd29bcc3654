mod errors;
mod limits;
mod output;
mod reads;

use serde_json::json;

use super::*;

/// Facts and data that the tests look things up in.
fn documents() -> (Value, Map<String, Value>) {
    let facts = json!({
        "os": {"family": "Debian", "release": {"major": 12}},
        "memory": 1_000_000.0, "load": 1.5, "huge": 12_345_678, "big": 1e21,
        "list": ["b", 2.5, null], "empty": [], "nothing": null, "on": true,
        "text": "it's <b> & \"c\"", "grid": [[1, 2], [3]],
    });
    let data = json!({"counter": 3, "name": "blue", "nested": {"key": "value"}, "list": ["x", "y"], "FLAGS_checkout/new": "on", "a.b": 1});
    let Value::Object(data) = data else {
        panic!("an object")
    };
    (facts, data)
}

fn expand(template: &Template) -> Result<String, ExpandError> {
    let (facts, data) = documents();
    let overrides = json!({"warn": 15, "on": true, "text": "a > b", "list": [1], "nothing": null});
    template.expand(&Scope {
        facts: &facts,
        data: &data,
        overrides: Some(&overrides),
    })
}

#[track_caller]
fn parse(source: &str) -> Template {
    Template::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// What a template of a machine expands to.
#[track_caller]
fn check(source: &str, expect: &str) {
    let found = expand(&parse(source)).unwrap_or_else(|error| panic!("{source}: {error}"));
    assert_eq!(found, expect, "{source}");
}

/// Why a template of a machine cannot be expanded.
#[track_caller]
fn check_failure(source: &str, expect: &str) {
    let error = expand(&parse(source)).unwrap_err();
    assert_eq!(error.to_string(), expect, "{source}");
}

/// What is wrong with a template of a machine, and at which text in it.
#[track_caller]
fn check_error(source: &str, at: &str, message: &str, help: &str) {
    check_error_with(source, Dialect::Machine, at, message, help);
}

#[track_caller]
fn check_error_with(source: &str, dialect: Dialect, at: &str, message: &str, help: &str) {
    let error = Template::parse_with(source, dialect).unwrap_err();
    let text = source
        .get(error.span.clone())
        .expect("a span in the source");
    let help_found = error.help.as_deref().unwrap_or_default();
    assert_eq!(
        (text, error.message.as_str(), help_found),
        (at, message, help),
        "{source}"
    );
}

#[test]
fn text_without_actions_is_itself() {
    check("", "");
    check("./run.sh --verbose }} { {", "./run.sh --verbose }} { {");
    assert!(parse("./run.sh").is_literal());
    assert_eq!(parse(""), Template::EMPTY);
}

#[test]
fn a_literal_is_never_parsed() {
    assert_eq!(expand(&literal("a {{ b")), Ok("a {{ b".to_owned()));
}

#[test]
fn a_template_of_nothing_but_a_comment_prints_nothing() {
    assert!(!parse("{{/* nothing */}}").is_literal());
    check("{{/* nothing */}}", "");
    check("a{{- /* nothing */ -}} b", "ab");
}

#[test]
fn overrides_are_text_without_escapes() {
    let check = |source: &str, expect: &str| {
        let template = Template::parse_with(source, Dialect::Overrides).unwrap();
        assert_eq!(expand(&template).as_deref(), Ok(expect), "{source}");
    };
    check("check -w {{ o \"warn\" 10 }} <5", "check -w 15 <5");
    check("{{ o \"text\" \"\" }}", "a > b");
    check("{{ o \"missing\" \"x&y\" }} {{ o \"missing\" 1 }}", "x&y 1");
    check(
        "{{ o \"on\" false }} {{ o \"list\" 1 }} {{ o \"nothing\" 1 }}",
        "true [1] ",
    );
    check("{{ if eq (o \"warn\" 10) \"15\" }}yes{{ end }}", "yes");
    let (facts, data) = documents();
    let template = Template::parse_with("{{ o \"warn\" 10 }}", Dialect::Overrides).unwrap();
    assert_eq!(
        template.expand(&Scope::new(&facts, &data)).as_deref(),
        Ok("10")
    );
}

#[cfg(feature = "emit")]
mod emitted {
    use super::*;
    use crate::{ConstTokens, text};

    /// A template as the compiler prints it; that it compiles is half of the test.
    static PRINTED: Template = Template {
        source: text("./a {{ lookup \"facts.load\" 1 | printf \"%.2f\" }}"),
        nodes: List::Static(&[
            Node::Text(text("./a ")),
            Node::Print(Term::Call(
                Function::Printf,
                List::Static(&[
                    Term::Text(text("%.2f")),
                    Term::Call(
                        Function::Lookup,
                        List::Static(&[Term::Text(text("facts.load")), Term::Integer(1)]),
                    ),
                ]),
            )),
        ]),
    };

    const LITERAL: Template = literal("./run.sh");

    #[track_caller]
    fn check_printed(source: &str, expect: &str) {
        let printed = parse(source).const_tokens().to_string();
        assert_eq!(
            printed.replace([' ', '\n'], ""),
            expect.replace([' ', '\n'], "")
        );
    }

    #[test]
    fn constants_are_what_parsing_gives() {
        assert_eq!(PRINTED, parse(&PRINTED.source));
        assert_eq!(LITERAL, parse("./run.sh"));
        assert_eq!(expand(&PRINTED).as_deref(), Ok("./a 1.50"));
    }

    #[test]
    fn a_literal_is_printed_as_one() {
        check_printed("./run.sh \"x\"", r#"literal("./run.sh\"x\"")"#);
        check_printed("", r#"literal("")"#);
    }

    #[test]
    fn a_template_is_printed_as_its_nodes() {
        check_printed(
            "./a {{ lookup \"facts.load\" 1 | printf \"%.2f\" }}",
            r#"Template { source: text("./a {{ lookup \"facts.load\" 1 | printf \"%.2f\" }}"),
               nodes: List::Static(&[Node::Text(text("./a")), Node::Print(Term::Call(Function::Printf,
               List::Static(&[Term::Text(text("%.2f")), Term::Call(Function::Lookup,
               List::Static(&[Term::Text(text("facts.load")), Term::Integer(1)]))])))]) }"#,
        );
        check_printed(
            "{{ range $k, $v := $ }}{{ -1.5 }}{{ end }}",
            r#"Template { source: text("{{ range $k, $v := $ }}{{ -1.5 }}{{ end }}"),
               nodes: List::Static(&[Node::Range { key: Some(text("k")), item: Some(text("v")),
               over: Term::Nil, body: List::Static(&[Node::Print(Term::Float(-1.5))]),
               otherwise: List::EMPTY }]) }"#,
        );
    }
}
