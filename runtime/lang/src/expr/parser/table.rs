//! The operators and how they bind.

use crate::expr::tree::Operator;

/// How tightly an operator binds, and whether from the right.
pub(super) fn precedence(symbol: &str) -> Option<(u16, bool)> {
    Some(match symbol {
        "|" => (0, false),
        "or" | "||" => (10, false),
        "and" | "&&" => (15, false),
        "==" | "!=" | "<" | ">" | ">=" | "<=" | "in" | "matches" | "contains" | "startsWith"
        | "endsWith" => (20, false),
        ".." => (25, false),
        "+" | "-" => (30, false),
        "*" | "/" | "%" => (60, false),
        "**" | "^" => (100, true),
        "??" => (500, false),
        _ => return None,
    })
}

/// The operator that a symbol or a word is.
pub(super) fn operator(symbol: &str) -> Option<Operator> {
    Some(match symbol {
        "or" | "||" => Operator::Or,
        "and" | "&&" => Operator::And,
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "in" => Operator::In,
        "matches" => Operator::Matches,
        "contains" => Operator::Contains,
        "startsWith" => Operator::StartsWith,
        "endsWith" => Operator::EndsWith,
        ".." => Operator::Range,
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Modulo,
        "**" | "^" => Operator::Power,
        "??" => Operator::Coalesce,
        _ => return None,
    })
}

/// Whether several of an operator may stand in a row.
pub(super) fn is_comparison(operator: Operator) -> bool {
    use Operator::{Greater, GreaterOrEqual, Less, LessOrEqual};
    matches!(operator, Less | LessOrEqual | Greater | GreaterOrEqual)
}

/// The comparison that a symbol is.
pub(super) fn operator_of_comparison(symbol: &'static str) -> Option<Operator> {
    operator(symbol).filter(|operator| is_comparison(*operator))
}
