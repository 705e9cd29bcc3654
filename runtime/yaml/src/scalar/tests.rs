use super::*;

fn yaml(text: &str) -> Resolved<'_> {
    resolve(text, Schema::Yaml)
}

/// What goccy/go-yaml 1.19.2 makes of plain scalars: (text, meaning, text where a string is wanted).
#[test]
fn plain_scalars_mean_what_they_mean_upstream() {
    use Resolved::{Bool, Float, Int, Null, Str};
    let table: &[(&str, Resolved<'_>, &str)] = &[
        ("", Null, ""),
        ("~", Null, ""),
        ("null", Null, ""),
        ("NULL", Null, ""),
        ("nULL", Str("nULL"), "nULL"),
        ("true", Bool(true), "true"),
        ("TRUE", Bool(true), "true"),
        ("False", Bool(false), "false"),
        ("tRue", Str("tRue"), "tRue"),
        ("yes", Str("yes"), "yes"),
        ("on", Str("on"), "on"),
        ("n", Str("n"), "n"),
        ("012", Int(10), "10"),
        ("0640", Int(416), "416"),
        ("0o14", Int(12), "12"),
        ("0O7", Str("0O7"), "0O7"),
        ("0b101", Int(5), "5"),
        ("0x1f", Int(31), "31"),
        ("0X1f", Str("0X1f"), "0X1f"),
        ("0x_1f", Int(31), "31"),
        ("-0x1f", Int(-31), "-31"),
        ("0x+5", Str("0x+5"), "0x+5"),
        ("-012", Int(-10), "-10"),
        ("08", Str("08"), "08"),
        ("00", Int(0), "0"),
        ("-0", Int(0), "0"),
        ("1_000", Int(1000), "1000"),
        ("1_", Int(1), "1"),
        ("_1", Str("_1"), "_1"),
        ("+5", Int(5), "5"),
        ("+-5", Int(5), "5"),
        ("-+5", Str("-+5"), "-+5"),
        ("--5", Str("--5"), "--5"),
        ("++5", Str("++5"), "++5"),
        ("1e3", Str("1e3"), "1e3"),
        ("1.5e3", Float(1500.0), "1500"),
        ("1.e3", Float(1000.0), "1000"),
        (".5", Float(0.5), "0.5"),
        ("5.", Float(5.0), "5"),
        (".", Str("."), "."),
        ("+", Str("+"), "+"),
        ("1.0", Float(1.0), "1"),
        ("1.10", Float(1.1), "1.1"),
        ("-1.10", Float(-1.1), "-1.1"),
        ("09.5", Float(9.5), "9.5"),
        ("0x1.8", Str("0x1.8"), "0x1.8"),
        ("1.2.3", Str("1.2.3"), "1.2.3"),
        ("1.5e400", Str("1.5e400"), "1.5e400"),
        ("-0.0", Float(-0.0), "-0"),
        ("0.0001", Float(0.0001), "0.0001"),
        ("0.00001", Float(0.00001), "1e-05"),
        ("123456.5", Float(123_456.5), "123456.5"),
        ("1000000.0", Float(1e6), "1e+06"),
        ("12345678.9", Float(12_345_678.9), "1.23456789e+07"),
        ("1.0e21", Float(1e21), "1e+21"),
        (".inf", Float(f64::INFINITY), "+Inf"),
        ("-.INF", Float(f64::NEG_INFINITY), "-Inf"),
        ("+.inf", Str("+.inf"), "+.inf"),
        (".Nan", Str(".Nan"), ".Nan"),
        (
            "18446744073709551615",
            Int(u64::MAX as i128),
            "18446744073709551615",
        ),
        (
            "18446744073709551616",
            Str("18446744073709551616"),
            "18446744073709551616",
        ),
        (
            "-9223372036854775808",
            Int(i64::MIN as i128),
            "-9223372036854775808",
        ),
        (
            "-9223372036854775809",
            Str("-9223372036854775809"),
            "-9223372036854775809",
        ),
        ("1:30", Str("1:30"), "1:30"),
        ("2026-01-01", Str("2026-01-01"), "2026-01-01"),
        ("10s", Str("10s"), "10s"),
        ("１", Str("１"), "１"),
    ];
    for (text, meaning, written) in table {
        assert_eq!(yaml(text), *meaning, "{text}");
        let scalar = Scalar::plain(*text);
        let weak = scalar.as_text();
        assert_eq!(weak.text, *written, "{text}");
        assert_eq!(weak.is_string, matches!(meaning, Str(_)), "{text}");
    }
    assert!(matches!(yaml(".nan"), Float(float) if float.is_nan()));
}

#[test]
fn json_words_and_numbers_mean_what_json_says() {
    let json = |text| resolve(text, Schema::Json);
    assert_eq!(json("1e3"), Resolved::Float(1000.0));
    assert_eq!(json("1.10"), Resolved::Float(1.1));
    assert_eq!(json("-0"), Resolved::Float(-0.0));
    assert_eq!(json("18446744073709551615"), Resolved::Int(u64::MAX.into()));
    assert_eq!(
        json("18446744073709551616"),
        Resolved::Float(18_446_744_073_709_551_616.0)
    );
    assert_eq!(json("null"), Resolved::Null);
}

#[test]
fn quoted_scalars_are_strings() {
    assert_eq!(resolve("5", Schema::Str), Resolved::Str("5"));
    assert_eq!(resolve("", Schema::Str), Resolved::Str(""));
}

#[test]
fn properties_are_weakly_typed() {
    let plain = Scalar::plain;
    let quoted = |text: &str| Scalar {
        schema: Schema::Str,
        ..Scalar::plain(text)
    };

    assert_eq!(plain("true").as_text_weak().text, "1");
    assert_eq!(plain("1000000.0").as_text_weak().text, "1000000");
    assert_eq!(plain("1.10").as_text_weak().text, "1.1");

    assert_eq!(quoted("T").as_bool_weak(), Some(true));
    assert_eq!(quoted("").as_bool_weak(), Some(false));
    assert_eq!(plain("0.0").as_bool_weak(), Some(false));
    assert_eq!(plain("2").as_bool_weak(), Some(true));
    assert_eq!(plain("yes").as_bool_weak(), None);
    assert_eq!(quoted("tRUE").as_bool_weak(), None);
    assert_eq!(quoted("true").as_bool(), None);

    assert_eq!(plain("1.0").as_int(), Some(1));
    assert_eq!(plain("1.5").as_int(), None);
    assert_eq!(quoted("3").as_int(), None);
    assert_eq!(plain("18446744073709551615").as_int(), None);
    assert_eq!(plain("1.9").as_int_weak(), Some(1));
    assert_eq!(plain(".inf").as_int_weak(), None);
    assert_eq!(plain("~").as_int_weak(), Some(0));
    assert_eq!(quoted("0x1F").as_int_weak(), Some(31));
    assert_eq!(quoted("-017").as_int_weak(), Some(-15));
    assert_eq!(quoted("0x_1f").as_int_weak(), Some(31));
    assert_eq!(quoted("1_000").as_int_weak(), Some(1000));
    assert_eq!(quoted("1__0").as_int_weak(), None);
    assert_eq!(quoted("1.0").as_int_weak(), None);

    assert_eq!(plain("3").as_float(), Some(3.0));
    assert_eq!(quoted("1.5").as_float_weak(), Some(1.5));
    assert_eq!(quoted("x").as_float_weak(), None);
}
