use std::fmt::Write;

use chorister_proto::filter::Semantics;

use super::{World, authorizer, decide, policy, said};
use crate::{ActionPolicy, By, Groups, Policies, Provider, Settings, Verdict};

#[test]
fn the_first_rule_that_applies_decides() {
    assert_eq!(
        said(
            "policy default allow\ndeny\tchoria=bob\t*\t*\t*\ndeny\t*\trestart\t*\t*\nallow\tadmins\tstatus\t*\t*\n"
        ),
        "1: it allows what no rule is about\n\
         2: it is for other callers\n\
         3: it is for other actions\n\
         allowed by puppet.policy:4"
    );
    assert_eq!(
        said("deny\t*\t*\tfoo=bar country=de\t*\ndeny\t*\t*\t*\tapache two\n"),
        "1: `country=de` does not hold on this node\n\
         2: this node does not have the class `two`\n\
         denied since no rule of puppet.policy applies, and it has no default"
    );
    assert_eq!(
        said("policy default deny\nallow\t*\trestart\t*\t*\npolicy default allow\n")
            .lines()
            .last(),
        Some("allowed by the default at puppet.policy:3")
    );
}

#[test]
fn lines_that_are_no_rules_are_passed_over() {
    for line in [
        "deny choria=ann * * *",
        " deny\t*\t*\t*\t*",
        "deny\t*\t*",
        "deny\t*\t*\t",
        "denied\t*\t*\t*\t*",
        "deny\t*\t*\tcountry=uk and foo=bar\t*",
        "deny\t*\t*\t*\t!two",
        "deny\t*\t*\tcountry=/(uk|de)/\t*",
        "deny\t/[/\t*\t*\t*",
        "deny\t/choria\t*\t*\t*",
        "deny\t*\t*\t*\t*\t",
    ] {
        let text = format!("{line}\nallow\t*\t*\t*\t*\n");
        assert!(decide(&text).allow, "{}", said(&text));
    }
}

#[test]
fn rules_that_cannot_be_obeyed_deny_whom_they_are_for() {
    for line in [
        "allow\t*\tstatus\t*",
        "allow\t*\tstatus\t*\t",
        "allow\tadmins\t*\tcountry\t*",
        "allow\t*\t*\tcountry = uk\t*",
        "allow\t*\t*\t*\tcountry=uk",
    ] {
        let text = format!("{line}\nallow\t*\t*\t*\t*\n");
        let decision = decide(&text);
        assert!(matches!(decision.by, By::Fault(..)), "{line}: {decision}");
        assert!(!decision.allow);
    }
    // Others never get that far.
    assert!(decide("allow\tchoria=bob\t*\t*\nallow\t*\t*\t*\t*\n").allow);
}

#[test]
fn what_cannot_be_read_denies_where_semantics_are_corrected() {
    let world = World::default();
    for line in ["deny  *  *  *  *", "deny\t*\t*\tfoo=bar and bar=foo\t*"] {
        let text = format!("policy default allow\n{line}\n");
        let corrected = ActionPolicy::parse("x", &text, Semantics::Corrected);
        let request = world.request("choria=ann", "status");
        assert!(!corrected.decide(&request, &Groups::default(), false).allow);
        assert!(decide(&text).allow);
    }
}

#[test]
fn patterns_and_groups_name_callers() {
    let check = |callers: &str, expect: bool| {
        let text = format!("allow\t{callers}\t*\t*\t*\n");
        assert_eq!(decide(&text).allow, expect, "{callers}");
    };
    check("/ann/", true);
    check("/^ann/", false);
    check("/^choria=(bob|ann)$/", true);
    check("choria=bob admins", true);
    check("admin", false);
    // A group counts wherever it stands, what stands behind a broken pattern does not.
    check("/[/ admins", true);
    check("/[/ choria=ann", false);
    check("choria=ann /[/", true);
    check("* choria=bob", false);
}

#[test]
fn only_words_behind_default_count() {
    let check = |line: &str, expect: Option<Verdict>| {
        assert_eq!(policy(line).default(), expect, "{line}");
    };
    check("policy default allow", Some(Verdict::Allow));
    check("policy\tdefault \tallow # all", Some(Verdict::Allow));
    check("policy default allowed", Some(Verdict::Deny));
    check("policy default Allow", Some(Verdict::Deny));
    check("policy default", None);
    check("policy default ,", None);
    check("policydefault allow", None);
    check("# policy default allow", None);
}

#[test]
fn nothing_counts_behind_a_line_that_is_too_long() {
    let mut text = String::from("allow\t");
    for caller in 0..10_000 {
        let _ = write!(text, "choria={caller} ");
    }
    text.push_str("x\t*\t*\t*\nallow\t*\t*\t*\t*\n");
    assert!(!decide(&text).allow);
    assert!(decide(&format!("allow\t*\t*\t*\t*\n{text}")).allow);
}

#[test]
fn policies_that_are_missing_or_unusable_deny() {
    let world = World::default();
    let request = world.request("choria=ann", "status");
    let settings = |default: bool, unconfigured| Settings {
        allow_unconfigured: unconfigured,
        default_policy: default.then(|| "default".to_owned()),
        rego: None,
    };
    let decide = |settings, policies| {
        let authorizer = authorizer(Provider::ActionPolicy, settings, policies);
        authorizer.decide(&request).to_string()
    };
    let with = |name: &str, policy| Policies {
        actions: [(name.to_owned(), policy)].into(),
        ..Policies::default()
    };
    let all = || Ok(policy("policy default allow\n"));
    assert_eq!(
        decide(settings(true, true), Policies::default()),
        "denied since there is no policy for the agent puppet"
    );
    assert_eq!(
        decide(settings(false, false), with("default", all())),
        "denied since there is no policy for the agent puppet"
    );
    assert!(decide(settings(true, false), with("default", all())).starts_with("allowed"));
    assert_eq!(
        decide(
            settings(true, true),
            with("puppet", Err("it is a mess".to_owned()))
        ),
        "denied since it is a mess"
    );
    assert!(decide(settings(false, true), with("puppet", Ok(policy("")))).starts_with("allowed"));
    let groups = Policies {
        groups: Some(Err("groups are a mess".to_owned())),
        ..with("puppet", all())
    };
    assert_eq!(
        decide(settings(false, false), groups),
        "denied since groups are a mess"
    );
    let other = authorizer(
        Provider::from_name("magic"),
        settings(true, true),
        with("puppet", all()),
    );
    assert!(!other.decide(&request).allow);
    assert_eq!(Provider::from_name("Action_policy"), Provider::ActionPolicy);
}
