//! Nodes from files.

use std::path::PathBuf;

use chorister_proto::Filter;
use chorister_proto::filter::{Compound, FactFilter};
use proptest::prelude::*;

use crate::flat_file::{self, FlatFileError, Format};
use crate::{Inventory, InventoryError};

#[test]
fn lists_are_read_in_every_format() {
    let names = Ok(vec!["n1.example.net".to_owned(), "n2".to_owned()]);
    for (text, format, path) in [
        ("n1.example.net\n\n  n2 \r\n", Format::Text, None),
        (r#"["n1.example.net","n2"]"#, Format::Json, None),
        ("- n1.example.net\n- n2\n", Format::Yaml, None),
        (
            r#"{"a":{"b":["n1.example.net","n2"]}}"#,
            Format::Json,
            Some("a.b"),
        ),
        (
            r#"{"agent":"rpcutil","replies":[{"sender":"n1.example.net","statuscode":0},{"sender":"n2"}]}"#,
            Format::Results,
            None,
        ),
    ] {
        assert_eq!(flat_file::parse(text, format, path), names, "{text}");
    }
    assert_eq!(Format::of_file("a/nodes.YML"), Format::Yaml);
    assert_eq!("choriarpc".parse(), Ok(Format::Results));
}

#[test]
fn what_is_no_list_of_names_is_refused() {
    let error = |text, format, path| {
        flat_file::parse(text, format, path)
            .expect_err("wrong")
            .to_string()
    };
    assert_eq!(
        error("n1\nn 2\n", Format::Text, None),
        "invalid identity string \"n 2\""
    );
    assert_eq!(
        error("[1]", Format::Json, None),
        "invalid identity string \"1\""
    );
    assert_eq!(
        error("{}", Format::Json, Some("a.b")),
        "there is no list of names at `a.b`"
    );
    assert!(error("[", Format::Json, None).starts_with("1:"));
    for name in ["", "a..b", "-a", "a-", "*", ">", "a.>", "ä"] {
        let list = serde_json::json!([name]).to_string();
        assert_eq!(
            flat_file::parse(&list, Format::Json, None),
            Err(FlatFileError::Name(name.to_owned()))
        );
    }
    assert!("csv".parse::<Format>().is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[ -~\\n]{0,80}|\\PC{0,40}", path in "[a-z.#0-9]{0,10}") {
        for format in [Format::Text, Format::Json, Format::Yaml, Format::Results] {
            let _ = flat_file::parse(&text, format, Some(&path));
            let _ = flat_file::parse(&text, format, None);
        }
        let _ = Inventory::parse(&text, chorister_yaml::Format::Yaml);
    }
}

const INVENTORY: &str = "\
$schema: https://choria.io/schemas/choria/discovery/v1/inventory_file.json
groups:
- name: germans
  filter: {facts: [country=de], classes: [web]}
- name: big
  filter: {compound: 'fact(\"cores\") > 8'}
- name: wrong
  filter: {facts: [nothing]}
nodes:
- {name: n1, collectives: [choria], facts: {country: mt, cores: 4}, classes: [web], agents: [rpcutil]}
- {name: n2, collectives: [choria], facts: {country: de, cores: 16}, classes: [web], agents: [rpcutil]}
- {name: n3, collectives: [choria], facts: {country: de, cores: 16}, classes: [db], agents: []}
- {name: n4, collectives: [other], facts: {}, classes: [web], agents: [rpcutil]}
";

fn identity(text: &str) -> Filter {
    Filter {
        identities: vec![text.to_owned()],
        ..Filter::default()
    }
}

#[test]
fn filters_are_held_against_an_inventory() {
    let inventory =
        Inventory::parse(INVENTORY, chorister_yaml::Format::Yaml).expect("an inventory");
    let fact = Filter {
        facts: vec![FactFilter::parse("country=de").expect("a fact")],
        ..Filter::default()
    };
    let compound = Filter {
        compound: vec![Compound::new("fact('cores') > 8")],
        ..Filter::agent("rpcutil")
    };
    let group_and_agent = Filter {
        agents: vec!["rpcutil".to_owned()],
        ..identity("group:big")
    };
    for (filter, wanted) in [
        (Filter::default(), &["n1", "n2", "n3"][..]),
        (fact, &["n2", "n3"]),
        (compound, &["n2"]),
        (identity("/n[13]/"), &["n1", "n3"]),
        (identity("group:germans"), &["n2"]),
        (identity("group:big"), &["n2", "n3"]),
        (group_and_agent, &["n2"]),
    ] {
        let found = inventory.nodes(&filter, "choria").expect("nodes");
        assert_eq!(found, wanted, "{filter:?}");
    }
    let error = |filter: &Filter| inventory.nodes(filter, "choria").expect_err("wrong");
    assert_eq!(
        error(&identity("group:none")),
        InventoryError::NoGroup("none".to_owned())
    );
    assert!(matches!(
        error(&identity("group:wrong")),
        InventoryError::Fact { .. }
    ));
    let mut two = identity("group:big");
    two.classes.push("web".to_owned());
    assert_eq!(error(&two), InventoryError::NotAlone("big".to_owned()));
}

#[test]
fn an_inventory_says_where_it_is_wrong() {
    let text = "nodes:\n- name: n1\n  colectives: []\n";
    let error = Inventory::parse(text, chorister_yaml::Format::Yaml).expect_err("wrong");
    let text = error.to_string();
    assert!(
        text.starts_with("3:3: ") && text.contains("colectives"),
        "{text}"
    );
}

#[test]
fn vectors_inventory_of_upstream_is_read() {
    let set = std::env::var_os("CHORISTER_SHARED");
    let folder = set.map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = folder.join("vectors/cli/inventory-file.yaml");
    if !path.exists() {
        println!("not run: {} is not here", path.display());
        return;
    }
    let text = std::fs::read_to_string(path).expect("a text");
    let inventory = Inventory::parse(&text, chorister_yaml::Format::Yaml).expect("an inventory");
    let all = inventory.nodes(&identity("group:all"), "mcollective");
    let mut all = all.expect("nodes");
    all.sort();
    assert_eq!(all, ["n1.example.net", "n2.example.net", "n3.example.net"]);
}
