use super::policy;
use crate::{Groups, Mistake};

#[track_caller]
fn check(text: &str, expect: &[(Mistake, &str)]) {
    let groups = Groups::parse("admins choria=ann\n");
    let whole = format!("policy default deny\n{text}\n");
    let found: Vec<_> = policy(&whole)
        .check(Some(&groups))
        .into_iter()
        .map(|it| (it.mistake, whole.get(it.span).unwrap().to_owned()))
        .collect();
    let found: Vec<_> = found
        .iter()
        .map(|(mistake, text)| (*mistake, &**text))
        .collect();
    assert_eq!(found, expect, "{text:?}");
}

#[test]
fn mistakes_are_found_where_they_are() {
    check(
        "allow\tadmins choria=bob /x/\t*\tcountry=uk cpus>3\tapache /one/",
        &[],
    );
    check(
        "allow  *  *  *  *",
        &[(Mistake::Spaces, "allow  *  *  *  *")],
    );
    check("allow\t*\t*", &[(Mistake::Columns, "allow\t*\t*")]);
    check("allow\t*\t*\t*", &[(Mistake::Columns, "allow\t*\t*\t*")]);
    check("allow\t*\tx\t*\t*\tone", &[(Mistake::Columns, "one")]);
    check("allow\t*\tx\t*\t*\t", &[(Mistake::Columns, "\t")]);
    check(
        "permit\t*\t*\t*\t*",
        &[(Mistake::Line, "permit\t*\t*\t*\t*")],
    );
    check("allow\t*\t*\ta=b and c=d\t*", &[(Mistake::Compound, "and")]);
    check("allow\t*\t*\t*\tone or (two)", &[(Mistake::Compound, "or")]);
    check("allow\t*\t*\ta=b c\t*", &[(Mistake::Fact, "c")]);
    check("allow\t*\t*\t*\tone a=b", &[(Mistake::Fact, "a=b")]);
    check("allow\t*\t*\ta=/[/\t*", &[(Mistake::Pattern, "a=/[/")]);
    check(
        "allow\t/[/ /x\t*\t*\t/(/",
        &[
            (Mistake::Pattern, "/[/"),
            (Mistake::Pattern, "/x"),
            (Mistake::Pattern, "/(/"),
        ],
    );
    check("allow\tadmin\t*\t*\t*", &[(Mistake::Group, "admin")]);
    check(
        "allow\tchoria=a  choria=b\t*\t*\t*",
        &[(Mistake::Never, " ")],
    );
    check("allow\t* choria=a\t*\t*\t*", &[(Mistake::Never, "*")]);
    check(
        "allow\t*\t/x/ puppet.status\t*\tOne",
        &[
            (Mistake::Never, "/x/"),
            (Mistake::Never, "puppet.status"),
            (Mistake::Never, "One"),
        ],
    );
    check(
        "policy default deny",
        &[(Mistake::Default, "policy default deny")],
    );
    check(
        "policy default denied",
        &[
            (Mistake::Default, "policy default denied"),
            (Mistake::Default, "denied"),
        ],
    );
    let found = policy("allow\t*\t*\t*\t*\n").check(None);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].mistake, Mistake::Default);
}

#[test]
fn rules_behind_wider_ones_are_never_reached() {
    let all = "allow\t*\t*\t*\t*";
    check(
        &format!("{all}\ndeny\tadmins\t*\t*\t*"),
        &[(Mistake::Unreachable, "deny\tadmins\t*\t*\t*")],
    );
    check(&format!("{all}\n{all}"), &[(Mistake::Unreachable, all)]);
    check(
        "allow\tchoria=a choria=b\t*\ta=b\t*\ndeny\tchoria=b\trun\ta=b c=d\tone",
        &[(Mistake::Unreachable, "deny\tchoria=b\trun\ta=b c=d\tone")],
    );
    check("allow\tchoria=a\t*\t*\t*\ndeny\t*\t*\t*\t*", &[]);
    check("allow\t*\t*\ta=b\t*\ndeny\t*\t*\tb=c\t*", &[]);
    check(
        "allow\t/[/\t*\t*\t*\ndeny\t/[/\t*\t*\t*",
        &[(Mistake::Pattern, "/[/"), (Mistake::Pattern, "/[/")],
    );
}
