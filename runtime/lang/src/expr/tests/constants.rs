//! Programs as constants.

use serde_json::{Map, Value, json};

use crate::expr::{Environment, Expr, One, Operator, Program, Scope};
use crate::{List, text};

const SOURCE: &str = r#"data.used_percent < 80 and identity in ["a", "b"]"#;

/// What the compiler prints for [`SOURCE`].
const PROGRAM: Program = Program {
    source: text(SOURCE),
    root: Expr::Binary(
        Operator::And,
        One::Static(&Expr::Binary(
            Operator::Less,
            One::Static(&Expr::Member(
                One::Static(&Expr::Name(text("data"))),
                One::Static(&Expr::Str(text("used_percent"))),
            )),
            One::Static(&Expr::Int(80)),
        )),
        One::Static(&Expr::Binary(
            Operator::In,
            One::Static(&Expr::Name(text("identity"))),
            One::Static(&Expr::Array(List::Static(&[
                Expr::Str(text("a")),
                Expr::Str(text("b")),
            ]))),
        )),
    ),
};

#[test]
fn a_program_can_be_a_constant() {
    assert_eq!(
        Program::compile(SOURCE, &Environment::watcher()),
        Ok(PROGRAM)
    );
    let data = Map::from_iter([("used_percent".to_owned(), json!(79.5))]);
    let scope = Scope {
        data: &data,
        facts: &Value::Null,
        identity: "b",
    };
    assert_eq!(PROGRAM.is_true(&scope), Ok(true));
}

#[test]
fn nil_is_not_true() {
    let program = Program::compile("data.flag", &Environment::watcher()).unwrap();
    let check = |data: Value| {
        let data = data.as_object().cloned().unwrap_or_default();
        program.is_true(&Scope {
            data: &data,
            facts: &Value::Null,
            identity: "",
        })
    };
    assert_eq!(check(json!({})), Ok(false));
    assert_eq!(check(json!({"flag": true})), Ok(true));
    let error = check(json!({"flag": 1})).unwrap_err();
    assert_eq!(error.to_string(), "the result is an int, not a bool");
}

#[test]
fn a_node_without_facts_has_an_empty_map_of_them() {
    let program = Program::compile("facts.x == nil", &Environment::watcher()).unwrap();
    let scope = Scope {
        data: &Map::new(),
        facts: &Value::Null,
        identity: "",
    };
    assert_eq!(program.is_true(&scope), Ok(true));
}

#[cfg(feature = "emit")]
#[test]
fn what_is_printed_is_that_constant() {
    use crate::ConstTokens;

    let printed = PROGRAM.const_tokens().to_string().replace([' ', '\n'], "");
    let expected = r##"
        Program {
            source: text("data.used_percent < 80 and identity in [\"a\", \"b\"]"),
            root: Expr::Binary(
                Operator::And,
                One::Static(&Expr::Binary(
                    Operator::Less,
                    One::Static(&Expr::Member(
                        One::Static(&Expr::Name(text("data"))),
                        One::Static(&Expr::Str(text("used_percent")))
                    )),
                    One::Static(&Expr::Int(80))
                )),
                One::Static(&Expr::Binary(
                    Operator::In,
                    One::Static(&Expr::Name(text("identity"))),
                    One::Static(&Expr::Array(List::Static(&[
                        Expr::Str(text("a")),
                        Expr::Str(text("b"))
                    ])))
                ))
            )
        }"##;
    assert_eq!(printed, expected.replace([' ', '\n'], ""));
}
