//! What a template is known to read.

use super::*;

#[track_caller]
fn check_lookups(source: &str, expect: &[(&str, Option<Value>, &str)]) {
    let lookups = parse(source).lookups();
    let found: Vec<_> = lookups
        .iter()
        .map(|it| {
            (
                it.path.as_str(),
                it.default.clone(),
                &source[it.span.clone()],
            )
        })
        .collect();
    assert_eq!(found, expect, "{source}");
}

#[test]
fn lookups_are_listed_with_their_defaults() {
    check_lookups("./a", &[]);
    check_lookups(
        "{{ lookup \"facts.a\" \"x\" }} {{ lookup `data.b` 1 }}",
        &[
            ("facts.a", Some(json!("x")), "\"facts.a\""),
            ("data.b", Some(json!(1)), "`data.b`"),
        ],
    );
    check_lookups(
        "{{ if true }}{{ else }}{{ lookup \"facts.a\" nil }}{{ end }}",
        &[("facts.a", Some(Value::Null), "\"facts.a\"")],
    );
    check_lookups(
        "{{ lookup \"data.a\" (lookup \"data.b\" 1.5) }}",
        &[
            ("data.b", Some(json!(1.5)), "\"data.b\""),
            ("data.a", None, "\"data.a\""),
        ],
    );
}

#[test]
fn overrides_are_lookups_too() {
    let template = Template::parse_with("{{ o \"warn\" 10 }}", Dialect::Overrides).unwrap();
    let lookups = template.lookups();
    assert_eq!(
        lookups,
        [Lookup {
            path: "warn".to_owned(),
            default: Some(json!(10)),
            span: 5..11
        }]
    );
}

#[test]
fn computed_paths_are_known_to_be_there() {
    let source = "{{ lookup (print \"data.\" 1) 2 }}";
    let reads = parse(source).reads();
    assert_eq!(reads.lookups, []);
    assert_eq!(reads.computed, vec![3..9]);
}

#[test]
fn fields_of_nothing_are_found() {
    let absent = |source: &str| parse(source).reads().absent;
    assert_eq!(absent("{{ .Facts.os }}").len(), 1);
    assert_eq!(absent("{{ .Facts.os }}")[0], 3..9);
    assert_eq!(
        absent("{{ with lookup \"facts\" 0 }}{{ .os }}{{ else }}{{ .os }}{{ end }}").len(),
        1
    );
    assert_eq!(
        absent("{{ range lookup \"facts.list\" 0 }}{{ .os }}{{ end }}"),
        []
    );
    assert_eq!(absent("{{ $x := lookup \"facts\" 0 }}{{ $x.os }}"), []);
}
