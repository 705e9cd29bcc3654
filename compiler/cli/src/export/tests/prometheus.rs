//! Rules and dashboard, tried with Prometheus's own tool.

use serde_json::json;

use super::*;

/// What the tool says of rules.
fn promtool(arguments: &[&str], file: &Path) -> Option<Command> {
    let mut command = Command::new(chorister_peers::promtool()?);
    command.args(arguments).arg(file);
    Some(command)
}

#[test]
fn rules_alert_on_what_is_wrong_and_on_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    put(&written(Format::Prometheus), folder.path());
    let rules = folder.path().join("acme-node.rules.yaml");
    let Some(mut command) = promtool(&["check", "rules"], &rules) else {
        return;
    };
    let said = succeeds(&mut command);
    assert!(said.contains("SUCCESS: 7 rules found"), "{said}");
    let tests = folder.path().join("rules.test.yaml");
    fs::write(&tests, include_str!("rules.test.yaml")).unwrap();
    succeeds(&mut promtool(&["test", "rules"], &tests).unwrap());
}

#[test]
fn every_query_of_the_dashboard_is_one() {
    let files = written(Format::Grafana);
    let dashboard: Value = serde_json::from_str(&files["acme-node.dashboard.json"]).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels
        .iter()
        .flat_map(|it| it["targets"].as_array().unwrap());
    let rules: Vec<Value> = targets
        .map(|it| {
            it["expr"]
                .as_str()
                .unwrap()
                .replace("$__rate_interval", "5m")
        })
        .enumerate()
        .map(|(at, expr)| json!({"record": format!("query_{at}"), "expr": expr}))
        .collect();
    assert!(rules.len() > panels.len() - 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queries.json");
    let groups = json!({"groups": [{"name": "queries", "rules": rules}]});
    fs::write(&file, groups.to_string()).unwrap();
    if let Some(mut command) = promtool(&["check", "rules", "--lint-fatal"], &file) {
        succeeds(&mut command);
    }
    let mut ids: Vec<&Value> = panels.iter().map(|it| &it["id"]).collect();
    ids.dedup();
    assert_eq!(ids.len(), panels.len());
}
