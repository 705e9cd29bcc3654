use core::ops::Range;

use proptest::prelude::*;

use super::*;

fn cron(source: &str) -> Cron {
    Cron::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// Zones by their rules, so that the tests need no database.
fn zone(name: &str) -> TimeZone {
    let rules = match name {
        "America/New_York" => "EST5EDT,M3.2.0,M11.1.0",
        "America/Sao_Paulo" => "<-03>3<-02>,M11.1.0/0,M2.3.0/0",
        "Asia/Kolkata" => "IST-5:30",
        "Australia/Lord_Howe" => "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "Europe/Berlin" => "CET-1CEST,M3.5.0,M10.5.0/3",
        "UTC" => "UTC0",
        _ => panic!("no rules for {name}"),
    };
    TimeZone::posix(rules).unwrap()
}

/// The starts after a moment, each as local time with its offset.
#[track_caller]
fn check(source: &str, zone_name: &str, after: &str, expect: &[&str]) {
    let (cron, zone) = (cron(source), zone(zone_name));
    let mut now: Timestamp = after.parse().unwrap();
    for expected in expect {
        now = cron
            .next_after(now, &zone)
            .unwrap_or_else(|| panic!("{source} ends before {expected}"));
        let local = zone.to_offset(now).to_datetime(now);
        assert_eq!(
            format!("{local}{}", zone.to_offset(now)),
            *expected,
            "{source}"
        );
    }
}

#[track_caller]
fn check_error(source: &str, span: Range<usize>, message: &str, help: &str) {
    let error = Cron::parse(source).unwrap_err();
    let found = (
        error.span,
        error.message.as_str(),
        error.help.as_deref().unwrap_or_default(),
    );
    assert_eq!(found, (span, message, help), "{source:?}");
}

#[test]
fn fields_become_sets() {
    let check = |source: &str, hours: &[u8]| {
        let found: Vec<u8> = cron(&format!("0 {source} * * *"))
            .hour
            .values_from(0)
            .collect();
        assert_eq!(found, hours, "{source}");
    };
    check("8", &[8]);
    check("08", &[8]);
    check("00", &[0]);
    check("1,2,23", &[1, 2, 23]);
    check("2-4", &[2, 3, 4]);
    check("2-9/3", &[2, 5, 8]);
    check("17/3", &[17, 20, 23]);
    check("*/7", &[0, 7, 14, 21]);
    check("?/12", &[0, 12]);
    check("*/90", &[0]);
    check("5,1-2,20/2", &[1, 2, 5, 20, 22]);
}

#[test]
fn a_star_is_any_value() {
    assert_eq!(cron("* ? */1 *,3 ?").minute, Field::ANY);
    assert_eq!(cron("* ? */1 *,3 ?").hour, Field::ANY);
    assert_eq!(cron("* ? */1 *,3 ?").day_of_month, Field::ANY);
    assert_eq!(cron("* ? */1 *,3 ?").month, Field::ANY);
    assert_eq!(cron("* ? */1 *,3 ?").day_of_week, Field::ANY);
    assert_ne!(cron("* * 1-31 * *").day_of_month, Field::ANY);
}

#[test]
fn names_are_read_in_any_case() {
    assert_eq!(cron("0 0 * JAN,feb-Apr *").month, Field::of(&[1, 2, 3, 4]));
    assert_eq!(
        cron("0 0 * * Mon-FRI").day_of_week,
        Field::of(&[1, 2, 3, 4, 5])
    );
    assert_eq!(cron("0 0 * * sun").day_of_week, Field::of(&[0]));
}

#[test]
fn the_source_is_kept() {
    assert_eq!(cron(" 0  8 * * mon ").to_string(), " 0  8 * * mon ");
}

#[test]
fn values_out_of_range_are_located() {
    check_error(
        "60 * * * *",
        0..2,
        "minute 60 is out of range",
        "minutes are 0 to 59",
    );
    check_error(
        "0 25 * * *",
        2..4,
        "hour 25 is out of range",
        "hours are 0 to 23",
    );
    check_error(
        "0 1-24 * * *",
        4..6,
        "hour 24 is out of range",
        "hours are 0 to 23",
    );
    check_error(
        "0 0 0 * *",
        4..5,
        "day 0 is out of range",
        "days of the month are 1 to 31",
    );
    check_error(
        "0 0 1,32 * *",
        6..8,
        "day 32 is out of range",
        "days of the month are 1 to 31",
    );
    check_error(
        "0 0 * 13 *",
        6..8,
        "month 13 is out of range",
        "months are 1 to 12, or jan to dec",
    );
    let weekdays = "weekdays are 0 (Sunday) to 6, or sun to sat";
    check_error("0 0 * * 7", 8..9, "weekday 7 is out of range", weekdays);
    check_error(
        "0 99999999999 * * *",
        2..13,
        "hour 99999999999 is out of range",
        "hours are 0 to 23",
    );
}

#[test]
fn words_that_are_no_values_are_located() {
    check_error(
        "x * * * *",
        0..1,
        "`x` is not a minute",
        "minutes are 0 to 59",
    );
    check_error("0 -1 * * *", 2..2, "`` is not an hour", "hours are 0 to 23");
    check_error(
        "0 0 L * *",
        4..5,
        "`L` is not a day",
        "days of the month are 1 to 31",
    );
    check_error(
        "0 0 * * 1#2",
        8..11,
        "`1#2` is not a weekday",
        "weekdays are 0 (Sunday) to 6, or sun to sat",
    );
    check_error(
        "0 0 * march *",
        6..11,
        "`march` is not a month",
        "did you mean `mar`?",
    );
    check_error(
        "0 0 * * tues",
        8..12,
        "`tues` is not a weekday",
        "did you mean `tue`?",
    );
    check_error(
        "0 0 * * *-2",
        8..9,
        "`*` is not a weekday",
        "weekdays are 0 (Sunday) to 6, or sun to sat",
    );
    check_error(
        "0 0 * * é",
        8..10,
        "`é` is not a weekday",
        "weekdays are 0 (Sunday) to 6, or sun to sat",
    );
}

#[test]
fn malformed_items_are_located() {
    check_error(
        "*/0 * * * *",
        2..3,
        "a step of 0 goes nowhere",
        "leave the step out for every value",
    );
    check_error(
        "*/x * * * *",
        2..3,
        "`x` is not a step",
        "a step is a number, as in `*/5`",
    );
    check_error(
        "*/ * * * *",
        2..2,
        "`` is not a step",
        "a step is a number, as in `*/5`",
    );
    check_error(
        "*/5/2 * * * *",
        0..5,
        "`*/5/2` has two steps",
        "write one, as in `*/5`",
    );
    check_error(
        "1-2-3 * * * *",
        0..5,
        "`1-2-3` has too many hyphens",
        "write a range as in `1-5`",
    );
    check_error(
        "0 1,,2 * * *",
        4..4,
        "an hour is missing",
        "remove the comma that is too many",
    );
    check_error(
        "0 22-6 * * *",
        2..6,
        "`22-6` ends before it begins",
        "write `22-23,0-6` to go round the end",
    );
    check_error(
        "0 0 * * fri-mon",
        8..15,
        "`fri-mon` ends before it begins",
        "write `fri-6,0-mon` to go round the end",
    );
    check_error(
        "0 23-0 * * *",
        2..6,
        "`23-0` ends before it begins",
        "write `23,0` to go round the end",
    );
}

#[test]
fn other_dialects_are_refused_with_help() {
    let fields = "write minute, hour, day of month, month and day of week, such as `0 8 * * *`";
    let seconds = format!("there are no fields for seconds and years: {fields}");
    check_error("", 0..0, "expected 5 fields, found 0", fields);
    check_error(" 0 8 * * ", 1..8, "expected 5 fields, found 4", fields);
    check_error("0 0 8 * * *", 0..11, "expected 5 fields, found 6", &seconds);
    check_error(
        "@daily",
        0..6,
        "`@daily` is not supported",
        "write `0 0 * * *`",
    );
    check_error(
        " @Weekly",
        1..8,
        "`@Weekly` is not supported",
        "write `0 0 * * 0`",
    );
    check_error(
        "@hourly",
        0..7,
        "`@hourly` is not supported",
        "write `0 * * * *`",
    );
    check_error(
        "@monthly",
        0..8,
        "`@monthly` is not supported",
        "write `0 0 1 * *`",
    );
    check_error(
        "@annually",
        0..9,
        "`@annually` is not supported",
        "write `0 0 1 1 *`",
    );
    let every = "write a step, such as `*/5 * * * *` for every five minutes";
    check_error("@every 5m", 0..9, "`@every` is not supported", every);
    check_error("@reboot", 0..7, "`@reboot` is not supported", fields);
    let zone = "name it as the `timezone` of the watcher";
    check_error(
        "TZ=UTC 0 8 * * *",
        0..6,
        "the time zone is not part of the expression",
        zone,
    );
}

#[test]
fn starts_follow_each_other() {
    check(
        "0 8 * * *",
        "UTC",
        "2026-03-01T07:59:59.9Z",
        &["2026-03-01T08:00:00+00", "2026-03-02T08:00:00+00"],
    );
    check(
        "*/20 * * * *",
        "UTC",
        "2026-03-01T00:00:00Z",
        &[
            "2026-03-01T00:20:00+00",
            "2026-03-01T00:40:00+00",
            "2026-03-01T01:00:00+00",
        ],
    );
    check(
        "59 23 31 12 *",
        "UTC",
        "2026-12-31T23:59:00Z",
        &["2027-12-31T23:59:00+00"],
    );
    check(
        "0 0 * * mon",
        "Asia/Kolkata",
        "2026-03-01T00:00:00Z",
        &["2026-03-02T00:00:00+05:30"],
    );
}

#[test]
fn a_start_is_strictly_later() {
    check(
        "0 8 * * *",
        "UTC",
        "2026-03-01T08:00:00Z",
        &["2026-03-02T08:00:00+00"],
    );
    check(
        "0 8 * * *",
        "UTC",
        "2026-03-01T07:59:59.999999999Z",
        &["2026-03-01T08:00:00+00"],
    );
}

#[test]
fn months_end_when_they_end() {
    check(
        "0 0 31 * *",
        "UTC",
        "2026-01-31T00:00:00Z",
        &[
            "2026-03-31T00:00:00+00",
            "2026-05-31T00:00:00+00",
            "2026-07-31T00:00:00+00",
            "2026-08-31T00:00:00+00",
        ],
    );
    check(
        "0 0 29 2 *",
        "UTC",
        "2026-01-01T00:00:00Z",
        &["2028-02-29T00:00:00+00", "2032-02-29T00:00:00+00"],
    );
    check(
        "0 12 28-31 2 *",
        "UTC",
        "2028-02-01T00:00:00Z",
        &[
            "2028-02-28T12:00:00+00",
            "2028-02-29T12:00:00+00",
            "2029-02-28T12:00:00+00",
        ],
    );
}

#[test]
fn restricted_days_match_either() {
    check(
        "0 0 13 * fri",
        "UTC",
        "2026-11-01T00:00:00Z",
        &[
            "2026-11-06T00:00:00+00",
            "2026-11-13T00:00:00+00",
            "2026-11-20T00:00:00+00",
            "2026-11-27T00:00:00+00",
            "2026-12-04T00:00:00+00",
            "2026-12-11T00:00:00+00",
            "2026-12-13T00:00:00+00",
        ],
    );
}

#[test]
fn a_star_with_a_step_does_not_restrict_days() {
    // Odd days that are Fridays, and the 13th if it is a Sunday, Tuesday, Thursday or Saturday.
    check(
        "0 0 */2 * fri",
        "UTC",
        "2026-11-01T00:00:00Z",
        &[
            "2026-11-13T00:00:00+00",
            "2026-11-27T00:00:00+00",
            "2026-12-11T00:00:00+00",
        ],
    );
    check(
        "0 0 13 * */2",
        "UTC",
        "2026-11-01T00:00:00Z",
        &["2026-12-13T00:00:00+00", "2027-02-13T00:00:00+00"],
    );
}

#[test]
fn a_skipped_local_time_is_skipped() {
    check(
        "30 2 * * *",
        "America/New_York",
        "2026-03-07T12:00:00Z",
        &["2026-03-09T02:30:00-04", "2026-03-10T02:30:00-04"],
    );
    check(
        "30 2 * 3 *",
        "Europe/Berlin",
        "2026-03-28T12:00:00Z",
        &["2026-03-30T02:30:00+02"],
    );
    check(
        "0 * * * *",
        "Europe/Berlin",
        "2026-03-28T23:30:00Z",
        &["2026-03-29T01:00:00+01", "2026-03-29T03:00:00+02"],
    );
    check(
        "0 0 * * *",
        "America/Sao_Paulo",
        "2018-11-03T12:00:00Z",
        &["2018-11-05T00:00:00-02"],
    );
}

#[test]
fn a_repeated_local_hour_starts_twice() {
    check(
        "30 1 * * *",
        "America/New_York",
        "2026-10-31T12:00:00Z",
        &[
            "2026-11-01T01:30:00-04",
            "2026-11-01T01:30:00-05",
            "2026-11-02T01:30:00-05",
        ],
    );
    check(
        "0 2 * * *",
        "Europe/Berlin",
        "2026-10-24T12:00:00Z",
        &[
            "2026-10-25T02:00:00+02",
            "2026-10-25T02:00:00+01",
            "2026-10-26T02:00:00+01",
        ],
    );
    check(
        "*/30 * * * *",
        "Europe/Berlin",
        "2026-10-25T00:30:00Z",
        &["2026-10-25T02:00:00+01", "2026-10-25T02:30:00+01"],
    );
}

#[test]
fn the_moment_of_a_change_may_be_a_start() {
    check(
        "0 3 29 3 *",
        "Europe/Berlin",
        "2026-03-28T12:00:00Z",
        &["2026-03-29T03:00:00+02"],
    );
}

#[test]
fn half_hour_changes_are_followed() {
    check(
        "15 2 * * *",
        "Australia/Lord_Howe",
        "2026-10-03T00:00:00Z",
        &["2026-10-05T02:15:00+11"],
    );
    check(
        "45 1 * * *",
        "Australia/Lord_Howe",
        "2026-04-04T00:00:00Z",
        &["2026-04-05T01:45:00+11", "2026-04-05T01:45:00+10:30"],
    );
}

#[test]
fn what_never_starts_is_known() {
    let now = "2026-11-01T00:00:00Z".parse().unwrap();
    for source in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 feb *"] {
        assert!(cron(source).is_impossible(), "{source}");
        assert_eq!(
            cron(source).next_after(now, &zone("Europe/Berlin")),
            None,
            "{source}"
        );
        assert_eq!(cron(source).shortest_gap(), None, "{source}");
    }
    for source in ["0 0 29 2 *", "0 0 30 2 mon", "0 0 31 * *", "* * * * *"] {
        assert!(!cron(source).is_impossible(), "{source}");
    }
}

#[test]
fn the_search_ends_after_five_years() {
    // Compat: robfig/cron spec.go: 2100 is no leap year, so that the next one is too far away.
    assert_eq!(
        cron("0 0 29 2 *").next_after("2097-01-01T00:00:00Z".parse().unwrap(), &TimeZone::UTC),
        None
    );
}

#[test]
fn gaps_are_measured() {
    let check = |source: &str, shortest: u64, longest: u64| {
        let minutes = |count: u64| Some(Duration::from_secs(60 * count));
        let cron = cron(source);
        assert_eq!(
            (cron.shortest_gap(), cron.longest_gap()),
            (minutes(shortest), minutes(longest)),
            "{source}"
        );
    };
    let day = 24 * 60;
    check("* * * * *", 1, 1);
    check("*/15 * * * *", 15, 15);
    check("*/25 * * * *", 10, 25);
    check("0 8 * * *", day, day);
    check("0 8,17 * * *", 9 * 60, 15 * 60);
    check("0 8 * * mon-fri", day, 3 * day);
    check("0 0 1 * *", 28 * day, 31 * day);
    check("0 0 29 2 *", 1461 * day, 1461 * day);
}

#[test]
fn windows_that_overlap_are_known() {
    let nightly = cron("0 22 * * mon-fri");
    assert!(!nightly.overlaps(Duration::from_secs(8 * 3600)));
    assert!(nightly.overlaps(Duration::from_secs(24 * 3600)));
    assert!(!nightly.is_always_on(Duration::from_secs(24 * 3600)));
    assert!(nightly.is_always_on(Duration::from_secs(72 * 3600)));
    assert!(cron("* * * * *").is_always_on(Duration::from_secs(60)));
    assert!(!cron("0 0 30 2 *").overlaps(Duration::MAX));
}

#[cfg(feature = "emit")]
#[test]
fn an_expression_is_printed_as_a_constant() {
    use crate::ConstTokens;
    let check = |source: &str, expect: &str| {
        let printed = cron(source).const_tokens().to_string();
        assert_eq!(printed.replace(' ', ""), expect.replace([' ', '\n'], ""));
    };
    check(
        "0,30 8 * * */2",
        r#"Cron { source: text("0,308***/2"), minute: Field::of(&[0, 30]), hour: Field::of(&[8]),
           day_of_month: Field::ANY, month: Field::ANY, day_of_week: Field::star(&[0, 2, 4, 6]) }"#,
    );
}

const ZONES: [&str; 6] = [
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Berlin",
];

/// The definition: the first minute whose local time matches every field.
fn brute_force(cron: &Cron, after: Timestamp, zone: &TimeZone, minutes: i64) -> Option<Timestamp> {
    let first = after.as_second().div_euclid(60) + 1;
    (first..first + minutes)
        .map(|minute| Timestamp::from_second(60 * minute).unwrap())
        .find(|&at| {
            let local = zone.to_datetime(at);
            cron.matches(local.date())
                && cron.hour.contains(local.hour().unsigned_abs())
                && cron.minute.contains(local.minute().unsigned_abs())
        })
}

fn field(least: u8, greatest: u8) -> impl Strategy<Value = String> {
    let value = least..=greatest;
    prop_oneof![
        3 => Just("*".to_owned()),
        2 => value.clone().prop_map(|value| value.to_string()),
        1 => (1_u8..20).prop_map(|step| format!("*/{step}")),
        1 => (value.clone(), value).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_next_start_is_the_one_a_scan_finds(
        fields in (field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)),
        // Around changes of the clocks, and anywhere.
        after in prop_oneof![1_774_500_000..1_774_900_000_i64, 1_792_700_000..1_793_700_000_i64, 0..2_000_000_000_i64],
        zone_name in proptest::sample::select(&ZONES),
    ) {
        let source = format!("{} {} {} {} {}", fields.0, fields.1, fields.2, fields.3, fields.4);
        let (cron, zone) = (cron(&source), zone(zone_name));
        let after = Timestamp::from_second(after).unwrap();
        let scanned = 3 * 24 * 60;
        let found = cron.next_after(after, &zone);
        match brute_force(&cron, after, &zone, scanned) {
            Some(expect) => prop_assert_eq!(found, Some(expect), "{}", source),
            None => {
                let end = 60 * (after.as_second().div_euclid(60) + scanned);
                prop_assert!(found.is_none_or(|found| found.as_second() > end), "{}", source);
            }
        }
    }

    #[test]
    fn anything_is_read_or_refused(source in "(?s).{0,24}|[-0-9*?/,a-zé@ ]{0,24}") {
        if let Err(error) = Cron::parse(&source) {
            prop_assert!(source.get(error.span).is_some());
        }
    }
}
