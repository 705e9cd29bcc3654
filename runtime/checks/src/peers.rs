//! Debian's monitoring plugins as oracle: the same status for the same thresholds.

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use chorister_engine::native::NativeCheck;
use chorister_lang::nagios::Status;

use crate::tests::check;
use crate::{DISK, FILE_AGE, LOAD, PROCESS, SWAP, TCP};

/// What a plugin says, with its text; `None`, and a line about it, where there are no plugins.
fn plugin(name: &str, arguments: &[&str]) -> Option<(Status, String)> {
    let output = Command::new(chorister_peers::plugin(name)?)
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let status = output.status.code().and_then(Status::of_code);
    Some((status.unwrap_or(Status::Unknown), text))
}

/// Holds a check against a plugin; false where there is none.
#[track_caller]
pub(crate) fn same(native: NativeCheck, parameters: &str, name: &str, arguments: &[&str]) -> bool {
    let Some((status, text)) = plugin(name, arguments) else {
        return false;
    };
    let ours = check(native, parameters).0;
    assert_eq!(
        ours.status, status,
        "{parameters} {arguments:?}\nours: {}\ntheirs: {text}",
        ours.text
    );
    true
}

#[test]
fn disks_are_as_full_as_check_disk_says() {
    let used = check(DISK, "{}").0.text;
    let free: f64 = used
        .split_once("MiB (")
        .and_then(|(_, it)| it.split_once('%'))
        .unwrap()
        .0
        .parse()
        .unwrap();
    // Not at the limit itself: the disk is in use.
    for (warn, crit) in [
        (1.0, 0.0),
        (100.0, 1.0),
        (100.0, 99.0),
        (free + 3.0, free - 3.0),
        (free - 3.0, free - 6.0),
    ] {
        let (warn, crit): (f64, f64) = (warn.clamp(0.0, 100.0), crit.clamp(0.0, 100.0));
        let parameters = format!(
            r#"{{"warn": "{}%", "crit": "{}%"}}"#,
            100.0 - warn,
            100.0 - crit
        );
        let arguments = [
            "-w",
            &format!("{warn}%"),
            "-c",
            &format!("{crit}%"),
            "-p",
            "/",
        ];
        if !same(DISK, &parameters, "check_disk", &arguments) {
            return;
        }
    }
    let inodes = r#"{"warn": 100, "crit": 100, "inode_crit": "0%"}"#;
    same(
        DISK,
        inodes,
        "check_disk",
        &["-w", "0%", "-c", "0%", "-K", "100%", "-p", "/"],
    );
    same(
        DISK,
        r#"{"path": "/nowhere"}"#,
        "check_disk",
        &["-w", "20%", "-c", "10%", "-p", "/nowhere"],
    );
    let not_mounted = r#"{"path": "/etc", "mounted": true}"#;
    same(
        DISK,
        not_mounted,
        "check_disk",
        &["-w", "20%", "-c", "10%", "-E", "-p", "/etc"],
    );
    let size = r#"{"warn": 100, "crit": 100, "free_warn": "900TiB", "free_crit": "1KiB"}"#;
    same(
        DISK,
        size,
        "check_disk",
        &["-u", "kB", "-w", "966367641600", "-c", "1", "-p", "/"],
    );
}

#[test]
fn load_is_what_check_load_says() {
    for (warn, crit) in [
        ("9999,9999,9999", "9999,9999,9999"),
        ("9999,0,9999", "9999,9999,9999"),
        ("0,0,0", "0,0,0"),
    ] {
        for per_cpu in [false, true] {
            let list = |text: &str| text.replace(',', "\", \"");
            let parameters = format!(
                r#"{{"warn": ["{}"], "crit": ["{}"], "per_cpu": {per_cpu}}}"#,
                list(warn),
                list(crit)
            );
            let mut arguments = vec!["-w", warn, "-c", crit];
            if per_cpu {
                arguments.push("-r");
            }
            same(LOAD, &parameters, "check_load", &arguments);
        }
    }
}

#[test]
fn processes_are_counted_as_check_procs_counts_them() {
    let start = || {
        Command::new("/bin/sleep")
            .args(["3600.5", "0.0625"])
            .spawn()
            .unwrap()
    };
    let mut children = [start(), start(), start()];
    for range in [
        "2", "3", "3:", "4:", "1:1", "3:3", "~:2", "@3:4", "@4:5", "0", ":5",
    ] {
        let parameters =
            format!(r#"{{"arguments": "sleep 3600\\.5 0\\.0625", "warn": "{range}"}}"#);
        same(
            PROCESS,
            &parameters,
            "check_procs",
            &["-a", "sleep 3600.5 0.0625", "-w", range],
        );
        let parameters =
            format!(r#"{{"name": "sleep", "arguments": "3600\\.5 0\\.0625", "crit": "{range}"}}"#);
        same(
            PROCESS,
            &parameters,
            "check_procs",
            &["-C", "sleep", "-a", "3600.5 0.0625", "-c", range],
        );
    }
    for child in &mut children {
        child.kill().and_then(|()| child.wait()).unwrap();
    }
    same(
        PROCESS,
        r#"{"name": "no-such-thing", "crit": "1:"}"#,
        "check_procs",
        &["-C", "no-such-thing", "-c", "1:"],
    );
}

#[test]
fn files_are_as_old_as_check_file_age_says() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "12345").unwrap();
    let changed = crate::request::clock() - Duration::from_secs(1000);
    file.as_file().set_modified(changed).unwrap();
    let path = file.path().to_str().unwrap();
    for (warn, crit) in [(900, 2000), (1100, 2000), (100, 900), (2000, 3000)] {
        let parameters = format!(r#"{{"path": "{path}", "warn": {warn}, "crit": {crit}}}"#);
        let (warn, crit) = (warn.to_string(), crit.to_string());
        same(
            FILE_AGE,
            &parameters,
            "check_file_age",
            &["-w", &warn, "-c", &crit, "-f", path],
        );
    }
    for size in ["5", "6"] {
        let parameters =
            format!(r#"{{"path": "{path}", "warn": 9999, "crit": 9999, "size_crit": {size}}}"#);
        same(
            FILE_AGE,
            &parameters,
            "check_file_age",
            &["-w", "9999", "-c", "9999", "-C", size, "-f", path],
        );
    }
    same(
        FILE_AGE,
        r#"{"path": "/nowhere"}"#,
        "check_file_age",
        &["-f", "/nowhere"],
    );
    same(
        FILE_AGE,
        r#"{"path": "/nowhere", "missing": "ok"}"#,
        "check_file_age",
        &["-i", "-f", "/nowhere"],
    );
}

#[test]
fn ports_answer_as_check_tcp_says() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            use std::io::Write;
            // Who only connects does not wait for it.
            let _ = client.unwrap().write_all(b"220 ready\r\n");
        }
    });
    let number = port.to_string();
    let at = |more: &str| format!(r#"{{"host": "127.0.0.1", "port": {port}{more}}}"#);
    let there = ["-H", "127.0.0.1", "-p", &number];
    let with = |more: &[&'static str]| [&there[..], more].concat();
    same(TCP, &at(""), "check_tcp", &there);
    same(
        TCP,
        &at(r#", "warn": "1ns""#),
        "check_tcp",
        &with(&["-w", "0.000000001"]),
    );
    same(
        TCP,
        &at(r#", "crit": "1ns""#),
        "check_tcp",
        &with(&["-c", "0.000000001"]),
    );
    same(
        TCP,
        &at(r#", "expect": "220""#),
        "check_tcp",
        &with(&["-e", "220"]),
    );
    same(
        TCP,
        &at(r#", "expect": "250""#),
        "check_tcp",
        &with(&["-e", "250"]),
    );
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let parameters = format!(r#"{{"host": "127.0.0.1", "port": {closed}}}"#);
    same(
        TCP,
        &parameters,
        "check_tcp",
        &["-H", "127.0.0.1", "-p", &closed.to_string()],
    );
}

#[test]
fn swap_is_missing_as_check_swap_says() {
    let swap = chorister_system::memory::memory().unwrap().swap_total;
    if swap > 0 {
        same(
            SWAP,
            r#"{"warn": 100, "crit": 100}"#,
            "check_swap",
            &["-w", "0%", "-c", "0%"],
        );
        return;
    }
    for verdict in ["ok", "warning", "critical", "unknown"] {
        let parameters = format!(r#"{{"missing": "{verdict}"}}"#);
        same(
            SWAP,
            &parameters,
            "check_swap",
            &["-w", "20%", "-c", "10%", "-n", verdict],
        );
    }
}
