//! One resource: its properties in order, what decides whether they are looked at, and another try.

use std::time::Instant;

use chorister_goss::matcher::{Comparison, Found, Verdict};
use chorister_goss::{Kind, Outcome, Property, Resource, TestResult, Value};
use jiff::Timestamp;

use crate::context::Context;
use crate::probe::Probe;

/// Whether every look at resources of a kind may wait for a disk, so that they are evaluated on threads where nobody
/// else is held up.
pub(crate) fn waits(kind: Kind) -> bool {
    kind == Kind::File
}

/// The results of a resource. Where its kind [`waits`], so does the thread that asks.
pub(crate) async fn evaluate(resource: &Resource, context: &Context) -> Vec<TestResult> {
    if resource.skip {
        return skipped(resource, None);
    }
    if context.options.denied.contains(&resource.kind) {
        let reason = format!("resources of kind {} are denied here", resource.kind.key());
        return skipped(resource, Some(&reason));
    }
    let mut attempts = resource.retry.count;
    loop {
        let results = attempt(resource, context).await;
        let passed = results.iter().all(|it| it.outcome != Outcome::Fail);
        if passed || attempts == 0 {
            return results;
        }
        attempts -= 1;
        tokio::time::sleep(resource.retry.delay).await;
    }
}

async fn attempt(resource: &Resource, context: &Context) -> Vec<TestResult> {
    let mut probe = Probe::new(resource, context);
    let mut results = Vec::with_capacity(resource.properties.len());
    let mut is_open = true;
    for property in &resource.properties {
        let (blank, began) = (blank(resource, property), Instant::now());
        let result = if is_open {
            blank.with_verdict(compare(property, &mut probe).await)
        } else {
            blank
        };
        if property.attribute.is_gate() {
            is_open = result.outcome == Outcome::Pass
                && !matches!(result.comparison.actual, Value::Bool(false));
        }
        results.push(TestResult {
            duration: began.elapsed(),
            ..result
        });
    }
    results
}

async fn compare(property: &Property, probe: &mut Probe<'_>) -> Verdict {
    let matcher = match &property.matcher {
        Ok(matcher) => matcher,
        Err(error) => return error.clone().into(),
    };
    match probe.find(property).await {
        // It is read while it is searched, and may be long.
        found @ Found::Stream(_) if !waits(probe.kind()) => {
            let matcher = matcher.clone();
            tokio::task::spawn_blocking(move || matcher.check(found))
                .await
                .unwrap_or_else(|error| Verdict::failed(error.to_string()))
        }
        found => matcher.check(found),
    }
}

/// Results of a resource that could not be looked at.
pub(crate) fn failed(resource: &Resource, why: &str) -> Vec<TestResult> {
    let properties = resource.properties.iter();
    properties
        .map(|it| blank(resource, it).with_verdict(Verdict::failed(why)))
        .collect()
}

fn skipped(resource: &Resource, reason: Option<&str>) -> Vec<TestResult> {
    let properties = resource.properties.iter();
    let mut results: Vec<_> = properties.map(|it| blank(resource, it)).collect();
    if let Some(reason) = reason {
        for result in &mut results {
            result.meta.push(("skipped".to_owned(), reason.into()));
        }
    }
    results
}

/// A result of a property that nobody has looked at.
fn blank(resource: &Resource, property: &Property) -> TestResult {
    TestResult {
        kind: resource.kind,
        id: resource.shown_id(),
        property: property.attribute.property(),
        title: resource.title.clone(),
        meta: resource.meta.clone(),
        outcome: Outcome::Skip,
        error: None,
        comparison: Comparison::default(),
        started: Timestamp::now(),
        duration: core::time::Duration::ZERO,
    }
}
