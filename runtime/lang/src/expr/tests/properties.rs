//! What holds for all expressions.

use proptest::prelude::*;
use serde_json::json;

use super::{names, outcome, world};
use crate::expr::{Builtin, Environment, compile};

/// Pieces of expressions, in any order.
fn soup() -> impl Strategy<Value = String> {
    let symbols = vec![
        "data", "facts", "identity", "get_fact", "nil", "true", "false", "not", "and", "or", "in",
        "let", "if", "else", "matches", "contains", "x", "n", "list", "objs", "m", "0", "1", "-1",
        "2.5", "1e3", "0x1f", "\"a\"", "'b'", "`c`", "\"(\"", "+", "-", "*", "/", "%", "**", "==",
        "!=", "<", "<=", ">", ">=", "&&", "||", "!", "?", ":", "?:", "??", "?.", ".", "..", ",",
        ";", "|", "(", ")", "[", "]", "{", "}", "#", "#acc", "#index", "=", "é",
    ];
    let names: Vec<_> = Builtin::ALL.iter().map(|builtin| builtin.name()).collect();
    let piece = prop_oneof![3 => prop::sample::select(symbols), 1 => prop::sample::select(names)];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.join(" "))
}

/// The text of an expression, how tightly it binds, and its value.
#[derive(Clone, Debug)]
struct Known<T> {
    text: String,
    strength: u32,
    value: T,
}

impl<T> Known<T> {
    fn new(text: impl Into<String>, strength: u32, value: T) -> Self {
        Self {
            text: text.into(),
            strength,
            value,
        }
    }

    /// The text as an operand of something that binds as tightly as that.
    fn within(&self, strength: u32) -> String {
        if self.strength < strength {
            format!("({})", self.text)
        } else {
            self.text.clone()
        }
    }
}

fn number(depth: u32) -> BoxedStrategy<Known<i64>> {
    let leaf = prop_oneof![
        (0..100i64).prop_map(|value| Known::new(value.to_string(), 1000, value)),
        Just(Known::new("data.n", 1000, 5)),
        Just(Known::new("len(data.list)", 1000, 3)),
        Just(Known::new("data.nope ?? 7", 500, 7)),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let inner = || number(depth - 1);
    let operation = (inner(), inner(), 0..3).prop_map(|(a, b, operator)| {
        let (symbol, strength, value) = match operator {
            0 => ("+", 30, a.value.wrapping_add(b.value)),
            1 => ("-", 30, a.value.wrapping_sub(b.value)),
            _ => ("*", 60, a.value.wrapping_mul(b.value)),
        };
        // `??` on the left may not be mixed with another operator.
        let left = a.within(if a.strength == 500 { 501 } else { strength });
        Known::new(
            format!("{left} {symbol} {}", b.within(strength + 1)),
            strength,
            value,
        )
    });
    let negation =
        inner().prop_map(|a| Known::new(format!("-{}", a.within(501)), 90, a.value.wrapping_neg()));
    let choice = (truth(depth - 1), inner(), inner()).prop_map(|(condition, a, b)| {
        let value = if condition.value { a.value } else { b.value };
        let text = format!("{} ? {} : {}", condition.within(1), a.text, b.text);
        Known::new(text, 0, value)
    });
    let name = (inner(), inner()).prop_map(|(a, b)| {
        let value = a.value.wrapping_add(b.value);
        // A name may be given once only; lengths differ between an expression and its parts.
        let name = format!("x{}", a.text.len() + b.text.len());
        let text = format!("(let {name} = {}; {name} + {})", a.text, b.within(31));
        Known::new(text, 1000, value)
    });
    let folded = (inner(), inner()).prop_map(|(a, b)| {
        let text = format!("[{}, {}] | reduce(#acc - #)", a.text, b.text);
        Known::new(text, 0, a.value.wrapping_sub(b.value))
    });
    prop_oneof![leaf, operation, negation, choice, name, folded].boxed()
}

fn truth(depth: u32) -> BoxedStrategy<Known<bool>> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(|value| Known::new(value.to_string(), 1000, value)),
        Just(Known::new("data.t", 1000, true)),
        Just(Known::new("data.nope == nil", 20, true)),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let inner = || truth(depth - 1);
    let logic = (inner(), inner(), any::<bool>()).prop_map(|(a, b, both)| {
        let (symbol, strength, value) = if both {
            ("and", 15, a.value && b.value)
        } else {
            ("||", 10, a.value || b.value)
        };
        let text = format!("{} {symbol} {}", a.within(strength), b.within(strength + 1));
        Known::new(text, strength, value)
    });
    let negation = inner().prop_map(|a| Known::new(format!("not {}", a.within(50)), 50, !a.value));
    let comparison =
        (number(depth - 1), number(depth - 1), number(depth - 1)).prop_map(|(a, b, c)| {
            let left = a.within(if a.strength == 500 { 501 } else { 21 });
            let text = format!("{left} < {} <= {}", b.within(21), c.within(21));
            Known::new(text, 20, a.value < b.value && b.value <= c.value)
        });
    prop_oneof![leaf, logic, negation, comparison].boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_compiled_or_refused(source in ".{0,60}") {
        check_spans(&source)?;
    }

    #[test]
    fn any_pieces_are_evaluated_or_refused(source in soup()) {
        check_spans(&source)?;
        outcome(&source, &world());
    }

    #[test]
    fn numbers_are_what_they_are(known in number(4)) {
        prop_assert_eq!(outcome(&known.text, &world()), known.value.to_string(), "{}", known.text);
    }

    #[test]
    fn truths_are_what_they_are(known in truth(4)) {
        prop_assert_eq!(outcome(&known.text, &world()), known.value.to_string(), "{}", known.text);
    }

    #[test]
    fn text_survives_quoting(text in ".{0,20}") {
        let quoted = json!(text).to_string();
        prop_assert_eq!(outcome(&quoted, &world()), quoted);
    }
}

/// Findings and reads are inside the text, and do not cut characters.
fn check_spans(source: &str) -> Result<(), TestCaseError> {
    for environment in [names(), Environment::watcher(), Environment::default()] {
        let spans: Vec<_> = match compile(source, &environment) {
            Ok(compiled) => compiled.reads.into_iter().map(|read| read.span).collect(),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                errors.into_iter().map(|error| error.span).collect()
            }
        };
        for span in spans {
            prop_assert!(source.get(span.clone()).is_some(), "{span:?} of {source:?}");
        }
    }
    Ok(())
}
