//! Whether the machines of a distribution make do with its budget.

use std::sync::Arc;

use chorister_manifest::figure::{mebibytes, per_second};
use chorister_manifest::{Budget, Estimate, Manifest, Rate};
use chorister_spec::distribution::Distribution;
use chorister_spec::{Code, Diagnostic, Mark};

/// How many of those who add the most are named.
const NAMED: usize = 3;

/// Compares what machines are estimated to use with what they may use.
pub(crate) fn check(
    of: &Distribution,
    root: &Arc<str>,
    manifest: &Manifest,
    estimate: &Estimate,
) -> Vec<Diagnostic> {
    let Budget {
        rss,
        events_per_second,
        forks_per_second,
    } = manifest.budget;
    let places = &of.budget_places;
    let finding = |code: Code, place: &Mark, message: String, help: String| Diagnostic {
        code,
        severity: code.severity(),
        message,
        help: Some(help),
        file: Arc::clone(root),
        span: place.span,
        path: place.path.clone(),
        labels: Vec::new(),
        notes: Vec::new(),
    };
    let mut findings = Vec::new();
    if let (Some(limit), Some(place)) = (rss, &places.rss)
        && estimate.memory > limit
    {
        let need = mebibytes(estimate.memory);
        let message = format!(
            "the node needs about {need}, and its budget is {}",
            mebibytes(limit)
        );
        let help = format!(
            "write `rss: {}` at least, or run fewer machines and commands",
            need.replace(' ', "")
        );
        findings.push(finding(Code::MemoryBudget, place, message, help));
    }
    for (code, what, key, rate, limit, place) in [
        (
            Code::EventBudget,
            "publish",
            "events",
            &estimate.events,
            events_per_second,
            &places.events_per_second,
        ),
        (
            Code::ForkBudget,
            "run",
            "commands",
            &estimate.forks,
            forks_per_second,
            &places.forks_per_second,
        ),
    ] {
        let (Some(limit), Some(place)) = (limit, place) else {
            continue;
        };
        if rate.steady > f64::from(limit) {
            let steady = per_second(rate.steady);
            let message = format!(
                "the machines {what} about {steady} {key} a second, and the budget is {limit}"
            );
            let help = format!(
                "raise it, or let these do less often what they do: {}",
                most(rate)
            );
            findings.push(finding(code, place, message, help));
        }
    }
    findings.sort_by_key(|it| it.span.start);
    findings
}

/// What machines are estimated to use, for those who want to know.
pub(crate) fn remark(
    of: &Distribution,
    root: &Arc<str>,
    estimate: &Estimate,
) -> Option<Diagnostic> {
    let places = &of.budget_places;
    let budget = [
        &places.rss,
        &places.events_per_second,
        &places.forks_per_second,
    ];
    let machine = of.machines.first().map(|it| &it.place);
    let place = budget.into_iter().flatten().next().or(machine)?;
    let Estimate { events, forks, .. } = estimate;
    let worst = format!(
        "while everything changes as fast as it may: {} events and {} commands a second",
        per_second(events.worst),
        per_second(forks.worst)
    );
    let named = [("events", events), ("commands", forks)]
        .into_iter()
        .filter(|(_, rate)| !rate.shares.is_empty())
        .map(|(what, rate)| format!("most {what}: {}", most(rate)));
    Some(Diagnostic {
        code: Code::Estimate,
        severity: Code::Estimate.severity(),
        message: format!("the node {estimate}"),
        help: None,
        file: Arc::clone(root),
        span: place.span,
        path: place.path.clone(),
        labels: Vec::new(),
        notes: core::iter::once(worst).chain(named).collect(),
    })
}

/// Who adds the most.
fn most(rate: &Rate) -> String {
    let named = rate.shares.iter().take(NAMED).map(|share| {
        let machine = &share.machine;
        let rate = per_second(share.per_second);
        match &share.watcher {
            Some(watcher) => format!("`{machine}#{watcher}` ({rate})"),
            None => format!("changes of state of `{machine}` ({rate})"),
        }
    });
    let named: Vec<_> = named.collect();
    let others = rate.shares.len().saturating_sub(NAMED);
    let others = match others {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    format!("{}{others}", named.join(", "))
}
