use chorister_engine::{CheckResult, MaintenanceStatus};

use super::*;

/// A check that ran at 100, and runs again at 160.
pub(crate) fn check(status: Standing, output: &str) -> CheckStatus {
    CheckStatus {
        status,
        result: Some(status),
        class: Some("disk".to_owned()),
        plugin: "disk".to_owned(),
        output: output.to_owned(),
        last_check: Some(100),
        next_check: Some(160),
        runtime: 0.25,
        valid_until: Some(230),
        stale: false,
        attempt: None,
        flapping: false,
        skipped: None,
        maintenance: None,
        perfdata: Vec::new(),
        history: vec![CheckResult {
            time: 100,
            status,
            value: Some(1.0),
        }],
        annotations: BTreeMap::new(),
    }
}

fn row<'a>(name: &'a str, check: &'a CheckStatus) -> Row<'a> {
    Row {
        name,
        state: check.status.as_str(),
        since: 40,
        check,
    }
}

#[test]
fn checks_are_lines_that_fit() {
    let disk = check(Standing::Ok, "DISK OK - 3 GB free|/=3GB");
    let queue = CheckStatus {
        attempt: Some((2, 3)),
        ..check(Standing::Critical, "900 messages wait\nmore")
    };
    let mail = CheckStatus {
        maintenance: Some(MaintenanceStatus {
            since: 90,
            until: Some(3_710),
            reason: "new disks".to_owned(),
            owner: "ann".to_owned(),
        }),
        next_check: None,
        ..check(Standing::Maintenance, "\u{1b}[31mred")
    };
    let rows = [row("disk", &disk), row("queue", &queue), row("mail", &mail)];
    assert_eq!(
        table::text(&rows, usize::MAX, 110),
        "CHECK  STATUS       SINCE  LAST  NEXT  TRY  OUTPUT\n\
         disk   OK           1m10s  10s   50s   -    DISK OK - 3 GB free\n\
         queue  CRITICAL     1m10s  10s   50s   2/3  900 messages wait\n\
         mail   MAINTENANCE  1m10s  10s   -     -    1h00m left, ann: new disks  \u{fffd}[31mred\n"
    );
    let narrow = table::text(&rows, 66, 110);
    assert!(
        narrow.lines().all(|it| it.chars().count() <= 66),
        "{narrow}"
    );
}

#[test]
fn what_is_old_is_stale_and_wants_attention() {
    let disk = check(Standing::Ok, "");
    assert_eq!(row("disk", &disk).flags(230), [""; 0]);
    assert_eq!(row("disk", &disk).flags(231), ["stale"]);
    assert!(!disk.is_failing(230) && disk.is_failing(231));
}
