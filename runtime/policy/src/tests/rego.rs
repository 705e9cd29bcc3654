use chorister_proto::filter::FactFilter;
use serde_json::json;

use super::{World, authorizer};
use crate::{Package, Policies, Provider, REGO, RegoFile, Settings};

const NODE: &str = "package io.choria.mcorpc.authpolicy\n";
const TOKEN: &str = "package io.choria.aaasvc\n";

fn by_node(body: &str) -> String {
    let world = World::default();
    let file = (REGO.compile)(&format!("{NODE}{body}"), Package::Node).map(|policy| RegoFile {
        file: "puppet.rego".to_owned(),
        policy,
    });
    let policies = Policies {
        rego: [("puppet".to_owned(), file)].into(),
        ..Policies::default()
    };
    let authorizer = authorizer(Provider::Rego, Settings::default(), policies);
    authorizer
        .decide(&world.request("choria=ann", "status"))
        .to_string()
}

fn by_token(body: &str, change: impl FnOnce(&mut World)) -> String {
    let mut world = World {
        claims: Some(json!({"callerid": "up=ann", "opa_policy": format!("{TOKEN}{body}")})),
        ..World::default()
    };
    change(&mut world);
    let settings = Settings {
        rego: Some(REGO),
        ..Settings::default()
    };
    let authorizer = authorizer(Provider::Token, settings, Policies::default());
    authorizer
        .decide(&world.request("up=ann", "status"))
        .to_string()
}

#[test]
fn files_decide_by_the_request_and_the_node() {
    let check = |body: &str, expect: &str| {
        let said = by_node(body);
        assert!(said.starts_with(expect), "{body}: {said}");
    };
    check(
        "default allow := false\nallow if { input.action == \"status\"; input.callerid == \"choria=ann\" }",
        "allowed by puppet.rego",
    );
    check(
        "default allow := false\nallow if { input.facts.country == \"de\" }",
        "denied by puppet.rego",
    );
    check(
        "default allow := false\nallow if { \"apache\" in input.classes; input.ttl == 60; not input.provision_mode }",
        "allowed",
    );
    check(
        "default allow := false\nallow if { regex.match(\"^choria=(ann|bob)$\", input.callerid) }",
        "allowed",
    );
    check(
        "allow if { input.action == \"run\" }",
        "denied since puppet.rego: `allow` is not defined",
    );
    check(
        "allow := \"yes\"",
        "denied since puppet.rego: `allow` is neither",
    );
    check("allow if {", "denied since");
    check("allow if { nonsense(1) }", "denied since");
    // Of tokens only.
    check("allow if { requires_filter() }", "denied since");
}

#[test]
fn packages_have_to_be_the_right_ones() {
    let refused = (REGO.compile)("package x\nallow := true", Package::Node).unwrap_err();
    assert!(refused.contains("io.choria.mcorpc.authpolicy"), "{refused}");
}

#[test]
fn tokens_may_ask_for_filters() {
    let check = |body: &str, expect: bool| {
        let said = by_token(body, |world| {
            world.filter.facts = vec![FactFilter::parse("country=uk").unwrap()];
            world.filter.classes = vec!["apache".to_owned()];
            world.filter.identities = vec!["a.example.net".to_owned()];
        });
        assert_eq!(said.starts_with("allowed"), expect, "{body}: {said}");
    };
    check("allow if { requires_filter() }", true);
    check("allow if { requires_fact_filter(\"country=uk\") }", true);
    check("allow if { requires_fact_filter(\"country==uk\") }", true);
    check("allow if { requires_fact_filter(\"country=de\") }", false);
    check("allow if { requires_fact_filter(\"country\") }", false);
    check("allow if { requires_class_filter(\"apache\") }", true);
    check("allow if { requires_class_filter(\"one\") }", false);
    check(
        "allow if { requires_identity_filter(\"a.example.net\") }",
        true,
    );
    check("allow if { requires_identity_filter(1) }", false);
    check(
        "allow if { input.claims.callerid == \"up=ann\"; input.site == \"server\" }",
        true,
    );
    assert!(by_token("allow if { requires_filter() }", |_| {}).starts_with("denied"));
}

#[test]
fn an_evaluation_that_takes_too_long_is_ended() {
    let body = "default allow := false\nn := numbers.range(1, 3000)\n\
                allow if { some a in n; some b in n; some c in n; some d in n; a + b + c + d < 0 }";
    let said = by_node(body);
    assert!(said.starts_with("denied since puppet.rego:"), "{said}");
}
