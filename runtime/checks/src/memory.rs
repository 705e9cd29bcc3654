//! `memory` and `swap`: how much is in use.

use chorister_lang::nagios::{Measurement, Range};
use chorister_system::memory::{Memory, memory};
use serde::Deserialize;

use crate::NativeCheck;
use crate::parameter::{Bound, Verdict};
use crate::report::{Limits, Report, Title};
use crate::request::{Request, unknown};

/// Judges how much memory is in use.
pub const MEMORY: NativeCheck = NativeCheck {
    name: "memory",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move { request.answer(Title("MEMORY", " - "), look(&request)).await })
    },
};

/// Judges how much swap space is in use.
pub const SWAP: NativeCheck = NativeCheck {
    name: "swap",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move {
            request
                .answer(Title("SWAP", " - "), look_at_swap(&request))
                .await
        })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    warn: Option<Bound>,
    crit: Option<Bound>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SwapParameters {
    warn: Option<Bound>,
    crit: Option<Bound>,
    #[serde(default = "fine")]
    missing: Verdict,
}

const fn fine() -> Verdict {
    Verdict::Ok
}

const MIB: u64 = 1 << 20;

/// Limits of a share in percent, with what they are where nobody says.
pub(crate) fn percents(warn: Option<Bound>, crit: Option<Bound>, usual: [f64; 2]) -> Limits {
    let [usual_warn, usual_crit] = usual.map(Range::up_to);
    Limits {
        warn: Some(warn.map_or(usual_warn, |it| it.0)),
        crit: Some(crit.map_or(usual_crit, |it| it.0)),
    }
}

async fn look(request: &Request) -> Result<Report, Report> {
    let parameters: Parameters = request.parameters()?;
    let limits = percents(parameters.warn, parameters.crit, [80.0, 90.0]);
    Ok(judge(&memory().map_err(unknown)?, &limits))
}

async fn look_at_swap(request: &Request) -> Result<Report, Report> {
    let parameters: SwapParameters = request.parameters()?;
    let limits = percents(parameters.warn, parameters.crit, [50.0, 80.0]);
    Ok(judge_swap(
        &memory().map_err(unknown)?,
        &limits,
        parameters.missing,
    ))
}

fn judge(memory: &Memory, limits: &Limits) -> Report {
    let (total, used) = (memory.total as f64, memory.used() as f64);
    let percent = used * 100.0 / total;
    let text = format!(
        "{percent:.0}% used ({} MiB of {} MiB), {} MiB available",
        memory.used() / MIB,
        memory.total / MIB,
        memory.available / MIB,
    );
    let of_total = |label, bytes| {
        Measurement::new(label, bytes as f64, "B")
            .at_least(0.0)
            .at_most(total)
    };
    Report::new(limits.judge(percent), text)
        .with(
            limits
                .scaled(total / 100.0)
                .of(of_total("used", memory.used())),
        )
        .with(of_total("available", memory.available))
        .with(of_total("cached", memory.cached))
}

fn judge_swap(memory: &Memory, limits: &Limits, missing: Verdict) -> Report {
    let total = memory.swap_total as f64;
    let free = Measurement::new("swap", memory.swap_free as f64, "B")
        .at_least(0.0)
        .at_most(total);
    if memory.swap_total == 0 {
        return Report::new(missing.into(), "there is no swap space").with(free);
    }
    let percent = memory.swap_used() as f64 * 100.0 / total;
    // What plugins print is what is free.
    let limits_of_free = limits.mirrored(100.0).scaled(total / 100.0);
    let text = format!(
        "{:.0}% free ({} MiB out of {} MiB)",
        100.0 - percent,
        memory.swap_free / MIB,
        memory.swap_total / MIB,
    );
    Report::new(limits.judge(percent), text).with(limits_of_free.of(free))
}

#[cfg(test)]
mod tests {
    use chorister_lang::nagios::Status;

    use super::*;
    use crate::tests::check;

    fn half() -> Memory {
        Memory {
            total: 1000 * MIB,
            available: 500 * MIB,
            swap_total: 100 * MIB,
            swap_free: 25 * MIB,
            ..Memory::default()
        }
    }

    #[test]
    fn what_is_available_is_not_used() {
        let finding = judge(
            &half(),
            &percents(Some(Bound(Range::up_to(49.0))), None, [0.0, 90.0]),
        );
        assert_eq!(
            finding.finding(Title("MEMORY", " - ")).text,
            "MEMORY WARNING - 50% used (500 MiB of 1000 MiB), 500 MiB available\
             |used=524288000B;513802240;943718400;0;1048576000 available=524288000B;;;0;1048576000 cached=0B;;;0;1048576000"
        );
    }

    #[test]
    fn swap_says_what_is_free() {
        let report = judge_swap(&half(), &percents(None, None, [50.0, 80.0]), Verdict::Ok);
        assert_eq!(
            report.finding(Title("SWAP", " - ")).text,
            "SWAP WARNING - 25% free (25 MiB out of 100 MiB)|swap=26214400B;52428800:104857600;20971520:104857600;0;104857600"
        );
    }

    #[test]
    fn a_machine_without_swap_is_fine_unless_told_otherwise() {
        let limits = percents(None, None, [50.0, 80.0]);
        let status = |verdict| judge_swap(&Memory::default(), &limits, verdict).status;
        assert_eq!(status(Verdict::Ok), Status::Ok);
        assert_eq!(status(Verdict::Critical), Status::Critical);
    }

    #[test]
    fn this_machine_is_judged() {
        check(MEMORY, r#"{"warn": "100%", "crit": 100}"#)
            .is(Status::Ok)
            .says("MiB available|used=");
        check(MEMORY, r#"{"crit": "@0:100"}"#).is(Status::Critical);
        check(SWAP, r#"{"warn": 100, "crit": 100}"#)
            .is(Status::Ok)
            .says("swap=");
        check(SWAP, r#"{"missing": "perhaps"}"#).is(Status::Unknown);
    }
}
