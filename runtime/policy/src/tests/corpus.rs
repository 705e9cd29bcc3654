//! Every file of the corpus of policies, with the verdicts of upstream.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::json;

use super::{World, policy};
use crate::Groups;

const CALLERS: [&str; 9] = [
    "choria=admin.mcollective",
    "choria=ginkgo.mcollective",
    "choria=two.mcollective",
    "choria=ops.mcollective",
    "up=admin",
    "up=bob",
    "uid=500",
    "cert=sa1",
    "rspec_caller",
];

const ACTIONS: [&str; 5] = ["status", "enable", "restart", "ping", "test"];

/// The folder of the corpus; `None`, and a line saying so, where there is none.
fn folder() -> Option<PathBuf> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let folder = set.clone().map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = folder.join("corpus/policies");
    let required = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
    assert!(path.exists() || !required, "{} is absent", path.display());
    if !path.exists() {
        println!("not run: {} is not here", path.display());
        return None;
    }
    Some(path)
}

fn world(facts: &str, classes: &str) -> World {
    World {
        facts: match facts {
            "f0" => json!({"country": "uk", "foo": "bar", "bar": "foo", "cpus": 4}),
            _ => json!({"country": "de", "foo": "baz", "customer": "acme", "cpus": 2}),
        },
        classes: match classes {
            "c0" => vec!["apache".to_owned(), "one".to_owned()],
            _ => ["two", "three", "acme::devserver"]
                .map(str::to_owned)
                .into(),
        },
        ..World::default()
    }
}

#[test]
fn corpus_decisions_are_those_of_upstream() {
    let Some(folder) = folder() else {
        return;
    };
    let table = fs::read_to_string(folder.join("decisions.tsv")).unwrap();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for row in table.lines().skip(1) {
        let [file, facts, classes, allowed, errors] = row
            .split('\t')
            .collect::<Vec<_>>()
            .try_into()
            .expect("a row has five columns");
        assert_eq!(errors, "-", "{row}");
        let allowed: BTreeSet<&str> = allowed.split(' ').filter(|it| *it != "-").collect();
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let groups = fs::read_to_string(folder.join(file.trim_end_matches(".policy")));
        let groups = groups.map_or_else(|_| Groups::default(), |it| Groups::parse(&it));
        let world = world(facts, classes);
        let policy = policy(&text);
        for caller in CALLERS {
            for action in ACTIONS {
                let decision = policy.decide(&world.request(caller, action), &groups, false);
                if decision.allow != allowed.contains(&*format!("{caller}#{action}")) {
                    wrong.push(format!(
                        "{file} {facts} {classes} {caller}#{action}: {decision}"
                    ));
                }
            }
        }
        seen.insert(file.to_owned());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let files = fs::read_dir(&folder).unwrap();
    let names = files.map(|it| it.unwrap().file_name().into_string().unwrap());
    let missed: Vec<_> = names
        .filter(|it| it.ends_with(".policy") && !seen.contains(it))
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn corpus_groups_are_read() {
    let Some(folder) = folder() else {
        return;
    };
    let text = fs::read_to_string(folder.join("up-groups")).unwrap();
    let groups = Groups::parse(&text);
    assert_eq!(groups.findings().len(), 1);
    assert!(groups.has("sysadmin", "cert=sa2"));
    assert!(!groups.has("sysadmin", "cert=aa1"));
    assert!(groups.has("single_group", "rspec_caller"));
    assert!(!groups.contains("invalid_group"));
}
