//! A budget as figures for Prometheus.

use crate::BudgetStatus;

/// Lines for the text file; what is not limited has no limit there.
pub(super) fn render(status: &BudgetStatus) -> String {
    let BudgetStatus {
        memory,
        events,
        forks,
    } = status;
    let count = |count: u64| Some(count as f64);
    let figures = [
        (
            "memory_bytes",
            "gauge",
            "Resident memory of the node",
            memory.used.and_then(count),
        ),
        (
            "memory_limit_bytes",
            "gauge",
            "Resident memory that is expected at most",
            memory.limit.and_then(count),
        ),
        (
            "events_per_second",
            "gauge",
            "Events published in a second, over the last minute",
            Some(events.per_second),
        ),
        (
            "events_per_second_limit",
            "gauge",
            "Events that may be published in a second",
            events.limit.map(f64::from),
        ),
        (
            "events_shed_total",
            "counter",
            "Announcements that were not published",
            count(events.shed),
        ),
        (
            "events_over_total",
            "counter",
            "Events that were published beyond the limit",
            count(events.over),
        ),
        (
            "forks_per_second",
            "gauge",
            "Commands started in a second, over the last minute",
            Some(forks.per_second),
        ),
        (
            "forks_per_second_limit",
            "gauge",
            "Commands that may be started in a second",
            forks.limit.map(f64::from),
        ),
        (
            "forks_waiting",
            "gauge",
            "Commands that wait for their turn",
            count(forks.waiting as u64),
        ),
        (
            "forks_delayed_total",
            "counter",
            "Commands that had to wait for their turn",
            count(forks.delayed),
        ),
    ];
    crate::figures::render("chorister_budget_", &figures)
}
