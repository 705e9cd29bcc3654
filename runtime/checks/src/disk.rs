//! `disk` and `inode`: how full a file system is.

use std::path::{Path, PathBuf};

use chorister_lang::nagios::{Measurement, Range, Status};
use chorister_system::mounts::{Usage, at, mounts, usage};
use serde::Deserialize;

use crate::NativeCheck;
use crate::memory::percents;
use crate::parameter::{Bound, Size};
use crate::report::{Limits, Report, Title, worst};
use crate::request::{Request, critical, unknown};

/// Judges how full a file system is.
pub const DISK: NativeCheck = NativeCheck {
    name: "disk",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move { request.answer(Title("DISK", " - "), look(&request)).await })
    },
};

/// Judges how many of the files that a file system can hold are there.
pub const INODE: NativeCheck = NativeCheck {
    name: "inode",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move {
            request
                .answer(Title("INODE", " - "), look_at_inodes(&request))
                .await
        })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    #[serde(default = "root")]
    path: PathBuf,
    warn: Option<Bound>,
    crit: Option<Bound>,
    free_warn: Option<Size>,
    free_crit: Option<Size>,
    inode_warn: Option<Bound>,
    inode_crit: Option<Bound>,
    #[serde(default)]
    mounted: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InodeParameters {
    #[serde(default = "root")]
    path: PathBuf,
    warn: Option<Bound>,
    crit: Option<Bound>,
}

fn root() -> PathBuf {
    "/".into()
}

async fn look(request: &Request) -> Result<Report, Report> {
    let parameters: Parameters = request.parameters()?;
    let usage = measure(&parameters.path, parameters.mounted, request).await?;
    Ok(judge(&parameters, &usage))
}

async fn look_at_inodes(request: &Request) -> Result<Report, Report> {
    let parameters: InodeParameters = request.parameters()?;
    let usage = measure(&parameters.path, false, request).await?;
    let limits = percents(parameters.warn, parameters.crit, [80.0, 90.0]);
    Ok(judge_inodes(&parameters.path, &usage, &limits))
}

async fn measure(path: &Path, mounted: bool, request: &Request) -> Result<Usage, Report> {
    let mounts = mounts().map_err(unknown)?;
    if mounted && at(&mounts, path).is_none() {
        return Err(critical(format_args!(
            "nothing is mounted at {}",
            path.display()
        )));
    }
    let usage = usage(&mounts, path, request.timeout).await;
    usage.map_err(|error| {
        critical(format_args!(
            "{} is not accessible: {error}",
            path.display()
        ))
    })
}

fn judge(parameters: &Parameters, usage: &Usage) -> Report {
    let path = parameters.path.display().to_string();
    let limits = percents(parameters.warn, parameters.crit, [80.0, 90.0]);
    // What only root may take counts neither as used nor as free, as with df.
    let used = share(usage.used(), usage.used().saturating_add(usage.available));
    let inodes = share(usage.inodes.saturating_sub(usage.inodes_free), usage.inodes);
    let range = |bound: Option<Bound>| bound.map(|it| it.0);
    let at_least = |size: Option<Size>| size.map(|it| Range::from(it.0 as f64));
    let free_limits = Limits {
        warn: at_least(parameters.free_warn),
        crit: at_least(parameters.free_crit),
    };
    let inode_limits = Limits {
        warn: range(parameters.inode_warn),
        crit: range(parameters.inode_crit),
    };
    let status = worst([
        limits.judge(used),
        free_limits.judge(usage.available as f64),
        inode_limits.judge(inodes),
    ]);
    let files = if usage.inodes == 0 {
        "-".to_owned()
    } else {
        format!("{:.0}%", 100.0 - inodes)
    };
    let text = format!(
        "free space: {path} {} MiB ({:.0}% inode={files});",
        usage.available >> 20,
        100.0 - used,
    );
    let total = usage.total as f64;
    let measured = Measurement::new(path, usage.used() as f64, "B")
        .at_least(0.0)
        .at_most(total);
    Report::new(status, text).with(limits.scaled(total / 100.0).rounded().of(measured))
}

fn judge_inodes(path: &Path, usage: &Usage, limits: &Limits) -> Report {
    let path = path.display().to_string();
    if usage.inodes == 0 {
        return Report::new(Status::Ok, format!("{path} holds any number of files"));
    }
    let used = usage.inodes.saturating_sub(usage.inodes_free);
    let percent = share(used, usage.inodes);
    let total = usage.inodes as f64;
    let text = format!(
        "free inodes: {path} {} ({:.0}%);",
        usage.inodes_free,
        100.0 - percent,
    );
    let measured = Measurement::new(path, used as f64, "")
        .at_least(0.0)
        .at_most(total);
    Report::new(limits.judge(percent), text)
        .with(limits.scaled(total / 100.0).rounded().of(measured))
}

/// In percent; 0 of nothing.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 * 100.0 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::check;

    const USAGE: Usage = Usage {
        total: 1000 << 20,
        free: 300 << 20,
        available: 233 << 20,
        inodes: 1000,
        inodes_free: 50,
    };

    fn parameters(text: &str) -> Parameters {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_is_left_for_everybody_is_judged() {
        let report = judge(&parameters(r#"{"warn": "75%", "crit": "76%"}"#), &USAGE);
        assert_eq!(
            report.finding(Title("DISK", " - ")).text,
            "DISK WARNING - free space: / 233 MiB (25% inode=5%);|/=734003200B;786432000;796917760;0;1048576000"
        );
    }

    #[test]
    fn sizes_and_files_are_judged_too() {
        let status = |text| judge(&parameters(text), &USAGE).status;
        assert_eq!(status("{}"), Status::Ok);
        assert_eq!(status(r#"{"free_warn": "300MiB"}"#), Status::Warning);
        assert_eq!(
            status(r#"{"free_warn": "300MiB", "free_crit": "234MiB"}"#),
            Status::Critical
        );
        assert_eq!(status(r#"{"inode_warn": "95%"}"#), Status::Ok);
        assert_eq!(status(r#"{"inode_crit": "94%"}"#), Status::Critical);
    }

    #[test]
    fn some_file_systems_count_no_files() {
        let limits = percents(None, None, [80.0, 90.0]);
        let usage = Usage { inodes: 0, ..USAGE };
        assert_eq!(
            judge_inodes(Path::new("/"), &usage, &limits).status,
            Status::Ok
        );
        let report = judge_inodes(Path::new("/a b"), &USAGE, &limits);
        assert_eq!(
            report.finding(Title("INODE", " - ")).text,
            "INODE CRITICAL - free inodes: /a b 50 (5%);|'/a b'=950;800;900;0;1000"
        );
    }

    #[test]
    fn this_machine_is_judged() {
        check(DISK, r#"{"warn": 100, "crit": 100}"#)
            .is(Status::Ok)
            .says("free space: / ");
        check(DISK, r#"{"path": "/proc", "mounted": true}"#).is(Status::Ok);
        check(DISK, r#"{"path": "/etc", "mounted": true}"#)
            .is(Status::Critical)
            .says("nothing is mounted at /etc");
        check(DISK, r#"{"path": "/nowhere"}"#)
            .is(Status::Critical)
            .says("/nowhere is not accessible: No such file");
        check(INODE, r#"{"warn": 100, "crit": 100}"#).is(Status::Ok);
    }
}
