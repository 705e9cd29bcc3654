//! `process`: how many run, and what they use.

mod snapshot;

use chorister_lang::nagios::{Measurement, Range, Status};
use chorister_system::accounts;
use chorister_system::processes::{Process, command_line};
use serde::Deserialize;

use crate::NativeCheck;
use crate::parameter::{Bound, Pattern};
use crate::report::{Limits, Report, Title, rounded};
use crate::request::{Request, unknown};

/// Counts processes, or judges what each of them uses.
pub const PROCESS: NativeCheck = NativeCheck {
    name: "process",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move { request.answer(Title("PROCS", ": "), look(&request)).await })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    name: Option<String>,
    arguments: Option<Pattern>,
    user: Option<String>,
    states: Option<String>,
    #[serde(default)]
    metric: Metric,
    warn: Option<Bound>,
    crit: Option<Bound>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Metric {
    #[default]
    Count,
    Memory,
    Processor,
    Age,
}

/// How many bytes of a name the kernel keeps.
const NAME: usize = 15;

async fn look(request: &Request) -> Result<Report, Report> {
    let parameters: Parameters = request.parameters()?;
    let user = match &parameters.user {
        None => None,
        Some(user) => Some(number_of(user, request).await?),
    };
    let all = snapshot::processes().map_err(unknown)?;
    let chosen: Vec<&Process> = all
        .iter()
        .filter(|it| parameters.chooses(it, user))
        .collect();
    Ok(judge(&parameters, &chosen))
}

/// The number of a user who is given by name or number.
async fn number_of(user: &str, request: &Request) -> Result<u32, Report> {
    if let Ok(number) = user.parse() {
        return Ok(number);
    }
    let found = accounts::user(user, request.timeout)
        .await
        .map_err(unknown)?;
    let found = found.ok_or_else(|| unknown(format_args!("there is no user {user}")))?;
    Ok(found.id)
}

fn judge(parameters: &Parameters, chosen: &[&Process]) -> Report {
    let range = |bound: Option<Bound>| bound.map(|it| it.0);
    let mut limits = Limits {
        warn: range(parameters.warn),
        crit: range(parameters.crit),
    };
    let number = chosen.len();
    let several = if number == 1 { "process" } else { "processes" };
    let with = parameters.description();
    let count = Measurement::new("procs", number as f64, "").at_least(0.0);
    if parameters.metric == Metric::Count {
        if limits == Limits::default() {
            limits.crit = Some(Range::from(1.0));
        }
        let text = format!("{number} {several}{with}");
        return Report::new(limits.judge(number as f64), text).with(limits.of(count));
    }
    let values: Vec<f64> = chosen.iter().map(|it| parameters.metric.of(it)).collect();
    let alarms = |status| {
        values
            .iter()
            .filter(|it| limits.judge(**it) == status)
            .count()
    };
    let (warnings, criticals) = (alarms(Status::Warning), alarms(Status::Critical));
    let (status, text) = match (warnings, criticals) {
        (0, 0) => (Status::Ok, format!("{number} {several}{with}")),
        (_, 0) => (
            Status::Warning,
            format!("{warnings} warn out of {number} {several}{with}"),
        ),
        _ => (
            Status::Critical,
            format!("{criticals} crit, {warnings} warn out of {number} {several}{with}"),
        ),
    };
    let (label, unit) = parameters.metric.label();
    let most = values.iter().copied().fold(0.0, f64::max);
    Report::new(status, text)
        .with(count)
        .with(Measurement::new("procs_warn", warnings as f64, "").at_least(0.0))
        .with(Measurement::new("procs_crit", criticals as f64, "").at_least(0.0))
        .with(
            limits
                .of(Measurement::new(label, rounded(most), unit))
                .at_least(0.0),
        )
}

// === impl Parameters ===

impl Parameters {
    fn chooses(&self, process: &Process, user: Option<u32>) -> bool {
        let name = self.name.as_deref().map(kept);
        name.is_none_or(|it| process.name.as_bytes() == it)
            && user.is_none_or(|it| process.user == it)
            && self.states.as_ref().is_none_or(|it| it.contains(process.state))
            // Last, because it has to be read.
            && self.arguments.as_ref().is_none_or(|it| it.0.is_match(&command_line(process.id)))
    }

    fn description(&self) -> String {
        let mut parts = Vec::new();
        if let Some(name) = &self.name {
            parts.push(format!("command name '{name}'"));
        }
        if let Some(arguments) = &self.arguments {
            parts.push(format!("arguments '{}'", arguments.0));
        }
        if let Some(user) = &self.user {
            parts.push(format!("user {user}"));
        }
        if let Some(states) = &self.states {
            parts.push(format!("state {states}"));
        }
        if parts.is_empty() {
            return String::new();
        }
        format!(" with {}", parts.join(", "))
    }
}

/// What the kernel keeps of a name.
fn kept(name: &str) -> &[u8] {
    name.as_bytes().get(..NAME).unwrap_or(name.as_bytes())
}

// === impl Metric ===

impl Metric {
    fn of(self, process: &Process) -> f64 {
        match self {
            Self::Count => 1.0,
            Self::Memory => process.resident as f64,
            Self::Processor => {
                let age = process.age.as_secs_f64().max(0.01);
                process.processor_time.as_secs_f64() * 100.0 / age
            }
            Self::Age => process.age.as_secs_f64(),
        }
    }

    const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Count => ("procs", ""),
            Self::Memory => ("memory", "B"),
            Self::Processor => ("processor", "%"),
            Self::Age => ("age", "s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::tests::check;

    fn process(resident: u64) -> Process {
        Process {
            id: 1,
            parent: 0,
            name: "a-very-long-nam".to_owned(),
            state: 'S',
            user: 7,
            age: Duration::from_secs(100),
            processor_time: Duration::from_secs(25),
            resident,
            size: 0,
            kernel: false,
        }
    }

    fn parameters(text: &str) -> Parameters {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn names_are_compared_as_far_as_the_kernel_keeps_them() {
        let chooses = |text| parameters(text).chooses(&process(0), Some(7));
        assert!(chooses(r#"{"name": "a-very-long-name-indeed"}"#));
        assert!(chooses(r#"{"states": "DS"}"#));
        assert!(!chooses(r#"{"name": "a-very-long"}"#));
        assert!(!chooses(r#"{"states": "Z"}"#));
        assert!(!parameters("{}").chooses(&process(0), Some(8)));
    }

    #[test]
    fn one_process_is_enough_unless_told_otherwise() {
        let one = process(0);
        assert_eq!(judge(&parameters("{}"), &[&one]).status, Status::Ok);
        let none = judge(&parameters(r#"{"name": "x"}"#), &[]);
        assert_eq!(
            none.finding(Title("PROCS", ": ")).text,
            "PROCS CRITICAL: 0 processes with command name 'x'|procs=0;;1:;0"
        );
        assert_eq!(judge(&parameters(r#"{"warn": 5}"#), &[]).status, Status::Ok);
    }

    #[test]
    fn each_process_is_judged_by_what_it_uses() {
        let (small, large) = (process(1 << 20), process(1 << 30));
        let report = judge(
            &parameters(r#"{"metric": "memory", "warn": 1e6, "crit": 1e9}"#),
            &[&small, &large],
        );
        assert_eq!(
            report.finding(Title("PROCS", ": ")).text,
            "PROCS CRITICAL: 1 crit, 1 warn out of 2 processes|procs=2;;;0 procs_warn=1;;;0 procs_crit=1;;;0 \
             memory=1073741824B;1000000;1000000000;0"
        );
        let status = |text| judge(&parameters(text), &[&small]).status;
        assert_eq!(
            status(r#"{"metric": "processor", "warn": 24}"#),
            Status::Warning
        );
        assert_eq!(
            status(r#"{"metric": "age", "crit": "200:"}"#),
            Status::Critical
        );
        assert_eq!(status(r#"{"metric": "age", "crit": 200}"#), Status::Ok);
    }

    #[test]
    fn this_process_is_counted() {
        let child = std::process::Command::new("/bin/sleep")
            .arg("3600.25")
            .spawn();
        let mut child = child.unwrap();
        let finding = check(
            PROCESS,
            r#"{"arguments": "^/bin/sleep 3600\\.25$", "crit": "1:1"}"#,
        );
        child.kill().and_then(|()| child.wait()).unwrap();
        finding.is(Status::Ok).says("1 process with arguments");
        check(PROCESS, r#"{"user": "nobody-of-that-name"}"#)
            .is(Status::Unknown)
            .says("no user");
        check(PROCESS, r#"{"user": "root", "crit": "1:"}"#).is(Status::Ok);
    }
}
