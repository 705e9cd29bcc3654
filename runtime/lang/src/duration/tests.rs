use proptest::prelude::*;

use super::*;

fn check(source: &str, expect: i64) {
    assert_eq!(parse_go(source), Ok(expect), "{source:?}");
}

fn check_error(source: &str, span: core::ops::Range<usize>, message: &str, help: &str) {
    let error = parse_go(source).unwrap_err();
    let found = (
        error.span,
        error.message.as_str(),
        error.help.as_deref().unwrap_or_default(),
    );
    assert_eq!(found, (span, message, help), "{source:?}");
}

fn check_interval(source: &str, expect: i64) {
    assert_eq!(parse_interval(source), Ok(expect), "{source:?}");
}

fn check_interval_error(source: &str, span: core::ops::Range<usize>, message: &str, help: &str) {
    let error = parse_interval(source).unwrap_err();
    let found = (
        error.span,
        error.message.as_str(),
        error.help.as_deref().unwrap_or_default(),
    );
    assert_eq!(found, (span, message, help), "{source:?}");
}

const S: i64 = 1_000_000_000;
const H: i64 = 3600 * S;

#[test]
fn durations_are_read_as_go_reads_them() {
    check("0", 0);
    check("-0", 0);
    check("5s", 5 * S);
    check("30s", 30 * S);
    check("1478s", 1478 * S);
    check("-5s", -5 * S);
    check("+5s", 5 * S);
    check("5.0s", 5 * S);
    check("5.6s", 5_600_000_000);
    check("5.s", 5 * S);
    check(".5s", S / 2);
    check("1.0040s", 1_004_000_000);
    check("100.00100s", 100_001_000_000);
    check("10ns", 10);
    check("11us", 11_000);
    check("12µs", 12_000);
    check("12μs", 12_000);
    check("13ms", 13_000_000);
    check("15m", 900 * S);
    check("16h", 16 * H);
    check("3h30m", 3 * H + 1800 * S);
    check("10.5s4m", 250_500_000_000);
    check("-2m3.4s", -123_400_000_000);
    check("1h2m3s4ms5us6ns", H + 123 * S + 4_005_006);
    check("39h9m14.425s", 39 * H + 554_425_000_000);
    check("52763797000ns", 52_763_797_000);
    check("0.3333333333333333333h", 1200 * S);
    check("9007199254740993ns", 9_007_199_254_740_993);
    check("9223372036854775807ns", i64::MAX);
    check("9223372036s854ms775us807ns", i64::MAX);
    check("-9223372036854775808ns", i64::MIN);
    check("0.100000000000000000000h", 360 * S);
    check("0.830103483285477580700h", 2_988_372_539_827);
}

#[test]
fn what_is_wrong_with_a_duration_is_said() {
    check_error("", 0..0, "a duration is missing", "write `10s`");
    check_error("-", 0..1, "a duration is missing", "write `10s`");
    check_error("10", 0..2, "`10` has no unit", "write `10s` for seconds");
    check_error("1m30", 2..4, "`30` has no unit", "write `30s` for seconds");
    check_error(
        "1d",
        1..2,
        "unknown unit `d`",
        "the longest unit here is the hour: write `24h`",
    );
    check_error(
        "2w",
        1..2,
        "unknown unit `w`",
        "the longest unit here is the hour: write `336h`",
    );
    check_error("1H", 1..2, "unknown unit `H`", "write `1h`");
    check_error("5 min", 1..5, "unknown unit ` min`", "write `5m`");
    check_error(
        "3x",
        1..2,
        "unknown unit `x`",
        "units are ns, us, ms, s, m and h",
    );
    check_error(
        ".s",
        0..2,
        "`.s` is not a duration",
        "write a number and a unit, such as `10s` or `1m30s`",
    );
    check_error(
        "ten",
        0..3,
        "`ten` is not a duration",
        "write a number and a unit, such as `10s` or `1m30s`",
    );
    check_error(
        "9223372036854775808ns",
        0..21,
        "the duration is too long",
        "292 years are the most that can be counted",
    );
    for source in [
        "-9223372036854775809ns",
        "3000000h",
        "9223372036854775810ns",
        "9223372036854ms775us808ns0.1h9223372036854775807ns",
    ] {
        assert!(parse_go(source).is_err(), "{source:?}");
    }
}

#[test]
fn intervals_have_days_and_more() {
    check_interval("", 0);
    check_interval("  ", 0);
    check_interval(" 5m ", 300 * S);
    check_interval("1m30s", 90 * S);
    check_interval("500ms", S / 2);
    check_interval("-5s", -5 * S);
    check_interval("1d", 24 * H);
    check_interval("2D", 48 * H);
    check_interval("1w", 7 * 24 * H);
    check_interval("1W", 7 * 24 * H);
    check_interval("1M", 30 * 24 * H);
    check_interval("1y", 365 * 24 * H);
    check_interval("1Y", 365 * 24 * H);
    check_interval("-1d", -24 * H);
    check_interval("1e2d", 2400 * H);
}

#[test]
fn days_are_cut_to_whole_hours() {
    check_interval("1.5d", 36 * H);
    check_interval("0.01d", 0);
    check_interval("0.1d", 2 * H);
    check_interval("-0.06d", -H);
}

#[test]
fn what_is_wrong_with_an_interval_is_said() {
    let units = "units are s, m, h, d, w, M (months) and y";
    check_interval_error("10", 0..2, "`10` has no unit", "write `10s` for seconds");
    check_interval_error(" 10", 1..3, "`10` has no unit", "write `10s` for seconds");
    check_interval_error("1m30", 0..4, "`1m30` has no unit", "write `10s`");
    check_interval_error("10x", 2..3, "unknown unit `x`", units);
    check_interval_error("10µ", 2..4, "unknown unit `µ`", units);
    check_interval_error(" 1H", 2..3, "unknown unit `H`", "write `1h`");
    check_interval_error("1S", 1..2, "unknown unit `S`", "write `1s`");
    let one = "one number goes before `d`, as in `2d`; write `36h` for a day and a half";
    check_interval_error("d", 0..0, "`` is not a number", one);
    check_interval_error(" infd", 1..4, "`inf` is not a number", one);
    check_interval_error("1e99d", 0..4, "`1e99` is not a number", one);
    for source in ["1d12h", "1h1d", "1e30d", "1000y", "nany", "0x1p4d"] {
        assert!(parse_interval(source).is_err(), "{source:?}");
    }
}

#[test]
fn durations_are_written_as_go_writes_them() {
    let check = |duration: Duration, expect: &str| assert_eq!(format_go(duration), expect);
    check(Duration::ZERO, "0s");
    check(Duration::from_nanos(1), "1ns");
    check(Duration::from_nanos(1100), "1.1µs");
    check(Duration::from_micros(2200), "2.2ms");
    check(Duration::from_millis(3300), "3.3s");
    check(Duration::from_secs(245), "4m5s");
    check(Duration::from_millis(245_001), "4m5.001s");
    check(
        Duration::from_millis(5 * 3_600_000 + 6 * 60_000 + 7001),
        "5h6m7.001s",
    );
    check(
        Duration::from_nanos(8 * 60_000_000_000 + 1),
        "8m0.000000001s",
    );
    check(Duration::from_secs(3600), "1h0m0s");
    check(
        Duration::from_nanos(i64::MAX.unsigned_abs()),
        "2562047h47m16.854775807s",
    );
    check(Duration::MAX, "5124095576030431h0m15.999999999s");
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(nanoseconds in prop_oneof![0..=i64::MAX, 0..10_000_000_000_i64]) {
        let written = format_go(Duration::from_nanos(nanoseconds.unsigned_abs()));
        prop_assert_eq!(parse_go(&written), Ok(nanoseconds));
        prop_assert_eq!(parse_go(&format!("-{written}")), Ok(-nanoseconds));
        prop_assert_eq!(parse_interval(&written), Ok(nanoseconds));
    }

    #[test]
    fn anything_is_read_or_refused(source in "(?s).{0,16}|[-+0-9.eMnuµsmhdwy ]{0,24}") {
        for result in [parse_go(&source), parse_interval(&source)] {
            if let Err(error) = result {
                prop_assert!(source.get(error.span).is_some());
            }
        }
    }
}

#[test]
fn durations_are_brief() {
    let check = |seconds, expect: &str| assert_eq!(brief(Duration::from_secs(seconds)), expect);
    check(5, "5s");
    check(60, "1m");
    check(90, "1m30s");
    check(3600, "1h");
    check(5400, "1h30m");
    check(36000, "10h");
    check(0, "0s");
}
