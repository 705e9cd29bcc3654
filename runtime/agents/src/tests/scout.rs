//! `scout`.

use chorister_ddl::MachineInfo;
use serde_json::{Value, json};

use super::node::{Fake, ask};
use crate::scout::start;

const DENIED_LOCAL: &str = "plugin.scout.goss.denied_local_resources";
const DENIED_REMOTE: &str = "plugin.scout.goss.denied_remote_resources";

/// A node with a check that can be steered, one that is in maintenance, and a machine that is no check.
fn fake() -> Fake {
    let fake = Fake::default()
        .with_machine("disk", "OK", &["FORCE_CHECK", "MAINTENANCE"])
        .with_machine("load", "MAINTENANCE", &["RESUME"])
        .with_machine("lamp", "off", &["MAINTENANCE"]);
    let checked = |it: MachineInfo| MachineInfo {
        check: (it.name != "lamp").then(|| json!({"status": "OK"})),
        ..it
    };
    Fake {
        machines: fake.machines.into_iter().map(checked).collect(),
        ..fake
    }
    .with_setting(DENIED_REMOTE, json!(["command"]), false)
}

#[test]
fn it_is_off_where_it_is_said_and_while_the_node_is_provisioned() {
    let disabled =
        |it: bool| Fake::default().with_setting("plugin.scout.agent_disabled", it, false);
    assert!(start().is_active(&Fake::default()));
    assert!(start().is_active(&disabled(false)));
    assert!(!start().is_active(&disabled(true)));
    let mut fake = Fake::default();
    fake.info.is_provisioning = true;
    assert!(!start().is_active(&fake));
}

#[tokio::test]
async fn checks_obey_or_are_passed_over() {
    let fake = fake();
    let answer = ask(&fake, start(), "maintenance", json!({})).await;
    let expect = json!({"transitioned": ["disk"], "failed": [], "skipped": ["load"]});
    assert_eq!(answer.unwrap(), expect);
    let answer = ask(&fake, start(), "resume", json!({"checks": ["load"]})).await;
    assert_eq!(answer.unwrap()["transitioned"], json!(["load"]));
    let given = json!({"checks": ["disk", "nope", "lamp"]});
    let (_, message, data) = ask(&fake, start(), "trigger", given).await.unwrap_err();
    assert_eq!(
        message,
        "Some checks could not be transitioned to FORCE_CHECK"
    );
    let expect = json!({"transitioned": ["disk"], "failed": ["nope", "lamp"], "skipped": []});
    assert_eq!(data, expect);
    let fired = fake.fired();
    let names: Vec<_> = fired.iter().map(|it| it.split(" for ").next()).collect();
    assert_eq!(
        names,
        [
            Some("disk MAINTENANCE"),
            Some("load RESUME"),
            Some("disk FORCE_CHECK")
        ]
    );
}

async fn validate(fake: &Fake, given: Value) -> Result<Value, String> {
    let answer = ask(fake, start(), "goss_validate", given).await;
    answer.map_err(|it| it.1)
}

#[tokio::test]
async fn exactly_one_source_is_taken() {
    let fake = fake();
    for (given, expect) in [
        (json!({}), "One of rules or file is required"),
        (
            json!({"file": "/x", "yaml_rules": "file: {}"}),
            "Only one of rules or file can be supplied",
        ),
        (
            json!({"file": "/x", "vars": "/y", "yaml_vars": "a: 1"}),
            "Only one of yaml_vars or vars can be supplied",
        ),
    ] {
        assert_eq!(validate(&fake, given).await, Err(expect.to_owned()));
    }
    let missing = validate(&fake, json!({"file": "/no/such/file"})).await;
    assert!(missing.unwrap_err().starts_with("Could not validate: "));
}

#[tokio::test]
async fn tests_that_fail_are_an_answer() {
    let rules = "file:\n  /: {exists: {{.Vars.is}}}\n  /no/such/file: {exists: true}\n";
    let given = json!({"yaml_rules": rules, "yaml_vars": "is: true"});
    let answer = validate(&fake(), given).await.unwrap();
    let counts = ["tests", "failures", "success", "skipped"].map(|it| answer[it].as_i64());
    assert_eq!(counts, [Some(2), Some(1), Some(1), Some(0)]);
    let results = answer["results"].as_array().unwrap();
    let verdicts: Vec<_> = results.iter().map(|it| it["result"].as_u64()).collect();
    assert_eq!(verdicts, [Some(0), Some(1)]);
    assert!(results.iter().all(|it| it["successful"] == false));
}

#[tokio::test]
async fn what_is_sent_runs_no_commands_and_sees_no_environment() {
    let home = tempfile::tempdir().unwrap();
    let mark = home.path().join("mark");
    let rules = format!(
        "command:\n  touch {}:\n    exit-status: 0\n",
        mark.display()
    );
    let answer = validate(&fake(), json!({"yaml_rules": rules}))
        .await
        .unwrap();
    assert_eq!(
        (&answer["tests"], &answer["skipped"]),
        (&json!(1), &json!(1))
    );
    assert!(!mark.exists());
    let file = home.path().join("goss.yaml");
    std::fs::write(&file, &rules).unwrap();
    let given = json!({"file": file});
    let strict = fake().with_setting(DENIED_LOCAL, json!(["command"]), false);
    let answer = validate(&strict, given.clone()).await.unwrap();
    assert_eq!(answer["skipped"], 1);
    assert!(!mark.exists());
    let answer = validate(&fake(), given).await.unwrap();
    assert_eq!(answer["success"], 1);
    assert!(mark.exists());
    let rules = "file: {'{{.Env.PATH}}': {exists: true}}";
    let answer = validate(&fake(), json!({"yaml_rules": rules})).await;
    let path = std::env::var("PATH").unwrap();
    assert!(!format!("{answer:?}").contains(&path));
}

#[tokio::test]
async fn a_kind_that_nobody_knows_cannot_be_denied_by_mistake() {
    let fake = fake().with_setting(DENIED_REMOTE, json!(["comand"]), false);
    let refused = validate(&fake, json!({"yaml_rules": "file: {/: {exists: true}}"})).await;
    assert_eq!(
        refused.unwrap_err(),
        "Could not validate: plugin.scout.goss.denied_remote_resources has no kind of resources comand"
    );
}
