//! Filters over the shared vectors, and what those do not say.

use serde_json::{Value, json};

use super::{Compound, FactFilter, Filter, Functions, Node, Operator, Semantics};
use crate::tests::vectors::vectors;

fn strings(value: &Value) -> Vec<String> {
    let items = value.as_array().unwrap();
    items
        .iter()
        .map(|it| it.as_str().unwrap().to_owned())
        .collect()
}

fn matcher(filter: &Filter, semantics: Semantics) -> super::Matcher {
    filter.compile(semantics, &Functions::default())
}

#[test]
fn vectors_of_filters() {
    let Some(vectors) = vectors("filters.json") else {
        return;
    };
    let (agents, classes) = (
        strings(&vectors["node"]["agents"]),
        strings(&vectors["node"]["classes"]),
    );
    let node = Node {
        identity: vectors["node"]["identity"].as_str().unwrap(),
        agents: &agents,
        classes: &classes,
        facts: &vectors["node"]["facts"],
        data: None,
    };
    let entries = |section: &str| {
        let entries = vectors[section].as_array().unwrap();
        assert!(!entries.is_empty());
        entries.iter()
    };
    // An empty list of a kind matches nothing; a filter has such a kind only when the list is not empty.
    for entry in entries("agents") {
        let filter = Filter {
            agents: strings(&entry["filters"]),
            ..Filter::default()
        };
        let found = matcher(&filter, Semantics::Compatible).matches_agents(&node);
        assert_eq!(found, entry["match"], "agents {entry}");
    }
    for entry in entries("classes") {
        let filter = Filter {
            classes: strings(&entry["filters"]),
            ..Filter::default()
        };
        let found = matcher(&filter, Semantics::Compatible).matches_classes(&node);
        assert_eq!(found, entry["match"], "classes {entry}");
    }
    for entry in entries("identities") {
        let filter = Filter {
            identities: strings(&entry["filters"]),
            ..Filter::default()
        };
        let found = matcher(&filter, Semantics::Compatible).matches_identity(node.identity);
        assert_eq!(found, entry["match"], "identities {entry}");
    }
    for entry in entries("compound") {
        let compound: Vec<Vec<_>> = serde_json::from_value(entry["compound"].clone()).unwrap();
        let filter = Filter {
            compound: compound.into_iter().map(Compound).collect(),
            ..Filter::default()
        };
        let found = matcher(&filter, Semantics::Compatible).matches_compound(&node);
        assert_eq!(found, entry["match"], "compound {entry}");
    }
    for entry in entries("facts") {
        let Some(operator) = Operator::from_symbol(entry["operator"].as_str().unwrap()) else {
            assert_eq!(entry["match"], false);
            continue;
        };
        let filter = Filter {
            facts: vec![FactFilter {
                fact: entry["fact"].as_str().unwrap().to_owned(),
                operator,
                value: entry["value"].as_str().unwrap().to_owned(),
            }],
            ..Filter::default()
        };
        let found = matcher(&filter, Semantics::Compatible).matches_facts(&node);
        assert_eq!(found, entry["match"], "facts {entry}");
    }
    for entry in entries("fact_filter_strings") {
        let found = FactFilter::parse(entry["in"].as_str().unwrap());
        let expect = (entry["error"] == false).then(|| strings(&entry["out"]));
        let found = found
            .ok()
            .map(|it| vec![it.fact, it.operator.symbol().to_owned(), it.value]);
        assert_eq!(found, expect, "{entry}");
    }
    for entry in entries("whole_filters") {
        let json = entry["filter"].to_string();
        let filter = Filter::from_json(json.as_bytes()).unwrap();
        let found = matcher(&filter, Semantics::Compatible).matches(&node);
        assert_eq!(found, entry["match"], "{entry}");
    }
}

/// Whether a node with these facts is meant by a fact expression: compatible, and as it is meant.
#[track_caller]
fn check(facts: &Value, expression: &str, compatible: bool, corrected: bool) {
    let filter = Filter {
        facts: vec![FactFilter::parse(expression).unwrap()],
        ..Filter::default()
    };
    let node = node(facts);
    let of = |semantics| matcher(&filter, semantics).matches(&node);
    assert_eq!(
        (of(Semantics::Compatible), of(Semantics::Corrected)),
        (compatible, corrected),
        "{expression}"
    );
}

fn node(facts: &Value) -> Node<'_> {
    Node {
        identity: "n1",
        agents: &[],
        classes: &[],
        facts,
        data: None,
    }
}

#[test]
fn corrected_semantics_say_what_is_written() {
    let facts =
        json!({"load": 1.5, "cpus": 4, "off": false, "on": true, "big": 9_007_199_254_740_993_i64});
    check(&facts, "load>1.5", true, false);
    check(&facts, "load==1", true, false);
    check(&facts, "load>1", false, true);
    check(&facts, "load=~^1.5$", false, true);
    check(&facts, "cpus==04", false, true);
    check(&facts, "cpus==4.0", true, true);
    check(&facts, "cpus!=x", true, true);
    check(&facts, "cpus<x", false, false);
    check(&facts, "big==9007199254740992", false, false);
    check(&facts, "off!=false", true, false);
    check(&facts, "off!=true", false, true);
    check(&facts, "off==garbage", true, false);
    check(&facts, "on==true", true, true);
    check(&facts, "on=~^t", false, true);
    check(&facts, "missing!=x", false, false);
}

#[test]
fn corrected_classes_match_in_any_case() {
    let classes = ["Roles::Web".to_owned()];
    let node = Node {
        classes: &classes,
        ..node(&Value::Null)
    };
    let filter = Filter {
        classes: vec!["roles::WEB".to_owned()],
        ..Filter::default()
    };
    assert!(!matcher(&filter, Semantics::Compatible).matches(&node));
    assert!(matcher(&filter, Semantics::Corrected).matches(&node));
}

#[test]
fn corrected_compounds_must_all_be_true() {
    let filter = Filter {
        compound: ["1 == 1", "2 == 2", "1 == 2"].map(Compound::new).into(),
        ..Filter::default()
    };
    let facts = Value::Null;
    assert!(matcher(&filter, Semantics::Compatible).matches(&node(&facts)));
    assert!(!matcher(&filter, Semantics::Corrected).matches(&node(&facts)));
}

#[test]
fn expressions_call_data_plugins() {
    let functions = Functions::new(&[
        super::DataFunction {
            name: "scout".to_owned(),
            takes_query: true,
        },
        super::DataFunction {
            name: "choria".to_owned(),
            takes_query: false,
        },
    ]);
    let data = |name: &str, query: Option<&Value>| match (name, query) {
        ("scout", Some(query)) => (query == "check_disk").then(|| json!({"state": "OK"})),
        ("choria", None) => Some(json!({"agents_count": 7})),
        _ => None,
    };
    let facts = Value::Null;
    let node = Node {
        data: Some(&data),
        ..node(&facts)
    };
    for (expression, expect) in [
        (r#"scout("check_disk").state == "OK""#, true),
        (r#"scout("other").state == "OK""#, false),
        (r#"scout("other") == nil"#, true),
        (
            r#"scout("other").state == "OK" or choria().agents_count > 6"#,
            false,
        ),
        (
            r#"scout("other")?.state == "OK" or choria().agents_count > 6"#,
            true,
        ),
        ("choria().agents_count > 6", true),
        ("choria(1).agents_count > 6", false),
    ] {
        let filter = Filter {
            compound: vec![Compound::new(expression)],
            ..Filter::default()
        };
        let found = filter
            .compile(Semantics::Compatible, &functions)
            .matches(&node);
        assert_eq!(found, expect, "{expression}");
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let filter = Filter {
        identities: vec!["/(/".to_owned()],
        compound: vec![Compound::new("("), Compound(Vec::new())],
        ..Filter::default()
    };
    let faults = matcher(&filter, Semantics::Compatible);
    let faults: Vec<_> = faults.faults().iter().map(ToString::to_string).collect();
    assert_eq!(faults.len(), 3);
    assert!(
        faults[0].starts_with("`/(/` is not a pattern: "),
        "{}",
        faults[0]
    );
    assert!(
        faults[1].starts_with("`(` is not an expression"),
        "{}",
        faults[1]
    );
}

#[test]
fn versions_are_held_against_constraints() {
    let holds = super::semver::satisfies;
    for (version, constraint, expect) in [
        ("1.10.2", ">= 1.9.0", Some(true)),
        ("1.10.2", ">=1.9, <2", Some(true)),
        ("1.10.2", "<1 || >1.10", Some(false)),
        ("1.10.2", "1.x", Some(true)),
        ("1.10.2", "1.9.x", Some(false)),
        ("1.10.2", "*", Some(true)),
        ("1.10.2", "~1.10.1", Some(true)),
        ("1.11.0", "~1.10.1", Some(false)),
        ("1.11.0", "~1", Some(true)),
        ("1.11.0", "^1.10.1", Some(true)),
        ("2.0.0", "^1.10.1", Some(false)),
        ("0.2.4", "^0.2.3", Some(true)),
        ("0.3.0", "^0.2.3", Some(false)),
        ("1.3.0", "1.2 - 1.4", Some(true)),
        ("1.4.9", "1.2 - 1.4", Some(true)),
        ("1.4.9", "!=1.4", Some(false)),
        ("v1.2", "=1.2.0", Some(true)),
        ("1.2.3-rc1", ">1.0", Some(false)),
        ("1.2.3-rc2", ">1.2.3-rc1", Some(true)),
        ("x", ">1", None),
        ("1.0.0", "", None),
        ("1.0.0", ">", None),
        ("1.0.0", "foo", None),
    ] {
        assert_eq!(holds(version, constraint), expect, "{version} {constraint}");
    }
}

#[test]
fn whoever_writes_a_filter_is_told_of_oddities() {
    let fact = |text: &str| FactFilter::parse(text).unwrap();
    let filter = Filter {
        facts: ["load>1.5", "load>=1.5", "off!=true", "load>1", "os=Debian"]
            .map(fact)
            .into(),
        classes: vec!["Roles".to_owned(), "roles".to_owned(), "/Roles/".to_owned()],
        compound: ["1 == 1", "2 == 2", "3 == 3"].map(Compound::new).into(),
        ..Filter::default()
    };
    let found: Vec<_> = filter.oddities().iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "`load>1.5` also matches 1.5",
            "`off!=true` is not what it says where the fact is false",
            "`Roles` matches no class with capitals: write /^Roles$/ to match it in any case",
            "of several expressions more must be true than false: join them with `and` if all must be",
        ]
    );
}

#[test]
fn patterns_of_others_stay_small() {
    let filter = Filter {
        identities: vec![
            r"/(\w{100}){100}/".to_owned(),
            format!("/{}/", "a".repeat(2000)),
        ],
        ..Filter::default()
    };
    assert_eq!(matcher(&filter, Semantics::Compatible).faults().len(), 2);
}

proptest::proptest! {
    #[test]
    fn whatever_people_write_is_read_or_refused(
        text in "[a-z0-9=<>!~/. x*|,v\\-()\"]{0,24}",
        other in "[0-9.<>=~^ ,|x*v+-]{0,16}",
    ) {
        let _ = super::Words::parse(&text);
        let _ = super::semver::satisfies(&other, &text);
        let _ = super::semver::satisfies(&text, &other);
        let filter = Filter {
            facts: FactFilter::parse(&text).into_iter().collect(),
            classes: vec![text.clone()],
            compound: vec![Compound::new(&text)],
            ..Filter::default()
        };
        let facts = json!({"a": 1, "x": "y"});
        for semantics in [Semantics::Compatible, Semantics::Corrected] {
            let _ = matcher(&filter, semantics).matches(&node(&facts));
        }
    }
}
