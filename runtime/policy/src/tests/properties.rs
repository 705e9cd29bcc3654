use proptest::prelude::*;

use super::{World, policy};
use crate::Groups;

/// A word, column or line that may or may not be right.
fn line() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "*",
        "choria=ann",
        "admins",
        "/ann/",
        "/[/",
        "status",
        "restart",
        "country=uk",
        "country!=uk",
        "cpus>3",
        "apache",
        "/ap/",
        "two",
        "and",
        "!one",
        "(x)",
        "=",
        "",
        "ä",
    ]);
    let column = prop::collection::vec(word, 1..3).prop_map(|it| it.join(" "));
    let gap = prop::sample::select(vec!["\t", "\t", "\t", "\t\t", " ", ""]);
    let verdict = prop::sample::select(vec![
        "allow",
        "deny",
        "deny",
        "policy default",
        "#",
        " allow",
        "",
    ]);
    (verdict, prop::collection::vec((gap, column), 0..6)).prop_map(|(verdict, columns)| {
        let columns = columns.into_iter();
        columns.fold(verdict.to_owned(), |text, (gap, column)| {
            text + gap + &column
        })
    })
}

fn allows(lines: &[String]) -> bool {
    let world = World::default();
    let request = world.request("choria=ann", "status");
    let groups = Groups::parse("admins choria=ann");
    let policy = policy(&lines.join("\n"));
    policy.decide(&request, &groups, false).allow
}

proptest! {
    #[test]
    fn nothing_panics(text in "(allow|deny|policy| |\t|\n|\r|[*/=!()#]|default|[a-zä]){0,60}") {
        let world = World::default();
        let policy = policy(&text);
        let _ = policy.decide(&world.request("choria=ann", "status"), &Groups::parse(&text), true);
        for finding in policy.check(None) {
            prop_assert!(text.get(finding.span.clone()).is_some(), "{finding:?}");
        }
        for finding in Groups::parse(&text).findings() {
            prop_assert!(text.get(finding.span.clone()).is_some(), "{finding:?}");
        }
    }

    #[test]
    fn rules_never_panic_either(lines in prop::collection::vec(line(), 0..8)) {
        let text = lines.join("\r\n");
        let policy = policy(&text);
        for finding in policy.check(Some(&Groups::default())) {
            prop_assert!(text.get(finding.span.clone()).is_some(), "{finding:?}");
        }
        allows(&lines);
    }

    #[test]
    fn a_line_that_is_no_rule_never_allows_more(
        lines in prop::collection::vec(line(), 0..8),
        broken in line(),
        at in any::<prop::sample::Index>(),
    ) {
        let mut with = lines.clone();
        with.insert(at.index(lines.len() + 1), broken.clone());
        let is_broken = policy(&broken).rules() == 0 && policy(&broken).default().is_none();
        if is_broken && allows(&with) {
            prop_assert!(allows(&lines), "{broken:?} in {with:?}");
        }
    }

    #[test]
    fn a_rule_that_allows_nothing_readable_never_allows_more(
        lines in prop::collection::vec(line(), 0..8),
        columns in prop::sample::select(vec![
            "*\t*\t*", "*\t*\tcountry\t*", "*\t*\t*\tcountry=uk", "/[/\t*\t*\t*", "*\t*\t*\tapache and one", "*\t*",
        ]),
        at in any::<prop::sample::Index>(),
    ) {
        let mut with = lines.clone();
        with.insert(at.index(lines.len() + 1), format!("allow\t{columns}"));
        if allows(&with) {
            prop_assert!(allows(&lines), "{columns:?} in {with:?}");
        }
    }
}
