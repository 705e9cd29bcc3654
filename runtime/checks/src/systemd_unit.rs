//! `systemd_unit`: what systemd thinks of a unit.

use chorister_lang::nagios::{Measurement, Status};
use chorister_system::services::{Unit, manager};
use serde::Deserialize;

use crate::NativeCheck;
use crate::parameter::{Bound, Many};
use crate::report::{Limits, Report, Title, worst};
use crate::request::{Request, unknown};

/// Judges the state of a unit.
pub const SYSTEMD_UNIT: NativeCheck = NativeCheck {
    name: "systemd_unit",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move {
            request
                .answer(Title("SYSTEMD", " - "), look(&request))
                .await
        })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    unit: String,
    #[serde(default = "active")]
    state: Many<String>,
    enabled: Option<bool>,
    restarts: Option<Bound>,
}

fn active() -> Many<String> {
    Many(vec!["active".to_owned()])
}

async fn look(request: &Request) -> Result<Report, Report> {
    let parameters: Parameters = request.parameters()?;
    if parameters.unit.contains(['*', '?', '[', '/']) {
        return Err(unknown(format_args!(
            "`{}` is not the name of one unit",
            parameters.unit
        )));
    }
    let units = manager().units(&[&parameters.unit], request.timeout).await;
    match units.map_err(unknown)?.first() {
        Some(unit) => Ok(judge(&parameters, unit)),
        None => Err(unknown(format_args!(
            "systemd says nothing about {}",
            parameters.unit
        ))),
    }
}

fn judge(parameters: &Parameters, unit: &Unit) -> Report {
    let name = &unit.name;
    match unit.load.as_str() {
        "loaded" => {}
        "masked" => return Report::new(Status::Critical, format!("{name} is masked")),
        "not-found" => return Report::new(Status::Critical, format!("there is no unit {name}")),
        load => {
            return Report::new(
                Status::Critical,
                format!("{name} cannot be loaded ({load})"),
            );
        }
    }
    let mut text = format!("{name} is {} ({})", unit.active, unit.sub);
    let mut statuses = Vec::new();
    if !parameters.state.0.contains(&unit.active) {
        statuses.push(Status::Critical);
        if !matches!(unit.result.as_str(), "" | "success") {
            text.push_str(&format!(", it ended with {}", unit.result));
        }
    }
    if !unit.file.is_empty() {
        text.push_str(&format!(", {}", unit.file));
    }
    // What cannot be enabled by itself is started by something else.
    let is_enabled = !matches!(
        unit.file.as_str(),
        "disabled" | "masked" | "masked-runtime" | ""
    );
    if parameters.enabled.is_some_and(|it| it != is_enabled) {
        statuses.push(Status::Warning);
    }
    let limits = Limits {
        warn: parameters.restarts.map(|it| it.0),
        crit: None,
    };
    statuses.push(limits.judge(unit.restarts as f64));
    let restarts = Measurement::new("restarts", unit.restarts as f64, "c").at_least(0.0);
    let report = Report::new(worst(statuses), text).with(limits.of(restarts));
    match unit.memory {
        Some(memory) => report.with(Measurement::new("memory", memory as f64, "B").at_least(0.0)),
        None => report,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::check;

    fn unit() -> Unit {
        Unit {
            name: "cron.service".to_owned(),
            load: "loaded".to_owned(),
            active: "active".to_owned(),
            sub: "running".to_owned(),
            file: "enabled".to_owned(),
            restarts: 3,
            memory: Some(4096),
            result: "success".to_owned(),
            ..Unit::default()
        }
    }

    fn status(parameters: &str, unit: &Unit) -> Status {
        judge(&serde_json::from_str(parameters).unwrap(), unit).status
    }

    #[test]
    fn an_active_unit_is_well() {
        let parameters = serde_json::from_str(r#"{"unit": "cron"}"#).unwrap();
        assert_eq!(
            judge(&parameters, &unit())
                .finding(Title("SYSTEMD", " - "))
                .text,
            "SYSTEMD OK - cron.service is active (running), enabled|restarts=3c;;;0 memory=4096B;;;0"
        );
    }

    #[test]
    fn a_unit_that_failed_says_how() {
        let failed = Unit {
            active: "failed".to_owned(),
            sub: "failed".to_owned(),
            result: "exit-code".to_owned(),
            ..unit()
        };
        let parameters = serde_json::from_str(r#"{"unit": "cron"}"#).unwrap();
        let report = judge(&parameters, &failed);
        assert_eq!(report.status, Status::Critical);
        assert_eq!(
            report.text,
            "cron.service is failed (failed), it ended with exit-code, enabled"
        );
        assert_eq!(
            status(
                r#"{"unit": "cron", "state": ["active", "failed"]}"#,
                &failed
            ),
            Status::Ok
        );
    }

    #[test]
    fn what_it_should_be_is_said() {
        assert_eq!(
            status(r#"{"unit": "cron", "enabled": false}"#, &unit()),
            Status::Warning
        );
        assert_eq!(
            status(r#"{"unit": "cron", "enabled": true}"#, &unit()),
            Status::Ok
        );
        assert_eq!(
            status(r#"{"unit": "cron", "restarts": 2}"#, &unit()),
            Status::Warning
        );
        assert_eq!(
            status(r#"{"unit": "cron", "state": "inactive"}"#, &unit()),
            Status::Critical
        );
        for load in ["not-found", "masked", "bad-setting"] {
            let unit = Unit {
                load: load.to_owned(),
                ..unit()
            };
            assert_eq!(status(r#"{"unit": "cron"}"#, &unit), Status::Critical);
        }
    }

    #[test]
    fn patterns_are_refused() {
        check(SYSTEMD_UNIT, r#"{"unit": "*.service"}"#)
            .is(Status::Unknown)
            .says("`*.service` is not the name");
    }
}
