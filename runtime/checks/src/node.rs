//! `node`: how the machine is as a whole.

use core::time::Duration;
use std::path::Path;

use chorister_lang::nagios::{Measurement, Range, Status};
use chorister_system::load::uptime;
use chorister_system::services::manager;
use serde::Deserialize;

use crate::NativeCheck;
use crate::parameter::Span;
use crate::report::{Limits, Report, Title, worst};
use crate::request::{Request, unknown};

/// Judges whether the machine has been restarted, wants to be, or has units that failed.
pub const NODE: NativeCheck = NativeCheck {
    name: "node",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move { request.answer(Title("NODE", " - "), look(&request)).await })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    uptime: Option<Span>,
    #[serde(default = "yes")]
    failed_units: bool,
    #[serde(default = "yes")]
    reboot: bool,
}

const fn yes() -> bool {
    true
}

/// What updates of Debian and its relatives leave behind when they want a restart.
const REBOOT: &str = "/run/reboot-required";

/// How many units are named in the text.
const NAMED: usize = 5;

async fn look(request: &Request) -> Result<Report, Report> {
    let parameters: Parameters = request.parameters()?;
    let up = uptime().map_err(unknown)?;
    let failed = if parameters.failed_units {
        // Where systemd does not run there is nothing that it could say.
        manager().failed(request.timeout).await.ok()
    } else {
        None
    };
    let reboot = parameters.reboot && Path::new(REBOOT).exists();
    Ok(judge(&parameters, up, failed.as_deref(), reboot))
}

fn judge(parameters: &Parameters, up: Duration, failed: Option<&[String]>, reboot: bool) -> Report {
    let limits = Limits {
        warn: parameters.uptime.map(|it| Range::from(it.0.as_secs_f64())),
        crit: None,
    };
    let seconds = up.as_secs() as f64;
    let mut statuses = vec![limits.judge(seconds)];
    let mut text = format!("up {}", written(up));
    if let Some(failed) = failed {
        let units = if failed.len() == 1 { "unit" } else { "units" };
        text.push_str(&format!(", {} failed {units}", failed.len()));
        if let Some((first, rest)) = failed.split_first() {
            statuses.push(Status::Warning);
            text.push_str(&format!(": {first}"));
            for name in rest.iter().take(NAMED - 1) {
                text.push_str(&format!(" {name}"));
            }
        }
    }
    if reboot {
        statuses.push(Status::Warning);
        text.push_str(", a restart is wanted");
    }
    let uptime = limits
        .of(Measurement::new("uptime", seconds, "s"))
        .at_least(0.0);
    let report = Report::new(worst(statuses), text).with(uptime);
    match failed {
        Some(failed) => {
            report.with(Measurement::new("failed_units", failed.len() as f64, "").at_least(0.0))
        }
        None => report,
    }
}

/// The two largest parts of a time.
fn written(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (days, hours) = (minutes / (24 * 60), minutes / 60 % 24);
    if days > 0 {
        format!("{days}d {hours}h")
    } else {
        format!("{hours}h {}m", minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::check;

    fn text(parameters: &str, up: u64, failed: Option<&[String]>, reboot: bool) -> String {
        let parameters = serde_json::from_str(parameters).unwrap();
        let report = judge(&parameters, Duration::from_secs(up), failed, reboot);
        report.finding(Title("NODE", " - ")).text
    }

    #[test]
    fn everything_that_wants_attention_is_named() {
        assert_eq!(
            text("{}", 90_061, Some(&[]), false),
            "NODE OK - up 1d 1h, 0 failed units|uptime=90061s;;;0 failed_units=0;;;0"
        );
        assert_eq!(
            text("{}", 3_720, Some(&["a.service".to_owned()]), true),
            "NODE WARNING - up 1h 2m, 1 failed unit: a.service, a restart is wanted|uptime=3720s;;;0 failed_units=1;;;0"
        );
        assert_eq!(
            text(r#"{"uptime": "10m"}"#, 300, None, false),
            "NODE WARNING - up 0h 5m|uptime=300s;600:;;0"
        );
    }

    #[test]
    fn this_machine_is_up() {
        check(NODE, r#"{"failed_units": false, "reboot": false}"#)
            .is(Status::Ok)
            .says("NODE OK - up ");
    }
}
