//! The text file of checks.

use jiff::Timestamp;

use super::vectors::shared;
use crate::{CheckSample, write_checks};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn sample<'a>(
    name: &'a str,
    status: &'a str,
    code: u8,
    last_run: i64,
    runs: u64,
) -> CheckSample<'a> {
    CheckSample {
        name,
        status,
        code,
        last_run: Some(at(last_run)),
        runs,
        runtime: 0.25,
        valid_until: Some(at(last_run + 120)),
        maintenance: false,
        flapping: false,
        perfdata: Vec::new(),
    }
}

/// The lines of a family without its heading.
fn lines<'a>(text: &'a str, family: &str) -> Vec<&'a str> {
    let is_of = |it: &&str| {
        it.strip_prefix(family)
            .is_some_and(|it| it.starts_with(['{', ' ']))
    };
    text.lines().filter(is_of).collect()
}

#[test]
fn vectors_of_the_text_file_are_written_byte_for_byte() {
    let Some(folder) = shared("vectors/events") else {
        return;
    };
    let recorded = std::fs::read_to_string(folder.join("prometheus-nagios.prom")).unwrap();
    let checks = vec![
        sample("heartbeat", "OK", 0, 1_795_218_011, 3),
        sample("check_plug", "OK", 0, 1_795_218_014, 4),
        sample("goss", "CRITICAL", 2, 1_795_218_013, 3),
    ];
    let text = write_checks(at(1_795_218_002), checks);
    let own = text.find("# HELP chorister_").unwrap();
    assert_eq!(&text[..own], recorded);
}

#[test]
fn maintenance_is_not_shown_as_ok() {
    let check = CheckSample {
        maintenance: true,
        ..sample("disk", "MAINTENANCE", 0, 100, 1)
    };
    let text = write_checks(at(1), vec![check]);
    assert_eq!(
        lines(&text, "choria_machine_nagios_watcher_status"),
        [r#"choria_machine_nagios_watcher_status{name="disk",status="MAINTENANCE"} 0"#]
    );
    assert_eq!(
        lines(&text, "chorister_check_maintenance"),
        [r#"chorister_check_maintenance{name="disk"} 1"#]
    );
}

#[test]
fn what_has_not_run_has_no_time_and_no_count() {
    let check = CheckSample {
        last_run: None,
        valid_until: None,
        ..sample("new", "UNKNOWN", 3, 0, 0)
    };
    let text = write_checks(at(1), vec![check]);
    assert_eq!(
        lines(&text, "choria_machine_nagios_watcher_last_run_seconds"),
        [""; 0]
    );
    assert_eq!(lines(&text, "chorister_check_runtime_seconds"), [""; 0]);
    assert_eq!(
        lines(&text, "choria_machine_nagios_watcher_checks_count"),
        [r#"choria_machine_nagios_watcher_checks_count{name="new"} 0"#]
    );
}

#[test]
fn no_series_is_there_twice_and_every_label_is_quoted() {
    let mut check = sample("a \"b\\\nc", "OK", 0, 100, 1);
    check.perfdata = vec![("x", "B", 1.5), ("x", "s", 2.0), ("y", "", f64::NAN)];
    let text = write_checks(at(1), vec![check.clone(), check]);
    assert_eq!(
        lines(&text, "chorister_check_perfdata"),
        [r#"chorister_check_perfdata{name="a \"b\\\nc",label="x",unit="B"} 1.5"#]
    );
}
