//! Alerting rules for Prometheus, and a dashboard for Grafana, over what nodes tell of their checks.

use anyhow::Result;
use serde_json::{Value, json};

use super::{Files, Subject};
use crate::templates::template;

pub(super) fn rules(of: &Subject<'_>) -> Result<Files> {
    let text = template!("prometheus/rules.yaml").render(&data(of))?;
    Ok(Files::from([(format!("{}.rules.yaml", of.name), text)]))
}

pub(super) fn dashboard(of: &Subject<'_>) -> Result<Files> {
    let text = template!("prometheus/dashboard.json").render(&data(of))?;
    Ok(Files::from([(format!("{}.dashboard.json", of.name), text)]))
}

/// The numbers at the top of the dashboard: title, colour of some, and what is counted.
const COUNTS: [(&str, &str, &str); 6] = [
    ("OK", "green", STATUS),
    ("WARNING", "yellow", STATUS),
    ("CRITICAL", "red", STATUS),
    ("UNKNOWN", "purple", STATUS),
    ("MAINTENANCE", "blue", STATUS),
    (
        "Flapping",
        "orange",
        "chorister_check_flapping{SELECTED} == 1",
    ),
];

const STATUS: &str = "choria_machine_nagios_watcher_status{SELECTED, status=\"TITLE\"}";

/// What is selected on the dashboard.
const SELECTED: &str = "instance=~\"$instance\", name=~\"$check\"";

fn data(of: &Subject<'_>) -> Value {
    let counts = COUNTS
        .iter()
        .enumerate()
        .map(|(place, (title, some, counted))| {
            let counted = counted
                .replace("SELECTED", SELECTED)
                .replace("TITLE", title);
            let expression = Value::from(format!("count({counted}) or vector(0)")).to_string();
            json!({
                "id": place + 1,
                "x": place * 4,
                "title": title,
                "none": if *title == "OK" { "red" } else { "green" },
                "some": some,
                // Within quotes.
                "expr": expression.trim_matches('"'),
            })
        });
    json!({
        "source": of.source,
        "name": of.name,
        "counts": counts.collect::<Vec<_>>(),
    })
}
