//! That nothing an author or a fact can say blows up.

use proptest::prelude::*;

use super::*;

#[test]
fn deep_nesting_is_refused() {
    let nested = |open: &str, close: &str, depth: usize| {
        Template::parse(&format!(
            "{{{{ 1 }}}}{}{}",
            open.repeat(depth),
            close.repeat(depth)
        ))
    };
    let too_deep = format!("more than {MAX_DEPTH} levels are nested here");
    let check = |open: &str, close: &str| {
        assert!(nested(open, close, MAX_DEPTH).is_ok(), "{open}");
        let error = nested(open, close, 100_000 / open.len()).unwrap_err();
        assert_eq!(error.message, too_deep, "{open}");
    };
    check("{{ if 1 }}", "{{ end }}");
    check("{{ range 1 }}a", "{{ end }}");
    check("{{ with $x := 1 }}", "{{ end }}");
    for source in [
        format!("{{{{ {}1{} }}}}", "(".repeat(1000), ")".repeat(1000)),
        format!("{{{{ {}1{} }}}}", "(print ".repeat(1000), ")".repeat(1000)),
        format!("{{{{ 1{} }}}}", " | print".repeat(1000)),
        format!(
            "{{{{ if 0 }}}}{}{{{{ end }}}}",
            "{{ else if 0 }}".repeat(1000)
        ),
    ] {
        assert_eq!(Template::parse(&source).unwrap_err().message, too_deep);
    }
}

#[test]
fn the_deepest_template_is_expanded() {
    let term = format!(
        "{}1{}",
        "(print ".repeat(MAX_DEPTH / 2 - 1),
        ")".repeat(MAX_DEPTH / 2 - 1)
    );
    let blocks = MAX_DEPTH / 2;
    let source = format!(
        "{}{{{{ {term} }}}}{}",
        "{{ with 1 }}".repeat(blocks),
        "{{ end }}".repeat(blocks)
    );
    check(&source, "1");
}

#[test]
fn fields_do_not_nest() {
    check(&format!("{{{{ .a{} }}}}", ".b".repeat(1000)), "<no value>");
}

#[test]
fn long_templates_are_refused() {
    assert!(Template::parse(&"a".repeat(MAX_LENGTH)).is_ok());
    assert!(Template::parse(&"a".repeat(MAX_LENGTH + 1)).is_err());
}

#[test]
fn long_output_is_refused() {
    let too_long = ExpandError::TooLong.to_string();
    check_failure("{{ printf \"%1000000d%1000000d\" 1 1 }}", &too_long);
    check_failure(
        "{{ $x := printf \"%1000000d\" 1 }}{{ $x }}{{ $x }}",
        &too_long,
    );
    check_failure(
        "{{ $x := printf \"%1000000d\" 1 }}{{ print $x $x }}",
        &too_long,
    );
    check_failure(
        "{{ $x := printf \"%1000000d\" 1 }}{{ urlquery $x (html $x \"&&&\") }}",
        &too_long,
    );
    check_failure(
        "{{ $x := printf \"%1000000d\" 1 }}{{ Base64Encode $x }}",
        &too_long,
    );
}

#[test]
fn endless_work_is_refused() {
    let too_much = ExpandError::TooMuchWork.to_string();
    check_failure("{{ range 9223372036854775807 }}{{ end }}", &too_much);
    check_failure(
        "{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}",
        &too_much,
    );
    check_failure(
        "{{ $x := printf \"%500000d\" 1 }}{{ range 1000 }}{{ $y := ToUpper $x }}{{ end }}",
        &too_much,
    );
    check_failure(
        "{{ $x := printf \"%500000d\" 1 }}{{ range 1000 }}{{ if eq $x $x }}{{ end }}{{ end }}",
        &too_much,
    );
}

#[test]
fn odd_widths_are_ignored() {
    check(
        "{{ printf \"%99999999999999999999d|%.99999999f\" 1 1 }}",
        "1|1",
    );
    check(
        "{{ printf \"%*d\" -9223372036854775808 1 }}",
        "%!(BADWIDTH)1",
    );
    check("{{ printf \"%5.-3d\" 1 }}", "%!-(int=    1)3d");
}

proptest! {
    #[test]
    fn text_without_braces_is_itself(source in "(?s)[^{]{0,40}") {
        prop_assert_eq!(expand(&Template::parse(&source).unwrap()), Ok(source));
    }

    #[test]
    fn anything_is_parsed_or_refused(source in "(?s).{0,40}|\\{\\{.{0,40}\\}\\}") {
        total(&source)?;
    }

    #[test]
    fn any_tokens_are_parsed_or_refused(
        tokens in proptest::collection::vec(proptest::sample::select(TOKENS), 0..24),
    ) {
        total(&tokens.concat())?;
    }

    #[test]
    fn any_format_is_filled_in(
        format in "[-%+# 0*.\\[\\]1-9sdvqxfgeTtcUé]{0,16}",
        argument in proptest::sample::select(&["1", "-2.5", "\"é\"", "nil", "true", "(lookup \"facts\" 0)"][..]),
    ) {
        total(&format!("{{{{ printf `{format}` {argument} 5 {argument} }}}}"))?;
    }
}

/// What templates are made of.
const TOKENS: &[&str] = &[
    "{{",
    "{{",
    "{{-",
    "}}",
    "}}",
    "-}}",
    " ",
    " ",
    "if ",
    "else ",
    "end",
    "range ",
    "with ",
    "break",
    "$x",
    "$x := ",
    "$i, $v := ",
    ".",
    ".a",
    "\"a\"",
    "`b`",
    "'c'",
    "1",
    "-2.5",
    "nil",
    "true",
    "(",
    ")",
    "|",
    "|print",
    "print ",
    "printf \"%v\" ",
    "lookup \"facts.list\" 0",
    "lookup \"data.name\" ",
    "index ",
    "len ",
    "eq ",
    "and ",
    "/*",
    "*/",
    "text",
    "é",
    "\\",
    "define ",
    ",",
    ":=",
];

/// Parses and, if that goes, reads and expands.
fn total(source: &str) -> Result<(), TestCaseError> {
    match Template::parse(source) {
        Ok(template) => {
            let reads = template.reads();
            let spans = reads
                .lookups
                .into_iter()
                .map(|it| it.span)
                .chain(reads.computed)
                .chain(reads.absent);
            for span in spans {
                prop_assert!(source.get(span).is_some());
            }
            // An error is as good as a text.
            let _ = expand(&template);
        }
        Err(error) => prop_assert!(source.get(error.span).is_some()),
    }
    Ok(())
}
