//! `load`: how busy the machine is.

use chorister_lang::nagios::{Measurement, Range};
use serde::Deserialize;

use crate::NativeCheck;
use crate::parameter::{Bound, Many};
use crate::report::{Limits, Report, Title, rounded, worst};
use crate::request::{Request, unknown};

/// Judges the load over 1, 5 and 15 minutes.
pub const LOAD: NativeCheck = NativeCheck {
    name: "load",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move { request.answer(Title("LOAD", " - "), look(&request)).await })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    #[serde(default = "warn")]
    warn: Many<Bound>,
    #[serde(default = "crit")]
    crit: Many<Bound>,
    #[serde(default = "yes")]
    per_cpu: bool,
}

fn warn() -> Many<Bound> {
    bounds([4.0, 3.0, 2.0])
}

fn crit() -> Many<Bound> {
    bounds([8.0, 6.0, 4.0])
}

fn bounds(ends: [f64; 3]) -> Many<Bound> {
    Many(ends.map(|it| Bound(Range::up_to(it))).into())
}

const fn yes() -> bool {
    true
}

/// The names of what is measured.
const LABELS: [[&str; 2]; 3] = [
    ["load1", "scaled_load1"],
    ["load5", "scaled_load5"],
    ["load15", "scaled_load15"],
];

async fn look(request: &Request) -> Result<Report, Report> {
    let parameters: Parameters = request.parameters()?;
    if parameters.warn.0.len() > LABELS.len() || parameters.crit.0.len() > LABELS.len() {
        return Err(unknown(
            "there are three loads to judge: over 1, 5 and 15 minutes",
        ));
    }
    let load = chorister_system::load::load().map_err(unknown)?;
    let processors = chorister_system::load::processors();
    Ok(judge(
        &parameters,
        [load.one, load.five, load.fifteen],
        processors as f64,
    ))
}

fn judge(parameters: &Parameters, loads: [f64; 3], processors: f64) -> Report {
    let at = |many: &Many<Bound>, index: usize| many.0.get(index).or(many.0.last()).map(|it| it.0);
    let mut measurements = Vec::new();
    let mut statuses = Vec::new();
    for (index, (load, [plain, scaled])) in loads.into_iter().zip(LABELS).enumerate() {
        let limits = Limits {
            warn: at(&parameters.warn, index),
            crit: at(&parameters.crit, index),
        };
        let total = Measurement::new(plain, load, "");
        if parameters.per_cpu {
            let share = rounded(load / processors);
            statuses.push(limits.judge(share));
            measurements.push(total.at_least(0.0));
            measurements.push(limits.of(Measurement::new(scaled, share, "")).at_least(0.0));
        } else {
            statuses.push(limits.judge(load));
            measurements.push(limits.of(total).at_least(0.0));
        }
    }
    let [one, five, fifteen] = loads;
    let total = format!("total load average: {one:.2}, {five:.2}, {fifteen:.2}");
    let text = if parameters.per_cpu {
        let [one, five, fifteen] = loads.map(|it| it / processors);
        format!("scaled load average: {one:.2}, {five:.2}, {fifteen:.2} - {total}")
    } else {
        total
    };
    Report {
        status: worst(statuses),
        text,
        measurements,
    }
}

#[cfg(test)]
mod tests {
    use chorister_lang::nagios::Status;

    use super::*;
    use crate::tests::check;

    #[test]
    fn the_last_threshold_counts_for_the_missing_ones() {
        let parameters = Parameters {
            warn: Many(vec![Bound(Range::up_to(5.0)), Bound(Range::up_to(2.0))]),
            crit: Many(vec![]),
            per_cpu: false,
        };
        assert_eq!(judge(&parameters, [4.0, 1.0, 1.0], 2.0).status, Status::Ok);
        assert_eq!(
            judge(&parameters, [4.0, 1.0, 3.0], 2.0).status,
            Status::Warning
        );
    }

    #[test]
    fn the_load_of_one_processor_is_judged_unless_told_otherwise() {
        let parameters = Parameters {
            warn: warn(),
            crit: crit(),
            per_cpu: true,
        };
        let report = judge(&parameters, [10.0, 4.0, 2.0], 2.0);
        assert_eq!(
            report.finding(Title("LOAD", " - ")).text,
            "LOAD WARNING - scaled load average: 5.00, 2.00, 1.00 - total load average: 10.00, 4.00, 2.00\
             |load1=10;;;0 scaled_load1=5;4;8;0 load5=4;;;0 scaled_load5=2;3;6;0 load15=2;;;0 scaled_load15=1;2;4;0"
        );
    }

    #[test]
    fn this_machine_is_judged() {
        check(LOAD, r#"{"warn": [1e9], "crit": "1e9"}"#)
            .is(Status::Ok)
            .says("load average");
        check(LOAD, r#"{"warn": "1e9:", "crit": "1e9"}"#).is(Status::Warning);
        check(LOAD, r#"{"warn": [1, 2, 3, 4]}"#)
            .is(Status::Unknown)
            .says("three loads");
        check(LOAD, r#"{"wran": 1}"#)
            .is(Status::Unknown)
            .says("`wran`");
    }
}
