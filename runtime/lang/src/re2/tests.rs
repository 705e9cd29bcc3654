use proptest::prelude::*;

use super::compile;

#[track_caller]
fn check(pattern: &str, matching: &[&str], others: &[&str]) {
    let regex = compile(pattern).unwrap();
    for text in matching {
        assert!(regex.is_match(text), "`{pattern}` does not match `{text}`");
    }
    for text in others {
        assert!(!regex.is_match(text), "`{pattern}` matches `{text}`");
    }
}

#[track_caller]
fn refuse(pattern: &str, message: &str) {
    let error = compile(pattern).unwrap_err();
    assert_eq!(error.message, format!("error parsing regexp: {message}"));
}

#[test]
fn quoted_text_stands_for_itself() {
    check(r"^\Qa.b+\E\d$", &["a.b+1"], &["axb+1", "a.bb1"]);
    check(r"\Qa.b", &["a.b"], &["axb"]);
    check(r"\Q\E", &["", "x"], &[]);
}

#[test]
fn a_brace_that_repeats_nothing_is_text() {
    check("a{", &["a{"], &["a"]);
    check("a{,3}", &["a{,3}"], &["aaa"]);
    check("a{x}", &["a{x}"], &[]);
    check("^a{2,3}$", &["aa", "aaa"], &["a", "aaaa"]);
    check(r#"^\{"n":1}$"#, &[r#"{"n":1}"#], &[]);
}

#[test]
fn classes_of_letters_are_ascii() {
    check(r"^\d$", &["3"], &["٣"]);
    check(r"^\w$", &["a", "_"], &["é"]);
    check(r"^\s$", &[" ", "\t"], &["\u{b}", "\u{a0}"]);
    check(r"^\S$", &["a", "é", "\u{b}"], &[" "]);
    check(r"^[\s\d]$", &[" ", "1"], &["\u{b}", "x"]);
}

#[test]
fn a_dot_is_one_character_of_any_script() {
    check("^.$", &["a", "é", "日"], &["\n", "ab"]);
}

#[test]
fn operators_of_other_dialects_are_text_in_classes() {
    check("^[a&&b]$", &["a", "&", "b"], &["c"]);
    check("^[a~~b]$", &["~"], &["c"]);
    check("^[[a]$", &["[", "a"], &["b"]);
    check("^[]a]$", &["]", "a"], &["b"]);
    check("^[^]a]$", &["b"], &["]", "a"]);
    check("^[a-]$", &["a", "-"], &["b"]);
    check("^[-a]$", &["a", "-"], &["b"]);
    check("^[a-c-e]$", &["b", "-", "e"], &["d"]);
    check("^[[:alpha:][:^ascii:]]$", &["a", "é"], &["1"]);
    check(r"^[\-\]\\]$", &["-", "]", "\\"], &["a"]);
}

#[test]
fn escapes_of_characters() {
    check(r"^\x41\x{1F600}\101\0$", &["A😀A\0"], &[]);
    check(r"^\<\>\/\!\_\ $", &["<>/!_ "], &[]);
    check(r"^\a\f\t\n\r\v$", &["\u{7}\u{c}\t\n\r\u{b}"], &[]);
}

#[test]
fn flags_and_groups() {
    check("(?i)^abc$", &["ABC"], &[]);
    check("(?m)^def", &["abc\ndef"], &[]);
    check("^def", &["def"], &["abc\ndef"]);
    check("a(?s:.)b", &["a\nb"], &[]);
    check("(?P<x>a)(?<y>b)", &["ab"], &[]);
    check("^(?:a|)$", &["a", ""], &["b"]);
    check("(?-i)a#b", &["a#b"], &[]);
    check("^(?i)müller$", &["MÜLLER", "Müller"], &["Muller"]);
    check("^(?:(?i)é)É[^é]$", &["éÉÉ", "ÉÉÉ"], &["ééÉ", "ÉÉé"]);
    check("^(?i:[é])(?i)(?-i:é)$", &["Éé"], &["ÉÉ"]);
}

#[test]
fn what_go_refuses_is_refused() {
    refuse("(", "missing closing ): `(`");
    refuse("a)", "unexpected ): `a)`");
    refuse("[a", "missing closing ]: `[a`");
    refuse("a**", "invalid nested repetition operator: `**`");
    refuse("a{1001}", "invalid repeat count: `{1001}`");
    refuse("a{3,2}", "invalid repeat count: `{3,2}`");
    refuse(r"\y", r"invalid escape sequence: `\y`");
    refuse(r"(a)\1", r"invalid escape sequence: `\1`");
    refuse("(?=a)", "invalid or unsupported Perl syntax: `(?=a`");
    refuse("(?x)a b", "invalid or unsupported Perl syntax: `(?x)`");
    refuse("[b-a]", "invalid character class range: `b-a`");
    refuse("\\", "trailing backslash at end of expression: ``");
    for pattern in ["*a", "[[:nope:]]", r"\p{Greek}", "(?P<1>a)", "(?i", r"[\b]"] {
        assert!(compile(pattern).is_err(), "{pattern}");
    }
}

proptest! {
    #[test]
    fn no_pattern_panics(pattern in r"[\\\[\]{}()?*+a-c0-9QEx^$|:<>Pi,\-é]{0,40}") {
        let _ = compile(&pattern);
    }

    #[test]
    fn any_text_can_be_quoted(text in "[^\\\\]*", around in "[a-z]{0,3}") {
        let regex = compile(&format!(r"\Q{text}\E")).unwrap();
        let whole = format!("{around}{text}{around}");
        prop_assert!(regex.is_match(&whole));
    }
}

#[test]
fn patterns_of_others_may_be_kept_small() {
    assert!(super::compile_within(r"^\w+$", 64 << 10).is_ok());
    assert!(compile(r"(\w{100}){10}").is_ok());
    assert!(super::compile_within(r"(\w{100}){10}", 8 << 10).is_err());
}
